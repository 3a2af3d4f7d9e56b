// Story: the realtime channel with the official client of socket.io (api/realtime.md): who may connect, what is told, who is
// disconnected. Two devices of one user, and another user.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { io } from "socket.io-client";
import { firstAdmin } from "./support/client.mjs";
import { jpeg } from "./support/media.mjs";
import { discard, Server, temporaryFolder } from "./support/server.mjs";

const VERSION = { major: 3, minor: 1, patch: 0, prerelease: null };
const PASSWORD = "correct horse battery";
const MANY = 200;

describe("the realtime channel", () => {
  let data;
  let server;
  let admin;
  let token;
  const open = new Set();

  before(async () => {
    data = temporaryFolder();
    server = await Server.start({ data });
    ({ admin, token } = await firstAdmin(server.url));
  });
  after(async () => {
    for (const socket of open) socket.close();
    await server?.stop();
    discard(data);
  });

  /** A device as the web app connects; what it hears before anybody waits for it is kept. */
  function device(extraHeaders, transports = ["websocket"]) {
    const socket = io(server.url, { path: "/api/socket.io", transports, extraHeaders, forceNew: true, autoConnect: false });
    open.add(socket);
    const heard = [];
    const waiting = [];
    socket.onAny((name, ...payload) => {
      const index = waiting.findIndex((wait) => wait.name === name);
      if (index < 0) heard.push({ name, payload });
      else waiting.splice(index, 1)[0].resolve(payload);
    });
    const next = (name) => {
      const index = heard.findIndex((event) => event.name === name);
      if (index >= 0) return Promise.resolve(heard.splice(index, 1)[0].payload);
      return new Promise((resolve) => waiting.push({ name, resolve }));
    };
    // Not `once` of node:events, which takes the event `error` for its own failure.
    const connected = new Promise((resolve) => socket.once("connect", resolve));
    const left = new Promise((resolve) => socket.once("disconnect", resolve));
    socket.connect();
    return { socket, next, connected, left };
  }

  const bearer = (token) => ({ authorization: `Bearer ${token}` });

  /** A session of its own, as another tab or device has. */
  async function login() {
    const { body } = await admin.as({}).post("/auth/login", { email: "admin@example.com", password: PASSWORD });
    return body.accessToken;
  }

  for (const [name, headers] of [
    ["a cookie", async () => ({ cookie: `immich_access_token=${token}` })],
    ["a bearer token", async () => bearer(token)],
    [
      "an API key",
      async () => ({ "x-api-key": (await admin.post("/api-keys", { name: "k", permissions: ["all"] })).body.secret }),
    ],
  ]) {
    test(`takes ${name} and tells the version`, async () => {
      const { next, connected, socket } = device(await headers());
      await connected;
      assert.deepEqual(await next("on_server_version"), [VERSION]);
      socket.close();
    });
  }

  test("tells who may not connect, and sends them away for good", async () => {
    const few = (await admin.post("/api-keys", { name: "few", permissions: ["asset.read"] })).body.secret;
    for (const headers of [{}, bearer("wrong"), { "x-api-key": few }]) {
      const { next, left, socket } = device(headers);
      assert.deepEqual(await next("error"), ["unauthorized"]);
      assert.equal(await left, "io server disconnect");
      assert.equal(socket.active, false, "the client does not try again");
    }
  });

  test("sends long polling away for good", async () => {
    const { left, socket } = device(bearer(token), ["polling"]);
    assert.equal(await left, "io server disconnect");
    assert.equal(socket.active, false);
  });

  test("tells every device of the user of an upload, after its renditions", async () => {
    const devices = [device(bearer(token)), device(bearer(await login()))];
    await Promise.all(devices.map(({ next }) => next("on_server_version")));
    const { body } = await admin.upload(await jpeg({ seed: 71 }), "live.jpg");
    for (const { next } of devices) {
      const [asset] = await next("on_upload_success");
      assert.equal(asset.id, body.id);
      assert.ok(asset.thumbhash && asset.exifInfo, "the renditions and the metadata are there");
      const [ready] = await next("AssetUploadReadyV2");
      assert.equal(ready.asset.id, body.id);
      assert.equal(ready.asset.thumbhash, asset.thumbhash);
      assert.equal(ready.exif.assetId, body.id);
    }
    await admin.delete("/assets", { ids: [body.id] });
    for (const { next } of devices) assert.deepEqual(await next("on_asset_trash"), [[body.id]]);
    await admin.post("/trash/restore/assets", { ids: [body.id] });
    for (const { next } of devices) assert.deepEqual(await next("on_asset_restore"), [[body.id]]);
    await admin.delete("/assets", { ids: [body.id], force: true });
    for (const { next, socket } of devices) {
      assert.deepEqual(await next("on_asset_delete"), [body.id]);
      socket.close();
    }
  });

  test("a session that logs out disconnects its tabs, and no others", async () => {
    const gone = await login();
    const [tab, other] = [device(bearer(gone)), device(bearer(token))];
    await Promise.all([tab, other].map(({ next }) => next("on_server_version")));
    await admin.as(bearer(gone)).post("/auth/logout");
    const [ended] = await tab.next("on_session_delete");
    assert.match(ended, /^[0-9a-f-]{36}$/);
    assert.equal(await tab.left, "io server disconnect");
    await admin.put("/system-config", (await admin.get("/system-config")).body);
    assert.deepEqual(await other.next("on_config_update"), [], "the other one still hears");
    other.socket.close();
  });

  test("a revoked key is disconnected", async () => {
    const { secret, apiKey } = (await admin.post("/api-keys", { name: "gone", permissions: ["all"] })).body;
    const { next, left } = device({ "x-api-key": secret });
    await next("on_server_version");
    await admin.delete(`/api-keys/${apiKey.id}`);
    assert.equal(await left, "io server disconnect");
  });

  test(`serves ${MANY} connections of one user`, async () => {
    const devices = Array.from({ length: MANY }, () => device(bearer(token)));
    await Promise.all(devices.map(({ next }) => next("on_server_version")));
    await admin.put("/system-config", (await admin.get("/system-config")).body);
    await Promise.all(devices.map(({ next }) => next("on_config_update")));
    for (const { socket } of devices) socket.close();
  });

  test("a client comes back after the server was killed", async () => {
    const { next, left, socket } = device(bearer(token));
    await next("on_server_version");
    await server.crash();
    await left;
    server = await Server.start({ data });
    // It listens on another port now, where the next try of the client finds it.
    socket.io.uri = server.url;
    assert.deepEqual(await next("on_server_version"), [VERSION]);
  });
});
