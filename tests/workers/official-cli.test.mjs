// Story: a new user backs up a folder with the official CLI, looks at it as the official clients do, and deletes it.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import sharp from "sharp";
import { writePhotos } from "./support/album.mjs";
import { apiKey, firstAdmin } from "./support/client.mjs";
import { immich } from "./support/cli.mjs";
import { eventually, Server } from "./support/server.mjs";

/** Formats whose pixels the edge leaves to the companion (docs/decisions/media-codecs.md). */
const COMPANION_FORMATS = /\.(avif|jxl)$/;

describe("the official CLI", () => {
  let server;
  let admin;
  let key;
  let home;
  let folder;
  let photos;
  /** Asset by name of the photo's file, without folder. */
  const assets = new Map();

  before(async () => {
    server = await Server.start();
    home = path.join(server.data, "home");
    folder = path.join(server.data, "photos");
    mkdirSync(home);
    photos = await writePhotos(folder);
    ({ admin } = await firstAdmin(server.url));
    key = await apiKey(admin);
  });
  after(async () => {
    await server.stop();
    assert.deepEqual(admin.failures, [], "no request is answered with 5xx");
  });

  const edgePhotos = () => photos.filter(({ name }) => !COMPANION_FORMATS.test(name));
  const assetOf = (photo) => assets.get(photo.checksum);
  const named = (name) => photos.find((photo) => photo.name.endsWith(name));

  test("logs in with an API key", async () => {
    const output = await immich(home, "login", `${server.url}/api`, key);
    assert.match(output, /Logged in as admin@example\.com/);
    assert.match(readFileSync(path.join(home, "auth.yml"), "utf8"), /key:/);
  });

  test("shows the server", async () => {
    const output = await immich(home, "server-info");
    assert.match(output, /Version: 3\.2\.2/);
    assert.match(output, /Images: 0/);
  });

  test("uploads a folder with its albums", async () => {
    const output = await immich(home, "upload", "--recursive", "--album", "--no-progress", folder);
    assert.match(output, new RegExp(`Successfully uploaded ${photos.length} new assets`));
  });

  test("uploads nothing the second time", async () => {
    const output = await immich(home, "upload", "--recursive", "--album", "--no-progress", folder);
    assert.match(output, /All assets were already uploaded/);
    assert.doesNotMatch(output, /Successfully uploaded/);
    assert.equal(await server.count("select count(*) as n from asset"), photos.length);
  });

  test("the server knows what is in each file within seconds", async () => {
    const rows = await server.sql("select id, checksum from asset");
    const ids = new Map(rows.map(({ id, checksum }) => [checksum, id]));
    const wanted = edgePhotos().map(({ checksum }) => ids.get(checksum));
    const infos = await admin.rendered(wanted, 30_000);
    infos.forEach((info) => assets.set(info.checksum, info));
    for (const photo of photos.filter((photo) => photo.expected)) {
      const info = assetOf(photo);
      assert.equal(info.originalFileName, path.basename(photo.name));
      assert.equal(info.type, "IMAGE");
      assert.equal(info.exifInfo.fileSizeInByte, photo.bytes.length);
      assertFields(info, photo.expected.asset, photo.name);
      assertFields(info.exifInfo, photo.expected.exif, photo.name);
    }
  });

  test("what the edge cannot draw waits for the companion, with the reason", async () => {
    await server.settle();
    const rows = await server.sql("select payload, runner_reason as reason from job where runner = 'companion'");
    for (const { name, checksum } of photos.filter((photo) => !edgePhotos().includes(photo))) {
      const [{ id }] = await server.sql("select id from asset where checksum = ?1", checksum);
      const { body: info } = await admin.get(`/assets/${id}`);
      assert.ok(info.width > 0, `${name} has its size`);
      const reason = rows.find(({ payload }) => payload.includes(id))?.reason;
      // Small pictures of some of these formats are drawn here.
      assert.ok(reason || info.thumbhash, name);
      assert.equal((await admin.get(`/assets/${id}/thumbnail`)).status, info.thumbhash ? 200 : 404);
    }
  });

  test("times carry their zone and places their hemisphere", () => {
    const paris = assetOf(named("paris.jpg")).exifInfo;
    assert.match(paris.timeZone, /^UTC\+0?2/);
    assert.equal(new Date(paris.dateTimeOriginal).getTime(), Date.UTC(2024, 4, 6, 5, 8, 9));
    assert.ok(Math.abs(paris.latitude - 48.8566) < 1e-4 && Math.abs(paris.longitude - 2.3522) < 1e-4);
    const south = assetOf(named("south.jpg")).exifInfo;
    assert.ok(Math.abs(south.latitude + 33.8568) < 1e-4 && Math.abs(south.longitude + 70.6483) < 1e-4);
  });

  test("thumbnail and preview have the configured sizes, stand upright and say nothing about the place", async () => {
    for (const photo of edgePhotos()) {
      const { id, width, height } = assetOf(photo);
      for (const [size, format, side] of [["thumbnail", "webp", 250], ["preview", "jpeg", 1440]]) {
        const { status, headers, bytes } = await admin.get(`/assets/${id}/thumbnail?size=${size}`);
        assert.equal(status, 200, `${photo.name} ${size}`);
        assert.equal(headers.get("content-type"), `image/${format}`);
        assert.match(headers.get("cache-control"), /^private, max-age=86400, no-transform/);
        const picture = await sharp(bytes).metadata();
        assert.equal(picture.format, format, photo.name);
        assert.equal(picture.exif, undefined, `${photo.name} ${size} has no metadata`);
        const scale = Math.min(1, side / Math.min(width, height));
        assert.ok(Math.abs(picture.width - width * scale) <= 1, `${photo.name} ${size}: width ${picture.width}`);
        assert.ok(Math.abs(picture.height - height * scale) <= 1, `${photo.name} ${size}: height ${picture.height}`);
      }
    }
  });

  test("the renditions show the picture", async () => {
    const photo = named("progressive.JPG");
    const { bytes } = await admin.get(`/assets/${assetOf(photo).id}/thumbnail?size=preview`);
    const pixels = (input) => sharp(input).resize(32, 24, { fit: "fill" }).removeAlpha().raw().toBuffer();
    const [original, preview] = [await pixels(photo.bytes), await pixels(bytes)];
    const difference = original.reduce((sum, value, index) => sum + Math.abs(value - preview[index]), 0);
    assert.ok(difference / original.length < 4, `mean difference ${difference / original.length} of 255`);
  });

  test("the original comes back byte by byte, whole and in ranges", async () => {
    for (const photo of edgePhotos()) {
      const { status, bytes, headers } = await admin.get(`/assets/${assetOf(photo).id}/original`);
      assert.equal(status, 200);
      assert.ok(bytes.equals(photo.bytes), photo.name);
      assert.equal(Number(headers.get("content-length")), photo.bytes.length);
    }
    const photo = named("paris.jpg");
    const route = `/assets/${assetOf(photo).id}/original`;
    const range = async (value) => admin.get(route, { headers: { range: value } });
    const size = photo.bytes.length;
    for (const [value, from, to] of [["bytes=0-99", 0, 99], ["bytes=100-", 100, size - 1], ["bytes=-10", size - 10, size - 1]]) {
      const { status, headers, bytes } = await range(value);
      assert.equal(status, 206, value);
      assert.equal(headers.get("content-range"), `bytes ${from}-${to}/${size}`);
      assert.ok(bytes.equals(photo.bytes.subarray(from, to + 1)), value);
    }
    const beyond = await range(`bytes=${size}-`);
    assert.equal(beyond.status, 416);
    assert.equal(beyond.headers.get("content-range"), `bytes */${size}`);
  });

  test("HEAD and entity tags save the bytes", async () => {
    const photo = named("paris.jpg");
    for (const [route, size] of [["original", photo.bytes.length], ["thumbnail?size=preview", undefined]]) {
      const url = `/assets/${assetOf(photo).id}/${route}`;
      const head = await admin.request("HEAD", url);
      assert.equal(head.status, 200, route);
      assert.equal(head.bytes.length, 0);
      if (size) assert.equal(Number(head.headers.get("content-length")), size);
      const tag = head.headers.get("etag");
      assert.match(tag, /^(W\/)?".+"$/);
      const again = await admin.get(url, { headers: { "if-none-match": tag } });
      assert.equal(again.status, 304, route);
      assert.equal(again.bytes.length, 0);
    }
  });

  test("the timeline has a bucket for each month and the photos in it", async () => {
    const query = "visibility=timeline&withStacked=true&withPartners=true";
    const { body: buckets } = await admin.get(`/timeline/buckets?${query}`);
    const counts = new Map(buckets.map(({ timeBucket, count }) => [timeBucket, count]));
    assert.equal(buckets.reduce((sum, { count }) => sum + count, 0), photos.length);
    assert.deepEqual(buckets.map((bucket) => bucket.timeBucket), [...counts.keys()].sort().reverse());
    assert.ok(counts.get("2024-05-01") >= 1 && counts.get("2021-07-01") >= 1);
    const { body: bucket } = await admin.get(`/timeline/bucket?${query}&timeBucket=2024-05-01`);
    const paris = assetOf(named("paris.jpg"));
    const at = bucket.id.indexOf(paris.id);
    assert.ok(at >= 0);
    assert.equal(bucket.thumbhash[at], paris.thumbhash);
    assert.equal(bucket.ratio[at], 0.667);
    assert.equal(bucket.localOffsetHours[at], 2);
    assert.equal(bucket.isImage[at], true);
    assert.equal(bucket.fileCreatedAt[at].slice(0, 19), "2024-05-06T05:08:09");
    const lengths = Object.values(bucket).map((column) => column.length);
    assert.deepEqual(lengths, lengths.map(() => counts.get("2024-05-01")));
  });

  test("the albums are those of the folders and contain their photos", async () => {
    const { body: albums } = await admin.get("/albums");
    const wanted = new Map();
    for (const { albums: names } of photos) names.forEach((name) => wanted.set(name, (wanted.get(name) ?? 0) + 1));
    assert.deepEqual(new Map(albums.map((album) => [album.albumName, album.assetCount])), wanted);
    const world = albums.find(({ albumName }) => albumName === "world");
    const { body: buckets } = await admin.get(`/timeline/buckets?albumId=${world.id}`);
    assert.equal(buckets.reduce((sum, { count }) => sum + count, 0), world.assetCount);
  });

  test("trash, restore and permanent deletion", async () => {
    const { id } = assetOf(named("soft.webp"));
    const total = async () => (await admin.get("/assets/statistics")).body.total;
    const before = await total();
    assert.equal((await admin.delete("/assets", { ids: [id] })).status, 204);
    assert.equal(await total(), before - 1);
    assert.equal((await admin.get(`/assets/${id}`)).body.isTrashed, true);
    assert.deepEqual((await admin.post("/trash/restore/assets", { ids: [id] })).body, { count: 1 });
    assert.equal(await total(), before);

    const keys = await keysOf([id]);
    assert.equal(keys.length, 3, "original, preview, thumbnail");
    assert.equal((await admin.delete("/assets", { ids: [id], force: true })).status, 204);
    await gone([id], keys);
    assert.equal((await admin.get(`/assets/${id}`)).status, 400);
  });

  test("emptying the trash removes the objects too", async () => {
    const ids = [...assets.values()].map(({ id }) => id).filter((id) => id !== assetOf(named("soft.webp")).id);
    const keys = await keysOf(ids);
    assert.equal((await admin.delete("/assets", { ids })).status, 204);
    assert.deepEqual((await admin.post("/trash/empty")).body, { count: ids.length });
    await gone(ids, keys);
    const left = photos.length - ids.length - 1;
    assert.equal((await admin.get("/assets/statistics")).body.total, left);
    if (left === 0) assert.deepEqual(await server.objects(), [], "nothing is left in the bucket");
    const { body: me } = await admin.get("/users/me");
    const bytes = photos.filter(({ name }) => COMPANION_FORMATS.test(name)).reduce((sum, photo) => sum + photo.bytes.length, 0);
    assert.equal(me.quotaUsageInBytes, bytes, "their bytes are given back");
  });

  /** Keys of all objects of the assets. */
  async function keysOf(ids) {
    const own = "select original_path as path from asset where id in (select value from json_each(?1))";
    const files = "select path from asset_file where asset_id in (select value from json_each(?1))";
    return (await server.sql(`${own} union ${files}`, JSON.stringify(ids))).map(({ path }) => path);
  }

  /** Waits until neither rows nor objects of the assets are left. */
  async function gone(ids, keys) {
    const rows = "select count(*) as n from asset where id in (select value from json_each(?1))";
    const isGone = async () => {
      await server.tick();
      const left = new Set((await server.objects()).map(({ key }) => key));
      return (await server.count(rows, JSON.stringify(ids))) === 0 && !keys.some((key) => left.has(key));
    };
    await eventually("rows and objects to go", isGone, 30_000, 300);
  }
});

function assertFields(actual, expected, what) {
  for (const [name, value] of Object.entries(expected)) {
    const found = typeof value === "string" && value.endsWith("Z") ? new Date(actual[name]).toISOString() : actual[name];
    assert.deepEqual(found, value, `${what}: ${name}`);
  }
}
