// Story: the devices of one user are connected to two hosts on one PostgreSQL, and Redis carries frames between them. It breaks
// off and comes back.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client, firstAdmin } from "../workers/support/client.mjs";
import { eventually } from "../workers/support/server.mjs";
import { bearer, Devices } from "../workers/support/socket.mjs";
import { Gate } from "./gate.mjs";
import { SpinServer } from "./server.mjs";

describe("devices of one user on two hosts", () => {
  const devices = new Devices();
  let gate;
  let first;
  let second;
  let admin;
  let token;

  before(async () => {
    gate = await Gate.open(new URL(process.env.EDGE_TEST_REDIS));
    first = await SpinServer.start("spin-postgres", { redisGate: gate });
    second = await SpinServer.start("spin-postgres", { beside: first, redisGate: gate });
    ({ admin, token } = await firstAdmin(first.url));
  });
  after(async () => {
    devices.close();
    await second?.stop();
    await first?.stop();
    await gate?.close();
  });

  /** A device at each host. */
  async function both(credentials = bearer(token)) {
    const pair = [first, second].map(({ url }) => devices.connect(url, credentials));
    await Promise.all(pair.map(({ next }) => next("on_server_version")));
    return pair;
  }

  const saved = (client) => client.get("/system-config").then(({ body }) => client.put("/system-config", body));

  test("what one host is asked for is told at both", async () => {
    const pair = await both();
    for (const { url } of [first, second]) {
      assert.equal((await saved(new Client(url, admin.headers))).status, 200);
      for (const { next } of pair) assert.deepEqual(await next("on_config_update"), []);
    }
    for (const { socket } of pair) socket.close();
  });

  test("a logout at one host disconnects at the other", async () => {
    const login = { email: "admin@example.com", password: "correct horse battery" };
    const { accessToken } = (await admin.as({}).post("/auth/login", login)).body;
    const pair = await both(bearer(accessToken));
    await new Client(second.url, bearer(accessToken)).post("/auth/logout");
    for (const { left } of pair) assert.equal(await left, "io server disconnect");
  });

  test("Redis breaks off: nothing fails, and both are told again when it is back", async () => {
    const pair = await both();
    gate.refuse();
    assert.equal((await saved(admin)).status, 200);
    await gate.pass();
    // The hosts connect again by and by: what was not told meanwhile is found at the next sync.
    for (const { next } of pair) {
      const told = next("on_config_update");
      let isTold = false;
      told.then(() => (isTold = true));
      await eventually("a host to hear of Redis again", async () => {
        await saved(admin);
        return isTold;
      }, 30_000, 200);
    }
  });
});
