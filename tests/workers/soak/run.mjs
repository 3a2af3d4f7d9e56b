// `cargo xtask soak`: several clients upload, read and delete at the same time while the server is killed and started
// again, over and over. At the end everything that was acknowledged must be true.
// Options: --seconds N (of load), --kill-every SECONDS, --clients N, --seed N.
import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { firstAdmin } from "../support/client.mjs";
import { discard, Server, temporaryFolder } from "../support/server.mjs";
import { Ledger } from "./ledger.mjs";
import { random, work } from "./load.mjs";
import { prove } from "./prove.mjs";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "120" },
    "kill-every": { type: "string", default: "15" },
    clients: { type: "string", default: "6" },
    seed: { type: "string", default: "1" },
  },
});
const [seconds, killEvery, clients, seed] = ["seconds", "kill-every", "clients", "seed"].map((name) => Number(values[name]));

const data = temporaryFolder();
let server = await Server.start({ data });
try {
  const { admin, token } = await firstAdmin(server.url);
  const session = { authorization: `Bearer ${token}` };
  // Clients ask here for the server of the moment, and wait while there is none.
  const world = { client: admin, up: Promise.resolve(), ledger: new Ledger(), end: Date.now() + seconds * 1000, errors: [] };
  const load = Array.from({ length: clients }, (_, index) => work(world, random(seed * 1000 + index)));
  let kills = 0;
  while (Date.now() + killEvery * 1000 < world.end) {
    await sleep(killEvery * 1000);
    let isUp;
    world.up = new Promise((resolve) => (isUp = resolve));
    await server.crash();
    kills += 1;
    server = await Server.start({ data });
    const client = admin.as(session);
    client.url = server.url;
    world.client = client;
    isUp();
  }
  await Promise.all(load);
  console.log(`${seconds} s of load with ${clients} clients, killed and started again ${kills} times: ${world.ledger.summary()}`);
  if (world.errors.length > 0) throw new Error(`while it ran:\n${world.errors.join("\n")}`);
  console.log(await prove(server, world.client, world.ledger, data));
} finally {
  await server.stop();
  discard(data);
}
