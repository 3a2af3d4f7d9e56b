// Story: two hosts on one PostgreSQL and one object store, two users, 2,000 requests in all, many at a time: no update is lost,
// no request fails, each photo ends with its renditions exactly once.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client, firstAdmin, logIn } from "../workers/support/client.mjs";
import { jpeg, sha1 } from "../workers/support/media.mjs";
import { assertExactlyOnce } from "../workers/support/proof.mjs";
import { SpinServer } from "./server.mjs";

const REQUESTS = 2000;
const AT_ONCE = 32;
const PHOTOS = 60;

describe("two hosts on one PostgreSQL and one object store", () => {
  let first;
  let second;
  before(async () => {
    first = await SpinServer.start("spin-postgres");
    second = await SpinServer.start("spin-postgres", { beside: first });
  });
  after(async () => {
    await second?.stop();
    await first?.stop();
  });

  test("2,000 mixed requests of two users", async (t) => {
    const users = await people(first);
    const photos = await Promise.all(Array.from({ length: PHOTOS }, (_, seed) => jpeg({ width: 160, height: 120, seed: seed + 1 })));
    const both = (user, number) => [first, second].map(({ url }) => new Client(url, user.headers))[number % 2];

    // Each photo is sent to both hosts at once: one stores it, the other finds it.
    const uploads = users.flatMap((user) => photos.flatMap((bytes) => [0, 1].map((side) => () => both(user, side).upload(bytes, "photo.jpg"))));
    const uploaded = await atOnce(uploads);
    for (const [at, user] of users.entries()) {
      const mine = uploaded.slice(at * PHOTOS * 2, (at + 1) * PHOTOS * 2);
      user.ids = photos.map((_, number) => {
        const pair = mine.slice(number * 2, number * 2 + 2);
        assert.deepEqual(pair.map(({ status }) => status).sort(), [200, 201], `photo ${number}`);
        assert.equal(pair[0].body.id, pair[1].body.id);
        return pair[0].body.id;
      });
      user.album = (await user.client.post("/albums", { albumName: "all" })).body.id;
    }

    const changes = users.flatMap((user) =>
      user.ids.flatMap((id, number) => [
        () => both(user, number).put(`/albums/${user.album}/assets`, { ids: [id] }),
        () => both(user, number + 1).put("/assets", { ids: [id], isFavorite: true }),
        // Many keys of one asset: each must stay.
        () => both(user, number).put(`/assets/${user.ids[0]}/metadata`, { items: [{ key: `key-${number}`, value: { number } }] }),
      ]),
    );
    const reads = [];
    for (let number = 0; uploads.length + changes.length + reads.length < REQUESTS; number += 1) {
      const user = users[number % users.length];
      const id = user.ids[number % PHOTOS];
      const route = [`/assets/${id}`, "/timeline/buckets?visibility=timeline", `/assets/${id}/original`, `/albums/${user.album}`][number % 4];
      reads.push(() => both(user, number).get(route));
    }
    const preferences = users.flatMap((user) => [
      () => both(user, 0).put("/users/me/preferences", { folders: { enabled: true } }),
      () => both(user, 1).put("/users/me/preferences", { tags: { enabled: false } }),
    ]);
    const answers = await atOnce(shuffled([...changes, ...reads, ...preferences]));
    for (const { status, bytes } of answers) assert.ok(status === 200 || status === 204, `${status} ${bytes.subarray(0, 200)}`);
    t.diagnostic(`${uploads.length + answers.length} requests`);

    for (const user of users) {
      const album = (await user.client.get(`/albums/${user.album}`)).body;
      assert.equal(album.assetCount, PHOTOS);
      const favourites = (await user.client.get("/assets/statistics?isFavorite=true")).body;
      assert.equal(favourites.images, PHOTOS);
      const items = (await user.client.get(`/assets/${user.ids[0]}/metadata`)).body;
      assert.equal(items.length, PHOTOS);
      const kept = (await user.client.get("/users/me/preferences")).body;
      assert.deepEqual([kept.folders.enabled, kept.tags.enabled], [true, false]);
      await user.client.rendered(user.ids, 120_000);
      for (const [number, id] of user.ids.entries()) {
        assert.equal(sha1((await both(user, number).get(`/assets/${id}/original`)).bytes), sha1(photos[number]));
      }
    }
    await assertExactlyOnce(first, users.flatMap(({ ids }) => ids));
    const files = await first.count("select (select count(*) from asset) + (select count(*) from asset_file) as n");
    assert.equal((await first.objects()).length, Number(files), "an object for each original and rendition, and no other");
  });
});

/** The first admin and another user: `{client, headers}`. */
async function people(server) {
  const { admin, token } = await firstAdmin(server.url);
  const other = { email: "other@example.com", password: "another password", name: "Other" };
  await admin.post("/admin/users", other);
  const answer = await logIn(admin.as({}), other);
  return [token, answer.token].map((token) => {
    const headers = { authorization: `Bearer ${token}` };
    return { headers, client: new Client(server.url, headers) };
  });
}

/** Runs all, `AT_ONCE` at a time; the answers in order. */
async function atOnce(tasks) {
  const answers = [];
  let next = 0;
  const worker = async () => {
    while (next < tasks.length) {
      const at = next++;
      answers[at] = await tasks[at]();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return answers;
}

/** The same order at every run, with everything mixed. */
function shuffled(tasks) {
  return tasks.map((task, at) => [(at * 7919) % tasks.length, at, task]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, , task]) => task);
}
