// `cargo xtask soak`: several clients upload, read, delete and sync at the same time while the server, or on Spin in turn all that
// it needs, is killed and started again, over and over. At the end everything that was acknowledged must be true.
// Options: --seconds N (of load), --kill-every SECONDS, --clients N, --seed N; --spin with --database sqlite|postgres.
import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, firstAdmin } from "../support/client.mjs";
import { discard, Server, temporaryFolder } from "../support/server.mjs";
import { Ledger } from "./ledger.mjs";
import { random, work } from "./load.mjs";
import { Outages } from "./outages.mjs";
import { Phone } from "./phone.mjs";
import { prove } from "./prove.mjs";
import { strikes } from "./strikes.mjs";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "120" },
    "kill-every": { type: "string", default: "15" },
    clients: { type: "string", default: "6" },
    seed: { type: "string", default: "1" },
    spin: { type: "boolean", default: false },
    database: { type: "string", default: "postgres" },
  },
});
const [seconds, killEvery, clients, seed] = ["seconds", "kill-every", "clients", "seed"].map((name) => Number(values[name]));
const database = values.spin ? values.database : undefined;
if (database) process.env.EDGE_TEST_SERVER = `spin-${database}`;

/** The scheduler's minute is shorter here, so that it meets the kills. */
const TICK_EVERY_MS = 5000;

/** Lets the scheduler tick for so long. */
async function ticking(world, ms) {
  for (const end = Date.now() + ms; Date.now() < end; ) {
    await sleep(Math.min(TICK_EVERY_MS, end - Date.now()));
    await world.server.tick();
  }
}

/** What the clients share; they ask here for the server of the moment, and wait while there is none. */
function worldOf(session) {
  const world = { up: Promise.resolve(), ledger: new Ledger(), outages: new Outages(), end: Date.now() + seconds * 1000, errors: [], failures: [] };
  world.move = async (server) => {
    world.server = server;
    await world.phone?.restart(server.url, world.failures);
    world.client = new Client(server.url, session);
    world.client.failures = world.failures;
  };
  return world;
}

async function strike(world, [name, kill], counts) {
  await world.outages.during(kill);
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

const data = temporaryFolder();
const server = await Server.start({ data });
let world = { server };
try {
  const { token, credentials } = await firstAdmin(server.url);
  const session = { authorization: `Bearer ${token}` };
  world = worldOf(session);
  await world.move(server);
  world.phone = await Phone.logIn(server.url, credentials, world.failures);
  const targets = await strikes(world, data, database);
  const load = Array.from({ length: clients }, (_, index) => work(world, random(seed * 1000 + index)));
  const counts = new Map();
  for (let turn = 0; Date.now() + killEvery * 1000 < world.end; turn += 1) {
    await ticking(world, killEvery * 1000);
    await strike(world, targets[turn % targets.length], counts);
  }
  await Promise.all(load);
  // The last one, so that no worker lives that the proof does not know of.
  await strike(world, targets[0], counts);
  const killed = [...counts].map(([name, number]) => `${name} ${number} times`).join(", ");
  console.log(`${seconds} s of load with ${clients} clients, killed and started again: ${killed}; ${world.ledger.summary()}`);
  // Only where something else than the server goes away, the server is there to say so.
  const wrong = world.failures.filter((text) => !database || !text.includes(": 503 "));
  if (world.errors.length + wrong.length > 0) throw new Error(`while it ran:\n${[...world.errors, ...wrong].join("\n")}`);
  console.log(await prove(world.server, new Client(world.server.url, session), world));
} finally {
  await world.server.stop();
  discard(data);
}
