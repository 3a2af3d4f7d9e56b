// The conformance suite of the platform's ports inside a component: SQLite, PostgreSQL, S3, HTTP, wake-ups.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { startEcho } from "../workers/support/echo.mjs";
import { eventually } from "../workers/support/server.mjs";
import { Gate } from "./gate.mjs";
import { postgres, redis, startHost, startS3 } from "./support.mjs";

const MANIFEST = "tests/conformance-component/spin.toml";
const WORKERS = "tests/conformance-component/spin.redis.toml";
/** Distinct job ids that the suite's queue check sends. */
const WAKES = "250";
let s3;
let echo;
let patience;
let onSqlite;
let onPostgres;
let variables;
let gate;
let producer;
let workers;

before(async () => {
  s3 = await startS3();
  echo = await startEcho();
  variables = { ...s3.variables, echo_host: echo.url };
  onSqlite = await startHost(MANIFEST, variables);
  // It waits while the others run; its test says what became of it.
  patience = passes(onSqlite, `/patience?url=${echo.url}`);
  patience.catch(() => undefined);
  onPostgres = await startHost(MANIFEST, { ...variables, ...postgres() });
  gate = await Gate.open(new URL(process.env.EDGE_TEST_REDIS));
  producer = await startHost(MANIFEST, { ...variables, ...postgres(), ...redis(gate) });
  workers = await startHost(WORKERS, { ...postgres(), redis_address: redis(gate).redis_address });
});

after(async () => {
  await onSqlite?.stop();
  await onPostgres?.stop();
  await producer?.stop();
  await workers?.stop();
  await gate?.close();
  await s3?.stop();
  echo?.close();
});

async function passes(host, target) {
  const response = await fetch(host.url + target);
  const text = await response.text();
  assert.equal(response.status, 200, text);
  const outcomes = JSON.parse(text);
  assert.ok(outcomes.length > 0);
  assert.deepEqual(
    outcomes.filter((outcome) => outcome.failure),
    [],
  );
}

async function wakes(host, way = "http") {
  await passes(host, "/queue");
  const received = async (way) => (await fetch(`${host.url}/received?way=${way}`)).text();
  await eventually("all wake-ups arrive", async () => (await received(way)) === WAKES, 10_000);
  assert.equal(await received(way === "http" ? "redis" : "http"), "0");
}

test("SQLite", () => passes(onSqlite, "/database"));
test("SQLite again, with tables that are there", () => passes(onSqlite, "/database"));
test("PostgreSQL", () => passes(onPostgres, "/database"));
test("PostgreSQL again, with tables that are there", () => passes(onPostgres, "/database"));
test("S3", () => passes(onSqlite, "/objects"));
test("clock and random", () => passes(onSqlite, "/system"));
test("outbound HTTP", () => passes(onSqlite, `/http?url=${echo.url}`));
test("wake-ups reach the components, with SQLite", () => wakes(onSqlite));
test("wake-ups reach the components, with PostgreSQL", () => wakes(onPostgres));
test("wake-ups by Redis reach the components of another application", () => wakes(producer, "redis"));
test("they reach this one's when Redis does not answer", async () => {
  gate.hold();
  await wakes(producer);
});
test("they reach this one's when Redis is down, and when nobody listens", async () => {
  gate.refuse();
  await wakes(producer);
  // As Spin does, the host ends when the connection of a trigger breaks.
  await workers.program.ended;
  await gate.pass();
  await wakes(producer);
});

test("an instance answers many requests, or one where the host is told so", async () => {
  const instances = async ({ program }) => {
    const { instantiations } = await program.stats();
    return Object.values(instantiations).reduce((sum, { instances }) => sum + instances, 0);
  };
  const madeFor = async (host, requests) => {
    const before = await instances(host);
    for (let number = 0; number < requests; number += 1) await passes(host, "/system");
    return (await instances(host)) - before;
  };
  assert.ok((await madeFor(onSqlite, 10)) < 10);
  const fresh = await startHost(MANIFEST, variables, ["--max-instance-reuse-count", "1"]);
  try {
    assert.equal(await madeFor(fresh, 10), 10);
    await passes(fresh, "/database");
    await passes(fresh, "/objects");
  } finally {
    await fresh.stop();
  }
});

test("a host that is told to stop does not speak of the instances that end with it", async () => {
  const host = await startHost(MANIFEST, variables);
  await passes(host, "/system");
  const closed = once(host.program.process, "close");
  await host.stop();
  await closed;
  assert.doesNotMatch(host.program.output, /panicked/);
});

test("a host that is not allowed is an error, not a trap", async () => {
  const outcomes = await (await fetch(`${onSqlite.url}/http?url=http://127.0.0.2:1`)).json();
  assert.match(outcomes[0].failure, /bad request/);
});

// Before those that trap: an instance may answer several requests, and all of them end with it.
test("outbound HTTP waits for as long as it is told", () => patience);

for (const [name, host] of [
  ["SQLite", () => onSqlite],
  ["PostgreSQL", () => onPostgres],
]) {
  test(`a component that traps answers 500 once, with ${name}`, async () => {
    const traps = await Promise.all(Array.from({ length: 5 }, () => fetch(`${host().url}/trap`)));
    assert.deepEqual(traps.map(({ status }) => status), [500, 500, 500, 500, 500]);
    await passes(host(), "/database");
  });
}
