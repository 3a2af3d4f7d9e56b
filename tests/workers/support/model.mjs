// Models in stories of machine learning: how they come into the bucket, and what becomes of the jobs that use them.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { firstAdmin } from "./client.mjs";
import { eventually, Server } from "./server.mjs";

const MOST_WASM = 90 * (1 << 20);

/** Writes the files of a model into the bucket, the manifest last, as they are installed. The native tests of `crate` leave the small one behind. */
export async function install(server, folder, name, crate) {
  assert.ok(existsSync(folder), `${folder} is missing: run cargo test -p ${crate} first`);
  const files = readdirSync(folder, { recursive: true }).filter((file) => statSync(path.join(folder, file)).isFile());
  files.sort((a, b) => (a === "manifest.json") - (b === "manifest.json"));
  for (const file of files) await server.put(`models/${name}/${file}`, readFileSync(path.join(folder, file)));
}

/** A server with its administrator and an installed model: what stories of machine learning begin with. */
export async function withModel(folder, name, crate) {
  const server = await Server.start();
  try {
    const { admin } = await firstAdmin(server.url);
    await install(server, folder, name, crate);
    return { server, admin };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** The jobs that failed, and why. */
export const failuresOf = (server) => server.sql("select kind, last_error from job where state = 'failed'");

/** Lets the pauses between tries be over until no job of the edge waits or runs: what cannot be done has failed by then. */
export function hurry(server, limit = 120_000) {
  const isOver = async () => {
    await server.sql("update job set updated_at = 1, run_after = 1 where state = 'waiting' and runner = 'edge'");
    await server.tick();
    return (await server.openJobs()) === 0;
  };
  return eventually("all tries to be over", isOver, limit, 500);
}

/** Whether the largest memory that a Worker has told of is what an isolate has. */
export function within(t, server) {
  const figures = [...server.output.matchAll(/wasm memory (\d+) bytes/g)].map(([, bytes]) => Number(bytes));
  const most = Math.max(0, ...figures);
  t.diagnostic(`wasm memory ${(most / (1 << 20)).toFixed(1)} MiB`);
  assert.ok(most > 0 && most < MOST_WASM, `${most} bytes`);
}

/** Whether two vectors are stored as the same: a processor that does not round as Wasm does may differ by one in 127 (docs/companion.md). */
export function isSame(code, other) {
  const [numbers, others] = [code, other].map((text) => new Int8Array(Buffer.from(text ?? "", "base64")));
  return numbers.length === others.length && numbers.length > 0 && numbers.every((number, at) => Math.abs(number - others[at]) <= 1);
}
