// Story: a family in a real browser. The first administrator signs up, uploads pictures, sees them in the timeline and one by one, makes
// an album, shares it by a link that a visitor follows and with a second user, who is told so, hides a photo behind a PIN, changes settings,
// takes the server into maintenance and out again, and signs out. Nothing may appear on the browser's console.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { after, before, describe, test } from "node:test";
import { ADA, picture, Visit } from "./support/browser.mjs";
import { jpeg } from "./support/media.mjs";
import { columns, PIXEL, withoutThumbnails } from "./support/months.mjs";
import { eventually } from "./support/server.mjs";

const PICTURES = 6;
const PASSWORD = ADA.password;
const PIN = "246813";

describe("the web page", () => {
  let visit;
  let server;
  let browser;
  let page;

  before(async () => {
    visit = await Visit.start();
    ({ server, browser, page } = visit);
  });
  after(() => visit?.stop());

  const button = (name) => page.getByRole("button", { name, exact: true });
  const photosOf = (page) => page.getByRole("link", { name: /^Photo, / });
  const photos = () => photosOf(page);
  const shows = (page, count) => eventually(`${count} photos`, async () => (await photosOf(page).count()) === count);
  const navigate = (name) => page.getByRole("link", { name, exact: true }).last().click();
  /** Modules of the page that were loaded for the address (docs/web.md). */
  const modules = () => page.evaluate(() => performance.getEntriesByType("resource").flatMap(({ name }) => name.match(/[^/]+\.wasm$/) ?? []));
  const accept = () => page.once("dialog", (dialog) => dialog.accept());
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
    const { icons } = await (await fetch(`${server.url}/manifest.webmanifest`)).json();
    assert.equal(icons.length, 4);
    for (const { src, sizes, type } of icons) {
      const icon = await fetch(server.url + src);
      assert.equal(icon.headers.get("content-type"), type, src);
      const bytes = Buffer.from(await icon.arrayBuffer());
      if (type === "image/png") assert.equal(`${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`, sizes, src);
    }
  });

  test("the first one signs up", async () => {
    await page.goto("/");
    await page.getByLabel("Name").fill("Ada");
    await page.getByLabel("E-mail").fill("ada@example.com");
    await page.getByLabel("Password").fill(PASSWORD);
    assert.deepEqual(await browser.faults(page), []);
    await picture(page, "sign-up");
    await button("Create the account").click();
    await page.getByRole("heading", { name: "Welcome, Ada" }).waitFor();
    await page.getByText(`The Immich app asks for the address of the server: ${server.url}`).waitFor();
    await picture(page, "welcome");
    assert.deepEqual(await browser.faults(page), []);
    await button("Begin").click();
    await page.getByText("There are no photos here.").waitFor();
    for (const asked of ["/api/users/me/onboarding", "/api/system-metadata/admin-onboarding"]) {
      assert.equal((await (await page.request.get(asked)).json()).isOnboarded, true, asked);
    }
    assert.deepEqual(await modules(), ["library_bg.wasm"]);
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
    await page.getByLabel("Description").fill("By the sea\nin June");
    await button("Save").click();
    await page.getByText("Saved", { exact: true }).waitFor();
    assert.equal((await (await page.request.get(`/api/assets/${page.url().split("/").at(-1)}`)).json()).exifInfo.description, "By the sea\nin June");
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
    await page.goto("/search?type=VIDEO");
    await page.getByRole("heading", { name: "Results" }).waitFor();
    await shows(page, 0);
    await page.getByText("Filters").click();
    await picture(page, "filters");
    assert.deepEqual(await browser.faults(page), []);
    await page.getByLabel("Kind").selectOption("IMAGE");
    await button("Search").click();
    await page.waitForURL("**/search?type=IMAGE");
    await shows(page, PICTURES);
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

  test("what another device does shows, while the page is on the screen", async () => {
    await navigate("Photos");
    await shows(page, PICTURES);
    const other = await browser.page(server.url, { storageState: await page.context().storageState() });
    const connections = new Set();
    other.on("websocket", (socket) => {
      connections.add(socket);
      socket.on("close", () => connections.delete(socket));
    });
    await other.goto("/photos");
    await shows(other, PICTURES);
    await eventually("the channel", () => connections.size === 1);
    await page.locator("input[type=file]").setInputFiles([{ name: "new.jpg", mimeType: "image/jpeg", buffer: await jpeg({ width: 400, height: 300, seed: 90 }) }]);
    await shows(other, PICTURES + 1);
    const ready = (images) => images.length === 7 && images.every((image) => image.complete && image.naturalWidth > 0);
    await eventually("its picture", () => other.locator(".photo img").evaluateAll(ready));
    await page.getByRole("region", { name: "Uploads" }).getByRole("button", { name: "Close" }).click();
    const show = (state) =>
      other.evaluate((state) => {
        Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
        document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
      }, state);
    await show("hidden");
    await eventually("the end of the channel", () => connections.size === 0);
    await shows(page, PICTURES + 1);
    await page.getByRole("button", { name: /^Select: / }).first().click();
    await button("Move to the trash").click();
    await shows(page, PICTURES);
    assert.equal(await photosOf(other).count(), PICTURES + 1);
    await show("visible");
    await shows(other, PICTURES);
    await other.context().close();
  });

  test("of many months only those near the screen are asked for, few at a time, also after a change", async () => {
    const many = await browser.page(server.url, { storageState: await page.context().storageState() });
    await many.addInitScript(withoutThumbnails, PIXEL);
    const months = Array.from({ length: 60 }, (_, index) => ({
      timeBucket: `${2024 - Math.floor(index / 12)}-${String(12 - (index % 12)).padStart(2, "0")}-01`,
      count: 40,
    }));
    const { id: own } = await (await page.request.get("/api/users/me")).json();
    let asked = [];
    let running = 0;
    let most = 0;
    const answers = {
      "**/api/timeline/buckets?*": (route) => route.fulfill({ json: months }),
      "**/api/timeline/bucket?*": async (route) => {
        const month = new URL(route.request().url()).searchParams.get("timeBucket");
        asked.push(month);
        running += 1;
        most = Math.max(most, running);
        await sleep(50);
        running -= 1;
        await route.fulfill({ json: columns(month, 40, own) });
      },
      "**/api/assets": (route) => route.fulfill({ status: 204 }),
      "**/api/assets/*": (route) => route.fulfill({ json: { id: route.request().url().split("/").at(-1), type: "IMAGE", localDateTime: "2021-06-15T12:00:00.000Z" } }),
    };
    for (const [address, answer] of Object.entries(answers)) await many.route(address, answer);
    await many.goto("/photos");
    const scroller = many.getByRole("region", { name: "Photos" });
    await photosOf(many).first().waitFor();
    const scroll = (share) => scroller.evaluate((element, share) => (element.scrollTop = element.scrollHeight * share), share);
    for (let step = 0; step <= 40; step += 1) await scroll(step / 40);
    // Months become lower or higher once their photos are there: the end is not where it was.
    await eventually("the last months", async () => {
      await scroll(1);
      return asked.includes(months.at(-1).timeBucket) && running === 0;
    });
    for (let step = 0; step <= 40; step += 1) {
      await scroll(step / 80);
      await sleep(25);
    }
    await eventually("quiet", () => running === 0);
    const seen = new Set(asked).size;
    assert.ok(seen > 15, `${seen} months were seen`);
    assert.ok(most <= 4, `${most} at a time`);
    const drawn = await photosOf(many).count();
    assert.ok(drawn < 200, `${drawn} photos are drawn`);
    asked = [];
    // One on the screen: another one would be scrolled to, and drawn anew under the pointer.
    const ways = await many.getByRole("button", { name: /^Select: / }).all();
    const boxes = await Promise.all(ways.map((way) => way.boundingBox()));
    await ways[boxes.findIndex((box) => box?.y > 200)].click();
    await many.getByRole("button", { name: "Add to favourites" }).click();
    await many.getByText("Added to favourites").waitFor();
    await eventually("the months on the screen", () => asked.length > 0 && running === 0);
    await sleep(300);
    assert.ok(asked.length <= 6, `${asked.length} of ${seen} months were asked for again`);
    // A photo of a month that is not on the screen has neighbours, too.
    await many.goto("/photos/2021-06-01-39");
    await many.getByRole("button", { name: "Next" }).waitFor({ state: "attached" });
    await many.keyboard.press("ArrowRight");
    await many.waitForURL("**/photos/2021-05-01-0");
    await many.context().close();
  });

  test("a second user becomes a member of the album", async () => {
    await page.getByRole("link", { name: "Administration" }).click();
    for (const [name, value] of [["name", "Ben"], ["email", "ben@example.com"], ["password", PASSWORD]]) await page.locator(`[name=user-${name}]`).fill(value);
    await button("Create a user").click();
    await page.getByText("ben@example.com").waitFor();
    await button("Edit Ben").click();
    await page.getByLabel("Quota in GiB").fill("2");
    await picture(page, "user");
    assert.deepEqual(await browser.faults(page), []);
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    const users = await (await page.request.get("/api/admin/users")).json();
    assert.equal(users.find(({ name }) => name === "Ben").quotaSizeInBytes, 2 * 1024 ** 3);
    await page.getByRole("link", { name: "Albums" }).click();
    await page.getByRole("link", { name: /Summer/ }).click();
    await button("Share").click();
    await button("Ben: Viewer").click();
    await button("Remove Ben from the album").waitFor();
    await page.keyboard.press("Escape");

    const ben = await browser.page(server.url);
    await ben.goto("/");
    await ben.getByLabel("E-mail").fill("ben@example.com");
    await ben.getByLabel("Password").fill(PASSWORD);
    await ben.getByRole("button", { name: "Sign in", exact: true }).click();
    await ben.getByRole("heading", { name: "Welcome, Ben" }).waitFor();
    await ben.getByText("Please choose a password of your own.").waitFor();
    await ben.getByRole("link", { name: "Albums" }).click();
    await ben.getByRole("link", { name: /Summer/ }).click();
    await shows(ben, 3);
    await ben.getByRole("button", { name: "Notifications: 1 new" }).click();
    await picture(ben, "notifications");
    assert.deepEqual(await browser.faults(ben), []);
    await ben.getByRole("button", { name: "Mark all as read" }).click();
    await ben.getByText("There is nothing new.").waitFor();
    await ben.keyboard.press("Escape");
    await picture(ben, "member");
    assert.deepEqual(await browser.faults(ben), []);
    await button("Share").click();
    await button("Remove Ben from the album").click();
    await button("Ben: Viewer").waitFor();
    await page.keyboard.press("Escape");
    await ben.getByRole("link", { name: "Albums" }).click();
    await ben.getByText("There are no albums yet.").waitFor();
    await ben.context().close();
  });

  test("the locked folder opens with a PIN only", async () => {
    await navigate("Photos");
    await shows(page, PICTURES);
    await page.getByRole("button", { name: /^Select: / }).last().click();
    await button("Move to the locked folder").click();
    await shows(page, PICTURES - 1);
    await navigate("Locked folder");
    await page.getByLabel("PIN").fill(PIN);
    await picture(page, "locked-door");
    assert.deepEqual(await browser.faults(page), []);
    await button("Choose this PIN").click();
    await shows(page, 1);
    await picture(page, "locked");
    assert.deepEqual(await browser.faults(page), []);
    await button("Lock").click();
    await page.getByText("Enter your PIN to see these photos.").waitFor();
    await page.getByLabel("PIN").fill(PIN);
    await button("Open").click();
    await photos().click();
    await page.getByRole("dialog").getByRole("button", { name: "Take out of the locked folder" }).click();
    await page.getByText("There are no photos here.").waitFor();
    await button("Lock").click();
    await navigate("Photos");
    await shows(page, PICTURES);
  });

  test("settings and administration show what they should", async () => {
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByText("This device").waitFor();
    assert.deepEqual(await modules(), ["manage_bg.wasm"]);
    await page.goBack();
    await shows(page, PICTURES);
    assert.deepEqual(await modules(), ["library_bg.wasm"]);
    await page.goForward();
    await page.getByText("This device").waitFor();
    await page.getByLabel("Name of the key").fill("a script");
    await button("Create a key").click();
    await page.locator(".secret").waitFor();
    await picture(page, "settings");
    assert.deepEqual(await browser.faults(page), []);
    accept();
    await button("Show all photos to Ben").click();
    await button("Show no more photos to Ben").click();
    await button("Show all photos to Ben").waitFor();
    const preferences = page.locator(".panel", { has: page.getByRole("heading", { name: "Preferences" }) });
    await preferences.getByText("Memories", { exact: true }).click();
    await preferences.getByLabel("Duration").fill("7");
    await preferences.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved", { exact: true }).waitFor();
    assert.equal((await (await page.request.get("/api/users/me/preferences")).json()).memories.duration, 7);
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
    const settings = page.locator(".panel", { has: page.getByRole("heading", { name: "Settings of the server" }) });
    await settings.getByText("Trash", { exact: true }).click();
    await settings.getByLabel("Days").fill("14");
    await settings.getByText("Theme", { exact: true }).click();
    await settings.getByLabel("Custom css").fill("/* one */\n/* two */");
    await settings.getByText("Ffmpeg", { exact: true }).click();
    await settings.getByRole("group", { name: "Accepted video codecs" }).getByLabel("av1", { exact: true }).check();
    await settings.getByRole("group", { name: "Realtime: Resolutions" }).getByLabel("1080", { exact: true }).uncheck();
    assert.deepEqual(await browser.faults(page), []);
    await settings.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved", { exact: true }).waitFor();
    assert.equal((await (await page.request.get("/api/server/config")).json()).trashDays, 14);
    const { theme, ffmpeg } = await (await page.request.get("/api/system-config")).json();
    assert.equal(theme.customCss, "/* one */\n/* two */");
    assert.deepEqual([ffmpeg.acceptedVideoCodecs, ffmpeg.realtime.resolutions], [["h264", "av1"], [480, 720]]);
    await button("Make a backup").click();
    await page.getByText("A backup is being made.").waitFor();
    const job = "insert into job (id, queue, kind, payload, state, last_error, run_after, created_at, updated_at) values (?1, 'library', 'LibrarySyncFiles', '{}', 'failed', ?2, 0, 0, 0)";
    await server.sql(job, crypto.randomUUID(), "the folder is gone");
    await button("1 Failed jobs: library").click();
    await page.getByText("the folder is gone").waitFor();
    await picture(page, "failed-jobs");
    assert.deepEqual(await browser.faults(page), []);
    await button("Clear the list").click();
    await button("1 Failed jobs: library").waitFor({ state: "detached" });
  });

  test("a phone in German, in the dark", async () => {
    const state = await page.context().storageState();
    const phone = await browser.page(server.url, { width: 390, height: 844, locale: "de-DE", colorScheme: "dark", storageState: state, hasTouch: true });
    await phone.goto("/photos");
    await phone.getByRole("link", { name: /^Foto, / }).first().waitFor();
    assert.equal(await phone.locator("html").getAttribute("lang"), "de");
    const wide = () => phone.evaluate(() => document.documentElement.scrollWidth);
    for (const [asked, name] of [["/photos", "photos"], ["/albums", "albums"], ["/settings", "settings"], ["/about", "about"], ["/admin", "admin"], ["/workflows", "workflows"], ["/locked", "locked"], ["/places", "places"], ["/memories", "memories"], ["/people", "people"], ["/search?type=IMAGE", "search"]]) {
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

  test("in maintenance everybody is told so, and whoever began it ends it", async () => {
    await page.goto("/admin");
    accept();
    await button("Begin the maintenance").click();
    await button("End the maintenance").waitFor();
    await picture(page, "maintenance");
    assert.deepEqual(await browser.faults(page), []);
    for (const storageState of [undefined, await page.context().storageState()]) {
      const other = await browser.page(server.url, { storageState });
      await other.goto("/albums");
      await other.getByText("This server is in maintenance.").waitFor();
      assert.equal(await other.getByRole("button").count(), 1, "nobody signs up, nobody else ends it");
      await other.context().close();
    }
    const visitor = await browser.page(server.url);
    await visitor.goto("/albums");
    await visitor.getByText("This server is in maintenance.").waitFor();
    await visitor.getByRole("button", { name: "Try again" }).click();
    await button("End the maintenance").click();
    await shows(page, PICTURES);
    await visitor.getByRole("heading", { name: "Sign in" }).waitFor();
    await visitor.context().close();
  });

  test("who signs out is signed out, and signs in again", async () => {
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByText("This device").waitFor();
    await button("Sign out").click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.deepEqual(await modules(), ["library_bg.wasm"]);
    await picture(page, "sign-in");
    // What a browser kept while another page was on the screen may show photos; this one keeps nothing by itself.
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pageshow", { persisted: (globalThis.isKept = true) })));
    await eventually("the page loaded anew", () => page.evaluate(() => globalThis.isKept === undefined).catch(() => false));
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.getByLabel("E-mail").fill("ada@example.com");
    await page.getByLabel("Password").fill(PASSWORD);
    await button("Sign in").click();
    await eventually("the timeline", async () => (await photos().count()) === PICTURES);
  });

  test("the browser complained of nothing", () => assert.deepEqual(browser.complaints, []));
});
