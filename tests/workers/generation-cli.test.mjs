// Story: the last CLI of version 2 on npm, 2.1.0, unchanged, backs up a folder, beside the CLI of today on the same server
// (docs/generations.md). It is told the address of the server and finds its API itself, as today's does.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { immich, oldImmich } from "./support/cli.mjs";
import { apiKey, firstAdmin } from "./support/client.mjs";
import { jpeg, sidecar } from "./support/media.mjs";
import { Server } from "./support/server.mjs";

/** Photos by their names in the folder, with the seeds of their pictures. Two of them are the same. */
const PHOTOS = { "paris/tower.jpg": 1, "paris/bridge.JPG": 2, "paris/Größe 😀.jpg": 3, "world/sea.jpg": 4, "world/again.jpg": 1 };
const DIFFERENT = new Set(Object.values(PHOTOS)).size;
const FILES = Object.keys(PHOTOS).length;

describe("the CLI 2.1.0", () => {
  let server;
  let admin;
  let key;
  let folder;
  const homes = {};

  const home = (name) => {
    homes[name] ??= path.join(server.data, `home-${name}`);
    mkdirSync(homes[name], { recursive: true });
    return homes[name];
  };
  const old = (...words) => oldImmich(home("old"), ...words);
  const count = () => server.count("select count(*) as n from asset");
  const albums = async () => new Map((await admin.get("/albums")).body.map(({ albumName, assetCount }) => [albumName, assetCount]));

  before(async () => {
    server = await Server.start();
    folder = path.join(server.data, "photos");
    for (const [name, seed] of Object.entries(PHOTOS)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      writeFileSync(path.join(folder, name), await jpeg({ seed }));
    }
    writeFileSync(path.join(folder, "world/sea.jpg.xmp"), sidecar({ "xmp:Rating": 4 }));
    ({ admin } = await firstAdmin(server.url));
    key = await apiKey(admin);
  });
  after(async () => {
    await server.stop();
    assert.deepEqual(admin.failures, [], "no request is answered with 5xx");
  });

  test("logs in by the address of the server, and with the right key alone", async () => {
    await assert.rejects(old("login-key", server.url, "wrong"), /Failed to connect to server .*401/);
    const output = await old("login-key", server.url, key);
    assert.match(output, /Logged in as admin@example\.com/);
    assert.ok(readFileSync(path.join(home("old"), "auth.yml"), "utf8").includes(`${server.url}/api`));
  });

  test("shows the server", async () => {
    const output = await old("server-info");
    assert.match(output, /Server Version: 2\.7\.5/);
    assert.match(output, /Image Types: .*jpg/);
    assert.match(output, /Video Types: .*mp4/);
    assert.match(output, /Images: 0\n +Videos: 0\n +Total: 0/);
  });

  test("says what it would upload, and uploads nothing", async () => {
    const output = await old("upload", "--recursive", "--album", "--dry-run", folder);
    assert.match(output, new RegExp(`Would have uploaded ${FILES} assets`));
    assert.equal(await count(), 0);
    assert.equal((await albums()).size, 0);
  });

  test("uploads a folder with its albums", async () => {
    const output = await old("upload", "--recursive", "--album", folder);
    assert.match(output, new RegExp(`Successfully uploaded ${FILES} assets`));
    assert.match(output, /Successfully created 2 new albums/);
    assert.match(output, new RegExp(`Successfully updated ${FILES} assets`));
    assert.equal(await count(), DIFFERENT);
    assert.deepEqual(await albums(), new Map([["paris", 3], ["world", 2]]));
    assert.match(await old("server-info"), new RegExp(`Images: ${DIFFERENT}\n`));
  });

  test("uploads nothing the second time", async () => {
    const output = await old("upload", "--recursive", "--album", folder);
    assert.match(output, /All assets were already uploaded, nothing to do/);
    assert.match(output, /Successfully created 0 new albums/);
    assert.equal(await count(), DIFFERENT);
    assert.deepEqual(await albums(), new Map([["paris", 3], ["world", 2]]));
  });

  test("what it sent is there: the bytes, the sidecar, what it calls the file", async () => {
    const { body } = await admin.post("/search/metadata", { originalFileName: "sea.jpg" });
    const [{ id }] = body.assets.items;
    assert.ok((await admin.get(`/assets/${id}/original`)).bytes.equals(await jpeg({ seed: PHOTOS["world/sea.jpg"] })));
    const [asset] = await admin.rendered([id]);
    assert.equal(asset.exifInfo.rating, 4);
    const { body: names } = await admin.get("/assets/device/CLI");
    assert.equal(names.length, DIFFERENT);
    assert.ok(names.some((name) => /^sea\.jpg-\d+$/.test(name)), names.join());
  });

  test("the CLI of today finds the same, and each what the other has sent", async () => {
    const today = home("today");
    await immich(today, "login", `${server.url}/api`, key);
    assert.match(await immich(today, "server-info"), /Version: 3\.2\.2/);
    const nothing = await immich(today, "upload", "--recursive", "--album", "--no-progress", folder);
    assert.match(nothing, /All assets were already uploaded/);
    const later = path.join(server.data, "later");
    mkdirSync(later);
    writeFileSync(path.join(later, "new.jpg"), await jpeg({ seed: 5 }));
    assert.match(await immich(today, "upload", "--no-progress", later), /Successfully uploaded 1 new asset/);
    assert.match(await old("upload", later), /All assets were already uploaded/);
    assert.equal(await count(), DIFFERENT + 1);
  });

  test("fills an album that there is, and removes the files that it has uploaded", async () => {
    const emptied = path.join(server.data, "emptied");
    mkdirSync(emptied);
    writeFileSync(path.join(emptied, "gone.jpg"), await jpeg({ seed: 6 }));
    const output = await old("upload", "--album-name", "world", "--delete", emptied);
    assert.match(output, /Successfully uploaded 1 asset /);
    assert.match(output, /Successfully created 0 new albums/);
    assert.equal(existsSync(path.join(emptied, "gone.jpg")), false);
    assert.equal((await albums()).get("world"), 3);
  });

  test("the address of the generation does as well", async () => {
    const below = (...words) => oldImmich(home("below"), ...words);
    assert.match(await below("login-key", `${server.url}/v2/`, key), /Discovered API at .*\/v2\/api\n/);
    assert.match(await below("server-info"), /Server Version: 2\.7\.5/);
    assert.match(await below("upload", "--recursive", "--album", folder), /All assets were already uploaded/);
    const further = path.join(server.data, "further");
    mkdirSync(further);
    writeFileSync(path.join(further, "last.jpg"), await jpeg({ seed: 7 }));
    assert.match(await below("upload", "--album", further), /Successfully uploaded 1 asset /);
    assert.equal((await albums()).get("further"), 1);
  });

  test("logs out", async () => {
    await old("logout");
    await assert.rejects(old("server-info"), /Please login first/);
  });
});
