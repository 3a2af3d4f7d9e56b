// Story: a household moves between servers of ours by the program (docs/moving.md): from SQLite at home to D1, where the program is killed
// on the way and goes on, and from there to PostgreSQL at home. Everything is told as it was before, and moving once more does nothing.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { after, describe, test } from "node:test";
import { apiKey, firstAdmin, logIn } from "../workers/support/client.mjs";
import { jpeg, sha1 } from "../workers/support/media.mjs";
import { discard, eventually, Server, temporaryFolder } from "../workers/support/server.mjs";
import { SpinServer } from "./server.mjs";

const BOB = { email: "bob@example.com", password: "correct horse", name: "Bob", quotaSizeInBytes: 50_000_000, storageLabel: "bobs" };
/** How long edits wait for the target to have read the photo, seconds. */
const WAIT = 180;

/** What a call gives that must succeed. */
async function made(answer) {
  const { status, body, bytes } = await answer;
  assert.ok(status < 300, `${status} ${bytes}`);
  return body;
}

/** A server that was started, with its administrator and a key of his. */
async function household(server) {
  const { admin, user } = await firstAdmin(server.url);
  return { server, url: server.url, admin, user, key: await apiKey(admin) };
}

/** Bob, by his password, with a key of his. */
async function withBob(home) {
  const { token } = await logIn(home.admin.as({}), BOB);
  const bob = home.admin.as({ authorization: `Bearer ${token}` });
  return { ...home, bob, bobsKey: await apiKey(bob) };
}

/** All that can be moved, of two users. */
async function fill({ server, admin, user, bob }) {
  const ids = {};
  const names = { beach: { isFavorite: "true" }, hill: { visibility: "archive" }, "été 😀": {}, over: {}, under: {}, turned: {}, gone: {} };
  for (const [index, [name, fields]] of Object.entries(names).entries()) {
    const bytes = await jpeg({ width: 320, height: 240, seed: 500 + index });
    ids[name] = (await made(admin.upload(bytes, `${name}.jpg`, { fields }))).id;
  }
  const bobs = (await made(bob.upload(await jpeg({ seed: 520 }), "bobs.jpg"))).id;
  await admin.rendered(Object.values(ids));
  const facts = { description: "a \"beach\"; -- \\", rating: 4, latitude: 36.5, longitude: -4.25, dateTimeOriginal: "2023-07-08T09:10:11.000+02:00" };
  await made(admin.put(`/assets/${ids.beach}`, facts));
  const [spain, empty] = await made(admin.put("/tags", { tags: ["Places/Spain", "Empty"] }));
  await made(admin.put(`/tags/${empty.id}`, { color: "#ff0000" }));
  await made(admin.put(`/tags/${spain.id}/assets`, { ids: [ids.beach, ids.hill] }));
  const carol = await made(admin.post("/people", { name: "Carol", birthDate: "1990-05-06" }));
  const place = { imageWidth: 320, imageHeight: 240, x: 20, y: 30, width: 60, height: 70 };
  await made(admin.post("/faces", { assetId: ids.beach, personId: carol.id, ...place }));
  await made(admin.put(`/assets/${ids.turned}/edits`, { edits: [{ action: "rotate", parameters: { angle: 90 } }] }));
  await made(admin.post("/stacks", { assetIds: [ids.over, ids.under] }));
  const members = [{ userId: (await made(bob.get("/users/me"))).id, role: "editor" }];
  const album = await made(admin.post("/albums", { albumName: "Ferien 😀", description: "to the sea", assetIds: [ids.beach, ids.hill], albumUsers: members }));
  await made(admin.request("PATCH", `/albums/${album.id}`, { body: { order: "asc", albumThumbnailAssetId: ids.hill } }));
  await made(bob.put(`/albums/${album.id}/assets`, { ids: [bobs] }));
  await made(admin.post("/shared-links", { type: "ALBUM", albumId: album.id, password: "secret", slug: "ferien", allowUpload: false }));
  await made(admin.post("/shared-links", { type: "INDIVIDUAL", assetIds: [ids.hill], description: "one", showMetadata: false }));
  await made(admin.post("/partners", { sharedWithId: members[0].userId }));
  await made(bob.put(`/partners/${user.id}`, { inTimeline: true }));
  await made(admin.delete("/assets", { ids: [ids.gone] }));
  await server.settle();
}

/** A user's own photos, without the ids that every server gives anew. */
async function library(client) {
  const { id: owner } = await made(client.get("/users/me"));
  const { assets } = await made(client.post("/search/metadata", { withDeleted: true, size: 1000 }));
  const own = assets.items.filter(({ ownerId }) => ownerId === owner);
  const nameOf = (id) => own.find((item) => item.id === id)?.originalFileName;
  const photos = [];
  for (const { id } of own) {
    const photo = await made(client.get(`/assets/${id}`));
    const { originalFileName, checksum, isFavorite, isTrashed, isEdited, visibility, width, height, type } = photo;
    const { fileCreatedAt, fileModifiedAt, localDateTime } = photo;
    const { description, rating, latitude, longitude } = photo.exifInfo;
    const original = await client.get(`/assets/${id}/original`);
    assert.equal(sha1(original.bytes), checksum, originalFileName);
    photos.push({
      ...{ originalFileName, checksum, isFavorite, isTrashed, isEdited, visibility, width, height, type },
      ...{ fileCreatedAt, fileModifiedAt, localDateTime, description, rating, latitude, longitude },
      tags: photo.tags.map(({ value }) => value).toSorted(),
      people: photo.people.map(({ name, birthDate }) => ({ name, birthDate })),
      stack: photo.stack && { count: photo.stack.assetCount, primary: nameOf(photo.stack.primaryAssetId) },
    });
  }
  photos.sort((a, b) => a.originalFileName.localeCompare(b.originalFileName));
  return { photos, nameOf };
}

/** What a household says of itself: the same wherever it has moved. */
async function told({ admin, bob }) {
  const { photos, nameOf } = await library(admin);
  const users = (await made(admin.get("/admin/users"))).map(({ email, name, isAdmin, quotaSizeInBytes, storageLabel }) => ({ email, name, isAdmin, quotaSizeInBytes, storageLabel }));
  const albums = (await made(admin.get("/albums"))).map((album) => ({
    ...{ name: album.albumName, description: album.description, count: album.assetCount, order: album.order },
    cover: nameOf(album.albumThumbnailAssetId),
    members: album.albumUsers.map(({ user, role }) => [user.email, role]).toSorted(),
  }));
  const links = (await made(admin.get("/shared-links"))).map(({ type, slug, password, description, allowUpload, allowDownload, showMetadata, assets, album }) => ({
    ...{ type, slug, password, description, allowUpload, allowDownload, showMetadata, album: album?.albumName },
    assets: type === "INDIVIDUAL" && assets.map(({ id }) => nameOf(id)).toSorted(),
  }));
  const byText = (a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b));
  return {
    photos,
    bobs: (await library(bob)).photos,
    users: users.toSorted(byText),
    albums,
    links: links.toSorted(byText),
    tags: (await made(admin.get("/tags"))).map(({ value, color }) => [value, color ?? null]).toSorted(byText),
    partners: (await made(bob.get("/partners?direction=shared-with"))).map(({ email, inTimeline }) => ({ email, inTimeline })),
  };
}

/** Starts the program; `ended` gives its exit code or signal, and what it said. */
function move(from, to, state, more = []) {
  const source = ["--from", from.url, "--api-key", from.key, "--key", `${BOB.email}=${from.bobsKey}`, "--users"];
  const bob = to.bobsKey ? ["--to-key", `${BOB.email}=${to.bobsKey}`] : [];
  const words = [...source, "--to", to.url, "--api-key", to.key, ...bob, "--state", state, "--wait", String(WAIT), ...more];
  const program = spawn(process.env.EDGE_MOVE, words, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [program.stdout, program.stderr]) stream.setEncoding("utf8").on("data", (text) => (said += text));
  const ended = once(program, "close").then(([code, signal]) => ({ code, signal, said }));
  return { program, ended };
}

/** Moves to the end; gives what the program said. */
async function moved(from, to, state) {
  const { code, said } = await move(from, to, state).ended;
  assert.equal(code, 0, said);
  return said;
}

/** Bob at the target: only the program knows the password that it made for him. */
async function adopted(target) {
  const bob = (await made(target.admin.get("/admin/users"))).find(({ email }) => email === BOB.email);
  await made(target.admin.put(`/admin/users/${bob.id}`, { password: BOB.password }));
  return withBob(target);
}

describe("a library moves between servers of ours", () => {
  const folder = temporaryFolder();
  const running = [];
  const start = async (server) => {
    running.push(server);
    return household(server);
  };
  after(async () => {
    for (const server of running) await server.stop();
    discard(folder);
  });
  let was;
  let cloud;

  test("from SQLite at home to D1, killed in between", async () => {
    const first = await start(await SpinServer.start("spin-sqlite"));
    await made(first.admin.post("/admin/users", BOB));
    const home = await withBob(first);
    await fill(home);
    was = await told(home);
    assert.deepEqual([was.photos.length, was.bobs.length, was.albums.length, was.links.length], [7, 1, 1, 2]);
    const target = await start(await Server.start());
    const state = path.join(folder, "to-cloud.db");
    const { program, ended } = move(home, target, state, ["--jobs", "1"]);
    const uploaded = async () => (await target.admin.get("/assets/statistics")).body.total;
    await eventually("two photos to arrive", async () => program.exitCode !== null || (await uploaded()) >= 2, 120_000, 20);
    program.kill("SIGKILL");
    const { signal, said } = await ended;
    assert.equal(signal, "SIGKILL", said);
    await moved(home, target, state);
    await target.server.settle();
    cloud = await adopted(target);
    assert.deepEqual(await told(cloud), was);
    assert.match(await moved(home, cloud, state), /^0 uploaded \(0 B\), 8 there before, 0 failed/m);
    assert.deepEqual(await told(cloud), was);
    assert.deepEqual(await told(home), was, "where it came from nothing has changed");
    assert.deepEqual([...home.admin.failures, ...target.admin.failures], []);
  });

  test("from D1 to PostgreSQL at home", async () => {
    const target = await start(await SpinServer.start("spin-postgres"));
    await moved(cloud, target, path.join(folder, "to-home.db"));
    await target.server.settle();
    const home = await adopted(target);
    assert.deepEqual(await told(home), was);
    assert.deepEqual([...cloud.admin.failures, ...target.admin.failures], []);
  });
});
