// Story: people move between Cloudflare and a machine of their own. A backup that D1 made is restored on SQLite and on PostgreSQL,
// each of these makes one that D1 takes again, and everything is told as it was before (docs/backups.md).
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { apiKey, Client, firstAdmin } from "../workers/support/client.mjs";
import { jpeg } from "../workers/support/media.mjs";
import { eventually, Server } from "../workers/support/server.mjs";
import { SpinServer } from "./server.mjs";

const BACKUPS = "/admin/database-backups";

/** Photos with what hangs on them: albums, tags, a stack, favourites, a link, a workflow, somebody else. */
async function fill(server) {
  const { admin, user } = await firstAdmin(server.url);
  const photos = await Promise.all([1, 2, 3, 4].map((seed) => jpeg({ width: 160, height: 120, seed: seed + 300 })));
  const ids = [];
  for (const [number, bytes] of photos.entries()) ids.push((await admin.upload(bytes, `été ${number}.jpg`)).body.id);
  await admin.rendered(ids);
  const made = async (answer, status = 201) => {
    const { status: found, body, bytes } = await answer;
    assert.equal(found, status, bytes.toString());
    return body;
  };
  const bob = await made(admin.post("/admin/users", { email: "bob@example.com", name: "Bob", password: "correct horse" }));
  const album = await made(admin.post("/albums", { albumName: "Ferien 😀", assetIds: ids.slice(0, 3), albumUsers: [{ userId: bob.id, role: "editor" }] }));
  await made(admin.put("/tags", { tags: ["travel/italy"] }), 200);
  const [tag] = (await admin.get("/tags")).body.filter(({ value }) => value === "travel/italy");
  await made(admin.put(`/tags/${tag.id}/assets`, { ids: [ids[0]] }), 200);
  await made(admin.post("/stacks", { assetIds: ids.slice(2) }));
  await made(admin.put(`/assets/${ids[1]}`, { description: "\"a\"; drop table users; -- \\", isFavorite: true, rating: 5 }), 200);
  await made(admin.post("/shared-links", { type: "ALBUM", albumId: album.id, password: "secret", slug: "ferien" }));
  await made(admin.post("/workflows", { trigger: "AssetCreate", name: "w", steps: [{ method: "immich-plugin-core#assetArchive", config: {} }] }));
  await made(admin.put("/admin/config", { ...(await admin.get("/admin/config")).body, trash: { enabled: true, days: 17 } }), 200);
  await server.settle();
  const key = await apiKey(admin);
  return { admin: user.id, ids, album: album.id, headers: { "x-api-key": key } };
}

/** What an installation says of itself: the same wherever it is restored. */
async function told(server, { ids, album, headers }) {
  const client = new Client(server.url, headers);
  const paths = [
    "/users/me", "/admin/users", "/albums", `/albums/${album}`, "/tags", "/stacks", "/shared-links", "/workflows", "/api-keys", "/admin/config", "/assets/statistics",
    "/timeline/buckets?visibility=timeline", ...ids.map((id) => `/assets/${id}`), "/users/me/preferences", "/server/statistics",
  ];
  const answers = {};
  for (const path of paths) {
    const { status, body, bytes } = await client.get(path);
    assert.equal(status, 200, `${path}: ${bytes}`);
    answers[path] = body;
  }
  const found = await client.post("/search/metadata", { originalFileName: "été 2" });
  answers.search = found.body.assets.items.map(({ id }) => id);
  assert.equal(answers.search.length, 1);
  return answers;
}

/** A backup by hand: its name and its bytes. */
async function backUp(server, { headers }) {
  const admin = new Client(server.url, headers);
  assert.equal((await admin.post("/jobs", { name: "backup-database" })).status, 204);
  await server.settle();
  const { body } = await admin.get(BACKUPS);
  const [{ filename }] = body.backups.filter((backup) => backup.filename.startsWith("immich-db-backup-"));
  return { filename, bytes: (await admin.get(`${BACKUPS}/${filename}`)).bytes };
}

/** Restores a backup on a server that nobody has used yet, as whoever comes first. */
async function restore(server, { filename, bytes }) {
  const anybody = new Client(server.url);
  const begun = await anybody.post(`${BACKUPS}/start-restore`);
  assert.equal(begun.status, 201, begun.bytes.toString());
  const holder = anybody.as({ cookie: begun.headers.get("set-cookie").split(";")[0] });
  const form = new FormData();
  form.append("file", new File([bytes], filename));
  const sent = await holder.request("POST", `${BACKUPS}/upload`, { body: form });
  assert.equal(sent.status, 201, sent.bytes.toString());
  const chosen = { action: "restore_database", restoreBackupFilename: `uploaded-${filename}` };
  assert.equal((await holder.post("/admin/maintenance", chosen)).status, 201);
  await eventually("the restore to end", async () => {
    await server.settle();
    const { body } = await holder.get("/admin/maintenance/status");
    assert.equal(body.error, undefined);
    return !body.active;
  });
}

describe("backups move between D1 and the databases of a machine at home", () => {
  let world;
  let dump;
  let was;
  before(async () => {
    const cloud = await Server.start();
    try {
      world = await fill(cloud);
      was = await told(cloud, world);
      dump = await backUp(cloud, world);
    } finally {
      // One workerd at a time: each has all Workers.
      await cloud.stop();
    }
  });

  for (const kind of ["spin-sqlite", "spin-postgres"]) {
    test(`from D1 to ${kind} and back`, async () => {
      const home = await SpinServer.start(kind);
      let again;
      try {
        await restore(home, dump);
        assert.deepEqual(await told(home, world), was);
        // Life goes on there.
        const client = new Client(home.url, world.headers);
        assert.equal((await client.put(`/assets/${world.ids[0]}`, { description: `at home: ${kind}` })).status, 200);
        await home.settle();
        const now = await told(home, world);
        const back = await backUp(home, world);
        again = await Server.start();
        await restore(again, back);
        assert.deepEqual(await told(again, world), now);
      } finally {
        await again?.stop();
        await home.stop();
      }
    });
  }
});
