// `cargo xtask bench ml`: how many pictures the networks look at, on workerd (V8) and on our host (wasmtime), one after the other.
// Options: --models DIR (folders of installed models), --samples DIR (pictures), --photos N (how many are uploaded).
import { readdirSync, readFileSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { signUp, variant } from "./client.mjs";
import { start } from "./server.mjs";
import { startSpin } from "./spin.mjs";
import { print } from "./table.mjs";

const { values: options } = parseArgs({
  options: { models: { type: "string" }, samples: { type: "string" }, photos: { type: "string", default: "32" } },
});
const COUNT = Number(options.photos);
/** Most linear memory of a network's module in an isolate of 128 MB, MiB (issue 16). */
const MOST_MIB = 90;
const SAMPLES = readdirSync(options.samples).map((name) => readFileSync(path.join(options.samples, name)));

/** The queues, in the order of the chain, with the part of a model that each needs. */
const QUEUES = [
  { queue: "smartSearch", kind: "SmartSearch", part: "visual" },
  { queue: "faceDetection", kind: "AssetDetectFaces", part: "face-detection" },
  { queue: "ocr", kind: "Ocr", part: "text-detection" },
];

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Files of all installed models as keys of the bucket, manifests last. */
function modelFiles() {
  const all = readdirSync(options.models, { recursive: true }).filter((name) => statSync(path.join(options.models, name)).isFile());
  return all.sort((a, b) => a.endsWith("manifest.json") - b.endsWith("manifest.json"));
}

/** Names of the parts of all installed models. */
function parts() {
  const manifests = modelFiles().filter((name) => name.endsWith("manifest.json"));
  return manifests.flatMap((name) => Object.keys(JSON.parse(readFileSync(path.join(options.models, name))).parts));
}

/** Asks until there is an answer: workerd has one thread, and sixteen pictures take longer than Node waits for a connection. */
async function whenFree(ask) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (tries === 10) throw error;
    }
  }
}

/** Waits until no job of these kinds (none named: of no other queue) waits or runs. */
async function ended(server, condition) {
  const sql = `select count(*) as n from job where state <> 'failed' and runner = 'edge' and ${condition}`;
  for (const end = Date.now() + 1_800_000; Date.now() < end; await sleep(100)) {
    if ((await whenFree(() => server.sql(sql)))[0].n === 0) return;
  }
  throw new Error(`the jobs did not end: ${condition}`);
}

/** Largest memory of a network's module that was logged since `from`, MiB. */
function wasmMemory(server, from) {
  const sizes = server.logged().slice(from).join("\n").matchAll(/wasm memory (\d+) bytes/g);
  return Math.max(0, ...[...sizes].map(([, bytes]) => Number(bytes))) / (1 << 20);
}

/** Uploads the photos with the queues at rest, then lets one queue after the other do its work. */
async function measure(server, cpuMs) {
  const client = await signUp(server.url);
  const command = (queue, command) => client.send("PUT", `/api/jobs/${queue}`, { command });
  const known = parts();
  const queues = QUEUES.filter(({ part }) => known.includes(part));
  for (const { queue } of QUEUES) await command(queue, "pause");
  for (let at = 0; at < COUNT; at += 1) await client.upload(variant(SAMPLES[at % SAMPLES.length], at), `${at}.png`);
  await ended(server, `queue not in (${QUEUES.map(({ queue }) => `'${queue}'`).join(", ")})`);
  const rows = [];
  for (const { queue, kind } of queues) {
    await server.counts?.();
    const [from, before, began] = [server.logged?.().length, await cpuMs(), performance.now()];
    await command(queue, "resume");
    await whenFree(() => server.tick?.());
    await ended(server, `kind = '${kind}'`);
    const seconds = (performance.now() - began) / 1000;
    const cpu = ((await cpuMs()) - before) / COUNT;
    await sleep(500);
    const counts = (await server.counts?.()) ?? {};
    const reads = counts.classB === undefined ? "" : (counts.classB / COUNT).toFixed(1);
    const memory = server.logged ? wasmMemory(server, from).toFixed(1) : "";
    rows.push([queue, ((60 * COUNT) / seconds).toFixed(0), cpu.toFixed(0), (60_000 / cpu).toFixed(0), reads, memory]);
  }
  const failed = await server.sql("select kind, last_error from job where state = 'failed'");
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
  return rows;
}

const HEAD = ["queue", "pictures/min", "CPU ms a picture", "pictures/min and core", "R2 reads a picture", "largest wasm memory, MiB"];
console.log(`${os.cpus()[0].model}, ${os.cpus().length} cores, Node ${process.version}, ${COUNT} pictures`);

let inWorkers;
const workers = await start("--count", "--models", options.models);
try {
  inWorkers = await measure(workers, () => workers.cpuMs());
  print("workerd", HEAD, inWorkers);
} finally {
  await workers.stop();
}
const memories = inWorkers.map(([queue, ...cells]) => [queue, Number(cells.at(-1))]);
const broken = memories.filter(([, mib]) => mib === 0 || mib > MOST_MIB);

const spin = await startSpin("spin-sqlite");
try {
  for (const name of modelFiles()) await spin.put(`models/${name}`, readFileSync(path.join(options.models, name)));
  print("our host, SQLite", HEAD, await measure(spin, async () => spin.cpu().host / 1000));
} finally {
  await spin.stop();
}
if (broken.length > 0) throw new Error(`at most ${MOST_MIB} MiB of linear memory, and told of: ${JSON.stringify(broken)}`);
console.log(`\nlinear memory in V8 at most ${MOST_MIB} MiB: ${memories.map(([queue, mib]) => `${queue} ${mib}`).join(", ")}`);
