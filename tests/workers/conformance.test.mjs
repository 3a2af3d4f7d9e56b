// The conformance suite of the platform's ports against D1, R2, Queues and fetch, inside workerd.
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, test } from "node:test";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { readConfig, workerOptions } from "./lib/config.mjs";
import { startEcho } from "./support/echo.mjs";

const root = path.resolve(import.meta.dirname, "../..");
const config = readConfig(path.join(root, "tests/conformance-worker/wrangler.toml"));
let mf;
let echo;
let patience;

before(async () => {
  const { file, main, compatibility_date } = config;
  const unbound = { name: "unbound", file, main, compatibility_date };
  mf = new Miniflare(
    convertV4MiniflareOptions({
      workers: [config, unbound].map((worker) => workerOptions(worker, {})),
      host: "127.0.0.1",
      port: 0,
      cf: false,
      // A range behind the end makes Miniflare's R2 print a stack, which the suite provokes.
      log: new Log(LogLevel.NONE),
      telemetry: { enabled: false },
    }),
  );
  await mf.ready;
  echo = await startEcho();
  // It waits while the others run; its test says what became of it.
  patience = passes(config.name, `/patience?url=${echo.url}`);
  patience.catch(() => undefined);
});

after(async () => {
  echo?.close();
  await mf?.dispose();
});

async function get(worker, target) {
  const response = await (await mf.getWorker(worker)).fetch(`http://conformance${target}`);
  assert.equal(response.status, 200, await response.clone().text());
  return response.json();
}

async function passes(worker, target) {
  const outcomes = await get(worker, target);
  assert.ok(outcomes.length > 0);
  const failures = outcomes.filter((outcome) => outcome.failure);
  assert.deepEqual(failures, []);
}

test("D1", () => passes(config.name, "/database"));
test("D1 again, with tables that are there", () => passes(config.name, "/database"));
test("R2", () => passes(config.name, "/objects"));
test("clock and random", () => passes(config.name, "/system"));
test("missing bindings", () => passes("unbound", "/unbound"));
test("fetch", () => passes(config.name, `/http?url=${echo.url}`));

test("Queues deliver every wake-up", async () => {
  await passes(config.name, "/queue");
  const expected = new Set(Array.from({ length: 250 }, (_, n) => `conformance-${n}`));
  let received = [];
  for (let tries = 0; tries < 100 && new Set(received).size < expected.size; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    received = await get(config.name, "/received");
  }
  assert.deepEqual(new Set(received), expected);
});

test("fetch waits for as long as it is told", () => patience);
