// Story: a strict third-party client of a later version (immichpy from PyPI, models of 3.3) reads all that is built.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { apiKey, firstAdmin } from "./support/client.mjs";
import { jpeg } from "./support/media.mjs";
import { Server } from "./support/server.mjs";

const SCRIPT = path.join(import.meta.dirname, "immichpy/reads.py");
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
    const words = [SCRIPT, server.url, await apiKey(admin), token, asset.id, album.id];
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
});
