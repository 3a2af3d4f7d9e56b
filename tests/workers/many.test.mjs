// Story: lists of ten thousand photos in one call, and photos that show the same and find each other.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { firstAdmin } from "./support/client.mjs";
import { jpeg, noise } from "./support/media.mjs";
import { eventually, Server } from "./support/server.mjs";

const MANY = 10_000;
/** Numbers of twelve digits behind each other make ids of photos. */
const FIRST = 100_000_000_000;
const idOf = (number) => `00000000-0000-4000-8000-${FIRST + number}`;

describe("many photos", () => {
  let server;
  let admin;
  let user;
  before(async () => {
    server = await Server.start();
    ({ admin, user } = await firstAdmin(server.url));
  });
  after(() => server.stop());

  /** Rows of so many photos without files, as if they had been uploaded long ago. */
  async function insertPhotos() {
    const numbers = `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${MANY})`;
    await server.sql(
      "insert into asset (id, owner_id, type, checksum, original_path, original_file_name, file_name_folded, words, width, height, " +
        "file_created_at, file_modified_at, local_date_time, local_day, local_month, created_at, created_month, updated_at, update_id) " +
        `${numbers} select '00000000-0000-4000-8000-' || (${FIRST} + i), '${user.id}', 'IMAGE', 'sum ' || i, 'upload/none/' || i, 'a.jpg', ` +
        "'a.jpg', '[]', 4000, 3000, i, 0, i, 19700101, 197001, 0, 197001, 0, '01900000-0000-7000-8000-' || " +
        `(${FIRST} + i) from n`,
    );
    await server.sql(
      `insert into asset_exif (asset_id, owner_id, words, updated_at, update_id) ${numbers} ` +
        `select '00000000-0000-4000-8000-' || (${FIRST} + i), '${user.id}', '[]', 0, '01900000-0000-7000-8000-' || (${FIRST} + i) from n`,
    );
    return Array.from({ length: MANY }, (_, index) => idOf(index + 1));
  }

  test("that show the same find each other", async () => {
    const picture = await jpeg({ seed: 91 });
    const ids = [];
    for (const [name, bytes] of [["a.jpg", picture], ["b.jpg", Buffer.concat([picture, noise(8, 1)])], ["c.jpg", await jpeg({ seed: 92 })]]) {
      const { status, body } = await admin.upload(bytes, name);
      assert.equal(status, 201, name);
      ids.push(body.id);
    }
    await server.settle();
    const copies = await eventually("the copies to be found", async () => {
      const { body: groups } = await admin.get("/duplicates");
      return groups.length > 0 && groups;
    });
    assert.deepEqual(copies.map(({ assets }) => assets.map(({ id }) => id).sort()), [ids.slice(0, 2).sort()]);
  });

  test("go into an album, become favourites, go into the trash and come back, ten thousand in one call each", async () => {
    const ids = await insertPhotos();
    const { body: album } = await admin.post("/albums", { albumName: "all" });
    const { status, body: results } = await admin.put(`/albums/${album.id}/assets`, { ids });
    assert.equal(status, 200);
    assert.equal(results.filter(({ success }) => success).length, MANY);
    assert.equal((await admin.get(`/albums/${album.id}`)).body.assetCount, MANY);

    assert.equal((await admin.put("/assets", { ids, isFavorite: true })).status, 204);
    assert.equal((await admin.get("/assets/statistics?isFavorite=true")).body.images, MANY);

    assert.equal((await admin.delete("/assets", { ids })).status, 204);
    assert.equal((await admin.get("/assets/statistics?isTrashed=true")).body.images, MANY);
    const restored = await admin.post("/trash/restore/assets", { ids });
    assert.equal(restored.status, 200);
    assert.equal(restored.body.count, MANY);
    assert.equal((await admin.get("/assets/statistics?isTrashed=true")).body.images, 0);
  });
});
