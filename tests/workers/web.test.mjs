// Story: a family in a real browser. The first administrator signs up, uploads pictures, sees them in the timeline and one by one, makes
// an album, shares it by a link that a visitor follows, and signs out. Nothing may appear on the browser's console.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { Browser, picture } from "./support/browser.mjs";
import { jpeg } from "./support/media.mjs";
import { discard, eventually, Server, temporaryFolder } from "./support/server.mjs";

const WEB = path.resolve(import.meta.dirname, "../../build/web");
const PICTURES = 6;
const PASSWORD = "correct horse battery";

describe("the web page", () => {
  let data;
  let server;
  let browser;
  let page;

  before(async () => {
    assert.ok(existsSync(path.join(WEB, "index.html")), "cargo xtask web makes the page");
    data = temporaryFolder();
    server = await Server.start({ data, web: WEB });
    browser = await Browser.start();
    page = await browser.page(server.url);
  });
  after(async () => {
    await browser?.stop();
    await server?.stop();
    discard(data);
  });

  const button = (name) => page.getByRole("button", { name, exact: true });
  const photos = () => page.getByRole("link", { name: /^Photo, / });
  const files = async () =>
    Promise.all(
      Array.from({ length: PICTURES }, async (_, index) => ({
        name: `picture ${index}.jpg`,
        mimeType: "image/jpeg",
        buffer: await jpeg({ width: 300 + 60 * index, height: 240, seed: 50 + index }),
      })),
    );

  test("pages, files and the API are told apart", async () => {
    for (const [asked, status, kind] of [
      ["/", 200, "text/html"],
      ["/albums/x", 200, "text/html"],
      ["/api/nowhere", 404, "application/json"],
      ["/api/server/ping", 200, "application/json"],
      ["/share/nothing", 404, "text/html"],
    ]) {
      const answer = await fetch(server.url + asked, { headers: { "sec-fetch-mode": "navigate", accept: "text/html" } });
      assert.equal(answer.status, status, asked);
      assert.match(answer.headers.get("content-type"), new RegExp(`^${kind}`), asked);
      await answer.arrayBuffer();
    }
    const index = await fetch(server.url);
    assert.match(index.headers.get("content-security-policy"), /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval';/);
    const [, style] = (await index.text()).match(/href="(\/web\/[^"]+\/style\.css)"/);
    const code = await fetch(server.url + style);
    assert.equal(code.headers.get("cache-control"), "public, max-age=31536000, immutable");
    assert.match(code.headers.get("content-type"), /^text\/css/);
    await code.arrayBuffer();
  });

  test("the first one signs up", async () => {
    await page.goto("/");
    await page.getByLabel("Name").fill("Ada");
    await page.getByLabel("E-mail").fill("ada@example.com");
    await page.getByLabel("Password").fill(PASSWORD);
    assert.deepEqual(await browser.faults(page), []);
    await picture(page, "sign-up");
    await button("Create the account").click();
    await page.getByText("There are no photos here.").waitFor();
  });

  test("pictures are uploaded, and named when they are there already", async () => {
    await page.locator("input[type=file]").setInputFiles(await files());
    await page.getByText(`${PICTURES} of ${PICTURES} uploaded`).waitFor();
    await eventually("the thumbnails", async () => (await page.locator(".photo img").count()) === PICTURES);
    const ready = (images) => images.every((image) => image.complete && image.naturalWidth > 0);
    await eventually("the pictures themselves", () => page.locator(".photo img").evaluateAll(ready));
    await page.locator("input[type=file]").setInputFiles((await files()).slice(0, 1));
    await page.getByRole("link", { name: "already there" }).waitFor();
    await picture(page, "timeline");
    await page.getByRole("region", { name: "Uploads" }).getByRole("button", { name: "Close" }).click();
    assert.deepEqual(await browser.faults(page), []);
  });

  test("a photo is looked at, with the keyboard", async () => {
    await photos().first().click();
    const viewer = page.getByRole("dialog", { name: "Photo" });
    await viewer.locator("img").waitFor();
    const first = page.url();
    await page.keyboard.press("ArrowRight");
    await page.waitForURL((url) => url.href !== first);
    await page.keyboard.press("i");
    await page.getByText(/picture \d\.jpg/).first().waitFor();
    await page.getByLabel("Description").fill("By the sea");
    await button("Save").click();
    await page.getByText("Saved").waitFor();
    await picture(page, "viewer");
    assert.deepEqual(await browser.faults(page), []);
    await viewer.focus();
    await page.keyboard.press("f");
    await page.getByText("Added to favourites").waitFor();
    await page.keyboard.press("Escape");
    await viewer.waitFor({ state: "detached" });
  });

  test("favourites, the trash and the search show what they should", async () => {
    await page.getByRole("link", { name: "Favourites" }).click();
    await eventually("the favourite", async () => (await photos().count()) === 1);
    await page.getByRole("searchbox").fill("By the sea");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Results for “By the sea”" }).waitFor();
    await eventually("what was found", async () => (await photos().count()) === 1);
    await page.getByRole("link", { name: "Photos", exact: true }).last().click();
    await eventually("the timeline", async () => (await photos().count()) === PICTURES);
    await page.getByRole("button", { name: /^Select: / }).last().click();
    await button("Move to the trash").click();
    await eventually("one photo less", async () => (await photos().count()) === PICTURES - 1);
    await page.getByRole("link", { name: "Trash" }).click();
    await eventually("the photo in the trash", async () => (await photos().count()) === 1);
    await page.getByRole("button", { name: /^Select: / }).click();
    await button("Restore").click();
    await page.getByText("There are no photos here.").waitFor();
  });

  test("an album is made and shared by a link that a visitor follows", async () => {
    await page.getByRole("link", { name: "Photos", exact: true }).last().click();
    await eventually("the timeline", async () => (await photos().count()) === PICTURES);
    for (const index of [0, 1, 2]) await page.getByRole("button", { name: /^Select: / }).nth(index).click();
    await button("Add to album").click();
    await page.getByLabel("Name of the album").fill("Summer");
    await button("Create").click();
    await page.getByText("Added to the album").waitFor();
    await page.getByRole("link", { name: "Albums" }).click();
    await page.getByRole("link", { name: /Summer/ }).click();
    await eventually("the album", async () => (await photos().count()) === 3);
    await picture(page, "album");
    await button("Share").click();
    await button("Create a link").click();
    const address = await page.locator(".address").getAttribute("href");
    await picture(page, "share");
    assert.deepEqual(await browser.faults(page), []);
    await page.keyboard.press("Escape");
    const visitor = await browser.page(server.url, { javaScriptEnabled: false });
    await visitor.goto(address);
    await visitor.getByText("Summer").first().waitFor();
    assert.equal(await visitor.locator("img").count(), 3);
    await visitor.context().close();
  });

  test("settings and administration show what they should", async () => {
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByText("This device").waitFor();
    await page.getByLabel("Name of the key").fill("a script");
    await button("Create a key").click();
    await page.locator(".secret").waitFor();
    await picture(page, "settings");
    assert.deepEqual(await browser.faults(page), []);
    await page.getByRole("link", { name: "About this server" }).click();
    await page.getByText("It speaks the API of Immich v3.2.2.").waitFor();
    for (const [name, address] of [["GeoNames", "https://www.geonames.org"], ["CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"]]) {
      assert.equal(await page.getByRole("link", { name }).getAttribute("href"), address);
    }
    await picture(page, "about");
    assert.deepEqual(await browser.faults(page), []);
    await page.getByRole("link", { name: "Administration" }).click();
    await page.getByRole("rowheader", { name: "thumbnailGeneration" }).waitFor();
    await page.getByText("ada@example.com").waitFor();
    await picture(page, "admin");
    assert.deepEqual(await browser.faults(page), []);
  });

  test("a phone in German, in the dark", async () => {
    const state = await page.context().storageState();
    const phone = await browser.page(server.url, { width: 390, height: 844, locale: "de-DE", colorScheme: "dark", storageState: state, hasTouch: true });
    await phone.goto("/photos");
    await phone.getByRole("link", { name: /^Foto, / }).first().waitFor();
    assert.equal(await phone.locator("html").getAttribute("lang"), "de");
    const wide = () => phone.evaluate(() => document.documentElement.scrollWidth);
    for (const [asked, name] of [["/photos", "photos"], ["/albums", "albums"], ["/settings", "settings"], ["/about", "about"], ["/admin", "admin"]]) {
      await phone.goto(asked);
      await phone.getByRole("heading", { level: 1 }).waitFor();
      await phone.waitForLoadState("networkidle");
      assert.equal(await wide(), 390, `${asked} is wider than the phone`);
      await picture(phone, `phone-${name}`);
      assert.deepEqual(await browser.faults(phone), [], asked);
    }
    await phone.goto("/photos");
    await phone.getByRole("link", { name: /^Foto, / }).first().click();
    await phone.getByRole("dialog").locator("img").waitFor();
    await picture(phone, "phone-viewer");
    await phone.context().close();
  });

  test("who signs out is signed out, and signs in again", async () => {
    await button("Sign out").click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await picture(page, "sign-in");
    await page.getByLabel("E-mail").fill("ada@example.com");
    await page.getByLabel("Password").fill(PASSWORD);
    await button("Sign in").click();
    await eventually("the timeline", async () => (await photos().count()) === PICTURES);
  });

  test("the browser complained of nothing", () => assert.deepEqual(browser.complaints, []));
});
