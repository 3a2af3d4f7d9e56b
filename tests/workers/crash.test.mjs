// Story: the power goes in the middle of a batch of uploads. What was acknowledged is there afterwards, and every
// photo ends with its renditions exactly once.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { firstAdmin } from "./support/client.mjs";
import { jpeg, noise, sha1 } from "./support/media.mjs";
import { assertExactlyOnce, assertNothingOrphaned, passTime } from "./support/proof.mjs";
import { discard, Server, temporaryFolder } from "./support/server.mjs";

const PHOTOS = 30;
const ACKNOWLEDGED_BEFORE_THE_CRASH = 18;
const AT_ONCE = 6;

describe("the server is killed in the middle of a batch of uploads", () => {
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
    await assertNothingOrphaned(server);
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
