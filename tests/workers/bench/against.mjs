// The same load on our server and on another one, one after the other, and the ratios.
import { readFileSync } from "node:fs";
import { clientOf, signUp, variant } from "./client.mjs";
import { crowd } from "./crowd.mjs";
import { ALBUMS, measured, paths } from "./requests.mjs";
import { start } from "./server.mjs";
import { print } from "./table.mjs";

/** Uploads at the same time. */
const AT_ONCE = 4;

/** Uploads `count` photos, one a day, and waits for their thumbnails: ids and rates per second. */
async function fill(client, photo, count) {
  const ids = [];
  const began = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const number = next++;
      ids[number] = await client.upload(variant(photo, number), `bench ${number}.jpg`, new Date(Date.UTC(2020, 0, 1 + number, 10)));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const uploaded = performance.now();
  for (const id of ids) await client.thumbnailReady(id, 600_000);
  const ready = performance.now();
  const rate = (end) => (count * 1000) / (end - began);
  return { ids, uploads: rate(uploaded), thumbnails: rate(ready) };
}

async function figures(url, client, { small, medium, uploads, seconds }) {
  const filled = await fill(client, readFileSync(small), Number(uploads));
  const results = { "uploads": { perSecond: filled.uploads }, "uploads to thumbnails": { perSecond: filled.thumbnails } };
  const albums = await client.makeAlbums(filled.ids, ...ALBUMS);
  try {
    for (const [name, list] of Object.entries(await paths(client, filled.ids))) {
      results[name] = await measured(url, client, list, seconds);
    }
    const many = await crowd(client, readFileSync(medium), 3 * seconds);
    filled.ids.push(...many.ids);
    results["larger uploads taken while jobs run"] = many.taken;
    results["larger uploads finished"] = many.finished;
  } finally {
    for (const id of albums) await client.send("DELETE", `/api/albums/${id}`);
    await client.remove(filled.ids);
  }
  return results;
}

/** Our server: the one that runs at `--at`, else a workerd of our own. */
async function ours(options) {
  if (options.at) {
    const url = options.at.replace(/\/+$/, "");
    return figures(url, clientOf(url, { "x-api-key": options["at-key"] ?? "" }), options);
  }
  const server = await start();
  try {
    return await figures(server.url, await signUp(server.url), options);
  } finally {
    await server.stop();
  }
}

/** Measures both and prints them side by side. What is uploaded to a server that was named is deleted from it again. */
export async function sideBySide(options) {
  const other = options.against.replace(/\/+$/, "");
  const theirs = await figures(other, clientOf(other, { "x-api-key": options["api-key"] ?? "" }), options);
  const mine = await ours(options);
  const cell = (value, digits) => (value === undefined ? "" : value.toFixed(digits));
  const rows = Object.entries(mine).map(([name, our]) => {
    const their = theirs[name];
    const latencies = [our.p50, their.p50, our.p99, their.p99].map((value) => cell(value, 1));
    return [name, cell(our.perSecond, 0), cell(their.perSecond, 0), cell(our.perSecond / their.perSecond, 2), ...latencies, our.failed ?? "", their.failed ?? ""];
  });
  const head = ["operation", "ours/s", "theirs/s", "ratio", "our p50 ms", "their p50", "our p99", "their p99", "our failures", "their failures"];
  print(`The same load on both: ${options.uploads} photos, wrk with 8 connections for ${options.seconds} s`, head, rows);
}
