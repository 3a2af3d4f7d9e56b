// Story: a strict third-party client of a later version (immichpy from PyPI, models of 3.3) reads what people look at.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { apiKey, firstAdmin } from "./support/client.mjs";
import { jpeg } from "./support/media.mjs";
import { Server } from "./support/server.mjs";

const script = (name) => path.join(import.meta.dirname, "immichpy", name);
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Python with immichpy: cargo xtask test says where it is. */
const python = process.env.EDGE_PYTHON;

describe("immichpy", () => {
  let server;
  let admin;
  let token;

  before(async () => {
    server = await Server.start();
    ({ admin, token } = await firstAdmin(server.url));
  });
  after(() => server.stop());

  test("reads users, preferences, albums, assets, timeline, server, sessions, keys and what administrators see", async () => {
    assert.ok(python, "EDGE_PYTHON is not set: run cargo xtask test");
    const photo = await jpeg({ seed: 7 });
    const times = { fileCreatedAt: "2023-11-20T01:11:00.060Z", fileModifiedAt: "2023-11-20T01:11:00.060Z" };
    const { body: asset } = await admin.upload(photo, "beach.jpg", { fields: times });
    await admin.rendered([asset.id]);
    const { body: album } = await admin.post("/albums", { albumName: "Holidays", assetIds: [asset.id] });
    const words = [script("reads.py"), server.url, await apiKey(admin), token, asset.id, album.id];
    const { stdout } = await promisify(execFile)(python, words);
    const found = JSON.parse(stdout);

    assert.match(found.group, UUID_V4);
    assert.deepEqual([found.about, found.version, found.ping], ["v3.2.2", 3, "pong"]);
    assert.deepEqual([found.users, found.accounts, found.images, found.albums], [1, 1, 1, 1]);
    assert.deepEqual([found.album, found.month], ["Holidays", [asset.id]]);
    assert.equal(found.taken, "2023-11-20T01:11:00.060000+00:00");
    assert.equal(found.original, photo.length);
    assert.ok(found.thumbnail > 100 && found.sessions >= 1 && found.queues === 19);
    assert.deepEqual([found.sidebar, found.strategy], [false, "self"]);
    assert.deepEqual([found.key, found.same, found.keys], ["short-lived", true, 2]);
    assert.equal(found.password, true);
    assert.deepEqual(admin.failures, [], "no request is answered with 5xx");
  });

  test("reads searches, tags, stacks, memories, partners, links, comments, folders, libraries and workflows", async () => {
    const made = async (route, body, method = "POST") => {
      const answer = await admin.request(method, route, { body });
      assert.ok(answer.status < 300, `${route}: ${answer.status} ${answer.bytes}`);
      return answer.body;
    };
    const assets = [];
    for (const seed of [31, 32]) {
      const { body } = await admin.upload(await jpeg({ seed }), `photo ${seed}.jpg`);
      assets.push(body.id);
    }
    await admin.rendered(assets);
    const [id] = assets;
    await made("/assets", { ids: [id], latitude: 48.8566, longitude: 2.3522 }, "PUT");
    const album = await made("/albums", { albumName: "Told", assetIds: assets });
    const [tag] = await made("/tags", { tags: ["sea/shore"] }, "PUT");
    await made(`/tags/${tag.id}/assets`, { ids: [id] }, "PUT");
    await made("/stacks", { assetIds: assets });
    await made("/memories", { type: "on_this_day", data: { year: 2020 }, memoryAt: "2024-01-01T00:00:00.000Z", assetIds: [id] });
    const ben = await made("/admin/users", { email: "ben@example.com", password: "another horse", name: "Ben" });
    await made("/partners", { sharedWithId: ben.id });
    await made("/shared-links", { type: "ALBUM", albumId: album.id, slug: "told" });
    await made("/activities", { albumId: album.id, type: "comment", comment: "How far!" });
    await made("/libraries", { ownerId: ben.id, name: "Attic", importPaths: [] });
    await server.settle();
    const words = [script("library.py"), server.url, token, id, album.id];
    const found = JSON.parse((await promisify(execFile)(python, words)).stdout);

    // Of a stack each photo is found; the first test's is there, too.
    assert.deepEqual(found.names.toSorted(), ["beach.jpg", "photo 31.jpg", "photo 32.jpg"]);
    assert.deepEqual([found.some, found.large, found.total], [2, 3, 3]);
    assert.deepEqual([found.tags.toSorted(), found.stacked, found.memories], [["sea", "sea/shore"], [2], [2020]]);
    assert.deepEqual([found.duplicates, found.markers, found.where], [0, [id], 1]);
    // What was set by hand is in a file beside the photo.
    assert.deepEqual(found.files, ["preview", "sidecar", "thumbnail"]);
    assert.deepEqual([found.partners, found.links, found.comments], [["Ben"], ["told"], ["How far!"]]);
    assert.equal(found.size, (await jpeg({ seed: 31 })).length);
    assert.deepEqual([found.libraries, found.workflows, found.requests], [["Attic"], 0, 0]);
    assert.ok(found.triggers >= 2 && found.plugins >= 1 && found.methods >= 1, JSON.stringify(found));
    assert.deepEqual(admin.failures, [], "no request is answered with 5xx");
  });
});
