// Story: a household watches films while immich-companion transcodes them (HLS): from the beginning, from far behind, on when a
// companion is killed, and nothing stays when nobody watches.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { Browser } from "./support/browser.mjs";
import { firstAdmin } from "./support/client.mjs";
import { companion, hasFfmpeg } from "./support/companion.mjs";
import { assertNothingOrphaned, passTime } from "./support/proof.mjs";
import { eventually, Server } from "./support/server.mjs";

/** A minute of 1080p H.264 with sound, 30 frames a second. */
function film() {
  const folder = mkdtempSync(path.join(tmpdir(), "immich-edge-film-"));
  const file = path.join(folder, "film.mp4");
  const inputs = ["-f", "lavfi", "-i", "testsrc=size=1920x1080:rate=30:duration=60", "-f", "lavfi", "-i", "sine=duration=60"];
  const codecs = ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"];
  execFileSync("ffmpeg", ["-v", "error", ...inputs, ...codecs, file]);
  const bytes = readFileSync(file);
  rmSync(folder, { recursive: true });
  return bytes;
}

const HLS = readFileSync(createRequire(import.meta.url).resolve("hls.js/dist/hls.min.js"), "utf8");

/**
 * Plays a playlist in a page until the video shows pictures from `seconds` on; gives its size and where it is. As players do, it goes on
 * loading after a fatal fault of the network; within `limit` milliseconds.
 */
const PLAY = async ({ source, seconds, limit }) => {
  const video = document.querySelector("video");
  if (!globalThis.player) {
    globalThis.faults = [];
    globalThis.player = new globalThis.Hls();
    globalThis.player.on("hlsError", (_, { fatal, type, details }) => {
      if (!fatal) return;
      globalThis.faults.push(details);
      if (type === "networkError") globalThis.player.startLoad();
    });
    globalThis.player.loadSource(source);
    globalThis.player.attachMedia(video);
  }
  const late = new Promise((resolve) => setTimeout(resolve, limit, undefined));
  const watched = (async () => {
    if (seconds > 0) video.currentTime = seconds;
    await video.play();
    const shown = () => new Promise((resolve) => video.requestVideoFrameCallback((_, { mediaTime }) => resolve(mediaTime)));
    let time;
    do time = await shown();
    while (time < seconds + 3);
    return time;
  })();
  const time = await Promise.race([watched, late]);
  const buffered = Array.from({ length: video.buffered.length }, (_, index) => [video.buffered.start(index), video.buffered.end(index)]);
  const state = { at: video.currentTime, paused: video.paused, ready: video.readyState, buffered };
  return { time, width: video.videoWidth, faults: globalThis.faults, level: globalThis.player.levels[0]?.url[0], state };
};
/** Far more than a quick machine needs: the companion encodes while others use the processor. */
const PLAY_LIMIT_MS = 120_000;

/** When the first picture and the first sound of a file are played, seconds. */
function firstTimes(bytes) {
  const folder = mkdtempSync(path.join(tmpdir(), "immich-edge-segment-"));
  const file = path.join(folder, "segment.mp4");
  writeFileSync(file, bytes);
  const times = ["v", "a"].map((stream) => {
    const words = ["-v", "error", "-select_streams", stream, "-show_entries", "packet=pts_time", "-of", "csv=p=0", file];
    const lines = execFileSync("ffprobe", words).toString().split("\n");
    return Math.min(...lines.map((line) => Number.parseFloat(line)).filter((time) => !Number.isNaN(time)));
  });
  rmSync(folder, { recursive: true });
  return times;
}

describe("live transcoding", { skip: hasFfmpeg() ? false : "NOT TESTED: there is no ffmpeg" }, () => {
  let server;
  let admin;
  let credentials;
  let id;
  let worker;
  let bytes;
  before(async () => {
    // First, for it blocks this process: connections that are kept would be closed meanwhile.
    bytes = film();
    server = await Server.start();
    ({ admin, credentials } = await firstAdmin(server.url));
    worker = companion(server.url, ["--poll", "0.1"]);
  });
  after(async () => {
    await worker?.kill();
    await server?.stop();
  });

  const stream = (rest) => `/assets/${id}/video/stream/${rest}`;

  /** Begins a session: its id and its variants' indexes. */
  async function begin() {
    const { status, bytes, headers } = await admin.get(stream("main.m3u8"));
    assert.equal(status, 200, bytes.toString());
    assert.equal(headers.get("content-type"), "application/vnd.apple.mpegurl");
    const lines = bytes.toString().split("\n").filter((line) => line.endsWith("/playlist.m3u8"));
    return { session: lines[0].split("/")[0], variants: lines.map((line) => Number(line.split("/")[1])) };
  }

  /** Where a segment of a session begins, by its own clock. */
  async function times(session, variant, number) {
    const pieces = [];
    for (const name of ["init.mp4", `seg_${number}.m4s`]) {
      const { status, headers, bytes } = await admin.get(stream(`${session}/${variant}/${name}`));
      assert.equal(status, 200, name);
      assert.equal(headers.get("content-type"), "video/mp4");
      pieces.push(bytes);
    }
    return firstTimes(Buffer.concat(pieces));
  }

  async function assertBegins(session, variant, number) {
    const [picture, sound] = await times(session, variant, number);
    assert.ok(Math.abs(picture - 2 * number) < 0.001, `pictures of segment ${number} begin at ${picture}`);
    assert.ok(Math.abs(sound - 2 * number) < 0.1, `its sound begins at ${sound}`);
  }

  test("it is there when it is switched on and a companion is", async () => {
    const { status, body } = await admin.upload(bytes, "film.mp4");
    assert.equal(status, 201);
    id = body.id;
    await eventually("the jobs of the film", async () => (await server.count("select count(*) as n from job")) === 0, 120_000);
    assert.equal((await admin.get(stream("main.m3u8"))).body.message, "Real-time transcoding is not enabled");
    const { body: config } = await admin.get("/system-config");
    config.ffmpeg.realtime.enabled = true;
    assert.equal((await admin.put("/system-config", config)).status, 200);
    // A companion that was told that it is off asks again within half a minute; a new one asks at once.
    await worker.kill();
    worker = companion(server.url, ["--poll", "0.1"]);
    await eventually("a companion", async () => (await admin.get("/server/features")).body.realtimeTranscoding);
  });

  test("a film is played from its beginning and from far behind", async (t) => {
    const started = Date.now();
    const { session, variants } = await begin();
    assert.deepEqual(variants, [1, 2, 4, 5, 7, 8]);
    const media = (await admin.get(stream(`${session}/8/playlist.m3u8`))).bytes.toString();
    assert.equal(media.match(/#EXTINF:2\.000000,/g).length, 30);
    assert.equal((await admin.get(stream(`${session}/8/init.mp4`))).status, 200);
    assert.equal((await admin.get(stream(`${session}/8/seg_0.m4s`))).status, 200);
    t.diagnostic(`main.m3u8 to the first segment of 1080p: ${Date.now() - started} ms`);
    await assertBegins(session, 8, 0);
    await assertBegins(session, 8, 1);
    const sought = Date.now();
    assert.equal((await admin.get(stream(`${session}/5/seg_24.m4s`))).status, 200);
    t.diagnostic(`seek to another place and variant: ${Date.now() - sought} ms`);
    await assertBegins(session, 5, 24);
    await assertBegins(session, 5, 25);
    await assertBegins(session, 5, 3);
    const part = await admin.get(stream(`${session}/5/seg_3.m4s`), { headers: { range: "bytes=4-7" } });
    assert.deepEqual([part.status, part.bytes.toString()], [206, "styp"]);
    assert.equal((await admin.delete(stream(session))).status, 204);
    assert.equal((await admin.get(stream(`${session}/5/seg_3.m4s`))).status, 404);
  });

  test("hls.js plays and seeks in a browser", async (t) => {
    const browser = await Browser.start();
    try {
      const page = await browser.page(server.url);
      await page.goto("/api/server/ping");
      await page.setContent("<video muted playsinline></video>");
      await page.evaluate((body) => fetch("/api/auth/login", { method: "POST", headers: { "content-type": "application/json" }, body }), JSON.stringify(credentials));
      await page.evaluate(HLS);
      const source = `/api${stream("main.m3u8")}`;
      const played = await page.evaluate(PLAY, { source, seconds: 0, limit: PLAY_LIMIT_MS });
      assert.ok(played.time < 15 && played.width > 0, JSON.stringify(played));
      const sought = await page.evaluate(PLAY, { source, seconds: 40, limit: PLAY_LIMIT_MS });
      assert.ok(sought.time >= 43 && sought.time < 50 && sought.width > 0, JSON.stringify(sought));
      t.diagnostic(`fatal faults of the network that it went on after: ${sought.faults.length}`);
      // The page is one of the API's answers, which has no icon. What was not encoded in time answers 404, and the player asks again.
      const complaints = browser.complaints.filter((complaint) => !complaint.includes("/favicon.ico") && !complaint.includes("/video/stream/"));
      assert.deepEqual([sought.faults.filter((details) => !/^(frag|level|manifest|key)Load/.test(details)), complaints], [[], []]);
      const [session] = new URL(sought.level).pathname.split("/").slice(-3);
      await page.evaluate(() => globalThis.player.destroy());
      assert.equal((await admin.delete(stream(session))).status, 204);
    } finally {
      await browser.stop();
    }
  });

  test("bad requests are refused and encode nothing", async () => {
    const { session } = await begin();
    for (const [rest, status] of [
      ["99/seg_0.m4s", 404],
      ["-1/seg_0.m4s", 400],
      ["2/..%2f..%2finit.mp4", 400],
      ["2/seg_99999999999999999999.m4s", 404],
      ["2/seg_0.m4s.tmp", 400],
      ["2/%00", 400],
    ]) {
      assert.equal((await admin.get(stream(`${session}/${rest}`))).status, status, rest);
    }
    assert.equal((await admin.as({}).get(stream(`${session}/2/seg_0.m4s`))).status, 401);
    assert.equal(await server.count("select count(*) as n from hls_session where variant is not null"), 0);
    await admin.delete(stream(session));
  });

  test("when the companion is killed another one goes on", async () => {
    const { session } = await begin();
    await assertBegins(session, 2, 0);
    await worker.kill();
    worker = companion(server.url, ["--poll", "0.1"]);
    await assertBegins(session, 2, 20);
    await worker.kill();
    const started = Date.now();
    assert.equal((await admin.get(stream(`${session}/5/seg_5.m4s`))).status, 404);
    assert.ok(Date.now() - started < 30_000, "a player gives up after thirty seconds");
    await admin.delete(stream(session));
    assert.deepEqual(admin.failures, []);
    await passTime(server);
    await assertNothingOrphaned(server);
  });
});
