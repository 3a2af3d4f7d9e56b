// `cargo xtask bench`: what the local server does per second, how much memory it takes, how long an upload takes.
// With --spin: the same requests to the Spin components, or only with --database sqlite or postgres. With --against URL --api-key K: the same load on our server (workerd, or the one that runs at --at URL --at-key K) and on another one that speaks this API.
import { randomFillSync } from "node:crypto";
import { readFileSync } from "node:fs";
import os from "node:os";
import { parseArgs } from "node:util";
import { ticks } from "../lib/process.mjs";
import { sideBySide } from "./against.mjs";
import { signUp, variant } from "./client.mjs";
import { crowd } from "./crowd.mjs";
import { ALBUMS, measured, paths } from "./requests.mjs";
import { seed } from "./seed.mjs";
import { start } from "./server.mjs";
import { LIVES, startSpin } from "./spin.mjs";
import { print } from "./table.mjs";
import { told } from "./told.mjs";

const { values: options } = parseArgs({
  options: {
    seconds: { type: "string", default: "10" },
    photo: { type: "string" },
    small: { type: "string" },
    medium: { type: "string" },
    uploads: { type: "string", default: "1000" },
    against: { type: "string" },
    "api-key": { type: "string" },
    at: { type: "string" },
    "at-key": { type: "string" },
    spin: { type: "boolean", default: false },
    database: { type: "string" },
  },
});
const seconds = Number(options.seconds);
const MIB = 1024 * 1024;

/**
 * What the table of requests says (`cargo xtask bench --baseline` reads the first two columns); "stolen" is what the physical machine gave to others meanwhile. Servers of several processes
 * add the CPU time of each for a request.
 */
const HEAD = ["operation", "requests/s", "p50 ms", "p99 ms", "failed", "stolen %"];

const mib = (bytes) => (bytes / MIB).toFixed(0);

async function uploads(client, photo) {
  const rows = [];
  for (let round = 0; round < 3; round += 1) {
    const began = performance.now();
    const id = await client.upload(variant(photo, `split ${round}`), "split.jpg");
    const uploaded = performance.now() - began;
    const ready = await client.thumbnailReady(id);
    rows.push([round + 1, uploaded.toFixed(0), ready.toFixed(0), (uploaded + ready).toFixed(0)]);
  }
  print("Upload of a 12-megapixel JPEG, ms", ["run", "upload", "queue, decode, resize, encode", "in all"], rows);
}

async function requests(server, client, ids) {
  const rows = [];
  let head = HEAD;
  for (const [name, list] of Object.entries(await paths(client, ids))) {
    const [cpu, time] = [[], []];
    const note = () => {
      if (server.cpu) cpu.push(server.cpu());
      time.push(ticks());
    };
    const result = await measured(server.url, client, list, seconds, note);
    const figures = [result.perSecond.toFixed(0), result.p50.toFixed(1), result.p99.toFixed(1)];
    const [before, after] = cpu;
    const shares = Object.keys(before ?? {}).map((who) => ((after[who] - before[who]) / result.count).toFixed(0));
    const [began, ended] = time;
    const stolen = (100 * (ended.stolen - began.stolen)) / (ended.all - began.all);
    rows.push([name, ...figures, result.failed, stolen.toFixed(0), ...shares]);
    head = [...HEAD, ...Object.keys(before ?? {}).map((who) => `CPU µs of ${who}`)];
  }
  print(`Requests, wrk with 8 connections for ${seconds} s, ${ids.length} assets`, head, rows);
}

/** Uploads while jobs run: how many are taken, and get their pictures, per second. */
async function crowded(client) {
  const { taken, finished } = await crowd(client, readFileSync(options.medium), 3 * seconds);
  const rows = [
    ["taken", taken.perSecond.toFixed(1), taken.p50.toFixed(0), taken.p99.toFixed(0)],
    ["finished", finished.perSecond.toFixed(1), "", ""],
  ];
  print(`Uploads of 1 MB while jobs run, 8 at a time for ${3 * seconds} s`, ["uploads", "requests/s", "p50 ms", "p99 ms"], rows);
}

async function memory(server, client, small, idle) {
  const rows = [["idle, after start", mib(idle.resident), mib(idle.peak)]];
  const row = async (title) => {
    const { resident, peak } = await server.memory();
    rows.push([title, mib(resident), mib(peak)]);
    return { resident, peak };
  };
  await row("after the requests above");
  const count = Number(options.uploads);
  const began = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < count) await client.upload(variant(small, next++), "small.jpg");
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  const rate = count / ((performance.now() - began) / 1000);
  await row(`after ${count} uploads (${rate.toFixed(0)}/s)`);
  const before = await server.memory();
  await client.upload(randomFillSync(Buffer.alloc(90 * MIB)), "large.mp4");
  const after = await row("after an upload of 90 MiB");
  rows.push(["rise of the peak by that upload", "", mib(Math.max(0, after.peak - Math.max(before.peak, before.resident)))]);
  print("Memory of workerd, MiB", ["when", "resident", "peak"], rows);
}

/** The functions as Spin components: the same requests, with each kind of database and of life of instances. */
async function onSpin() {
  for (const kind of options.database ? [`spin-${options.database}`] : ["spin-sqlite", "spin-postgres"]) {
    for (const [life, words] of Object.entries(LIVES)) await onSpinWith(kind, life, words);
  }
}

async function onSpinWith(kind, life, words) {
  const server = await startSpin(kind, words);
  try {
    const idle = await server.memory();
    const client = await signUp(server.url);
    const photo = readFileSync(options.photo);
    console.log(`\n## ${kind}, ${life}: first answer ${server.startMs.toFixed(0)} ms after the start, ${mib(idle.resident)} MiB`);
    await told(server.url, client);
    const model = await client.upload(variant(photo, "model"), "model.jpg");
    await client.thumbnailReady(model);
    await uploads(client, photo);
    const ids = await seed(server, client.id, model);
    await client.makeAlbums(ids, ...ALBUMS);
    server.vacuum();
    await requests(server, client, ids);
    await crowded(client);
    const { count, meanUs } = await server.instantiation();
    const { resident, peak } = await server.memory();
    console.log(`\n${count} instances made in ${meanUs.toFixed(0)} µs each; memory ${mib(resident)} MiB, peak ${mib(peak)}`);
  } finally {
    await server.stop();
  }
}

async function alone() {
  const server = await start();
  try {
    const idle = await server.memory();
    const client = await signUp(server.url);
    const photo = readFileSync(options.photo);
    const small = readFileSync(options.small);
    console.log(`server ready after ${server.startMs.toFixed(0)} ms`);
    await told(server.url, client);
    await uploads(client, photo);
    const model = await client.upload(variant(photo, "model"), "model.jpg");
    await client.thumbnailReady(model);
    const ids = await seed(server, client.id, model);
    await client.makeAlbums(ids, ...ALBUMS);
    await requests(server, client, ids);
    await crowded(client);
    await memory(server, client, small, idle);
  } finally {
    await server.stop();
  }
}

console.log(`${os.cpus()[0].model}, ${os.cpus().length} cores, ${mib(os.totalmem())} MiB, Node ${process.version}`);
if (options.spin) await onSpin();
else if (options.against) await sideBySide({ ...options, seconds });
else await alone();
