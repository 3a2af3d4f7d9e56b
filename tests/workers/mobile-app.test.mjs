// Story: the mobile app 3.1.0, call by call as api/sync.md section 6 and api/clients.md section 4 describe it: from typing
// in the server's URL to logging out, with two phones and cookies for all credentials.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, firstAdmin } from "./support/client.mjs";
import { jpeg, noise, sha1 } from "./support/media.mjs";
import { App } from "./support/mobile.mjs";
import { eventually, Server } from "./support/server.mjs";

const ALICE = { email: "alice@example.com", password: "first one", name: "Alice" };

/**
 * What the app calls and the server cannot answer yet: 501, or 404 where there is no route. Whoever builds one of them takes it out and tells
 * its story here; the test fails as long as it does not.
 */
const NOT_BUILT = [
  // api/jobs-ml.md 6.6: it takes machine learning.
  ["POST", "/search/smart", { query: "lake" }, 400],
];

describe("the mobile app", () => {
  let server;
  let admin;
  let adminId;
  let phone;
  const ids = {};
  const files = {};

  before(async () => {
    // As whoever runs a server for apps of that generation has it (docs/versions.md).
    server = await Server.start({ vars: { EDGE_API_VERSION: "3.1.0" } });
    const first = await firstAdmin(server.url);
    ({ admin } = first);
    adminId = first.user.id;
    const made = await admin.post("/admin/users", { ...ALICE, shouldChangePassword: true });
    assert.equal(made.status, 201);
    ids.alice = made.body.id;
    phone = new App();
  });
  after(() => server?.stop());

  /** Everything that was written so far is in the next sync. */
  async function synced(app = phone) {
    // Update ids are told when their millisecond is over.
    await sleep(20);
    const lines = await app.sync();
    return { lines, counts: counted(lines) };
  }

  test("the server's URL is entered", async () => {
    const { version, features, config } = await phone.enterUrl(server.url);
    assert.deepEqual(version, { major: 3, minor: 1, patch: 0, prerelease: null });
    for (const name of ["duplicateDetection", "email", "facialRecognition", "importFaces", "map", "oauth", "oauthAutoLaunch", "passwordLogin", "reverseGeocoding", "search", "sidecar", "smartSearch", "trash", "configFile"]) {
      assert.equal(typeof features[name], "boolean", name);
    }
    for (const [name, type] of Object.entries({ externalDomain: "string", isInitialized: "boolean", isOnboarded: "boolean", loginPageMessage: "string", maintenanceMode: "boolean", oauthButtonText: "string", publicUsers: "boolean", trashDays: "number", userDeleteDelay: "number" })) {
      assert.equal(typeof config[name], type, name);
    }
    assert.equal((await phone.http.get("/users/me")).status, 401);
  });

  test("logging in leaves cookies, and the app knows its device", async () => {
    const { login, user, preferences } = await phone.logIn(ALICE);
    for (const [name, type] of Object.entries({ accessToken: "string", userId: "string", userEmail: "string", name: "string", isAdmin: "boolean", profileImagePath: "string", shouldChangePassword: "boolean" })) {
      assert.equal(typeof login[name], type, name);
    }
    assert.deepEqual([...phone.http.cookies.keys()].sort(), ["immich_access_token", "immich_auth_type", "immich_is_authenticated"]);
    assert.equal(user.id, ids.alice);
    assert.equal(user.shouldChangePassword, true);
    assert.equal(typeof preferences.memories.enabled, "boolean");
    const { body: sessions } = await phone.http.get("/sessions");
    const [{ deviceType, deviceOS, appVersion }] = sessions;
    assert.deepEqual({ deviceType, deviceOS, appVersion }, { deviceType: "Pixel 9", deviceOS: "Android", appVersion: "3.1.0" });
  });

  test("the first password is changed", async () => {
    ALICE.password = "second one";
    const changed = await phone.http.put("/users/me", { password: ALICE.password });
    assert.equal(changed.status, 200);
    assert.equal(changed.body.shouldChangePassword, false);
  });

  test("the first sync brings the accounts and what there is", async () => {
    const { counts } = await synced();
    assert.deepEqual(counts, { AuthUserV1: 1, UserV1: 2 });
    assert.equal(phone.rows("me")[0].email, ALICE.email);
    assert.deepEqual((await synced()).counts, {});
  });

  test("three files are backed up at once, and a live photo in two halves", async () => {
    for (const [index, name] of ["one.jpg", "two.jpg", "three.jpg"].entries()) files[name] = await jpeg({ seed: 200 + index });
    const names = Object.keys(files);
    const made = await Promise.all(names.map((name) => phone.backUp(files[name], name)));
    names.forEach((name, index) => (ids[name] = made[index]));
    assert.equal(await phone.backUp(files["one.jpg"], "one.jpg"), ids["one.jpg"], "the same once more");

    const iphone = new App({ device: "ios" });
    await iphone.enterUrl(server.url);
    await iphone.logIn(ALICE);
    files["live.mov"] = noise(300_000, 7);
    files["live.jpg"] = await jpeg({ seed: 210 });
    ids.video = await iphone.backUp(files["live.mov"], "live.mov", { isHidden: true, duration: 1500 });
    ids.live = await iphone.backUp(files["live.jpg"], "live.jpg", { videoId: ids.video });
    // The rest of the story has one phone.
    await iphone.http.post("/auth/logout");
  });

  test("the next sync brings exactly the new files, with what was made of them", async () => {
    await phone.http.rendered([ids["one.jpg"], ids["two.jpg"], ids["three.jpg"], ids.live]);
    await server.settle();
    const { counts } = await synced();
    // The accounts come because their usage has changed.
    assert.deepEqual(counts, { AuthUserV1: 1, UserV1: 1, AssetV2: 5, AssetExifV1: 5, AssetMetadataV1: 1 });
    const assets = new Map(phone.rows("assets").map((asset) => [asset.id, asset]));
    for (const name of ["one.jpg", "two.jpg", "three.jpg"]) {
      const asset = assets.get(ids[name]);
      // This is how the app finds what is backed up already.
      assert.equal(asset.checksum, sha1(files[name]));
      assert.deepEqual([asset.type, asset.visibility, asset.width, asset.height], ["IMAGE", "timeline", 320, 240]);
      assert.ok(asset.thumbhash);
    }
    assert.equal(assets.get(ids.video).visibility, "hidden");
    assert.equal(assets.get(ids.live).livePhotoVideoId, ids.video);
    assert.equal(phone.rows("me")[0].quotaUsageInBytes, Object.values(files).reduce((sum, bytes) => sum + bytes.length, 0));
    const [metadata] = phone.rows("assetMetadata");
    assert.equal(metadata.assetId, ids.live);
    assert.equal(metadata.value.iCloudId, "cloud-live.jpg");
    assert.deepEqual((await synced()).counts, {});
  });

  test("images and films come by cookie, cacheable and in parts", async () => {
    const asset = phone.rows("assets").find(({ id }) => id === ids["one.jpg"]);
    const thumbhash = encodeURIComponent(asset.thumbhash);
    for (const [size, type] of [["thumbnail", "image/webp"], ["preview", "image/jpeg"], ["fullsize", "image/jpeg"]]) {
      // Where no full-size rendition was needed, the app is sent on to the original.
      const route = `/assets/${asset.id}/thumbnail?size=${size}&edited=true&c=${thumbhash}`;
      const { status, headers, bytes } = await phone.http.get(route, { redirect: "follow" });
      assert.equal(status, 200, size);
      assert.equal(headers.get("content-type"), type, size);
      assert.match(headers.get("cache-control"), /private, max-age=\d+/);
      assert.ok(bytes.length > 0);
    }
    const original = await phone.http.get(`/assets/${asset.id}/original?edited=false`);
    assert.ok(original.bytes.equals(files["one.jpg"]));
    const film = files["live.mov"];
    for (const [range, from, to] of [["bytes=0-1", 0, 1], ["bytes=250000-", 250_000, film.length - 1]]) {
      const { status, headers, bytes } = await phone.http.get(`/assets/${ids.video}/video/playback`, { headers: { range } });
      assert.equal(status, 206, range);
      assert.equal(headers.get("content-range"), `bytes ${from}-${to}/${film.length}`);
      assert.ok(bytes.equals(film.subarray(from, to + 1)), range);
    }
    assert.equal((await phone.http.get(`/users/${ids.alice}/profile-image`)).status, 404);
  });

  test("an album is made, filled and shared", async () => {
    const made = await phone.http.post("/albums", { albumName: "Camera", description: "", assetIds: [ids["one.jpg"]] });
    assert.equal(made.status, 201);
    ids.album = made.body.id;
    const added = await phone.http.put(`/albums/${ids.album}/assets`, { ids: [ids["one.jpg"], ids["two.jpg"]] });
    assert.deepEqual(added.body.map(({ success }) => success), [false, true]);
    const { counts } = await synced();
    assert.deepEqual(counts, { SyncAckV1: 2, AlbumAssetCreateV2: 2, AlbumV2: 1, AlbumUserV1: 1, AlbumToAssetV1: 2, AlbumAssetExifCreateV1: 2 });
    const renamed = await phone.http.request("PATCH", `/albums/${ids.album}`, { body: { albumName: "Summer" } });
    assert.equal(renamed.status, 200);
    const shared = await phone.http.put(`/albums/${ids.album}/users`, { albumUsers: [{ userId: adminId, role: "editor" }] });
    assert.equal(shared.status, 200);
    assert.deepEqual((await synced()).counts, { AlbumV2: 1, AlbumUserV1: 1 });
    assert.equal(phone.rows("albums")[0].name, "Summer");
  });

  test("an album that somebody else shares brings its older photos along", async () => {
    const theirs = await admin.upload(await jpeg({ seed: 220 }), "theirs.jpg");
    await admin.rendered([theirs.body.id]);
    await server.settle();
    const { body: album } = await admin.post("/albums", { albumName: "Theirs", assetIds: [theirs.body.id] });
    // Alice's checkpoints move on behind those rows.
    await phone.http.put(`/albums/${ids.album}/assets`, { ids: [ids["three.jpg"]] });
    await synced();
    await admin.put(`/albums/${album.id}/users`, { albumUsers: [{ userId: ids.alice, role: "viewer" }] });
    const { counts } = await synced();
    assert.equal(counts.AlbumAssetBackfillV2, 1);
    assert.equal(counts.AlbumToAssetBackfillV1, 1);
    assert.equal(counts.AlbumAssetExifBackfillV1, 1);
    assert.ok(phone.rows("assets").some(({ id, ownerId }) => id === theirs.body.id && ownerId === adminId));
    const image = await phone.http.get(`/assets/${theirs.body.id}/thumbnail?size=thumbnail&edited=true`);
    assert.equal(image.status, 200);
    const left = await phone.http.delete(`/albums/${album.id}/user/me`);
    assert.equal(left.status, 204);
    assert.deepEqual((await synced()).counts, { AlbumDeleteV1: 1 });
  });

  test("favourites, archive, trash and deletion", async () => {
    const [one, two, three] = ["one.jpg", "two.jpg", "three.jpg"].map((name) => ids[name]);
    const row = (id) => phone.rows("assets").find((asset) => asset.id === id);
    assert.equal((await phone.http.put("/assets", { ids: [one, two], isFavorite: true })).status, 204);
    assert.equal((await phone.http.put("/assets", { ids: [two], visibility: "archive" })).status, 204);
    assert.equal((await phone.http.put(`/assets/${one}`, { description: "Lake", rating: 4 })).status, 200);
    await server.settle();
    const { counts } = await synced();
    assert.equal(counts.AssetV2, 2);
    assert.ok(row(one).isFavorite && row(two).isFavorite);
    assert.equal(row(two).visibility, "archive");
    assert.equal(phone.rows("exif").find(({ assetId }) => assetId === one).description, "Lake");

    assert.equal((await phone.http.delete("/assets", { ids: [two, three], force: false })).status, 204);
    await synced();
    assert.ok(row(two).deletedAt && row(three).deletedAt);
    assert.deepEqual((await phone.http.post("/trash/restore/assets", { ids: [two] })).body, { count: 1 });
    await synced();
    assert.equal(row(two).deletedAt, null);
    assert.equal((await phone.http.delete("/assets", { ids: [three], force: true })).status, 204);
    await eventually("the row to go", async () => {
      await server.settle();
      await synced();
      return !row(three);
    });
    assert.ok(!phone.rows("exif").some(({ assetId }) => assetId === three));
    assert.ok(!phone.rows("albumAssets").some(({ assetId }) => assetId === three));
    // What was deleted may come back at once.
    ids["three.jpg"] = await phone.backUp(files["three.jpg"], "three.jpg");
    await phone.http.rendered([ids["three.jpg"]]);
    await server.settle();
    await synced();
    assert.equal(row(ids["three.jpg"]).checksum, sha1(files["three.jpg"]));
  });

  test("a second phone learns the same", async () => {
    const second = new App({ device: "ios" });
    await second.enterUrl(server.url);
    await second.logIn(ALICE);
    await synced(second);
    await synced();
    // The photo of the album that Alice has left stays on the first one, as in the app.
    const first = phone.contents();
    const own = (rows) => rows.filter((row) => row.ownerId !== adminId);
    const known = new Set(own(first.assets).map(({ id }) => id));
    first.assets = own(first.assets);
    first.exif = first.exif.filter(({ assetId }) => known.has(assetId));
    assert.deepEqual(second.contents(), first);
    assert.deepEqual((await synced(second)).counts, {});
  });

  test("the app starts with its saved cookies", async () => {
    const again = new App({ cookies: phone.http.cookies, tables: phone.tables });
    await again.enterUrl(server.url);
    assert.equal((await again.account()).user.id, ids.alice);
    await again.serverFacts();
    assert.deepEqual((await synced(again)).counts, {});
  });

  test("a server that wants it makes the app start anew", async () => {
    const before = phone.contents();
    const { body: sessions } = await phone.http.get("/sessions");
    const { id } = sessions.find(({ current }) => current);
    assert.equal((await phone.http.put(`/sessions/${id}`, { isPendingSyncReset: true })).status, 200);
    await synced();
    assert.equal(phone.wasReset, true);
    const after = phone.contents();
    assert.deepEqual(after.albums, before.albums);
    assert.deepEqual(after.assets, before.assets.filter(({ ownerId }) => ownerId !== adminId));
  });

  test("widgets have nothing but a token in the query", async () => {
    const widget = new Client(server.url, { "user-agent": "immich-widget" });
    const key = `sessionKey=${phone.widgetToken}`;
    const albums = await widget.get(`/albums?${key}`);
    assert.deepEqual(albums.body.map(({ id }) => id), [ids.album]);
    const image = await widget.get(`/assets/${ids["one.jpg"]}/thumbnail?size=preview&edited=true&${key}`);
    assert.equal(image.headers.get("content-type"), "image/jpeg");
    assert.equal((await widget.get("/albums?sessionKey=wrong")).status, 401);
    // The widget of memories sends a point in time where the contract wants a day.
    const memories = await widget.get(`/memories?for=2024-08-09T00:00:00.000Z&${key}`);
    assert.deepEqual([memories.status, memories.body], [200, []]);
    const random = await widget.post(`/search/random?${key}`, { size: 1, type: "IMAGE" });
    assert.deepEqual([random.status, random.body.length, random.body[0].type], [200, 1, "IMAGE"]);
  });

  test("casting gets a token of its own", async () => {
    const made = await phone.http.post("/sessions", { duration: 3600, deviceType: "Google Cast", deviceOS: "Cast" });
    assert.equal(made.status, 201);
    const cast = new Client(server.url);
    const image = await cast.get(`/assets/${ids["one.jpg"]}/thumbnail?size=preview&sessionKey=${made.body.token}`);
    assert.equal(image.status, 200);
  });

  test("other screens of the app get what they ask for", async () => {
    const lists = ["/users", "/albums", "/tags", "/stacks", "/memories", "/shared-links", "/partners?direction=shared-by", "/people?withHidden=true", "/map/markers", "/search/suggestions?type=country", "/search/explore", "/search/cities", "/view/folder/unique-paths", `/activities?albumId=${ids.album}`];
    for (const route of [...lists, "/server/storage", "/auth/status", `/assets/${ids["one.jpg"]}`]) {
      assert.equal((await phone.http.get(route)).status, 200, route);
    }
  });

  test("the app searches", async () => {
    const named = await phone.http.post("/search/metadata", { originalFileName: "ONE" });
    assert.deepEqual([named.status, named.body.assets.items.map(({ id }) => id)], [200, [ids["one.jpg"]]]);
    const none = await phone.http.post("/search/metadata", { originalFileName: "nowhere" });
    assert.deepEqual(none.body.assets.items, []);
  });

  test("the app turns a photo and turns it back", async () => {
    const path = `/assets/${ids["one.jpg"]}`;
    const before = (await phone.http.get(path)).body;
    const turned = await phone.http.request("PUT", `${path}/edits`, { body: { edits: [{ action: "rotate", parameters: { angle: 90 } }] } });
    assert.deepEqual([turned.status, turned.body.edits.length], [200, 1]);
    await server.settle();
    const during = (await phone.http.get(path)).body;
    assert.deepEqual([during.isEdited, during.width, during.height], [true, before.height, before.width]);
    assert.equal((await phone.http.get(`${path}/thumbnail?size=preview&edited=true`)).status, 200);
    assert.equal((await phone.http.request("DELETE", `${path}/edits`)).status, 204);
    await server.settle();
    const after = (await phone.http.get(path)).body;
    assert.deepEqual([after.isEdited, after.width, after.height], [false, before.width, before.height]);
  });

  test("a login through a provider is refused while none is configured", async () => {
    const body = { redirectUri: "app.immich:///oauth-callback", state: "s", codeChallenge: "c" };
    const answer = await phone.http.post("/oauth/authorize", body);
    assert.deepEqual([answer.status, answer.body.message], [400, "OAuth is not enabled"]);
  });

  test("what is not built yet says so", async () => {
    const fill = (text) => text.replaceAll("{id}", ids["one.jpg"]).replaceAll("{other}", ids["two.jpg"]);
    const wrong = [];
    for (const [method, route, body, expected = 501] of NOT_BUILT) {
      const filled = body && JSON.parse(fill(JSON.stringify(body)));
      const answer = await phone.http.request(method, fill(route), { body: filled });
      if (answer.status !== expected || !answer.body?.message) wrong.push(`${method} ${route}: ${answer.status} ${answer.bytes.subarray(0, 100)}`);
    }
    assert.deepEqual(wrong, [], "take it out of the table and tell its story");
  });

  test("logging out ends the session and its cookies", async () => {
    const { status, body } = await phone.http.post("/auth/logout");
    assert.equal(status, 200);
    assert.equal(body.successful, true);
    assert.deepEqual([...phone.http.cookies.keys()], []);
    const answer = await phone.http.post("/sync/stream", { types: ["AssetsV2"] });
    assert.equal(answer.status, 401);
    assert.deepEqual(phone.http.failures, []);
    assert.deepEqual(admin.failures, []);
  });
});

/** How many lines of each type. */
function counted(lines) {
  const counts = {};
  for (const { type } of lines) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}
