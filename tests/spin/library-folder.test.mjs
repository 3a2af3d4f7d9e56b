// Story: a household has photos in a folder of its machine, which other programs fill. The server shows them from where they lie, and
// changes nothing there, whatever is done to them (docs/libraries.md).
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { firstAdmin } from "../workers/support/client.mjs";
import { jpeg, sidecar, writeFile } from "../workers/support/media.mjs";
import { discard, temporaryFolder } from "../workers/support/server.mjs";
import { SpinServer } from "./server.mjs";

/** What a call gives that must succeed. */
async function made(answer) {
  const { status, body, bytes } = await answer;
  assert.ok(status < 300, `${status} ${bytes}`);
  return body;
}

/** Every file of a folder: its bytes, its time and its inode. */
function state(folder) {
  const names = readdirSync(folder, { recursive: true }).sort();
  const about = (name) => {
    const { mtimeMs, ino, size } = statSync(path.join(folder, name));
    const isFolder = statSync(path.join(folder, name)).isDirectory();
    return isFolder ? [name, mtimeMs] : [name, mtimeMs, ino, size, readFileSync(path.join(folder, name), "base64")];
  };
  return names.map(about);
}

describe("a library in a folder of the machine", () => {
  const [nas, outside] = [temporaryFolder(), temporaryFolder()];
  const photo = { beach: "2024/a beach.jpg", hill: "2024/sub/hügel.JPG" };
  let server;
  let admin;
  let library;
  let untouched;

  before(async () => {
    const [a, b, c] = await Promise.all([81, 82, 83].map((seed) => jpeg({ width: 300, height: 200, seed })));
    writeFile(nas, photo.beach, a);
    writeFile(nas, `${photo.beach}.xmp`, sidecar({ "xmp:Rating": 4 }));
    writeFile(nas, photo.hill, b);
    writeFile(outside, "private.jpg", c);
    symlinkSync(outside, path.join(nas, "2024/out"));
    symlinkSync(path.join(outside, "private.jpg"), path.join(nas, "2024/private.jpg"));
    untouched = state(nas);
    server = await SpinServer.start("spin-sqlite", { libraries: { nas } });
    let user;
    ({ admin, user } = await firstAdmin(server.url));
    library = await made(admin.post("/libraries", { ownerId: user.id, importPaths: ["/nas/2024"] }));
  });
  after(async () => {
    await server?.stop();
    for (const folder of [nas, outside]) discard(folder);
  });

  /** Looks through the library; its assets by their paths in the folder. */
  async function scan() {
    await made(admin.post(`/libraries/${library.id}/scan`));
    await server.settle();
    const { assets } = await made(admin.post("/search/metadata", { libraryId: library.id, withExif: true, withDeleted: true }));
    return Object.fromEntries(assets.items.map((asset) => [asset.originalPath.split("nas/")[1], asset]));
  }

  const written = () => server.sql("select id, update_id from asset where library_id = ?1 order by id", library.id);

  test("its photos are found, with their sidecars; what links lead to is not", async () => {
    const answer = await made(admin.post(`/libraries/${library.id}/validate`, { importPaths: ["/nas/2024", "/nas/none"] }));
    assert.deepEqual(answer.importPaths.map(({ isValid }) => isValid), [true, false]);
    const found = await scan();
    assert.deepEqual(Object.keys(found).sort(), Object.values(photo).sort());
    assert.equal(found[photo.beach].exifInfo.rating, 4);
    for (const name of Object.values(photo)) {
      const { id } = found[name];
      assert.equal((await admin.get(`/assets/${id}/thumbnail`)).status, 200, name);
      const bytes = readFileSync(path.join(nas, name));
      const original = await admin.get(`/assets/${id}/original`);
      assert.deepEqual(original.bytes, bytes, "byte for byte");
      const part = await admin.get(`/assets/${id}/original`, { headers: { range: "bytes=10-19" } });
      assert.equal(part.status, 206);
      assert.deepEqual(part.bytes, bytes.subarray(10, 20));
    }
    const rows = await written();
    await scan();
    assert.deepEqual(await written(), rows, "a scan without changes writes nothing");
  });

  test("what users change is kept among our own files", async () => {
    const { id } = (await scan())[photo.hill];
    const rated = (await scan())[photo.beach];
    await made(admin.put(`/assets/${id}`, { description: "up the hill", rating: 3 }));
    await made(admin.put(`/assets/${rated.id}`, { rating: 2 }));
    await server.settle();
    assert.equal((await made(admin.get(`/assets/${id}`))).exifInfo.description, "up the hill");
    assert.equal((await made(admin.get(`/assets/${rated.id}`))).exifInfo.rating, 2);
    const sidecars = await server.sql("select path from asset_file where type = 'sidecar' order by path");
    assert.equal(sidecars.length, 2);
    for (const { path: key } of sidecars) assert.match(key, /^upload\//);
    assert.deepEqual(state(nas), untouched, "nothing in the folder has changed");
  });

  test("a file that goes is offline, and back when it is", async () => {
    const gone = (await scan())[photo.hill];
    const aside = path.join(outside, "aside.jpg");
    renameSync(path.join(nas, photo.hill), aside);
    const offline = (await scan())[photo.hill];
    assert.deepEqual([offline.id, offline.isOffline, offline.isTrashed], [gone.id, true, true]);
    renameSync(aside, path.join(nas, photo.hill));
    const back = (await scan())[photo.hill];
    assert.deepEqual([back.id, back.isOffline, back.isTrashed], [gone.id, false, false]);
  });

  test("the whole folder goes, as when a disk is away, and comes back", async () => {
    renameSync(path.join(nas, "2024"), path.join(nas, "away"));
    assert.deepEqual(Object.values(await scan()).map(({ isOffline }) => isOffline), [true, true]);
    renameSync(path.join(nas, "away"), path.join(nas, "2024"));
    assert.deepEqual(Object.values(await scan()).map(({ isOffline }) => isOffline), [false, false]);
  });

  test("a file that is changed is read and rendered again", async () => {
    const old = (await scan())[photo.hill];
    const bytes = await jpeg({ width: 200, height: 300, seed: 84 });
    writeFileSync(path.join(nas, photo.hill), bytes);
    utimesSync(path.join(nas, photo.hill), new Date(), new Date());
    const changed = (await scan())[photo.hill];
    const { exifImageWidth: width, exifImageHeight: height } = changed.exifInfo;
    assert.deepEqual([changed.id, width, height], [old.id, 200, 300]);
    assert.deepEqual((await admin.get(`/assets/${old.id}/original`)).bytes, Buffer.from(bytes));
  });

  test("deleting assets and the library leaves the files", async () => {
    const kept = state(nas);
    const all = await scan();
    await made(admin.delete("/assets", { ids: [all[photo.beach].id], force: true }));
    await server.settle();
    await made(admin.delete(`/libraries/${library.id}`));
    await server.settle();
    await server.sql("update object_deletion set run_after = 0");
    await server.settle();
    assert.equal(await server.count("select count(*) as n from asset"), 0);
    assert.deepEqual(state(nas), kept);
    assert.deepEqual(await server.objects("nas/"), [], "nothing of it was copied into the bucket");
    assert.deepEqual(admin.failures, []);
  });

  test("a folder that cannot be one is told at the start", () => {
    const data = temporaryFolder();
    mkdirSync(path.join(data, "immich-edge/photos"), { recursive: true });
    const start = (word) => {
      const keys = ["--access-key", "a", "--secret-key", "b"];
      return spawnSync(process.env.EDGE_HOST, ["s3", "--folder", data, "--bucket", "immich-edge", "--listen", "127.0.0.1:0", ...keys, "--library", word], { encoding: "utf8", timeout: 60_000 });
    };
    for (const [word, why] of [
      [`upload=${nas}`, /folder of the server's own/],
      [`photos=${nas}`, /has a folder of this name/],
      [`nas=${data}`, /lie in each other/],
      ["nas", /takes NAME=\/path/],
    ]) {
      const { status, stderr } = start(word);
      assert.equal(status, 1, word);
      assert.match(stderr, why);
    }
    rmSync(data, { recursive: true });
  });
});
