// Story: a household uploads a film that browsers cannot play. immich-companion, a program of its own, makes its thumbnail and an
// encoded film in parts; one that is killed on the way loses nothing.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import sharp from "sharp";
import { companion, hasFfmpeg, film, picture, rawWith, token } from "./support/companion.mjs";
import { firstAdmin } from "./support/client.mjs";
import { assertNothingOrphaned, passTime } from "./support/proof.mjs";
import { eventually, Server } from "./support/server.mjs";

describe("a companion beside the server", { skip: hasFfmpeg() ? false : "NOT TESTED: there is no ffmpeg" }, () => {
  let server;
  let admin;
  let id;
  before(async () => {
    server = await Server.start();
    ({ admin } = await firstAdmin(server.url));
  });
  after(() => server?.stop());

  /** Has companions do what is due until nothing is. */
  const workOff = () =>
    eventually("all jobs to be done", async () => {
      await companion(server.url, ["--once"]).ended;
      return (await server.count("select count(*) as n from job")) === 0;
    }, 240_000);

  /** Size and middle colour of a rendition. */
  async function seen(asset, query) {
    const { status, bytes } = await admin.get(`/assets/${asset}/thumbnail?${query}`);
    assert.equal(status, 200, query);
    const { width, height } = await sharp(bytes).metadata();
    const middle = { left: Math.floor(width / 2), top: Math.floor(height / 2), width: 1, height: 1 };
    const [red, green, blue] = await sharp(bytes).extract(middle).removeAlpha().raw().toBuffer();
    return { size: [width, height], red, green, blue };
  }

  const waiting = () => server.count("select count(*) as n from job where runner = 'companion' and state = 'waiting'");

  test("a film is played as uploaded until a companion comes", async () => {
    const bytes = film();
    const { status, body } = await admin.upload(bytes, "old.avi");
    assert.equal(status, 201);
    id = body.id;
    await eventually("its jobs to wait for a companion", async () => (await waiting()) === 2);
    const played = await admin.get(`/assets/${id}/video/playback`);
    assert.equal(played.bytes.length, bytes.length);
    assert.equal((await admin.get(`/assets/${id}/thumbnail`)).status, 404);
  });

  test("a companion that is killed loses nothing", async () => {
    const killed = companion(server.url, ["--poll", "0.05"]);
    const active = "select count(*) as n from job where runner = 'companion' and state = 'active'";
    await eventually("it to work", async () => (await server.count(active)) > 0, 60_000, 20);
    await killed.kill();
    await eventually("its jobs to wait again", async () => {
      // The server may still give a job to what it asked before it was killed.
      await passTime(server);
      return (await waiting()) === (await server.count("select count(*) as n from job"));
    });
  });

  test("another one makes the thumbnail and the film", async () => {
    await workOff();
    const { body: asset } = await admin.get(`/assets/${id}`);
    assert.deepEqual([asset.width, asset.height, asset.duration], [1280, 720, 2000]);
    assert.ok(asset.thumbhash);
    const thumbnail = await admin.get(`/assets/${id}/thumbnail`);
    assert.deepEqual([thumbnail.status, thumbnail.headers.get("content-type")], [200, "image/webp"]);
    const played = await admin.get(`/assets/${id}/video/playback`);
    assert.equal(played.headers.get("content-type"), "video/mp4");
    assert.ok(played.bytes.length > 9 << 20, `${played.bytes.length} bytes are more than a part`);
    assert.equal(played.bytes.subarray(4, 8).toString(), "ftyp");
    const end = await admin.get(`/assets/${id}/video/playback`, { headers: { range: "bytes=-1000" } });
    assert.deepEqual([end.status, Buffer.compare(end.bytes, played.bytes.subarray(-1000))], [206, 0]);
    assert.deepEqual(admin.failures, []);
    await passTime(server);
    await assertNothingOrphaned(server);
  });

  test("a picture that the edge cannot decode is shown, edited and shown as it was again", async () => {
    // Red on the left, blue on the right.
    const halves = "color=0xc02020:size=320x360,pad=640:360:0:0:0x2020c0";
    const { body } = await admin.upload(picture(halves, "avif", ["-c:v", "libaom-av1", "-still-picture", "1", "-cpu-used", "8"]), "halves.avif");
    await eventually("it to wait for a companion", async () => (await waiting()) === 1);
    await workOff();
    const { body: before } = await admin.get(`/assets/${body.id}`);
    assert.deepEqual([before.width, before.height, before.isEdited], [640, 360, false]);
    const edits = [
      { action: "crop", parameters: { x: 0, y: 0, width: 320, height: 360 } },
      { action: "rotate", parameters: { angle: 90 } },
    ];
    assert.equal((await admin.put(`/assets/${body.id}/edits`, { edits })).status, 200);
    await workOff();
    const { body: edited } = await admin.get(`/assets/${body.id}`);
    assert.deepEqual([edited.width, edited.height, edited.isEdited], [360, 320, true]);
    assert.notEqual(edited.thumbhash, before.thumbhash);
    for (const size of ["fullsize", "preview"]) {
      const shown = await seen(body.id, `size=${size}&edited=true`);
      assert.deepEqual(shown.size, [360, 320], size);
      assert.ok(shown.red > 150 && shown.blue < 80, `${size} shows ${JSON.stringify(shown)}`);
    }
    assert.equal((await admin.delete(`/assets/${body.id}/edits`)).status, 204);
    await workOff();
    const { body: after } = await admin.get(`/assets/${body.id}`);
    assert.deepEqual([after.width, after.height, after.isEdited, after.thumbhash], [640, 360, false, before.thumbhash]);
  });

  test("an edited photo that does not fit the isolate gets its full size", async () => {
    const { body } = await admin.upload(picture("testsrc2=size=6000x4000", "jpg", ["-pix_fmt", "yuvj420p"]), "large.jpg");
    await admin.rendered([body.id]);
    const edits = [{ action: "crop", parameters: { x: 0, y: 0, width: 5990, height: 4000 } }, { action: "mirror", parameters: { axis: "vertical" } }];
    assert.equal((await admin.put(`/assets/${body.id}/edits`, { edits })).status, 200);
    await workOff();
    assert.deepEqual((await seen(body.id, "size=fullsize&edited=true")).size, [5990, 4000]);
    assert.deepEqual((await seen(body.id, "size=preview&edited=true")).size, [2156, 1440]);
  });

  test("a drawing is drawn, and a raw file is shown by the JPEG inside it before and after a companion came", async () => {
    const drawing = "<svg xmlns='http://www.w3.org/2000/svg' width='600' height='400'><rect width='600' height='400' fill='#3060c0'/></svg>";
    const { body: svg } = await admin.upload(Buffer.from(drawing), "drawing.svg");
    const inside = picture("color=0x20a040:size=1200x800", "jpg", ["-pix_fmt", "yuvj420p"]);
    const { body: raw } = await admin.upload(rawWith(inside), "camera.dng");
    await admin.rendered([raw.id]);
    const isGreen = ({ red, green, blue }) => green > 120 && red < 80 && blue < 110;
    const early = await seen(raw.id, "size=preview");
    assert.ok(isGreen(early) && early.size[0] === 1200, JSON.stringify(early));
    await eventually("both to wait for a companion", async () => (await waiting()) === 2);
    await workOff();
    const late = await seen(raw.id, "size=preview");
    assert.ok(isGreen(late) && late.size[0] === 1200, JSON.stringify(late));
    const drawn = await seen(svg.id, "size=preview");
    assert.ok(drawn.size[0] === 600 && drawn.blue > 180 && drawn.red < 60, JSON.stringify(drawn));
    await passTime(server);
    await assertNothingOrphaned(server);
  });

  test("one that waits for work gets it while it waits", async (t) => {
    const waits = companion(server.url, ["--streams", "0"]);
    const seen = "select count(*) as n from companion where id = 'test'";
    await eventually("it to ask", async () => (await server.count(seen)) === 1);
    const { body } = await admin.upload(Buffer.concat([film(), Buffer.from("another one")]), "second.avi");
    const active = "select count(*) as n from job where runner = 'companion' and state = 'active'";
    await eventually("it to wait for a companion", async () => (await server.count("select count(*) as n from job where runner = 'companion'")) > 0, 60_000, 10);
    const due = Date.now();
    await eventually("it to be begun", async () => (await server.count(active)) > 0, 60_000, 10);
    t.diagnostic(`from a job that is due to its lease: ${Date.now() - due} ms at most`);
    await admin.rendered([body.id]);
    await eventually("all jobs to be done", async () => (await server.count("select count(*) as n from job")) === 0);
    await waits.kill();
  });

  test("nobody without a token of this server gets work, and a revoked one gets none", async () => {
    const lease = (authorization) => admin.as(authorization ? { authorization } : {}).post("/companion/lease", {});
    assert.equal((await lease()).status, 401);
    assert.equal((await lease("Bearer a.b.c")).status, 401);
    assert.equal((await lease(`Bearer ${token({ id: "other" })}`)).status, 204);
    assert.equal((await admin.delete("/companion/other")).status, 204);
    assert.equal((await lease(`Bearer ${token({ id: "other" })}`)).status, 401);
  });
});
