// Story: a household starts the one program (`cargo xtask dev`, docs/operations.md), adds photos while it works, stops it in the
// middle of the work, and finds everything after the next start.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, describe, test } from "node:test";
import { Client, firstAdmin } from "../workers/support/client.mjs";
import { jpeg, writeFile } from "../workers/support/media.mjs";
import { passTime } from "../workers/support/proof.mjs";
import { discard, eventually, temporaryFolder } from "../workers/support/server.mjs";
import { Devices } from "../workers/support/socket.mjs";
import { Program } from "./support.mjs";

const ROOT = path.resolve(import.meta.dirname, "../..");
const PHOTOS = 6;
const TOKEN = "for-this-test";

describe("one program for a household", () => {
  const data = temporaryFolder();
  const nas = temporaryFolder();
  let server;
  let admin;
  const ids = [];
  let seed = 0;
  const start = async () => {
    server = await Program.start(["serve", "--app", ROOT, "--data", data, "--listen", "127.0.0.1:0", "--variable", `internal_token=${TOKEN}`, "--library", `nas=${nas}`]);
    if (admin) admin.url = server.url;
  };
  before(start);
  after(async () => {
    if (server?.isRunning) await server.stop();
    for (const folder of [data, nas]) discard(folder);
  });

  /** Lets the minutes pass after which jobs that were cut off are taken up again. */
  const makeUp = () =>
    passTime({
      sql: async (text) => {
        const database = new DatabaseSync(path.join(data, "default.db"), { timeout: 10_000 });
        database.exec(text);
        database.close();
      },
      tick: async () => {
        const answer = await fetch(`${server.url}/internal/tick`, { method: "POST", headers: { "x-internal-token": TOKEN } });
        assert.equal(answer.status, 204);
      },
    });

  async function add(count) {
    for (let number = 0; number < count; number += 1) {
      const { status, body } = await admin.upload(await jpeg({ width: 640, height: 480, seed: (seed += 1) }), "photo.jpg");
      assert.equal(status, 201);
      ids.push(body.id);
    }
  }

  async function thumbnails() {
    for (const id of ids) assert.equal((await admin.get(`/assets/${id}/thumbnail`)).status, 200, id);
  }

  test("says how to start it, and what is wrong with a start", () => {
    const run = (...words) => spawnSync(process.env.EDGE_HOST, words, { encoding: "utf8" });
    const help = run("--help");
    assert.equal(help.status, 0);
    assert.match(help.stdout, /edge-host serve --data DIR/);
    const elsewhere = run("serve", "--app", data, "--data", data, "--listen", "127.0.0.1:0");
    assert.equal(elsewhere.status, 1);
    assert.match(elsewhere.stderr, /holds no spin\.toml and migrations/);
  });

  test("the first start makes the database; photos get their pictures", async () => {
    assert.match(server.output, /applied 0001_initial/);
    ({ admin } = await firstAdmin(server.url));
    await add(PHOTOS);
    await admin.rendered(ids);
    await thumbnails();
  });

  test("a browser gets the page, at any path but those of the API", async () => {
    const index = await fetch(`${server.url}/albums/any`);
    assert.equal(index.status, 200);
    assert.equal(index.headers.get("content-type"), "text/html; charset=utf-8");
    assert.equal(index.headers.get("cache-control"), "no-cache");
    assert.match(index.headers.get("content-security-policy"), /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/);
    const [, folder] = (await index.text()).match(/src="(\/web\/[^"]+)\/start\.js"/);
    const wasm = await fetch(`${server.url}${folder}/library_bg.wasm`);
    assert.equal(wasm.headers.get("content-type"), "application/wasm");
    assert.equal(wasm.headers.get("content-encoding"), "gzip");
    assert.match(wasm.headers.get("cache-control"), /immutable/);
    assert.ok(WebAssembly.validate(await wasm.arrayBuffer()));
    const unknown = await fetch(`${server.url}/api/nowhere`);
    assert.equal(unknown.status, 404);
    assert.deepEqual(await unknown.json(), { message: "Cannot GET /api/nowhere" });
    assert.equal((await fetch(`${server.url}/web/old/app.js`)).status, 404);
  });

  test("it is told to stop in the middle of the work: it ends well, and the next start goes on", async () => {
    await add(PHOTOS);
    server.process.kill("SIGTERM");
    const [code] = await server.ended;
    assert.equal(code, 0, server.output);
    await start();
    assert.doesNotMatch(server.output, /applied /);
    await makeUp();
    await admin.rendered(ids);
    await thumbnails();
    assert.equal((await admin.get("/assets/statistics")).body.images, ids.length);
  });

  test("what belongs to the program is not for those outside", async () => {
    const anybody = new Client(server.url);
    const tick = await anybody.request("POST", `${server.url}/internal/tick`);
    assert.equal(tick.status, 403);
    assert.deepEqual(admin.failures, []);
  });

  test("what components say to devices is not said from outside, not even with the token of the program", async () => {
    const { body: me } = await admin.get("/users/me");
    const devices = new Devices();
    try {
      const { next, socket } = devices.connect(server.url, { authorization: admin.headers.authorization });
      await next("on_server_version");
      const heard = [];
      socket.onAny((name) => heard.push(name));
      const forged = JSON.stringify([{ user: me.id, room: null, frame: '42["forged"]', ends: true }]);
      for (const path of ["/internal/realtime", "/internal/realtime/", "/api/internal/realtime"]) {
        const headers = { "x-internal-token": TOKEN, "content-type": "application/json" };
        const answer = await fetch(server.url + path, { method: "POST", headers, body: forged });
        assert.ok(answer.status >= 400 && answer.status < 500, `${path}: ${answer.status}`);
      }
      await admin.put("/system-config", (await admin.get("/system-config")).body);
      await next("on_config_update");
      assert.deepEqual(heard, ["on_config_update"]);
    } finally {
      devices.close();
    }
  });

  test("what comes into a folder of the machine and goes is found without a scan, when that is wanted", async () => {
    const { body: me } = await admin.get("/users/me");
    const { body: config } = await admin.get("/system-config");
    const { status } = await admin.put("/system-config", { ...config, library: { ...config.library, watch: { enabled: true } } });
    assert.equal(status, 200);
    const { body: library } = await admin.post("/libraries", { ownerId: me.id, importPaths: ["/nas"] });
    // The folder comes, too.
    writeFile(nas, "2024/new.jpg", await jpeg({ width: 300, height: 200, seed: 90 }));
    const isFound = async () => (await admin.get(`/libraries/${library.id}/statistics`)).body.photos === 1;
    await eventually("the photo to be found", isFound, 120_000, 500);
    rmSync(path.join(nas, "2024/new.jpg"));
    const isAway = async () => {
      const { body } = await admin.post("/search/metadata", { libraryId: library.id, isOffline: true, withDeleted: true });
      return body.assets.items.length === 1;
    };
    await eventually("the photo to be offline", isAway, 120_000, 500);
    assert.deepEqual(admin.failures, []);
  });
});
