// Story: pages of links in a real browser. Without JavaScript a password is asked for, refused and taken; a link tells no names of files where
// it shall not, is over when its time is up, plays a real video, and a visitor with JavaScript adds a photo.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { picture, Visit } from "./support/browser.mjs";
import { hasFfmpeg } from "./support/companion.mjs";
import { jpeg } from "./support/media.mjs";
import { discard, eventually, temporaryFolder } from "./support/server.mjs";

const PHOTOS = 2;
const PASSWORD = "open sesame";
/** What all names of files have in them. */
const SECRET = /secret place/;
const TAKEN = "2023-02-03T04:05:06.000Z";
const skip = hasFfmpeg() ? false : "NOT TESTED: there is no ffmpeg";

/** Two seconds of H.264, as browsers play it. */
function film() {
  const folder = temporaryFolder();
  const file = path.join(folder, "film.mp4");
  const source = "testsrc=size=320x240:rate=25:duration=2";
  execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", file]);
  const bytes = readFileSync(file);
  discard(folder);
  return bytes;
}

/** Plays a video to its end; fails where the browser cannot. */
async function plays(video) {
  await video.waitFor();
  await video.evaluate((video) => {
    // With sound a browser plays what somebody has clicked on.
    video.muted = true;
    return video.play();
  });
  await eventually("the end of the film", () => video.evaluate((video) => video.ended));
  assert.deepEqual(await video.evaluate(({ videoWidth, videoHeight, duration }) => [videoWidth, videoHeight, Math.round(duration)]), [320, 240, 2]);
}

describe("pages of links in a browser", () => {
  let visit;
  let server;
  let browser;
  let page;
  let ids;

  const file = async (seed, name) => ({ name, mimeType: "image/jpeg", buffer: await jpeg({ width: 400, height: 300, seed }) });
  const ask = async (route) => (await page.request.get(`/api${route}`)).json();

  async function posted(route, data, status = 201) {
    const answer = await page.request.post(`/api${route}`, { data });
    assert.equal(answer.status(), status, `${route}: ${await answer.text()}`);
    return answer.json();
  }

  /** The id of a file that is uploaded; `fields` are those of the upload besides. */
  async function uploaded(assetData, fields = {}) {
    const usual = { fileCreatedAt: TAKEN, fileModifiedAt: TAKEN, filename: assetData.name };
    const answer = await page.request.post("/api/assets", { multipart: { ...usual, ...fields, assetData } });
    assert.equal(answer.status(), 201, await answer.text());
    return (await answer.json()).id;
  }

  /** A link to the photos, and its address. */
  async function link(options) {
    const made = await posted("/shared-links", { type: "INDIVIDUAL", assetIds: ids, ...options });
    return { ...made, address: `/share/${made.key}` };
  }

  /** Somebody without an account. What is over or locked is refused, and of a video nobody has made a picture yet. */
  const guest = (options) => browser.page(server.url, { mayBeRefused: true, ...options });
  const status = async (asked) => {
    const answer = await fetch(server.url + asked, { headers: { accept: "text/html" } });
    await answer.arrayBuffer();
    return answer.status;
  };

  before(async () => {
    visit = await Visit.start();
    ({ server, browser, page } = visit);
    await visit.signUp();
    ids = [];
    for (let index = 0; index < PHOTOS; index += 1) ids.push(await uploaded(await file(30 + index, `secret place ${index}.jpg`)));
    for (const id of ids) await eventually("the pictures", async () => (await ask(`/assets/${id}`)).thumbhash);
  });
  after(() => visit?.stop());

  test("without JavaScript a wrong password is refused, and the right one opens the link", async () => {
    const { address } = await link({ password: PASSWORD });
    const visitor = await guest({ javaScriptEnabled: false });
    const enter = async (password) => {
      await visitor.getByLabel("Password").fill(password);
      await visitor.getByRole("button", { name: "Show" }).click();
    };
    await visitor.goto(address);
    await visitor.getByRole("heading", { name: "Password required" }).waitFor();
    assert.equal(await visitor.locator("img").count(), 0);
    await picture(visitor, "link-password");
    await enter("open barley");
    await visitor.getByRole("alert").filter({ hasText: "Wrong password." }).waitFor();
    assert.equal(await visitor.locator("img").count(), 0);
    await picture(visitor, "link-wrong-password");
    await enter(PASSWORD);
    await visitor.getByText(`${PHOTOS} shared photos & videos`).waitFor();
    assert.equal(new URL(visitor.url()).pathname, address);
    const images = visitor.locator("li img");
    assert.equal(await images.count(), PHOTOS);
    const source = await images.first().getAttribute("src");
    assert.equal((await visitor.request.get(source)).status(), 200);
    assert.equal(await status(source), 401, "whoever has not proved the password sees no picture");
    await visitor.locator("li a").first().click();
    await visitor.locator("img.large").waitFor();
    await visitor.context().close();

    const seeing = await guest();
    await seeing.goto(address);
    await seeing.getByLabel("Password").waitFor();
    assert.deepEqual(await browser.look(seeing, "link-locked"), []);
    await seeing.context().close();
  });

  test("a link that shows no data names no files", async () => {
    const [open, closed] = [await link({}), await link({ showMetadata: false })];
    const visitor = await guest();
    await visitor.goto(open.address);
    await visitor.locator("li img").first().waitFor();
    assert.match(await visitor.content(), SECRET);
    await visitor.goto(closed.address);
    const photo = visitor.getByRole("link", { name: "Photo 1", exact: true });
    await photo.waitFor();
    assert.doesNotMatch(await visitor.content(), SECRET);
    assert.deepEqual(await browser.look(visitor, "link-without-names"), []);
    await photo.click();
    await visitor.locator("img.large").waitFor();
    assert.doesNotMatch(await visitor.content(), SECRET);
    await visitor.context().close();
  });

  test("a link whose time is up is not there any more, nor are its photos", async () => {
    const { id, key, address } = await link({ expiresAt: "2099-01-02T03:04:00.000Z" });
    const visitor = await guest();
    await visitor.goto(address);
    const image = visitor.locator("li img").first();
    const source = await image.getAttribute("src");
    assert.equal(await status(source), 200);
    const photo = await visitor.locator("li a").first().getAttribute("href");
    const ended = await page.request.patch(`/api/shared-links/${id}`, { data: { expiresAt: "2020-01-02T03:04:00.000Z" } });
    assert.equal(ended.status(), 200, await ended.text());
    await visitor.goto(address);
    await visitor.getByRole("heading", { name: "Not found" }).waitFor();
    await visitor.getByText("This link does not exist, or it is over.").waitFor();
    assert.equal(await visitor.locator("img").count(), 0);
    assert.deepEqual(await browser.look(visitor, "link-over"), []);
    await visitor.goto(address + photo);
    await visitor.getByRole("heading", { name: "Not found" }).waitFor();
    assert.equal(await status(source), 401);
    assert.equal(await status(`/api/shared-links/me?key=${key}`), 401);
    await visitor.context().close();
  });

  test("a real video plays on the page of a link, and in the viewer of its owner", { skip }, async () => {
    const id = await uploaded({ name: "film.mp4", mimeType: "video/mp4", buffer: film() });
    const { address } = await link({ assetIds: [id] });
    const visitor = await guest();
    await visitor.goto(address);
    await visitor.locator("li .film").waitFor();
    await visitor.locator("li a").click();
    await plays(visitor.locator("video.large"));
    await picture(visitor, "link-video");
    await visitor.context().close();

    const own = await guest({ storageState: await page.context().storageState() });
    await own.goto(`/photos/${id}`);
    await plays(own.getByRole("dialog", { name: "Photo", exact: true }).locator("video"));
    await picture(own, "video");

    // It becomes the film of a live photo, which plays while the mouse is above its button.
    const live = await uploaded(await file(96, "live.jpg"), { livePhotoVideoId: id });
    await eventually("the picture of the live photo", async () => (await ask(`/assets/${live}`)).thumbhash);
    await own.goto(`/photos/${live}`);
    const viewer = own.getByRole("dialog", { name: "Photo", exact: true });
    await viewer.locator("img").waitFor();
    const [aside, play] = ["Information", "Play the film"].map((name) => viewer.getByRole("button", { name }));
    const begins = (video) =>
      new Promise((resolve) => {
        const tell = () => resolve(video.videoWidth);
        if (video.videoWidth > 0) tell();
        for (const name of ["loadedmetadata", "error"]) video.addEventListener(name, tell);
      });
    // It goes when it has ended.
    await eventually("the film", async () => {
      await aside.hover();
      await play.hover();
      const width = viewer.locator(`video[src="/api/assets/${id}/video/playback"]`).evaluate(begins, undefined, { timeout: 2000 });
      return (await width.catch(() => 0)) === 320;
    });
    await aside.hover();
    await viewer.locator("video").waitFor({ state: "detached" });
    await own.context().close();
  });

  test("a visitor without JavaScript is told why a file was not taken", async () => {
    const { address } = await link({ allowUpload: true });
    const visitor = await guest({ javaScriptEnabled: false, locale: "de-DE" });
    await visitor.goto(address);
    await visitor.locator("input[type=file]").setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("notes") });
    await visitor.getByRole("button", { name: "Hochladen" }).click();
    await visitor.getByRole("alert").filter({ hasText: "Das ist kein Foto oder Video" }).waitFor();
    assert.equal(new URL(visitor.url()).pathname, address);
    assert.equal(await visitor.locator("li img").count(), PHOTOS);
    await picture(visitor, "link-refused");
    await visitor.context().close();
  });

  test("a visitor with JavaScript adds a photo, which its owner gets", async () => {
    const { address } = await link({ allowUpload: true });
    const [visitor, name] = [await guest(), "from a guest.jpg"];
    await visitor.goto(address);
    await visitor.getByText(`${PHOTOS} shared photos & videos`).waitFor();
    assert.deepEqual(await browser.look(visitor, "link-form"), []);
    await visitor.getByLabel("Add a photo or a video").setInputFiles(await file(95, name));
    await visitor.getByRole("button", { name: "Upload" }).click();
    await visitor.getByText(`${PHOTOS + 1} shared photos & videos`).waitFor();
    assert.equal(new URL(visitor.url()).pathname, address);
    const found = async () => (await posted("/search/metadata", { originalFileName: name }, 200)).assets.items[0];
    await eventually("the picture of the guest", async () => (await found())?.thumbhash);
    await visitor.reload();
    const ready = (images, count) => images.length === count && images.every((image) => image.complete && image.naturalWidth > 0);
    await eventually("the pictures", () => visitor.locator("li img").evaluateAll(ready, PHOTOS + 1));
    await visitor.context().close();
  });

  test("the browser complained of nothing", () => assert.deepEqual(browser.complaints, []));
});
