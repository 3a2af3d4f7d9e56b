// Story: the realtime channel with the official client of socket.io (api/realtime.md): who may connect, what is told, who is
// disconnected. Two devices of one user, and another user.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { firstAdmin } from "./support/client.mjs";
import { jpeg } from "./support/media.mjs";
import { discard, eventually, Server, temporaryFolder } from "./support/server.mjs";
import { bearer, Devices } from "./support/socket.mjs";

const VERSION = { major: 3, minor: 2, patch: 2, prerelease: null };
const PASSWORD = "correct horse battery";
const MANY = 200;
/** Whoever may not hear any more is disconnected within a second. The tests wait longer, because machines that run them are slow. */
const AT_ONCE_MS = 5000;
/** Who was not admitted is waited for so long. */
const PATIENCE_MS = 20_000;
/** Accounts beside those that connect: more than one call tells itself. */
const ACCOUNTS = 70;

/** Waits for the server to send a device away, and says how soon it did; whether that is soon enough, `cargo xtask bench` says. */
async function sentAway(t, { left }) {
  const began = performance.now();
  const late = sleep(AT_ONCE_MS, `still connected after ${AT_ONCE_MS} ms`, { ref: false });
  assert.equal(await Promise.race([left, late]), "io server disconnect");
  t.diagnostic(`sent away ${(performance.now() - began).toFixed(0)} ms after the answer`);
}

/** A WebSocket that says only what it is told to: what it `heard`, and when it is `closed`. */
function raw(url, headers = {}) {
  const socket = new WebSocket(`${url.replace("http", "ws")}/api/socket.io/?EIO=4&transport=websocket`, { headers });
  const heard = [];
  const { promise: opened, resolve } = Promise.withResolvers();
  socket.addEventListener("message", ({ data }) => {
    heard.push(data);
    resolve();
  });
  const closed = new Promise((done) => socket.addEventListener("close", () => done(Date.now())));
  return { socket, heard, opened, closed };
}

describe("the realtime channel", () => {
  let data;
  let server;
  let admin;
  let token;
  let silent;
  const devices = new Devices();

  before(async () => {
    data = temporaryFolder();
    server = await Server.start({ data });
    ({ admin, token } = await firstAdmin(server.url));
    // The other tests pass the time that this one is waited for.
    silent = raw(server.url);
    silent.since = silent.opened.then(() => Date.now());
  });
  after(async () => {
    devices.close();
    await server?.stop();
    discard(data);
  });

  const device = (headers, transports) => devices.connect(server.url, headers, transports);

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
    const both = [device(bearer(token)), device(bearer(await login()))];
    await Promise.all(both.map(({ next }) => next("on_server_version")));
    const { body } = await admin.upload(await jpeg({ seed: 71 }), "live.jpg");
    const heard = await Promise.all(both.map(async ({ next }) => ({ asset: (await next("on_upload_success"))[0], at: Date.now() })));
    const made = "select max(created_at) as at from asset_file where asset_id = ?1 and is_edited = 0";
    const [{ at: rendered }] = await server.sql(made, body.id);
    for (const [index, { next }] of both.entries()) {
      const { asset, at } = heard[index];
      assert.equal(asset.id, body.id);
      assert.ok(at - Number(rendered) < 2000, `told ${at - Number(rendered)} ms after its renditions`);
      assert.ok(asset.thumbhash && asset.exifInfo, "the renditions and the metadata are there");
      const [ready] = await next("AssetUploadReadyV2");
      assert.equal(ready.asset.id, body.id);
      assert.equal(ready.asset.thumbhash, asset.thumbhash);
      assert.equal(ready.exif.assetId, body.id);
    }
    const rotate = { action: "rotate", parameters: { angle: 90 } };
    await admin.put(`/assets/${body.id}/edits`, { edits: [rotate] });
    for (const { next } of both) {
      const [{ asset, edit }] = await next("AssetEditReadyV2");
      assert.deepEqual([asset.id, asset.isEdited], [body.id, true]);
      assert.deepEqual(edit.map(({ action, parameters }) => ({ action, parameters })), [rotate]);
    }
    await admin.delete("/assets", { ids: [body.id] });
    for (const { next } of both) assert.deepEqual(await next("on_asset_trash"), [[body.id]]);
    await admin.post("/trash/restore/assets", { ids: [body.id] });
    for (const { next } of both) assert.deepEqual(await next("on_asset_restore"), [[body.id]]);
    await admin.delete("/assets", { ids: [body.id], force: true });
    for (const { next, socket } of both) {
      assert.deepEqual(await next("on_asset_delete"), [body.id]);
      socket.close();
    }
  });

  test("tells members of an album what was put into it, and who was invited that he is", async () => {
    const { id: userId } = (await admin.post("/admin/users", { email: "bob@example.com", name: "bob", password: PASSWORD })).body;
    const { accessToken } = (await admin.as({}).post("/auth/login", { email: "bob@example.com", password: PASSWORD })).body;
    const bob = device(bearer(accessToken));
    await bob.next("on_server_version");
    const { id } = (await admin.post("/albums", { albumName: "Trip", albumUsers: [{ userId, role: "viewer" }] })).body;
    const [invitation] = await bob.next("on_notification");
    assert.deepEqual([invitation.type, invitation.title], ["AlbumInvite", "Shared Album Invitation"]);
    const photo = (await admin.upload(await jpeg({ seed: 72 }), "album.jpg")).body;
    await admin.put(`/albums/${id}/assets`, { ids: [photo.id] });
    assert.deepEqual(await bob.next("on_album_update"), [id]);
    await admin.delete(`/albums/${id}/assets`, { ids: [photo.id] });
    assert.deepEqual(await bob.next("on_album_update"), [id]);
    bob.socket.close();
  });

  test("tells of what an emptied trash deletes", async () => {
    const { next, socket } = device(bearer(token));
    await next("on_server_version");
    const photo = (await admin.upload(await jpeg({ seed: 73 }), "gone.jpg")).body;
    await admin.delete("/assets", { ids: [photo.id] });
    await admin.post("/trash/empty");
    assert.deepEqual(await next("on_asset_delete"), [photo.id]);
    socket.close();
  });

  test("a session that logs out disconnects its tabs, and no others", async (t) => {
    const gone = await login();
    const [tab, other] = [device(bearer(gone)), device(bearer(token))];
    await Promise.all([tab, other].map(({ next }) => next("on_server_version")));
    await admin.as(bearer(gone)).post("/auth/logout");
    await sentAway(t, tab);
    const [ended] = await tab.next("on_session_delete");
    assert.match(ended, /^[0-9a-f-]{36}$/);
    await admin.put("/system-config", (await admin.get("/system-config")).body);
    assert.deepEqual(await other.next("on_config_update"), [], "the other one still hears");
    other.socket.close();
  });

  test("a new password disconnects the other devices", async (t) => {
    const kept = await login();
    const tab = device(bearer(await login()));
    await tab.next("on_server_version");
    const passwords = { password: PASSWORD, newPassword: PASSWORD };
    assert.equal((await admin.as(bearer(kept)).post("/auth/change-password", passwords)).status, 200);
    await sentAway(t, tab);
    token = kept;
    admin = admin.as(bearer(kept));
  });

  test("an upgrade that is none is refused", async () => {
    const answer = await fetch(`${server.url}/api/socket.io/?EIO=4&transport=websocket`, { headers: bearer(token) });
    assert.equal(answer.status, 400);
  });

  for (const [name, revoke] of [
    ["a revoked key", (path) => admin.delete(path)],
    ["a key that may not do all any more", (path) => admin.put(path, { permissions: ["asset.read"] })],
    ["a key with another secret", (path) => admin.post(`${path}/rotate`)],
  ]) {
    test(`${name} is disconnected`, async (t) => {
      const { secret, apiKey } = (await admin.post("/api-keys", { name: "gone", permissions: ["all"] })).body;
      const tab = device({ "x-api-key": secret });
      await tab.next("on_server_version");
      const { status, bytes } = await revoke(`/api-keys/${apiKey.id}`);
      assert.ok(status < 300, `${status} ${bytes}`);
      await sentAway(t, tab);
    });
  }

  test("a session that ends before its client says that it is there is disconnected", async () => {
    const gone = await login();
    const { socket, heard, opened } = raw(server.url, bearer(gone));
    await opened;
    await admin.as(bearer(gone)).post("/auth/logout");
    // Who reads the end answers it; then the client waits for the connection to go as long as it likes.
    const hasEnded = () => socket.readyState >= WebSocket.CLOSING;
    await eventually(`the end, behind ${heard.join()}`, hasEnded, AT_ONCE_MS);
    assert.equal(heard.at(-1), "41");
    assert.equal(heard.length, 2, "nothing else was for it");
    socket.close();
  });

  test("an expired session is disconnected as soon as it is", async (t) => {
    const seconds = 10;
    const { token: child } = (await admin.post("/sessions", { duration: seconds })).body;
    const expires = Date.now() + seconds * 1000;
    const tab = device(bearer(child));
    await tab.next("on_server_version");
    assert.equal(await tab.left, "io server disconnect");
    const late = Date.now() - expires;
    t.diagnostic(`sent away ${late} ms after it expired`);
    assert.ok(late < AT_ONCE_MS, `${late} ms after it expired`);
  });

  test("tells everybody, however many accounts there are", async () => {
    const { accessToken } = (await admin.as({}).post("/auth/login", { email: "bob@example.com", password: PASSWORD })).body;
    // Before and behind those who are connected, in the order in which all are told.
    const ids = Array.from({ length: ACCOUNTS }, (_, index) => {
      const start = index % 2 === 0 ? "00000000-0000-4000-8000-" : "ffffffff-ffff-4fff-bfff-";
      return start + String(index).padStart(12, "0");
    });
    await server.sql(
      "insert into users (id, email, name, profile_changed_at, created_at, updated_at, update_id) " +
        "select value, value || '@example.com', 'one of many', 0, 0, 0, value from json_each(?1)",
      JSON.stringify(ids),
    );
    const all = [device(bearer(token)), device(bearer(accessToken))];
    await Promise.all(all.map(({ next }) => next("on_server_version")));
    await admin.put("/system-config", (await admin.get("/system-config")).body);
    for (const { next, socket } of all) {
      assert.deepEqual(await next("on_config_update"), []);
      socket.close();
    }
  });

  test(`serves ${MANY} connections of one user`, async () => {
    const many = Array.from({ length: MANY }, () => device(bearer(token)));
    await Promise.all(many.map(({ next }) => next("on_server_version")));
    await admin.put("/system-config", (await admin.get("/system-config")).body);
    await Promise.all(many.map(({ next }) => next("on_config_update")));
    for (const { socket } of many) socket.close();
  });

  test("tells of the maintenance mode when it begins and ends", async () => {
    const { next, socket } = device(bearer(token));
    await next("on_server_version");
    const begun = await admin.post("/admin/maintenance", { action: "start" });
    assert.equal(begun.status, 201);
    assert.deepEqual(await next("AppRestartV1"), [{ isMaintenanceMode: true }]);
    const cookie = begun.headers.getSetCookie()[0].split(";")[0];
    const holder = admin.as({ cookie });
    // Whoever opens the page of the mode hears how far it is, with its cookie or without, and comes back when it ends.
    const waiting = [device({ cookie }), device({})];
    await Promise.all(waiting.map((one) => one.next("on_server_version")));
    assert.equal((await holder.post("/admin/maintenance", { action: "select_database_restore" })).status, 201);
    for (const one of waiting) {
      assert.deepEqual(await one.next("MaintenanceStatusV1"), [{ active: true, action: "select_database_restore" }]);
    }
    assert.equal((await holder.post("/admin/maintenance", { action: "end" })).status, 201);
    assert.deepEqual(await next("AppRestartV1"), [{ isMaintenanceMode: false }]);
    for (const one of waiting) {
      assert.deepEqual(await one.next("AppRestartV1"), [{ isMaintenanceMode: false }]);
      assert.equal(await one.left, "transport close");
      assert.ok(one.socket.active, "the client comes back by itself");
      one.socket.close();
    }
    socket.close();
  });

  test("tells whoever connects of the newest release", async () => {
    const state = { checkedAt: "2026-01-01T00:00:00.000Z", releaseVersion: "v4.0.0" };
    const sql = "insert into system_metadata (key, value, updated_at) values ('version-check-state', ?1, 0)";
    await server.sql(sql, JSON.stringify(state));
    const { next, socket } = device(bearer(token));
    const [release] = await next("on_new_release");
    assert.deepEqual(release, {
      ...{ isAvailable: true, checkedAt: state.checkedAt, serverVersion: VERSION, type: "major" },
      releaseVersion: { major: 4, minor: 0, patch: 0, prerelease: null },
    });
    await server.sql("delete from system_metadata where key = 'version-check-state'");
    socket.close();
  });

  test("who was not admitted and says nothing is not waited for", async () => {
    const waited = (await silent.closed) - (await silent.since);
    assert.ok(waited > PATIENCE_MS / 2 && waited < PATIENCE_MS + AT_ONCE_MS, `${waited} ms`);
    assert.deepEqual(silent.heard.map((frame) => frame[0]), ["0"]);
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

// Our host has another interval, and a clock that its own tests turn.
describe("pings", { skip: Boolean(process.env.EDGE_TEST_SERVER) }, () => {
  const INTERVAL_MS = 2000;
  let server;
  let admin;
  let token;

  before(async () => {
    server = await Server.start({ vars: { REALTIME_PING_INTERVAL: String(INTERVAL_MS) } });
    ({ admin, token } = await firstAdmin(server.url));
  });
  after(() => server?.stop());

  /** A connection that answers the first `answers` pings; gives all that it heard, once it is closed or has answered. */
  function talk(token, answers) {
    const url = `${server.url.replace("http", "ws")}/api/socket.io/?EIO=4&transport=websocket`;
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } });
    const heard = [];
    const { promise, resolve } = Promise.withResolvers();
    socket.addEventListener("message", ({ data }) => {
      heard.push(data);
      if (data.startsWith("0")) socket.send("40");
      if (data !== "2") return;
      if (answers-- > 0) socket.send("3");
      else if (answers === -1) resolve(socket);
    });
    const closed = new Promise((done) => socket.addEventListener("close", () => done(heard)));
    return { stays: promise, closed };
  }

  test("whoever answers stays, whoever does not is disconnected", async () => {
    const [alive, dead] = [talk(token, 3), talk(token, 0)];
    const socket = await alive.stays;
    const heard = await dead.closed;
    assert.deepEqual(heard[0].slice(0, 1), "0");
    assert.equal(JSON.parse(heard[0].slice(1)).pingInterval, INTERVAL_MS);
    assert.ok(heard.filter((frame) => frame === "2").length <= 2, heard);
    socket.close();
  });

  test("an expired session is disconnected", async () => {
    const child = (await admin.as({ authorization: `Bearer ${token}` }).post("/sessions", { duration: 10 })).body;
    const heard = await talk(child.token, 100).closed;
    assert.ok(heard.some((frame) => frame.startsWith("42[\"on_server_version\"")), heard);
    assert.equal(heard.at(-1), "41");
  });
});
