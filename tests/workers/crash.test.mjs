// Story: the power goes in the middle of a batch of uploads. What was acknowledged is there afterwards, and every
// photo ends with its renditions exactly once.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { pendingMultipartUploads } from "./support/bucket.mjs";
import { firstAdmin } from "./support/client.mjs";
import { jpeg, noise, sha1 } from "./support/media.mjs";
import { discard, eventually, Server, temporaryFolder } from "./support/server.mjs";

const PHOTOS = 30;
const ACKNOWLEDGED_BEFORE_THE_CRASH = 18;
const AT_ONCE = 6;

describe("workerd is killed in the middle of a batch of uploads", () => {
  let data;
  let server;
  before(() => {
    data = temporaryFolder();
  });
  after(async () => {
    await server?.stop();
    discard(data);
  });

  test("every acknowledged upload ends with its renditions exactly once", async (t) => {
    server = await Server.start({ data });
    const { admin, token } = await firstAdmin(server.url);
    const photos = [];
    for (let seed = 1; seed <= PHOTOS; seed += 1) photos.push(await jpeg({ width: 640, height: 480, seed: 100 + seed }));
    // One that is sent in parts, so that the crash also meets a multipart upload.
    photos[ACKNOWLEDGED_BEFORE_THE_CRASH + 2] = Buffer.concat([photos[0], noise(24 << 20, 9)]);
    const acknowledged = await uploadUntil(admin, photos, ACKNOWLEDGED_BEFORE_THE_CRASH, () => server.crash());
    t.diagnostic(`${acknowledged.size} of ${PHOTOS} acknowledged before the crash`);
    assert.ok(acknowledged.size >= ACKNOWLEDGED_BEFORE_THE_CRASH);

    server = await Server.start({ data });
    const survivor = new admin.constructor(server.url, { authorization: `Bearer ${token}` });
    const unfinished = await server.count("select count(*) as n from job");
    t.diagnostic(`${unfinished} jobs were left`);
    await passTime(server);

    const infos = await survivor.rendered([...acknowledged.values()], 90_000);
    for (const info of infos) assert.ok(acknowledged.has(info.checksum), info.id);
    await assertExactlyOnce(server, infos.map(({ id }) => id));

    // The client tries everything again, as official ones do: what is there already is not doubled.
    const ids = new Map();
    for (const bytes of photos) {
      const { status, body } = await survivor.upload(bytes, "again.jpg");
      const isKnown = acknowledged.get(sha1(bytes));
      if (isKnown) assert.deepEqual([status, body.id], [200, isKnown]);
      ids.set(sha1(bytes), body.id);
    }
    assert.equal(ids.size, PHOTOS);
    await survivor.rendered([...ids.values()], 90_000);
    await assertExactlyOnce(server, [...ids.values()]);
    assert.equal(await server.count("select count(*) as n from asset"), PHOTOS);
    assert.deepEqual(survivor.failures, []);
    await assertNothingOrphaned(server, data);
  });
});

/** Uploads some at a time and calls `crash` after `limit` acknowledgements; gives id by checksum of what was acknowledged. */
async function uploadUntil(client, photos, limit, crash) {
  const acknowledged = new Map();
  const waiting = [...photos];
  let crashed;
  const worker = async () => {
    for (let bytes = waiting.shift(); bytes && !crashed; bytes = waiting.shift()) {
      try {
        const { status, body } = await client.upload(bytes, "photo.jpg");
        if (status === 201) acknowledged.set(sha1(bytes), body.id);
      } catch {
        return; // the connection broke: the crash
      }
      if (acknowledged.size >= limit) crashed ??= crash();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await crashed;
  return acknowledged;
}

/** Lets the minutes pass at once after which leases of the dead end and lost wake-ups are noticed, and sweeps. */
async function passTime(server) {
  await server.sql("update job set lease_expires_at = 1 where state = 'active'");
  await server.sql("update job set updated_at = 1 where state = 'waiting'");
  await server.tick();
}

async function assertExactlyOnce(server, ids) {
  await server.settle(90_000);
  assert.equal(await server.count("select count(*) as n from job"), 0, "no job is left, waiting or failed");
  const list = JSON.stringify(ids);
  const files = await server.sql(
    "select asset_id, group_concat(type) as types from (select * from asset_file where asset_id in (select value from json_each(?1)) order by type) group by asset_id",
    list,
  );
  assert.equal(files.length, ids.length);
  for (const { asset_id: id, types } of files) assert.equal(types, "preview,thumbnail", id);
}

/** The bucket holds the originals and renditions of the assets, and nothing else. */
async function assertNothingOrphaned(server, data) {
  const wanted = await server.sql("select original_path as path from asset union all select path from asset_file");
  await eventually("leftovers of the crash to be swept", async () => {
    await server.sql("update pending_object set expires_at = 0");
    await server.tick();
    return (await server.objects()).length === wanted.length && pendingMultipartUploads(data) === 0;
  }, 30_000, 300);
  const keys = (await server.objects()).map(({ key }) => key);
  assert.deepEqual(keys.sort(), wanted.map(({ path }) => path).sort());
}
