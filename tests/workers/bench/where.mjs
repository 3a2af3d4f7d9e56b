// `cargo xtask bench where`: which isolates of the local workerd compute while photos are uploaded, and for how long. The queues of
// jobs rest meanwhile, so that only taking the uploads is measured. Options: --photo FILE, --uploads N.
import { readFileSync } from "node:fs";
import os from "node:os";
import { parseArgs } from "node:util";
import { signUp, variant } from "./client.mjs";
import { isolates, profilerOf } from "./profile.mjs";
import { freePort, start } from "./server.mjs";
import { print } from "./table.mjs";

const { values: options } = parseArgs({
  options: { photo: { type: "string" }, uploads: { type: "string", default: "200" } },
});
const COUNT = Number(options.uploads);
const photo = readFileSync(options.photo);
/** Isolates that computed less than this for an upload are one row, ms. */
const LEAST = 0.05;

const port = await freePort();
const server = await start("--inspector", String(port));
try {
  const client = await signUp(server.url);
  for (const queue of Object.keys(await client.json("/api/jobs"))) await client.send("PUT", `/api/jobs/${queue}`, { command: "pause" });
  let next = 0;
  const uploads = async (count) => {
    for (const end = next + count; next < end; next += 1) await client.upload(variant(photo, next), `${next}.jpg`);
  };
  // Code and caches are warm then.
  await uploads(COUNT);
  const before = await server.cpuMs();
  await uploads(COUNT);
  const alone = ((await server.cpuMs()) - before) / COUNT;
  // The profilers of some 180 isolates compute, too, but outside of these.
  const profiler = await profilerOf(port, await isolates(port));
  const found = await profiler.measure(() => uploads(COUNT));
  profiler.close();
  const rows = Object.entries(found).map(([id, ms]) => [id, ms / COUNT]);
  rows.sort(([, a], [, b]) => b - a);
  const sum = (list) => list.reduce((all, [, ms]) => all + ms, 0);
  const [large, small] = [rows.filter(([, ms]) => ms >= LEAST), rows.filter(([, ms]) => ms < LEAST)];
  const named = [...large, [`${small.length} others`, sum(small)], ["all of these", sum(rows)], ["the process, without profilers", alone]];
  console.log(`${os.cpus()[0].model}, ${os.cpus().length} cores, Node ${process.version}, photos of ${photo.length} bytes`);
  print(`CPU of workerd for an upload, ${COUNT} one after the other, jobs paused`, ["isolate", "ms"], named.map(([id, ms]) => [id, ms.toFixed(2)]));
} finally {
  await server.stop();
}
