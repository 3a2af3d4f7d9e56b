// Story: programs of the generation 2.7, unchanged, and one of today on the same server (docs/generations.md). The SDK of then is told
// an address below /v2; the app of then is known by its agent; what exists no longer is found by its own address.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as old from "immich-sdk-2.7";
import { AREAS } from "./generation/areas.mjs";
import { Client } from "./support/client.mjs";
import { jpeg } from "./support/media.mjs";
import { eventually, Server } from "./support/server.mjs";
import { bearer, Devices } from "./support/socket.mjs";

const TAKEN = "2022-05-06T07:08:09.000Z";
const NOBODY = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
const APP = { "user-agent": "immich-android/2.7.5" };
const ADMIN = { email: "admin@example.com", password: "correct horse battery", name: "Admin" };

const lines = (text) => text.split("\n").filter(Boolean).map((line) => JSON.parse(line));

describe("the generation 2.7", () => {
  let server;
  /** Today's client and that of then, of one user. */
  let today;
  let then;
  let token;
  let me;
  const assets = [];
  const devices = new Devices();

  /** Calls a function of the SDK of then. */
  const sdk = (name, parameters, options = then) => (parameters === undefined ? old[name](options) : old[name](parameters, options));

  /** A call that must fail: with this status, in the words of then. */
  async function refused(name, parameters, status, options = then) {
    const error = await sdk(name, parameters, options).then(() => assert.fail(`${name} succeeded`), (thrown) => thrown);
    assert.equal(error.status, status, `${name}: ${error.message}`);
    assert.equal(error.data.statusCode, status);
    assert.equal(typeof error.data.error, "string");
    assert.equal(typeof error.data.correlationId, "string");
    assert.ok(typeof error.data.message === "string" || error.data.message.length > 0, name);
    return error.data;
  }

  const upload = async (seed, name, fields = {}) => {
    const assetData = new File([await jpeg({ seed })], name);
    const device = { deviceAssetId: `${name}-1`, deviceId: "phone" };
    const assetMediaCreateDto = { ...device, fileCreatedAt: TAKEN, fileModifiedAt: TAKEN, duration: "0:00:00.000000", ...fields, assetData };
    return (await sdk("uploadAsset", { assetMediaCreateDto })).id;
  };

  before(async () => {
    server = await Server.start();
    then = { baseUrl: `${server.url}/v2/api` };
  });
  after(async () => {
    devices.close();
    await server.stop();
    assert.deepEqual(today.failures, [], "no request is answered with 5xx");
  });

  test("finds its server and signs up", async () => {
    const found = await (await fetch(`${server.url}/v2/.well-known/immich`)).json();
    assert.deepEqual(found, { api: { endpoint: "/v2/api" } });
    assert.deepEqual(await sdk("getServerVersion"), { major: 2, minor: 7, patch: 5 });
    await sdk("signUpAdmin", { signUpDto: ADMIN });
    await refused("signUpAdmin", { signUpDto: ADMIN }, 400);
    await refused("login", { loginCredentialDto: { email: ADMIN.email, password: "wrong" } }, 401);
    ({ accessToken: token } = await sdk("login", { loginCredentialDto: ADMIN }));
    then = { ...then, headers: { authorization: `Bearer ${token}` } };
    today = new Client(server.url, { authorization: `Bearer ${token}` });
    me = await sdk("getMyUser");
    assert.equal(me.email, ADMIN.email);
    assert.notEqual((await today.get("/server/version")).body.major, 2);
  });

  test("uploads", async () => {
    assets.push(await upload(1, "a.jpg"), await upload(2, "b.jpg"), await upload(3, "c.jpg"));
    await eventually("the thumbnail", async () => (await sdk("getAssetInfo", { id: assets[0] })).thumbhash);
    const asset = await sdk("getAssetInfo", { id: assets[0] });
    assert.deepEqual([asset.deviceId, asset.deviceAssetId, asset.duration], ["phone", "a.jpg-1", "0:00:00.00000"]);
    assert.deepEqual([asset.people, asset.unassignedFaces], [[], []]);
    const { body } = await today.get(`/assets/${assets[0]}`);
    assert.deepEqual([body.duration, body.deviceId], [null, undefined]);
    const assetMediaCreateDto = { deviceAssetId: "x", deviceId: "phone", fileCreatedAt: "today", fileModifiedAt: TAKEN, assetData: new File(["x"], "x.jpg") };
    const { message } = await refused("uploadAsset", { assetMediaCreateDto }, 400);
    assert.match(message[0], /^fileCreatedAt: /);
    await refused("getAssetInfo", { id: NOBODY }, 400);
    await refused("getAssetInfo", { id: "nothing" }, 400);
  });

  test("the app hears of an upload and of an edit by the events that it waits for, today's clients by theirs", async () => {
    const [phone, tab] = [{ ...bearer(token), ...APP }, bearer(token)].map((headers) => devices.connect(server.url, headers));
    const heard = [phone, tab].map(({ socket }) => {
      const names = [];
      socket.onAny((name) => names.push(name));
      return names;
    });
    await Promise.all([phone, tab].map(({ next }) => next("on_server_version")));
    const id = await upload(7, "heard.jpg", { deviceId: "tablet" });
    /** Earlier uploads may be told of as well. */
    const ready = async ({ next }, name) => {
      for (;;) {
        const [told] = await next(name);
        if (told.asset.id === id) return told;
      }
    };
    const told = await ready(phone, "AssetUploadReadyV1");
    assert.deepEqual([told.asset.id, told.asset.duration, told.exif.assetId], [id, null, id]);
    const same = await ready(tab, "AssetUploadReadyV2");
    assert.deepEqual(same, told, "a photo has no duration, which is all that differs");
    const rotate = { action: "rotate", parameters: { angle: 90 } };
    assert.equal((await today.put(`/assets/${id}/edits`, { edits: [rotate] })).status, 200);
    const [{ asset, edit }] = await phone.next("AssetEditReadyV1");
    assert.deepEqual([asset.id, asset.isEdited, edit.map(({ action }) => action)], [id, true, ["rotate"]]);
    await tab.next("AssetEditReadyV2");
    assert.deepEqual(heard[0].filter((name) => name.endsWith("V2")), []);
    assert.deepEqual(heard[1].filter((name) => name.endsWith("V1")), []);
    await sdk("deleteAssets", { assetBulkDeleteDto: { ids: [id], force: true } });
    assert.deepEqual(await phone.next("on_asset_delete"), [id]);
    for (const { socket } of [phone, tab]) socket.close();
  });

  test("uploads as the CLI of then sends them: the file first, at either address", async () => {
    const send = async (address, seed, name) => {
      const form = new FormData();
      form.append("assetData", new File([await jpeg({ seed })], name));
      const fields = { deviceAssetId: `${name}-1`, deviceId: "CLI", fileCreatedAt: TAKEN, fileModifiedAt: TAKEN, fileSize: "1", isFavorite: "false" };
      for (const [field, value] of Object.entries(fields)) form.append(field, value);
      const response = await fetch(`${server.url}${address}/assets`, { method: "POST", headers: then.headers, body: form });
      assert.equal(response.status, 201);
      return (await response.json()).id;
    };
    const ids = [await send("/v2/api", 4, "d.jpg"), await send("/v2/api", 5, "e.jpg")];
    assert.equal((await sdk("getAllUserAssetsByDeviceId", { deviceId: "CLI" })).length, 2);
    await sdk("createAlbum", { createAlbumDto: { albumName: "folder", assetIds: ids } });
    const [album] = await sdk("getAllAlbums", {});
    assert.deepEqual([album.albumName, album.assetCount, album.ownerId, album.owner.id], ["folder", 2, me.id, me.id]);
    await send("/api", 6, "f.jpg");
  });

  test("albums", async () => {
    const user = await sdk("createUserAdmin", { userAdminCreateDto: { email: "bob@example.com", password: "secret", name: "Bob" } });
    const createAlbumDto = { albumName: "trip", assetIds: [assets[0]], albumUsers: [{ userId: user.id, role: "editor" }] };
    const album = await sdk("createAlbum", { createAlbumDto });
    assert.deepEqual([album.ownerId, album.albumUsers.length, album.albumUsers[0].role], [me.id, 1, "editor"]);
    await sdk("addAssetsToAlbum", { id: album.id, bulkIdsDto: { ids: [assets[1]] } });
    const whole = await sdk("getAlbumInfo", { id: album.id });
    assert.deepEqual(whole.assets.map(({ id }) => id).toSorted(), [assets[0], assets[1]].toSorted());
    assert.equal((await sdk("getAlbumInfo", { id: album.id, withoutAssets: true })).assets.length, 0);
    assert.deepEqual((await sdk("getAllAlbums", { shared: true })).map(({ albumName }) => albumName), ["trip"]);
    assert.deepEqual((await sdk("getAllAlbums", { shared: false })).map(({ albumName }) => albumName), ["folder"]);
    assert.equal((await today.get(`/albums/${album.id}`)).body.albumUsers.length, 2);
    await sdk("updateAlbumInfo", { id: album.id, updateAlbumDto: { description: "far away" } });
    await sdk("getAlbumStatistics");
    await refused("getAlbumInfo", { id: NOBODY }, 400);
    await refused("createAlbum", { createAlbumDto: {} }, 400);
  });

  test("timeline, search, tags, people, memories", async () => {
    const [bucket] = await sdk("getTimeBuckets", {});
    const month = await sdk("getTimeBucket", { timeBucket: bucket.timeBucket });
    assert.equal(month.duration.length, month.id.length);
    assert.equal(month.city.length, month.id.length);
    const found = await sdk("searchAssets", { metadataSearchDto: { originalFileName: "a.jpg", deviceId: "phone", city: "", size: 10 } });
    // An empty city is one that is not known.
    assert.deepEqual(found.assets.items.map(({ id, deviceId }) => [id, deviceId]), [[assets[0], "phone"]]);
    assert.equal((await sdk("searchRandom", { randomSearchDto: { size: 2 } })).length, 2);
    await refused("searchAssets", { metadataSearchDto: { page: 0 } }, 400);
    const tag = await sdk("createTag", { tagCreateDto: { name: "sea", parentId: "" } });
    await sdk("tagAssets", { id: tag.id, bulkIdsDto: { ids: [assets[0]] } });
    assert.equal((await sdk("getAssetInfo", { id: assets[0] })).tags[0].value, "sea");
    const person = await sdk("createPerson", { personCreateDto: { name: "Ann", birthDate: "" } });
    assert.equal(person.birthDate, null);
    const imageSize = { imageWidth: 320, imageHeight: 240 };
    await sdk("createFace", { assetFaceCreateDto: { assetId: assets[0], personId: person.id, x: 1, y: 1, width: 50, height: 50, ...imageSize } });
    const { people } = await sdk("getAssetInfo", { id: assets[0] });
    assert.deepEqual([people[0].id, people[0].faces.length], [person.id, 1]);
    assert.equal((await sdk("getAllPeople", {})).people[0].name, "Ann");
    await sdk("searchMemories", { $for: "2024-05-06T00:00:00.000Z" });
    await refused("createTag", { tagCreateDto: { name: "" } }, 400);
  });

  test("shared links", async () => {
    const guest = { baseUrl: then.baseUrl };
    const sharedLinkCreateDto = { type: "INDIVIDUAL", assetIds: [assets[0]], password: "secret", slug: "", expiresAt: "2040-01-01T00:00:00.000Z" };
    const link = await sdk("createSharedLink", { sharedLinkCreateDto });
    await refused("getMySharedLink", { key: link.key }, 401, guest);
    await refused("getMySharedLink", { key: link.key, password: "wrong" }, 401, guest);
    assert.equal((await sdk("getMySharedLink", { key: link.key, password: "secret" }, guest)).assets[0].id, assets[0]);
    const open = await sdk("updateSharedLink", { id: link.id, sharedLinkEditDto: { changeExpiryTime: true } });
    assert.equal(open.expiresAt, null);
    await sdk("getAllSharedLinks", {});
  });

  test("the app: the sync stream, known by its agent", async () => {
    const app = today.as({ ...today.headers, ...APP });
    assert.deepEqual((await app.get("/server/version")).body, { major: 2, minor: 7, patch: 5 });
    // A photo whose pictures come meanwhile is told once more.
    await server.settle();
    const types = ["AuthUsersV1", "UsersV1", "AssetsV1", "AssetExifsV1", "AlbumsV1", "AlbumUsersV1", "AlbumToAssetsV1", "PartnerAssetsV1", "AlbumAssetsV1", "AssetFacesV2"];
    const stream = async () => lines((await app.post("/sync/stream", { types })).bytes.toString());
    const told = await stream();
    const kinds = new Set(told.map(({ type }) => type));
    assert.ok(kinds.has("AssetV1") && !kinds.has("AssetV2"), [...kinds].join());
    assert.ok(told.filter(({ type }) => type === "AlbumUserV1").every(({ data }) => data.role !== "owner"));
    assert.ok(told.filter(({ type }) => type === "AssetV1").every(({ data }) => data.duration === null));
    const { ack } = told.findLast(({ type }) => type === "AssetV1");
    assert.equal((await app.post("/sync/ack", { acks: [ack] })).status, 204);
    assert.ok((await app.get("/sync/ack")).body.some((one) => one.ack === ack && one.type === "AssetV1"));
    assert.ok(!(await stream()).some(({ type }) => type === "AssetV1"));
    assert.equal((await app.delete("/sync/ack", { types: ["AssetV1"] })).status, 204);
    assert.ok((await stream()).some(({ type }) => type === "AssetV1"));
    assert.equal((await today.post("/sync/stream", { types })).status, 400, "today's clients ask for today's types");
    const wrong = await app.post("/sync/stream", { types: ["Everything"] });
    assert.deepEqual([wrong.status, wrong.body.statusCode, Array.isArray(wrong.body.message)], [400, 400, true]);
    const thumbnail = await app.get(`/assets/${assets[0]}/thumbnail`);
    assert.deepEqual([thumbnail.status, thumbnail.headers.get("content-type").startsWith("image/")], [200, true]);
    assert.ok((await app.get(`/assets/${assets[0]}/original`)).bytes.equals(await jpeg({ seed: 1 })));
  });

  test("what exists no longer", async () => {
    const everybody = { ...then, baseUrl: `${server.url}/api` };
    for (const options of [then, everybody]) {
      assert.deepEqual(await sdk("getAllUserAssetsByDeviceId", { deviceId: "phone" }, options), ["a.jpg-1", "b.jpg-1", "c.jpg-1"]);
      const checkExistingAssetsDto = { deviceId: "phone", deviceAssetIds: ["a.jpg-1", "z.jpg-1"] };
      assert.deepEqual(await sdk("checkExistingAssets", { checkExistingAssetsDto }, options), { existingIds: ["a.jpg-1"] });
      assert.equal((await sdk("getRandom", { count: 2 }, options)).length, 2);
      assert.equal((await sdk("getPluginTriggers", undefined, options)).length, 2);
      assert.deepEqual(await sdk("getTheme", undefined, options), { customCss: "" });
      const assetFullSyncDto = { limit: 100, updatedUntil: new Date(Date.now() + 1000).toISOString() };
      assert.ok((await sdk("getFullSyncForUser", { assetFullSyncDto }, options)).length >= 6);
      const assetDeltaSyncDto = { updatedAfter: new Date(Date.now() - 3_600_000).toISOString(), userIds: [me.id] };
      const delta = await sdk("getDeltaSync", { assetDeltaSyncDto }, options);
      assert.equal(delta.needsFullSync, false);
      await refused("getRandom", { count: 0 }, 400, options);
      await refused("getFullSyncForUser", { assetFullSyncDto: { limit: 0 } }, 400, options);
      await refused("getDeltaSync", { assetDeltaSyncDto: {} }, 400, options);
      await refused("checkExistingAssets", { checkExistingAssetsDto: {} }, 400, options);
    }
    const replacement = async (seed) => {
      const file = { deviceAssetId: "n", deviceId: "phone", fileCreatedAt: TAKEN, fileModifiedAt: TAKEN };
      return { assetMediaReplaceDto: { ...file, assetData: new File([await jpeg({ seed })], "new.jpg") } };
    };
    const replaced = await sdk("replaceAsset", { id: assets[2], ...(await replacement(9)) });
    assert.equal(replaced.status, "replaced");
    assert.equal((await sdk("getAssetInfo", { id: assets[2] })).originalFileName, "new.jpg");
    assert.equal((await sdk("getAssetInfo", { id: replaced.id })).isTrashed, true);
    assert.ok((await today.get(`/assets/${assets[2]}/original`)).bytes.equals(await jpeg({ seed: 9 })));
    assert.equal((await sdk("replaceAsset", { id: assets[2], ...(await replacement(1)) }, everybody)).status, "duplicate");
    await refused("replaceAsset", { id: NOBODY, ...(await replacement(10)) }, 400);
  });

  for (const [title, area] of AREAS) {
    test(`further areas: ${title}`, () => area({ sdk, then, me, password: ADMIN.password, assets }));
  }

  test("trash, and everything that is only looked at", async () => {
    await sdk("deleteAssets", { assetBulkDeleteDto: { ids: [assets[1]] } });
    assert.equal((await sdk("restoreAssets", { bulkIdsDto: { ids: [assets[1]] } })).count, 1);
    await sdk("deleteAssets", { assetBulkDeleteDto: { ids: [assets[1]] } });
    assert.ok((await sdk("restoreTrash")).count >= 1);
    await sdk("emptyTrash");
    for (const name of [
      "getServerConfig", "getServerFeatures", "getAboutInfo", "getStorage", "getServerStatistics", "getSupportedMediaTypes",
      "getVersionHistory", "pingServer", "getConfig", "getConfigDefaults", "getStorageTemplateOptions", "getMyPreferences", "getUserOnboarding",
      "getApiKeys", "getSessions", "getQueues", "getQueuesLegacy", "getAllTags", "getAllLibraries", "getAssetDuplicates",
      "getUniqueOriginalPaths", "getExploreData", "getAssetsByCity", "getPlugins", "getWorkflows", "getAuthStatus",
    ]) {
      await sdk(name);
    }
    for (const name of ["getNotifications", "searchStacks", "getAssetStatistics", "searchUsersAdmin", "getMapMarkers", "searchMemories"]) await sdk(name, {});
    await refused("getMyUser", undefined, 401, { baseUrl: then.baseUrl });
  });
});
