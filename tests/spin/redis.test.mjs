// Story: two machines on one PostgreSQL, one object store and one Redis, each with a host for people (spin.toml) and one for
// jobs (spin.redis.toml). Redis hangs and goes away, a machine dies: clients notice nothing, and each photo ends with its
// renditions exactly once.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client, firstAdmin } from "../workers/support/client.mjs";
import { jpeg } from "../workers/support/media.mjs";
import { assertExactlyOnce, passTime } from "../workers/support/proof.mjs";
import { eventually } from "../workers/support/server.mjs";
import { Gate } from "./gate.mjs";
import { SpinServer, Workers } from "./server.mjs";

const PHOTOS = 8;
/** A publication that nobody answers is given up after 3 s; no upload may wait for it. */
const QUICK_MS = 2500;

describe("two machines whose workers are woken by Redis", () => {
  let gate;
  let first;
  let second;
  let admin;
  let workers = [];
  const ids = [];
  let seed = 0;
  before(async () => {
    gate = await Gate.open(new URL(process.env.EDGE_TEST_REDIS));
    first = await SpinServer.start("spin-postgres", { redisGate: gate });
    second = await SpinServer.start("spin-postgres", { beside: first, redisGate: gate });
    workers = [await Workers.start(first), await Workers.start(second)];
    ({ admin } = await firstAdmin(first.url));
  });
  after(async () => {
    await Promise.all(workers.map((it) => it.kill()));
    await second?.stop();
    await first?.stop();
    await gate?.close();
  });

  /** Uploads new photos to `server`, one after the other, each of which must be answered quickly; gives their ids. */
  async function upload(server, count = PHOTOS) {
    const client = new Client(server.url, admin.headers);
    const added = [];
    for (let number = 0; number < count; number += 1) {
      const bytes = await jpeg({ width: 640, height: 480, seed: (seed += 1) });
      const start = Date.now();
      const { status, body } = await client.upload(bytes, "photo.jpg");
      assert.equal(status, 201);
      assert.ok(Date.now() - start < QUICK_MS, `answered after ${Date.now() - start} ms`);
      added.push(body.id);
    }
    ids.push(...added);
    return added;
  }

  /** How often the hosts for people have been woken for pictures. */
  const ownWork = async () => (await first.requests("media")) + (await second.requests("media"));
  const worksItself = (before) => eventually("a host to wake its own workers", async () => (await ownWork()) > before, 10_000);

  test("what one host takes in is worked off by the workers, and only by them", async () => {
    await admin.rendered(await upload(first), 30_000);
    assert.equal(await ownWork(), 0);
    for (const it of workers) {
      await eventually("every worker hears of every upload", async () => (await it.messages("media")) >= PHOTOS, 10_000);
    }
    await assertExactlyOnce(first, ids);
  });

  test("a machine is killed in the middle: the other goes on", async () => {
    const uploading = upload(first, PHOTOS * 2);
    await eventually("workers to be busy", () => first.count("select count(*) as n from job where state = 'active'"), 20_000, 10);
    await Promise.all([workers[1].kill(), second.host.stop("SIGKILL")]);
    const added = await uploading;
    await passTime(first);
    await admin.rendered(added, 60_000);
    await assertExactlyOnce(first, ids);
    await second.stop();
    second = await SpinServer.start("spin-postgres", { beside: first, redisGate: gate });
    workers[1] = await Workers.start(second);
  });

  test("Redis hangs: uploads do not wait, and the host that took them works itself", async () => {
    const before = await ownWork();
    gate.hold();
    await admin.rendered(await upload(first, 2), 30_000);
    await worksItself(before);
  });

  test("Redis is down: the workers end, uploads do not notice; the workers come back with it", async () => {
    gate.refuse();
    for (const it of workers) assert.notEqual(await it.ended(), 0);
    const before = await ownWork();
    await admin.rendered(await upload(first), 60_000);
    await worksItself(before);

    await gate.pass();
    workers = [await Workers.start(first), await Workers.start(second)];
    const own = await ownWork();
    await admin.rendered(await upload(second), 30_000);
    assert.equal(await ownWork(), own);
    await assertExactlyOnce(first, ids);
    assert.equal(await first.count("select count(*) as n from asset"), ids.length);
    assert.deepEqual(admin.failures, []);
  });
});
