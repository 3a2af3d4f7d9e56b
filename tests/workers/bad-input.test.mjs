// Story: broken, hostile and half-finished uploads. Each is refused as the contract says, leaves nothing behind, and
// the next request works.
import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { processOf, slowness } from "./lib/process.mjs";
import { bombs } from "./support/bombs.mjs";
import { Client, firstAdmin, logIn } from "./support/client.mjs";
import { withExif } from "./support/exif.mjs";
import { encoded, jpeg, noise, pngBomb, sha1 } from "./support/media.mjs";
import { MULTIPART, multipart, sendAndCut, sendRaw, sendUntilAnswered, uploadParts } from "./support/raw.mjs";
import { eventually, Server } from "./support/server.mjs";

const MIB = 1 << 20;

/** CPU time of a file that attacks what reads it, from its upload to its last job, ms. The worst took 1,110 in workerd. */
const BOMB_CPU_MS = 2_000;

describe("bad input", () => {
  let server;
  let admin;
  let token;
  let good;

  before(async () => {
    server = await Server.start();
    ({ admin, token } = await firstAdmin(server.url));
    good = await jpeg({ seed: 21 });
  });
  after(() => server.stop());

  /** After each test: no 5xx, the next upload works, and what is stored is exactly what was accepted. */
  afterEach(async () => {
    assert.deepEqual(admin.failures.splice(0), [], "answers with 5xx");
    const { status, bytes } = await admin.upload(another(), "next.jpg");
    assert.equal(status, 201, `the next upload works: ${bytes}`);
    kept += 1;
    await assertNothingElseStored();
  });

  /** A valid picture that nothing else is the same as. */
  const another = () => Buffer.concat([good, noise(8, (seed += 1))]);

  /** Assets that the server has accepted so far, and the last seed used to make a content unique. */
  let kept = 0;
  let seed = 1000;

  async function assertNothingElseStored() {
    await server.settle();
    assert.equal(await server.count("select count(*) as n from asset"), kept, "assets");
    assert.equal(await server.count("select count(*) as n from pending_object"), 0, "pending objects");
    const rows = await server.sql("select original_path as path from asset union select path from asset_file");
    const keys = (await server.objects()).map(({ key }) => key);
    assert.deepEqual(keys.sort(), rows.map(({ path }) => path).sort(), "objects");
    const bytes = await server.count("select cast(sum(file_size_in_byte) as integer) as n from asset_exif");
    assert.equal((await admin.get("/users/me")).body.quotaUsageInBytes, bytes ?? 0, "quota");
  }

  const send = (body, headers = {}) =>
    admin.request("POST", "/assets", { body, headers: { "content-type": MULTIPART, ...headers } });

  async function refused(answer, status, message) {
    const { status: found, body, bytes } = await answer;
    assert.equal(found, status, `${bytes}`);
    if (message) assert.match(body.message, message);
    return body;
  }

  async function cutOff(size) {
    const body = multipart(uploadParts(noise(size, 5), "cut.jpg"));
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": MULTIPART };
    await sendAndCut(server.port, "/api/assets", headers, body, Math.floor(body.length / 2));
    // Without the sweeper, which would come only when the pending rows have expired.
    await eventually("the cut upload to be forgotten", async () => {
      const pending = await server.count("select count(*) as n from pending_object");
      return pending === 0 && server.pendingMultipartUploads() === 0;
    }, 20_000);
    await assertNothingElseStored();
  }

  test("a small upload cut off half-way leaves nothing", () => cutOff(MIB));

  test("a large upload cut off half-way leaves nothing", () => cutOff(40 * MIB));

  test("a body that ends too early", async () => {
    const parts = uploadParts(good, "truncated.jpg");
    await refused(send(multipart(parts, { isComplete: false })), 400);
    await refused(send(multipart(parts).subarray(0, 200)), 400);
    await refused(send(Buffer.alloc(0)), 400);
    await refused(send(Buffer.from("no multipart at all")), 400);
    await refused(send(multipart(parts), { "content-type": "multipart/form-data" }), 400);
    await refused(admin.post("/assets", { assetData: "text" }), 400);
  });

  test("missing and malformed parts", async () => {
    const without = (name) => uploadParts(good, "photo.jpg").filter((part) => part.name !== name);
    await refused(send(multipart(without("assetData"))), 400, /assetData/);
    const body = await refused(send(multipart(without("fileCreatedAt"))), 400, /^Validation failed$/);
    assert.deepEqual(body.errors.map((issue) => issue.path), [["fileCreatedAt"]]);
    for (const [name, value] of Object.entries({
      fileCreatedAt: "2023-02-03T04:05:06",
      fileModifiedAt: "99999999-99-99",
      isFavorite: "perhaps",
      visibility: "everybody",
      livePhotoVideoId: "x' or '1'='1",
      duration: "-1",
      metadata: "{not json",
    })) {
      await refused(send(multipart(uploadParts(good, "photo.jpg", { [name]: value }))), 400, /./);
    }
    const twice = [...uploadParts(good, "one.jpg"), ...uploadParts(good, "two.jpg").slice(-1)];
    await refused(send(multipart(twice)), 400);
  });

  test("files that are none", async () => {
    await refused(admin.upload(Buffer.alloc(0), "empty.jpg"), 400, /^File is empty$/);
    await refused(admin.upload(good, "program.exe"), 400, /^Unsupported file type program\.exe$/);
    await refused(admin.upload(good, "no extension"), 400, /^Unsupported file type no extension$/);
    await refused(admin.upload(good, "photo.jpg", { fields: { filename: "photo.exe" } }), 400, /^Unsupported file type/);
  });

  test("content that is not what the name says is kept, without a picture", async () => {
    const broken = Buffer.from(await jpeg({ width: 800, height: 600, seed: 22 }));
    const files = {
      "text.jpg": Buffer.from("this is no photo\n".repeat(50)),
      "cut.jpg": broken.subarray(0, 300),
      "noise.jpg": Buffer.concat([broken.subarray(0, 600), noise(4000, 3)]),
      "noise.heic": Buffer.concat([Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic", "latin1"), noise(4000, 4)]),
      "noise.png": Buffer.concat([(await encoded("png")).subarray(0, 50), noise(4000, 6)]),
      "noise.webp": Buffer.concat([(await encoded("webp")).subarray(0, 40), noise(4000, 7)]),
      "noise.tiff": Buffer.concat([Buffer.from("II*\0\x08\0\0\0", "latin1"), noise(4000, 8)]),
      "bomb.png": pngBomb(60_000, 200),
      "huge.png": pngBomb(4_000_000_000, 0),
      "dates.jpg": withExif(good, { DateTimeOriginal: "9999:99:99 99:99:99", OffsetTimeOriginal: "+99:99" }),
      "past.jpg": withExif(good, { DateTimeOriginal: "0000:00:00 00:00:00" }),
      "nowhere.jpg": withExif(good, {
        GPSLatitudeRef: "N",
        GPSLatitude: [4_000_000_000, 1, 1, 0, 0, 0],
        GPSLongitudeRef: "Q",
        GPSLongitude: [1, 0, 0, 0, 0, 0],
        Orientation: 77,
        ISO: 65_535,
        FNumber: [1, 0],
      }),
    };
    const ids = [];
    for (const [name, bytes] of Object.entries(files)) {
      const { status, body, bytes: text } = await admin.upload(bytes, name);
      assert.equal(status, 201, `${name}: ${text}`);
      ids.push(body.id);
    }
    await server.settle();
    for (const [index, name] of Object.keys(files).entries()) {
      const { status, body } = await admin.get(`/assets/${ids[index]}`);
      assert.equal(status, 200, name);
      assert.ok(body.width === null || (body.width > 0 && body.width < 1e9), `${name}: width ${body.width}`);
      const { latitude, longitude } = body.exifInfo;
      assert.ok(latitude === null || Math.abs(latitude) <= 90, `${name}: latitude ${latitude}`);
      assert.ok(longitude === null || Math.abs(longitude) <= 180, `${name}: longitude ${longitude}`);
      const year = new Date(body.localDateTime).getUTCFullYear();
      assert.ok(year >= 1 && year <= 9999, `${name}: ${body.localDateTime}`);
      const thumbnail = await admin.get(`/assets/${ids[index]}/thumbnail`);
      assert.equal(thumbnail.status, body.thumbhash ? 200 : 404, `${name}: ${thumbnail.bytes.subarray(0, 100)}`);
    }
    kept += ids.length;
  });

  /** CPU time of the process that does all the work, so far, ms. */
  const cpuMs = async () => processOf(server.host?.process.pid ?? (await server.memory()).pid).cpuUs / 1000;

  test("files that attack what reads them end at the first try, and other photos come after them", async (t) => {
    const limit = BOMB_CPU_MS * slowness();
    for (const [name, bytes] of Object.entries(bombs(good))) {
      const before = await cpuMs();
      const { status, body, bytes: text } = await admin.upload(bytes, name);
      assert.equal(status, 201, `${name}: ${text}`);
      kept += 1;
      await server.settle(120_000);
      const taken = (await cpuMs()) - before;
      t.diagnostic(`${name}: ${taken.toFixed(0)} ms of CPU`);
      assert.ok(taken < limit, `${name}: ${taken} ms of CPU, more than ${limit.toFixed(0)}`);
      // Whatever was not done says why; the others' jobs are gone.
      const left = "select kind, state, runner, coalesce(last_error, runner_reason) as reason from job where payload like ?1";
      for (const job of await server.sql(left, `%${body.id}%`)) {
        if (job.state === "failed" || job.runner === "companion") assert.ok(job.reason, `${name}: ${JSON.stringify(job)}`);
      }
    }
    const { body } = await admin.upload(another(), "behind.jpg");
    kept += 1;
    await server.settle(120_000);
    const tried = await server.sql("select kind, last_error from job where state = 'failed' and attempts > 1");
    assert.deepEqual(tried, []);
    assert.equal((await admin.get(`/assets/${body.id}/thumbnail`)).status, 200);
  });

  test("odd file names stay names", async () => {
    const names = ["../../etc/passwd.jpg", "..\\..\\boot.jpg", "a\u0001\u007fb.jpg", `${"x".repeat(300)}.jpg`, "😀👨‍👩‍👧.jpg", ".jpg", "x'; drop table asset;--.jpg", "%2e%2e%2f.jpg", "a\"b<script>.jpg"];
    const ids = [];
    for (const name of names) {
      const { status, body, bytes } = await admin.upload(another(), name);
      if (status !== 201) {
        assert.equal(status, 400, `${name}: ${bytes}`);
        continue;
      }
      ids.push(body.id);
      const { body: info } = await admin.get(`/assets/${body.id}`);
      assert.ok(info.originalFileName.endsWith(".jpg"), name);
      const original = await admin.get(`/assets/${body.id}/original`);
      assert.equal(original.status, 200, name);
      assert.doesNotMatch(original.headers.get("content-disposition"), /[\r\n\0]/);
    }
    kept += ids.length;
    assert.ok(ids.length >= names.length - 1, "at most the longest is refused");
    for (const { key } of await server.objects()) {
      assert.match(key, /^[\w./-]+$/);
      assert.doesNotMatch(key, /\.\./);
    }
  });

  test("a wrong checksum header does not match anything", async () => {
    const ids = [];
    const values = ["zz", sha1(Buffer.from("other")), "0".repeat(40), "x".repeat(5000), "' or 1=1 --"];
    for (const value of values) {
      const { status, body, bytes } = await admin.upload(another(), "photo.jpg", { headers: { "x-immich-checksum": value } });
      assert.equal(status, 201, `${bytes}`);
      ids.push(body.id);
    }
    kept += ids.length;
  });

  test("bodies over the limit", async () => {
    const bearer = { Authorization: `Bearer ${token}` };
    const answered = (route, kind, body) =>
      sendUntilAnswered(server.port, "POST", `/api${route}`, { ...bearer, "Content-Type": kind }, body);
    const album = Buffer.from(JSON.stringify({ albumName: "x".repeat(11 * MIB) }));
    assert.equal(await answered("/albums", "application/json", album), 413, "JSON");
    const field = multipart(uploadParts(good, "photo.jpg", { metadata: "x".repeat(11 * MIB) }));
    const name = multipart([{ name: "x".repeat(2 * MIB), value: "1" }, ...uploadParts(good, "photo.jpg")]);
    for (const [what, body] of Object.entries({ field, name })) {
      const status = await answered("/assets", MULTIPART, body);
      assert.ok(status === 400 || status === 413, `a part's ${what}: ${status}`);
    }
  });

  test("wrong JSON", async () => {
    const json = { "content-type": "application/json" };
    for (const body of ["{", "[]", "null", "1", '"text"', '{"albumName":1}', "\u0000", "{\"albumName\":\"a\",}"]) {
      await refused(admin.request("POST", "/albums", { body, headers: json }), 400);
    }
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    await refused(admin.request("POST", "/albums", { body: deep, headers: json }), 400);
    const extra = await admin.post("/albums", { albumName: "extra", isAdmin: true, __proto__: 1, constructor: {} });
    assert.equal(extra.status, 201, `${extra.bytes}`);
    assert.equal((await admin.delete(`/albums/${extra.body.id}`)).status, 204);
  });

  test("ids and times that are none", async () => {
    for (const id of ["1", "x' or '1'='1", "3fa85f64-5717-1562-b3fc-2c963f66afa6", "%00", "..%2f..%2fetc", "null"]) {
      await refused(admin.get(`/assets/${encodeURIComponent(id)}`), 400, /^Validation failed$/);
      await refused(admin.get(`/albums/${encodeURIComponent(id)}`), 400, /^Validation failed$/);
    }
    await refused(admin.delete("/assets", { ids: ["x"] }), 400, /^Validation failed$/);
    await refused(admin.delete("/assets", { ids: ["3fa85f64-5717-4562-b3fc-2c963f66afa6"] }), 400, /^Not found or no asset\.delete access$/);
    await refused(admin.get("/timeline/bucket?timeBucket='; drop table asset; --"), 400);
    await refused(admin.get("/timeline/buckets?isFavorite=TRUE"), 400, /^Validation failed$/);
  });

  test("SQL in values is text", async () => {
    const words = "'); drop table asset; -- \" ; select * from users where '1'='1";
    const { status, body } = await admin.post("/albums", { albumName: words, description: words });
    assert.equal(status, 201);
    assert.equal(body.albumName, words);
    assert.equal((await admin.get(`/albums?name=${encodeURIComponent(words)}`)).body.length, 1);
    assert.equal((await admin.delete(`/albums/${body.id}`)).status, 204);
    await refused(new Client(server.url).post("/auth/login", { email: "a@b.c", password: "' or '1'='1" }), 401);
    await refused(new Client(server.url, { authorization: "Bearer ' or '1'='1" }).get("/users/me"), 401, /^Invalid user token$/);
    await refused(new Client(server.url, { "x-api-key": "' or '1'='1" }).get("/users/me"), 401, /^Invalid API key$/);
    await refused(new Client(server.url).get("/assets/statistics?key=' or '1'='1"), 401, /^Invalid share key$/);
  });

  test("nobody's tokens and somebody else's", async () => {
    const { body: album } = await admin.post("/albums", { albumName: "mine" });
    const { body: other } = await admin.post("/admin/users", { email: "eve@example.com", password: "evil", name: "Eve" });
    const eve = (await new Client(server.url).post("/auth/login", { email: "eve@example.com", password: "evil" })).body;
    const stranger = admin.as({ authorization: `Bearer ${eve.accessToken}` });
    await refused(stranger.get(`/albums/${album.id}`), 400, /^Not found or no album\.read access$/);
    await refused(stranger.get("/admin/users"), 403, /^Forbidden$/);
    await server.sql("update session set expires_at = 1 where user_id = ?1", other.id);
    await refused(stranger.get("/users/me"), 401, /^Invalid user token$/);
    assert.equal((await admin.delete(`/albums/${album.id}`)).status, 204);
  });

  test("headers and request lines that are none", async () => {
    const lines = [
      "GET /api/server/ping HTTP/1.1\r\nHost: x\r\nX-Correlation-ID: a\u0001b\r\nConnection: close\r\n\r\n",
      "GET /api/server/ping HTTP/9.9\r\n\r\n",
      "GET /api/%zz%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
      `GET /api/${"a/".repeat(4000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      "TRACE /api/server/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
      "POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
      "nonsense\r\n\r\n",
    ];
    for (const text of lines) {
      const status = await sendRaw(server.port, text);
      assert.doesNotMatch(status ?? "", / 5\d\d /, `${JSON.stringify(text.slice(0, 60))}: ${status}`);
    }
    const id = "x\ty z".padEnd(300, "x");
    const { status, headers } = await admin.get("/server/ping", { headers: { "x-correlation-id": id } });
    assert.equal(status, 200);
    assert.ok(headers.get("x-correlation-id").length > 0);
  });

  const NOBODY = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
  const OTHER = { email: "mallory@example.com", password: "correct horse battery", name: "Mallory" };

  /** Somebody else, who sees nothing of the admin's. */
  async function stranger() {
    const found = (await admin.get("/admin/users")).body.some(({ email }) => email === OTHER.email);
    if (!found) assert.equal((await admin.post("/admin/users", OTHER)).status, 201);
    return admin.as({ authorization: `Bearer ${(await logIn(new Client(server.url), OTHER)).token}` });
  }

  /** New photos of the admin; their ids. */
  async function photos(count) {
    const ids = [];
    for (let number = 0; number < count; number += 1) {
      const { status, body, bytes } = await admin.upload(another(), "photo.jpg");
      assert.equal(status, 201, `${bytes}`);
      ids.push(body.id);
      kept += 1;
    }
    return ids;
  }

  /** A request is refused for the values at these paths. */
  async function invalid(answer, ...paths) {
    const { errors } = await refused(answer, 400, /^Validation failed$/);
    assert.deepEqual(errors.map(({ path }) => path.join(".")), paths);
  }

  test("tags in a circle", async () => {
    const { status, body: tags, bytes } = await admin.put("/tags", { tags: ["a", "a/b", "a/b/c"] });
    assert.equal(status, 200, `${bytes}`);
    // Files of the tests before have tags of their own.
    const isOurs = ({ value }) => /^a(\/|$)/.test(value);
    const tree = async () => (await admin.get("/tags")).body.filter(isOurs).map(({ id, value, parentId }) => [id, value, parentId ?? null]);
    const before = await tree();
    assert.equal(before.length, 3);
    const [a, ab, abc] = ["a", "a/b", "a/b/c"].map((value) => tags.find((tag) => tag.value === value).id);
    // No operation moves a tag: what is asked for besides its colour changes nothing.
    for (const [tag, parentId] of [[a, abc], [a, a], [ab, abc]]) {
      assert.equal((await admin.put(`/tags/${tag}`, { parentId })).status, 200);
    }
    assert.deepEqual(await tree(), before);
    await refused(admin.post("/tags", { name: "b", parentId: a }), 400, /^A tag with that name already exists$/);
    await refused(admin.post("/tags", { name: "a", parentId: NOBODY }), 400);
    await invalid(admin.post("/tags", { name: "a", parentId: "a" }), "parentId");
    await refused((await stranger()).put(`/tags/${a}`, { color: "#ff0000" }), 400, /^Not found or no tag\.update access$/);
    assert.equal((await admin.delete(`/tags/${a}`)).status, 204);
    assert.deepEqual(await tree(), []);
  });

  test("people who become themselves, and each other", async () => {
    const person = async (name) => (await admin.post("/people", { name })).body.id;
    const [anna, ben] = [await person("Anna"), await person("Ben")];
    const merge = (into, ids) => admin.post(`/people/${into}/merge`, { ids });
    await refused(merge(anna, [anna]), 400, /^Cannot merge a person into themselves$/);
    await refused(merge(anna, [ben, anna]), 400, /^Cannot merge a person into themselves$/);
    assert.equal((await admin.get(`/people/${ben}`)).status, 200, "nothing was done by halves");
    await refused((await stranger()).post(`/people/${anna}/merge`, { ids: [ben] }), 400, /^Not found or no person\.[a-z]+ access$/);
    assert.deepEqual((await merge(anna, [ben])).body.map(({ success }) => success), [true]);
    await refused(merge(ben, [anna]), 400, /^Not found or no person\.[a-z]+ access$/);
    await invalid(merge(anna, ["x"]), "ids.0");
    assert.equal((await admin.delete(`/people/${anna}`)).status, 204);
  });

  test("stacks, links and archives of somebody else's photos", async () => {
    const ids = await photos(2);
    const other = await stranger();
    await refused(other.post("/stacks", { assetIds: ids }), 400, /^Not found or no asset\.update access$/);
    await refused(admin.post("/stacks", { assetIds: [ids[0], NOBODY] }), 400, /^Not found or no asset\.update access$/);
    await refused(admin.post("/stacks", { assetIds: [ids[0]] }), 400);
    await refused(other.post("/shared-links", { type: "INDIVIDUAL", assetIds: ids }), 400, /^Not found or no asset\.share access$/);
    await refused(other.post("/download/archive", { assetIds: ids }), 400, /^Not found or no asset\.download access$/);
    assert.deepEqual((await admin.get("/stacks")).body, []);
    assert.deepEqual((await other.get("/shared-links")).body, []);
  });

  test("links with names of 300 letters", async () => {
    const [id] = await photos(1);
    const link = { type: "INDIVIDUAL", assetIds: [id] };
    const long = "x".repeat(300);
    await invalid(admin.post("/shared-links", { ...link, slug: long }), "slug");
    await invalid(admin.post("/shared-links", { ...link, slug: "a/b" }), "slug");
    const { status, body: made } = await admin.post("/shared-links", link);
    assert.equal(status, 201);
    await invalid(admin.request("PATCH", `/shared-links/${made.id}`, { body: { slug: long } }), "slug");
    await refused(new Client(server.url).get(`/shared-links/me?slug=${long}`), 401);
    assert.equal((await admin.get(`${server.url}/s/${long}`)).status, 404);
    assert.equal((await admin.delete(`/shared-links/${made.id}`)).status, 204);
    assert.equal((await admin.get(`${server.url}/share/${made.key}`)).status, 404);
  });

  test("archives of what was deleted", async () => {
    const [gone, here] = await photos(2);
    assert.equal((await admin.delete("/assets", { ids: [gone], force: true })).status, 204);
    kept -= 1;
    for (const assetIds of [[gone], [here, gone]]) {
      await refused(admin.post("/download/archive", { assetIds }), 400, /^Not found or no asset\.download access$/);
      await refused(admin.post("/download/info", { assetIds }), 400, /^Not found or no asset\.download access$/);
    }
    await invalid(admin.post("/download/archive", { assetIds: ["x"] }), "assetIds.0");
    const archive = await admin.post("/download/archive", { assetIds: [here] });
    assert.equal(archive.status, 200);
    assert.equal(archive.bytes.subarray(0, 4).toString("latin1"), "PK\x03\x04");
    // Rows go in a job, objects at the next turn of the scheduler.
    await eventually("the deleted photo to be gone", async () => {
      await server.settle();
      const rows = await server.count("select count(*) as n from asset where id = ?1", gone);
      return rows === 0 && (await server.count("select count(*) as n from object_deletion")) === 0;
    }, 60_000);
  });

  test("memories of the year one", async () => {
    const [id] = await photos(1);
    const memory = { type: "on_this_day", data: { year: 2020 }, memoryAt: "0001-01-01T00:00:00.000Z", assetIds: [id] };
    for (const year of [1, 10_000]) await invalid(admin.post("/memories", { ...memory, data: { year } }), "data.year");
    await invalid(admin.post("/memories", { ...memory, memoryAt: "yesterday" }), "memoryAt");
    await refused(admin.get("/memories?for=2024-02-30"), 400);
    const { status, body: made, bytes } = await admin.post("/memories", memory);
    assert.equal(status, 201, `${bytes}`);
    assert.equal(made.memoryAt, memory.memoryAt);
    assert.deepEqual((await admin.get("/memories?for=0001-01-01")).body.map((found) => found.id), [made.id]);
    assert.equal((await admin.delete(`/memories/${made.id}`)).status, 204);
  });

  test("the poles and the antimeridian", async () => {
    const place = (lat, lon) => admin.get(`/map/reverse-geocode?lat=${lat}&lon=${lon}`);
    for (const [lat, lon] of [[90, 0], [-90, 180], [90, -180], [0, 180], [0, -180]]) {
      const { status, body, bytes } = await place(lat, lon);
      assert.equal(status, 200, `${lat}, ${lon}: ${bytes}`);
      assert.equal(body.length, 1);
    }
    await invalid(place(90.1, 1), "lat");
    await invalid(place(1, -180.5), "lon");
    await invalid(place("x", 1), "lat");
    const ids = [];
    for (const [latitude, longitude] of [["N", "E"], ["S", "W"]]) {
      const position = { GPSLatitudeRef: latitude, GPSLatitude: [90, 1, 0, 1, 0, 1], GPSLongitudeRef: longitude, GPSLongitude: [180, 1, 0, 1, 0, 1] };
      const { status, body, bytes } = await admin.upload(withExif(good, position), `pole ${latitude}.jpg`);
      assert.equal(status, 201, `${bytes}`);
      kept += 1;
      ids.push(body.id);
    }
    await server.settle();
    for (const [index, sign] of [1, -1].entries()) {
      const { exifInfo } = (await admin.get(`/assets/${ids[index]}`)).body;
      assert.deepEqual([exifInfo.latitude, exifInfo.longitude], [90 * sign, 180 * sign]);
    }
    const { status, body } = await admin.get("/map/markers");
    assert.equal(status, 200);
    for (const id of ids) assert.ok(body.some((marker) => marker.id === id), "the marker of a pole");
  });
});
