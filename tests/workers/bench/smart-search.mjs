// `cargo xtask bench smart-search`: a search by meaning over many vectors, in workerd with D1, with --spin on our host with SQLite.
// Options: --vectors N (100,000), --spin. What is measured begins where the vector of a text would be there: a picture is searched by.
import os from "node:os";
import { parseArgs } from "node:util";
import { signUp } from "./client.mjs";
import { fill, id } from "./library.mjs";
import { start } from "./server.mjs";
import { startSpin } from "./spin.mjs";
import { print } from "./table.mjs";

const { values: options } = parseArgs({
  options: { vectors: { type: "string", default: "100000" }, spin: { type: "boolean", default: false } },
});
const COUNT = Number(options.vectors);
/** The configured model of a new server. */
const MODEL = "ViT-B-32__openai";
const LENGTH = 512;
const MIDDLES = 1000;
/** Rows of one statement, below a megabyte. */
const STEP = 1000;
/** Vectors of a block (shared/store/src/asset_vectors). */
const BLOCK = 2048;
const SEARCHES = 20;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Numbers around zero that are always the same: sums of the four bytes of a xorshift. */
function normals(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state & 255) + ((state >>> 8) & 255) + ((state >>> 16) & 255) + (state >>> 24) - 510) / 148;
  };
}

/** Vectors as photos have them: in clusters, from whose middle each differs by somewhat more than it is long; as they are stored. */
function codes() {
  const next = normals(0x9e3779b9 | 0);
  const middles = Array.from({ length: MIDDLES }, () => Float32Array.from({ length: LENGTH }, next));
  return (number) => {
    const vector = middles[number % MIDDLES].map((middle) => middle + next() * 1.2);
    const most = vector.reduce((most, it) => Math.max(most, Math.abs(it)), 0);
    return Buffer.from(Int8Array.from(vector, (it) => Math.round((it / most) * 127)).buffer).toString("base64");
  };
}

/** Gives each asset of `owner` a vector, as the jobs would have made them. */
async function fillVectors(server, owner) {
  const code = codes();
  for (let from = 1; from <= COUNT; from += STEP) {
    const numbers = Array.from({ length: Math.min(STEP, COUNT - from + 1) }, (_, at) => from + at);
    const rows = numbers.map((seq) => ({ asset_id: id(seq), owner_id: owner, model: MODEL, seq, code: code(seq) }));
    await server.insert("asset_vector", ["asset_id", "owner_id", "model", "seq", "code"], rows);
  }
}

/** Lets the server put them into blocks, as it does behind the last page of pictures without a vector. */
async function makeBlocks(server, client) {
  const began = performance.now();
  await client.send("PUT", "/api/jobs/smartSearch", { command: "start", force: false });
  const left = "select count(*) as n from job where kind in ('SmartSearchQueueAll', 'SmartSearch') and state <> 'failed'";
  for (const end = Date.now() + 900_000; (await server.sql(left))[0].n > 0; await sleep(500)) {
    if (Date.now() > end) throw new Error("the jobs did not end");
    await server.tick();
  }
  const [{ n }] = await server.sql("select count(*) as n from asset_vector_block");
  const jobs = await server.sql("select kind, state, last_error from job where state = 'failed'");
  if (n !== Math.floor(COUNT / BLOCK)) throw new Error(`${n} blocks; ${JSON.stringify(jobs)}`);
  return { blocks: n, seconds: (performance.now() - began) / 1000 };
}

/** Searches by the picture of this number; gives the milliseconds. */
async function search(client, number) {
  const began = performance.now();
  const { assets } = await client.send("POST", "/api/search/smart", { queryAssetId: id(number) });
  const took = performance.now() - began;
  if (assets.items.length !== 100 || assets.items[0].id !== id(number)) throw new Error(`${number}: ${assets.items.length} found`);
  return took;
}

/** What was asked of D1 since the last call, for each of `searches`. */
async function asked(server, searches) {
  // Workers tell their counts after their answer.
  await sleep(300);
  const { trips, rowsRead } = (await server.counts?.()) ?? {};
  const each = (sum) => (sum === undefined ? "" : (sum / searches).toFixed(0));
  return [each(trips), each(rowsRead)];
}

const mib = (bytes) => (bytes / (1 << 20)).toFixed(1);

/** The largest memory that search has told of since this line of the log, MiB; the gateway before it holds nothing. */
function wasmMemory(server, from) {
  const sizes = server.logged().slice(from).join("\n").matchAll(/wasm memory (\d+) bytes/g);
  const most = Math.max(0, ...[...sizes].map(([, bytes]) => Number(bytes)));
  if (most === 0) throw new Error("no memory was told of");
  return mib(most);
}

async function measure(server) {
  await server.put(`models/${MODEL}/manifest.json`, Buffer.from("{}"));
  const client = await signUp(server.url);
  await fill(server.sql, client.id, 0, COUNT);
  await fillVectors(server, client.id);
  const { blocks, seconds } = await makeBlocks(server, client);
  console.log(`\n${blocks} blocks in ${seconds.toFixed(0)} s`);
  const from = server.logged?.().length;
  await asked(server, 1);
  const first = await search(client, 2);
  const rows = [["the first, which reads the blocks", first.toFixed(0), "", ...(await asked(server, 1))]];
  const step = Math.floor(COUNT / (SEARCHES + 1) / 30) * 30;
  const times = [];
  for (let nth = 1; nth <= SEARCHES; nth += 1) times.push(await search(client, 2 + nth * step));
  times.sort((a, b) => a - b);
  const [median, p95] = [times[SEARCHES / 2], times[Math.ceil(SEARCHES * 0.95) - 1]];
  rows.push([`${SEARCHES} more, by other pictures`, median.toFixed(0), p95.toFixed(0), ...(await asked(server, SEARCHES))]);
  const memory = server.logged ? `linear memory of search ${wasmMemory(server, from)} MiB` : `the host ${mib((await server.memory()).resident)} MiB resident`;
  return { rows, memory };
}

console.log(`${os.cpus()[0].model}, ${os.cpus().length} cores, Node ${process.version}, ${COUNT} vectors`);
const server = options.spin ? await startSpin("spin-sqlite") : await start("--count");
try {
  const { rows, memory } = await measure(server);
  print(options.spin ? "our host, SQLite" : "workerd, D1", ["search", "median ms", "p95 ms", "round trips", "rows read"], rows);
  console.log(`\n${memory}`);
} finally {
  await server.stop();
}
