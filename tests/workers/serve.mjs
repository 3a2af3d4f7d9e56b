// Runs all Workers of the project in one workerd (through Miniflare): `cargo xtask dev --workers` and the tests start this.
// Options: --port N, --host A, --data DIR, --root DIR, --test-control PORT, --var NAME=VALUE (repeatable),
// --web DIR (the web page; without it every request goes to the Workers at once),
// --index FILE (`index.html` of another web page than ours, which pages of links answer),
// --models DIR (models for machine learning, put into the bucket unless they are there),
// --count (POST /counts of the test control tells what the Workers asked of their bindings), --inspector PORT (of V8).
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { configFiles, readConfig, workerOptions } from "./lib/config.mjs";
import { startControl, workerd } from "./lib/control.mjs";
import { Counts } from "./lib/counts.mjs";
import { startCrons } from "./lib/cron.mjs";
import { migrate } from "./lib/migrate.mjs";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "./lib/miniflare.mjs";

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "8787" },
    host: { type: "string", default: "127.0.0.1" },
    root: { type: "string", default: path.resolve(import.meta.dirname, "../..") },
    data: { type: "string" },
    "test-control": { type: "string" },
    var: { type: "string", multiple: true, default: [] },
    count: { type: "boolean", default: false },
    inspector: { type: "string" },
    web: { type: "string" },
    index: { type: "string" },
    models: { type: "string" },
  },
});

/** Key of the names of places (`edge_places::KEY`). */
const PLACES = "geodata/places-1.bin";

/** Key of `index.html` of another page (xtask/src/web.rs). */
const INDEX = "web/index.html";

const root = path.resolve(options.root);
const data = path.resolve(options.data ?? path.join(root, ".data"));
const vars = Object.fromEntries(options.var.map((item) => item.split(/=(.*)/s).slice(0, 2)));
// As `cargo xtask deploy --web` says it.
if (options.index) vars.OTHER_PAGE = "on";
const configs = configFiles(root).map(readConfig);
const counts = options.count ? new Counts() : undefined;
const workers = configs
  .map((config) => workerOptions(config, vars, options.web))
  .map((worker) => counts?.watched(worker) ?? worker);

// The first Worker is the gateway. Its own socket takes requests without Miniflare's proxy Worker
// in front, which would cost more per request than the gateway itself.
workers[0].unsafeDirectSockets = [{ host: options.host, port: Number(options.port) }];

// V8's usual young generation (16 MB) is seldom full, so each of 129 isolates keeps what its requests left behind; a
// small one is collected sooner (docs/benchmarks.md, "Memory of workerd").
process.env.MINIFLARE_WORKERD_V8_FLAGS ??= "--max-semi-space-size=1";

/** A workerd on the data of this server. */
function miniflare(workers, more = {}) {
  const common = {
    host: "127.0.0.1",
    port: 0,
    cf: false,
    resourcePersistencePath: path.join(data, "workers"),
    log: new Log(LogLevel.WARN),
    telemetry: { enabled: false },
    handleUncaughtError: (error) => console.error(error),
  };
  return new Miniflare(convertV4MiniflareOptions({ workers, ...common, ...more }));
}

/** Applies the migrations, in a workerd of its own: the one that serves takes requests before anybody could stop it. */
async function prepare(database) {
  const nobody = { name: "migrations", modules: true, script: "export default {}", d1Databases: { DB: database.database_name } };
  const mf = miniflare([nobody]);
  try {
    const names = await migrate(await mf.getD1Database("DB"), path.join(root, "migrations"));
    for (const name of names) console.log(`applied ${name}`);
  } finally {
    await mf.dispose();
  }
}

const withDatabase = configs.find((config) => config.d1_databases);
if (withDatabase) await prepare(withDatabase.d1_databases[0]);
const mf = miniflare(workers, { inspectorPort: options.inspector && Number(options.inspector) });

const closers = [];
let stopping = false;
async function stop(code = 0) {
  if (stopping) return;
  stopping = true;
  closers.forEach((close) => close());
  await mf.dispose();
  process.exit(code);
}
process.on("SIGINT", () => stop());
process.on("SIGTERM", () => stop());

/** Waits until a connection to `url` is accepted; fails when workerd is gone. */
async function answers(url) {
  for (;;) {
    try {
      return await (await fetch(url, { method: "HEAD" })).arrayBuffer();
    } catch (error) {
      if (workerd() === undefined) throw error;
      await sleep(20);
    }
  }
}

/** Puts the models of a folder into the bucket, each one's manifest last: it says that the model is whole. */
async function putModels(bucket, folder) {
  for (const model of await readdir(folder)) {
    const manifest = `models/${model}/manifest.json`;
    if (await bucket.head(manifest)) continue;
    const found = await readdir(path.join(folder, model), { recursive: true, withFileTypes: true });
    const files = found.filter((file) => file.isFile()).map((file) => path.join(file.parentPath, file.name));
    const keys = files.map((file) => [`models/${path.relative(folder, file)}`, file]);
    keys.sort(([a], [b]) => Number(a === manifest) - Number(b === manifest));
    for (const [key, file] of keys) await bucket.put(key, await readFile(file));
  }
}

await mf.ready;
const withBucket = configs.find((config) => config.r2_buckets);
const db = withDatabase && (await mf.getD1Database(withDatabase.d1_databases[0].binding, withDatabase.name));
const bucket = withBucket && (await mf.getR2Bucket(withBucket.r2_buckets[0].binding, withBucket.name));
// Names of places, as `cargo xtask deploy` installs them (`cargo xtask places` makes the file).
const places = path.join(root, "build/places.bin");
if (bucket && existsSync(places) && !(await bucket.head(PLACES))) await bucket.put(PLACES, await readFile(places));
if (bucket && options.index) await bucket.put(INDEX, await readFile(options.index));
else if (bucket) await bucket.delete(INDEX);
if (bucket && options.models) await putModels(bucket, options.models);
// What is counted comes from whoever counts, not from the clock.
if (!counts) closers.push(startCrons(mf, configs));
if (options["test-control"]) {
  closers.push(await startControl(Number(options["test-control"]), { mf, db, bucket, counts, stop }));
}
// Without workerd there is nothing to serve: end, so that whoever started us notices.
const watch = setInterval(() => workerd() === undefined && process.exit(70), 1000);
closers.push(() => clearInterval(watch));
await answers(`http://${options.host}:${options.port}`);
// Tests wait for this line.
console.log(`ready on http://${options.host}:${options.port}`);
