// Story: a household uploads a film that browsers cannot play. immich-companion, a program of its own, makes its thumbnail and an
// encoded film in parts; one that is killed on the way loses nothing.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { companion, hasFfmpeg, film, token } from "./support/companion.mjs";
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
    await passTime(server);
    await eventually("its jobs to wait again", async () => (await waiting()) === (await server.count("select count(*) as n from job")));
  });

  test("another one makes the thumbnail and the film", async () => {
    await eventually("all jobs to be done", async () => {
      await companion(server.url, ["--once"]).ended;
      return (await server.count("select count(*) as n from job")) === 0;
    });
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
