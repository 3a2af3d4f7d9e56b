// Story: a library in another bucket, which is S3 elsewhere and only read (docs/libraries.md).
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { firstAdmin } from "./support/client.mjs";
import { jpeg } from "./support/media.mjs";
import { Bucket } from "./support/s3.mjs";
import { eventually, Server } from "./support/server.mjs";

describe("a library in another bucket", () => {
  let bucket;
  let server;
  let admin;
  let library;
  let photo;
  /** Ids by path of the assets that are not in the trash. */
  const assets = async () => {
    const rows = await server.sql("select id, original_path from asset where deleted_at is null order by original_path");
    return Object.fromEntries(rows.map((row) => [row.original_path, row.id]));
  };
  const scan = async () => assert.equal((await admin.post(`/libraries/${library}/scan`)).status, 204);

  before(async () => {
    bucket = await Bucket.start("photos");
    photo = await jpeg({ width: 1200, height: 800, seed: 7 });
    bucket.objects.set("2024/Été & co/a b+c.jpg", photo);
    bucket.objects.set("2024/b.jpg", await jpeg({ seed: 8 }));
    bucket.objects.set("elsewhere/c.jpg", await jpeg({ seed: 9 }));
    const vars = { EXTERNAL_BUCKETS: JSON.stringify({ nas: { ...bucket.configured, prefix: "2024" } }), EXTERNAL_HOST: bucket.url };
    server = await Server.start({ vars });
    ({ admin } = await firstAdmin(server.url));
  });
  after(async () => {
    await server?.stop();
    bucket.stop();
  });

  test("its files become assets that are shown from where they lie", async () => {
    const me = (await admin.get("/users/me")).body.id;
    const made = await admin.post("/libraries", { ownerId: me, importPaths: ["/external/nas"] });
    assert.equal(made.status, 201);
    library = made.body.id;
    const checked = await admin.post(`/libraries/${library}/validate`, { importPaths: ["/external/nas", "/external/none"] });
    assert.deepEqual(checked.body.importPaths.map(({ isValid }) => isValid), [true, false]);
    await scan();
    const found = await eventually("the files to be found", async () => {
      const found = await assets();
      return Object.keys(found).length === 2 && found;
    });
    assert.deepEqual(Object.keys(found).sort(), ["external/nas/b.jpg", "external/nas/Été & co/a b+c.jpg"].sort());
    const id = found["external/nas/Été & co/a b+c.jpg"];
    await admin.rendered(Object.values(found));
    const original = await admin.get(`/assets/${id}/original`);
    assert.equal(original.status, 200);
    assert.ok(original.bytes.equals(photo));
    const part = await admin.get(`/assets/${id}/original`, { headers: { range: "bytes=100-199" } });
    assert.equal(part.status, 206);
    assert.ok(part.bytes.equals(photo.subarray(100, 200)));
    const { body } = await admin.get(`/assets/${id}`);
    assert.deepEqual([body.exifInfo.exifImageWidth, body.exifInfo.fileSizeInByte, body.isOffline], [1200, photo.length, false]);
  });

  test("a bucket that is away takes no asset with it", async () => {
    const known = await assets();
    const [id] = Object.values(known);
    bucket.isAway = true;
    const asked = bucket.requests.length;
    await scan();
    await eventually("both jobs to be told", async () => (await server.count("select count(*) as n from job where kind like 'Library%' and last_error like '%external bucket nas%503%'")) === 2);
    assert.ok(bucket.requests.length > asked);
    assert.deepEqual(await assets(), known);
    const answer = await admin.get(`/assets/${id}/original`);
    assert.equal(answer.status, 503);
    bucket.isAway = false;
    assert.equal((await admin.get(`/assets/${id}/original`)).status, 200);
    bucket.objects.delete("2024/b.jpg");
    // What was told waits for its next attempt.
    await server.sql("delete from job where kind like 'Library%'");
    await scan();
    await eventually("only the file that is gone to go", async () => {
      const now = Object.keys(await assets());
      return now.length === 1 && now[0] !== "external/nas/b.jpg";
    });
  });

  test("nothing was ever written there", () => {
    const methods = new Set(bucket.requests.map((request) => request.split(" ")[0]));
    assert.deepEqual([...methods].sort(), ["GET", "HEAD"]);
  });
});
