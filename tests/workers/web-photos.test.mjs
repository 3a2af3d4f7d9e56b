// Story: photos in a real browser. Folders are uploaded, a photo is cropped and mirrored, two are shown as one, people and tags are found,
// videos are played in pieces, the keyboard stays where it belongs, and more than a million photos are scrolled through.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { picture, Visit } from "./support/browser.mjs";
import { jpeg } from "./support/media.mjs";
import { columns, PIXEL, withoutThumbnails } from "./support/months.mjs";
import { discard, eventually, temporaryFolder } from "./support/server.mjs";

const CHOSEN = 3;
const ALL = CHOSEN + 2;
/** Months of the large timeline, and photos of each. */
const [MONTHS, EACH] = [200, 6000];
/** Most that the page makes a timeline high (web/core/src/scroll.rs). */
const MOST = 15_000_000;

/** In the browser: drops a folder as a file manager does; a folder tells of what is in it piece by piece, and some cannot be read. */
function dropFolder([first, second]) {
  const file = (name, content) => ({ isDirectory: false, file: (done) => done(new File([Uint8Array.from(content)], name)) });
  const folder = (...pieces) => ({ isDirectory: true, createReader: () => ({ readEntries: (done) => setTimeout(() => done(pieces.shift() ?? [])) }) });
  const broken = (_done, fail) => setTimeout(() => fail(new DOMException("gone", "NotReadableError")));
  const closed = { isDirectory: true, createReader: () => ({ readEntries: broken }) };
  const gone = { isDirectory: false, file: broken };
  const dropped = folder([file("dropped.jpg", first), closed, file("notes.txt", [1])], [gone, folder([file("deep.jpg", second)])]);
  const event = new Event("drop", { bubbles: true, cancelable: true });
  event.dataTransfer = { items: [{ webkitGetAsEntry: () => dropped }], files: [] };
  document.body.dispatchEvent(event);
}

/** In the browser: what can be pressed in the viewer and would lie below a notice. */
function covered() {
  const notice = document.querySelector(".notice");
  const { className } = notice;
  notice.className = "notice";
  notice.style.minWidth = "18rem";
  notice.style.minHeight = "3rem";
  const over = notice.getBoundingClientRect();
  const all = [...document.querySelectorAll(".viewer :is(button, a, input, summary):not(.turn, .crop *)")];
  const found = all.filter((control) => {
    const place = control.getBoundingClientRect();
    return place.width > 0 && place.left < over.right && place.right > over.left && place.top < over.bottom && place.bottom > over.top;
  });
  const passes = document.elementFromPoint(over.left + over.width / 2, over.top + over.height / 2) !== notice;
  notice.className = className;
  notice.style.minWidth = notice.style.minHeight = "";
  return { passes, seen: over.height > 0, found: found.map((control) => control.ariaLabel ?? control.textContent) };
}

/** In the browser: the photo at a place of the screen, and how high it lies. */
function photoAt([x, y]) {
  for (const down of [0, 25, 50, 75]) {
    const photo = document.elementFromPoint(x, y + down)?.closest(".photo");
    if (photo) return [photo.querySelector("a").getAttribute("href"), photo.getBoundingClientRect().top];
  }
  return undefined;
}

describe("photos on the web page", () => {
  let visit;
  let server;
  let browser;
  let page;

  before(async () => {
    visit = await Visit.start();
    ({ server, browser, page } = visit);
    await visit.signUp();
  });
  after(() => visit?.stop());

  const button = (name) => page.getByRole("button", { name, exact: true });
  const viewerOf = (page) => page.getByRole("dialog", { name: "Photo", exact: true });
  const photosOf = (page) => page.getByRole("link", { name: /^Photo, / });
  const shows = (page, count) => eventually(`${count} photos`, async () => (await photosOf(page).count()) === count);
  const again = async () => browser.page(server.url, { storageState: await page.context().storageState() });
  const closePanel = () => page.getByRole("region", { name: "Uploads" }).getByRole("button", { name: "Close" }).click();
  const idOf = (page) => new URL(page.url()).pathname.split("/").at(-1);

  test("folders are uploaded with the folders in them, and without what is no photo", async () => {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, "summer"));
    for (let index = 0; index < CHOSEN; index += 1) {
      const name = index === 0 ? "picture 0.jpg" : `summer/picture ${index}.jpg`;
      writeFileSync(path.join(folder, name), await jpeg({ width: 300 + 60 * index, height: 240, seed: 70 + index }));
    }
    writeFileSync(path.join(folder, "summer/notes.txt"), "by the sea");
    writeFileSync(path.join(folder, "._picture 0.jpg"), "of macOS");
    await page.goto("/photos");
    const chooser = page.waitForEvent("filechooser");
    await button("Upload a folder").click();
    await (await chooser).setFiles(folder);
    await page.getByText(`${CHOSEN} of ${CHOSEN} uploaded`).waitFor();
    await closePanel();
    discard(folder);
    const pictures = await Promise.all([90, 91].map((seed) => jpeg({ width: 320, height: 240, seed })));
    await page.evaluate(dropFolder, pictures.map((bytes) => Array.from(bytes)));
    await page.getByText("Files and folders that are left out: 2").waitFor();
    await page.getByText("2 of 2 uploaded").waitFor();
    await closePanel();
    const ready = (images) => images.every((image) => image.complete && image.naturalWidth > 0);
    await eventually("the pictures", async () => (await page.locator(".photo img").count()) === ALL && page.locator(".photo img").evaluateAll(ready));
    assert.deepEqual(await (await page.request.get("/api/albums")).json(), [], "folders are no albums");
  });

  test("a photo is cropped by keys and by the mouse, mirrored, and as it was again", async () => {
    await photosOf(page).first().click();
    const image = viewerOf(page).locator("img");
    await image.waitFor();
    const asset = async () => (await page.request.get(`/api/assets/${idOf(page)}`)).json();
    const edits = async () => (await (await page.request.get(`/api/assets/${idOf(page)}/edits`)).json()).edits;
    const { width, height } = await asset();
    const begin = async () => {
      await page.keyboard.press("i");
      await button("Crop").click();
      await button("Move the frame").waitFor();
    };
    const uncovered = async () => {
      for (const [width, height] of [[390, 844], [1440, 900]]) {
        await page.setViewportSize({ width, height });
        assert.deepEqual(await page.evaluate(covered), { passes: true, seen: true, found: [] }, `${width} wide`);
      }
    };
    await begin();
    await button("Lower right corner").focus();
    for (let step = 0; step < 5; step += 1) await page.keyboard.press("Shift+ArrowLeft");
    await picture(page, "crop");
    assert.deepEqual(await browser.faults(page), []);
    await button("Crop").click();
    await eventually("the crop", async () => (await edits()).length === 1);
    const [{ action, parameters }] = await edits();
    assert.deepEqual([action, parameters], ["crop", { x: 0, y: 0, width: width / 2, height }]);
    const isHigh = (image) => image.naturalHeight > image.naturalWidth;
    await eventually("the left half", async () => (await image.count()) === 1 && image.evaluate(isHigh));

    await begin();
    await uncovered();
    const area = await page.locator(".crop").boundingBox();
    const frame = await button("Move the frame").boundingBox();
    const [x, y] = [frame.x + frame.width / 2, frame.y + frame.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + area.width / 2, y, { steps: 5 });
    await page.mouse.up();
    await button("Crop").click();
    await eventually("the right half", async () => (await edits())[0]?.parameters.x === width / 2);

    await page.keyboard.press("i");
    await button("Mirror").waitFor();
    await uncovered();
    await button("Mirror").click();
    await eventually("the mirror", async () => (await edits()).length === 2);
    assert.deepEqual((await edits())[1].parameters, { axis: "horizontal" });
    await button("Upside down").click();
    await eventually("half a turn", async () => (await edits())[1]?.parameters.angle === 180);
    await button("Upside down").click();
    await eventually("the mirror again", async () => (await edits())[1]?.action === "mirror");
    await button("Mirror").click();
    await eventually("the crop alone", async () => (await edits()).length === 1);
    await button("Crop").click();
    await button("All of it").click();
    await button("Crop").click();
    await eventually("no edits", async () => (await edits()).length === 0);
    await eventually("the photo as it was", async () => (await asset()).width === width);
    await page.keyboard.press("Escape");
    await viewerOf(page).waitFor({ state: "detached" });
  });

  test("photos are shown as one, another of them is, and all on their own again", async () => {
    await shows(page, ALL);
    for (const index of [0, 1]) await page.getByRole("button", { name: /^Select: / }).nth(index).click();
    await button("Show as one photo").click();
    await shows(page, ALL - 1);
    await page.locator(".photo", { has: page.locator(".stacked") }).getByRole("link").click();
    const stack = page.getByRole("group", { name: "Shown as one photo" });
    await stack.waitFor();
    const first = idOf(page);
    await stack.getByRole("button", { name: "Photo 2 of the stack" }).click();
    await page.waitForURL((url) => !url.pathname.endsWith(first));
    await stack.getByRole("button", { name: "Show this one" }).click();
    await page.getByText("Saved", { exact: true }).waitFor();
    await stack.getByRole("button", { name: "Show this one" }).waitFor({ state: "detached" });
    await stack.locator('[aria-label="Photo 1 of the stack"][aria-current="true"]').waitFor();
    await picture(page, "stack");
    assert.deepEqual(await browser.faults(page), []);
    await stack.getByRole("button", { name: "Show all on their own" }).click();
    await stack.waitFor({ state: "detached" });
    await page.keyboard.press("Escape");
    await shows(page, ALL);
  });

  test("faces have names and places, and videos are played in pieces where that is on", async () => {
    const other = await again();
    const person = { id: crypto.randomUUID(), name: "Grace", birthDate: null, isHidden: false, isFavorite: false, thumbnailPath: "" };
    const box = { boundingBoxX1: 20, boundingBoxX2: 60, boundingBoxY1: 10, boundingBoxY2: 50, imageWidth: 150, imageHeight: 120 };
    await other.route("**/api/faces?*", (route) => route.fulfill({ json: [{ id: crypto.randomUUID(), ...box, sourceType: "machine-learning", person }] }));
    const pixel = Buffer.from(PIXEL.split(",")[1], "base64");
    await other.route("**/api/people/*/thumbnail", (route) => route.fulfill({ contentType: "image/gif", body: pixel }));
    await other.goto("/photos");
    await photosOf(other).first().click();
    await viewerOf(other).locator(".stage img").waitFor();
    await other.keyboard.press("i");
    const link = viewerOf(other).getByRole("link", { name: "Grace" });
    await link.waitFor();
    assert.equal(await link.getAttribute("href"), `/people/${person.id}`);
    assert.equal(await other.locator(".box rect").count(), 1);
    await picture(other, "faces");
    assert.deepEqual(await browser.faults(other), []);

    const changed = (change) => async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...(await answer.json()), ...change } });
    };
    const asked = [];
    await other.route("**/api/server/features", changed({ realtimeTranscoding: true }));
    await other.route("**/api/assets/*", changed({ type: "VIDEO" }));
    await other.route("**/api/assets/*/video/**", (route) => {
      const [, part] = new URL(route.request().url()).pathname.split("/video/");
      asked.push(part);
      return route.fulfill(part === "playback" ? { status: 204 } : { contentType: "application/vnd.apple.mpegurl", body: "no list" });
    });
    await other.reload();
    // A browser that plays lists of pieces begins with them, and takes the file when they fail.
    await viewerOf(other).locator('video[src$="/video/playback"]').waitFor();
    await eventually("the file", () => asked.includes("playback"));
    const plays = await other.evaluate(() => document.createElement("video").canPlayType("application/vnd.apple.mpegurl") !== "");
    assert.equal(asked.includes("stream/main.m3u8"), plays);
    await other.context().close();
  });

  test("photos are found by tags and stars", async () => {
    const { assets } = await (await page.request.post("/api/search/metadata", { data: { originalFileName: "deep.jpg" } })).json();
    const [{ id }] = assets.items;
    const [tag] = await (await page.request.put("/api/tags", { data: { tags: ["holiday"] } })).json();
    assert.equal((await page.request.put(`/api/tags/${tag.id}/assets`, { data: { ids: [id] } })).status(), 200);
    assert.equal((await page.request.put(`/api/assets/${id}`, { data: { rating: 4 } })).status(), 200);
    await page.goto("/search?type=IMAGE");
    await shows(page, ALL);
    await page.getByText("Filters").click();
    await page.getByLabel("holiday").check();
    await picture(page, "search-filters");
    assert.deepEqual(await browser.faults(page), []);
    await button("Search").click();
    await page.waitForURL((url) => url.searchParams.get("tags") === tag.id);
    await shows(page, 1);
    await page.goto("/search?type=IMAGE");
    await page.getByText("Filters").click();
    await page.getByLabel("Stars").selectOption("4");
    await button("Search").click();
    await page.waitForURL((url) => url.searchParams.get("rating") === "4");
    await shows(page, 1);
    assert.ok((await photosOf(page).first().getAttribute("href")).endsWith(id));
  });

  test("what was looked for stays while a photo is open, and follows what is deleted", async () => {
    await page.goto("/search?type=IMAGE");
    await shows(page, ALL);
    await photosOf(page).first().click();
    await viewerOf(page).locator(".stage img").waitFor();
    const first = idOf(page);
    assert.equal(new URL(page.url()).search, "?type=IMAGE");
    await page.keyboard.press("ArrowRight");
    await page.waitForURL((url) => !url.pathname.endsWith(first) && url.search === "?type=IMAGE");
    const id = idOf(page);
    await page.keyboard.press("Delete");
    await page.waitForURL((url) => !url.pathname.endsWith(id));
    await page.keyboard.press("Escape");
    await page.waitForURL("**/search?type=IMAGE");
    await shows(page, ALL - 1);
    assert.equal((await page.request.post("/api/trash/restore/assets", { data: { ids: [id] } })).status(), 200);
    await shows(page, ALL);
  });

  test("a search asks anew for photos that change elsewhere, and not for what is told of albums", async () => {
    await server.settle();
    const other = await again();
    const frames = [];
    other.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => frames.push(String(payload))));
    const asked = { search: 0, bell: 0 };
    other.on("request", (request) => {
      const { pathname } = new URL(request.url());
      if (pathname === "/api/search/metadata") asked.search += 1;
      if (pathname === "/api/notifications") asked.bell += 1;
    });
    await other.goto("/search?type=IMAGE");
    await shows(other, ALL);
    await eventually("the channel", () => frames.some((frame) => frame.startsWith("40")));
    const { search, bell } = asked;
    const { id: userId } = await (await page.request.get("/api/users/me")).json();
    const ben = { email: "ben@example.com", name: "Ben", password: "another horse battery" };
    assert.equal((await page.request.post("/api/admin/users", { data: ben })).status(), 201);
    const post = async (path, body, headers = {}) => {
      const options = { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
      const answer = await fetch(server.url + path, options);
      assert.equal(answer.status, 201, path);
      return answer.json();
    };
    const { accessToken } = await post("/api/auth/login", ben);
    const shared = await post("/api/albums", { albumName: "Of Ben", albumUsers: [{ userId, role: "editor" }] }, { authorization: `Bearer ${accessToken}` });
    await server.settle();
    await eventually("the bell", () => asked.bell > bell);
    await other.getByRole("button", { name: /^Notifications: \d+ new$/ }).waitFor();
    assert.equal(asked.search, search);
    const id = (await photosOf(other).first().getAttribute("href")).split("/").at(-1);
    assert.equal((await page.request.put(`/api/assets/${id}`, { data: { description: "seen" } })).status(), 200);
    await eventually("the search again", () => asked.search > search);

    // Albums that are the same are not drawn anew: the keyboard stays.
    const made = await page.request.post("/api/albums", { data: { albumName: "Kept" } });
    assert.equal(made.status(), 201);
    frames.length = 0;
    await other.goto("/albums");
    const card = other.getByRole("link", { name: /Kept/ });
    await card.focus();
    await eventually("the channel", () => frames.some((frame) => frame.startsWith("40")));
    const listed = other.waitForResponse((answer) => new URL(answer.url()).pathname === "/api/albums");
    assert.equal((await page.request.put(`/api/assets/${id}`, { data: { description: "seen again" } })).status(), 200);
    await (await listed).finished();
    await other.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
    assert.ok(await card.evaluate((link) => link === document.activeElement), "the keyboard is where it was");
    assert.equal((await page.request.delete(`/api/albums/${(await made.json()).id}`)).status(), 204);
    assert.equal((await page.request.delete(`/api/albums/${shared.id}/user/me`)).status(), 204);
    await other.context().close();
  });

  test("of very many tags those are shown that are looked for", async () => {
    const other = await again();
    const tags = Array.from({ length: 5000 }, (_, index) => ({ id: crypto.randomUUID(), name: `tag ${index}`, value: `tag ${index}` }));
    await other.route("**/api/tags", (route) => route.fulfill({ json: tags }));
    await other.route("**/api/search/metadata", (route) => route.fulfill({ json: { assets: { items: [], nextPage: null } } }));
    await other.goto(`/search?tags=${tags[4000].id}`);
    await other.getByText("Filters").click();
    const ticks = other.getByRole("group", { name: "Tags" }).getByRole("checkbox");
    await eventually("the first tags", async () => (await ticks.count()) === 201);
    await other.getByLabel("tag 4000", { exact: true }).uncheck();
    await other.getByLabel("Show those with").fill("TAG 4321");
    await other.getByLabel("tag 4321", { exact: true }).check();
    await other.getByRole("button", { name: "Search", exact: true }).click();
    await other.waitForURL((url) => url.searchParams.get("tags") === tags[4321].id);
    await other.context().close();
  });

  test("of many markers circles are made, and of many duplicates the first are shown", async () => {
    const other = await again();
    const [many, places] = [60_000, [[52.5, 13.4], [-33.9, 151.2]]];
    const markers = Array.from({ length: many }, (_, index) => {
      const [lat, lon] = places[index % places.length];
      return { id: `marker-${index}`, lat, lon, city: 'a "city" {', state: null, country: null };
    });
    await other.route("**/api/map/markers", (route) => route.fulfill({ json: markers }));
    await other.goto("/places");
    const circles = other.getByRole("button", { name: `${(many / places.length).toLocaleString("en-GB")} items` });
    await eventually("the circles", async () => (await circles.count()) === places.length);
    const groups = Array.from({ length: 60 }, () => ({ duplicateId: crypto.randomUUID(), assets: [], suggestedKeepAssetIds: [] }));
    await other.route("**/api/duplicates", (route) => route.fulfill({ json: groups }));
    await other.goto("/duplicates");
    await other.getByText("The first 50 groups.").waitFor();
    assert.equal(await other.getByRole("button", { name: "Keep all" }).count(), 50);
    // What somebody has ticked stays when another group goes and photos change elsewhere.
    const { items } = (await (await page.request.post("/api/search/metadata", { data: { size: 2 } })).json()).assets;
    groups.splice(0, 60, ...[0, 1].map(() => ({ duplicateId: crypto.randomUUID(), assets: items, suggestedKeepAssetIds: [items[0].id] })));
    const frames = [];
    other.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => frames.push(String(payload))));
    await other.reload();
    const ticks = other.getByRole("checkbox", { name: /^Keep: / });
    await eventually("both groups", async () => (await ticks.count()) === 4);
    await eventually("the channel", () => frames.some((frame) => frame.startsWith("40")));
    await ticks.nth(3).check();
    await ticks.nth(3).focus();
    groups.shift();
    assert.equal((await page.request.put(`/api/assets/${items[0].id}`, { data: { description: "twice" } })).status(), 200);
    await eventually("one group", async () => (await ticks.count()) === 2);
    assert.deepEqual(await ticks.evaluateAll((all) => all.map((tick) => tick.checked)), [true, true]);
    assert.ok(await ticks.nth(1).evaluate((tick) => tick === document.activeElement), "the keyboard is where it was");
    await other.context().close();
  });

  test("people are not mixed with those of an answer that comes late", async () => {
    const other = await again();
    const pixel = Buffer.from(PIXEL.split(",")[1], "base64");
    await other.route("**/api/people/*/thumbnail", (route) => route.fulfill({ contentType: "image/gif", body: pixel }));
    const late = [];
    await other.route("**/api/people?*", (route) => {
      const query = new URL(route.request().url()).searchParams;
      const [page, isAll] = [query.get("page"), query.get("withHidden") === "true"];
      const person = { id: crypto.randomUUID(), name: `${isAll ? "All" : "Shown"} ${page}`, birthDate: null, isHidden: false, isFavorite: false, thumbnailPath: "" };
      const answer = () => route.fulfill({ json: { people: [person], hasNextPage: page === "1", total: 2, hidden: 0 } });
      return isAll ? void late.push(answer) : answer();
    });
    const names = () => other.locator(".card-name").allTextContents();
    await other.goto("/people");
    await eventually("a person", async () => (await names()).length === 1);
    const hidden = other.getByLabel("Show hidden people");
    await hidden.check();
    await hidden.uncheck();
    await eventually("the person again", async () => late.length === 1 && (await names()).length === 1);
    await Promise.all([other.waitForResponse((answer) => answer.url().includes("withHidden=true")), late[0]()]);
    await other.getByRole("button", { name: "Show more" }).evaluate((more) => {
      more.click();
      more.click();
    });
    await eventually("both pages", async () => (await names()).length > 1);
    await other.getByRole("button", { name: "Show more" }).waitFor({ state: "detached" });
    assert.deepEqual(await names(), ["Shown 1", "Shown 2"]);
    await other.context().close();
  });

  test("the keyboard stays in a window and is back where it was afterwards", async () => {
    await page.goto("/photos");
    await photosOf(page).first().click();
    const viewer = viewerOf(page);
    await viewer.locator("img").waitFor();
    /** Walks through all there is, forwards and back. */
    const walk = async (window, steps) => {
      await eventually("the keyboard", () => window.evaluate((element) => element === document.activeElement));
      const seen = new Set();
      for (const key of [...Array(steps).fill("Tab"), ...Array(steps).fill("Shift+Tab")]) {
        await page.keyboard.press(key);
        const where = await window.evaluate((element) => element.contains(document.activeElement) && document.activeElement.outerHTML);
        assert.ok(where, `${key} leads out`);
        seen.add(where);
      }
      return seen.size;
    };
    assert.ok((await walk(viewer, 15)) >= 9);
    await button("Add to album").focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Add to album" });
    await dialog.waitFor();
    assert.equal(await walk(dialog, 7), 3, "closing, the name, creating");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Add to album");
    await page.keyboard.press("Escape");
    await viewer.waitFor({ state: "detached" });
    assert.match(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), /^Photo, /);
  });

  test("more than a million photos are scrolled through, and nothing jumps", async () => {
    const many = await again();
    await many.addInitScript(withoutThumbnails, PIXEL);
    const months = Array.from({ length: MONTHS }, (_, index) => ({
      timeBucket: `${2024 - Math.floor(index / 12)}-${String(12 - (index % 12)).padStart(2, "0")}-01`,
      count: EACH,
    }));
    await many.route("**/api/timeline/buckets?*", (route) => route.fulfill({ json: months }));
    await many.route("**/api/timeline/bucket?*", (route) => {
      const month = new URL(route.request().url()).searchParams.get("timeBucket");
      return route.fulfill({ json: columns(month, EACH) });
    });
    await many.goto("/photos");
    await photosOf(many).first().waitFor();
    assert.equal(await many.locator(".sheet").evaluate((sheet) => sheet.offsetHeight), MOST);
    const scroller = many.getByRole("region", { name: "Photos" });
    const scroll = (to) => scroller.evaluate((element, to) => (element.scrollTop = to), to);
    const { x, y: top, width, height } = await scroller.boundingBox();
    const middle = () => many.evaluate(photoAt, [x + width / 2, top + height / 2]);

    await scroll(MOST / 2);
    await eventually("photos in the middle", middle);
    const [href, high] = await middle();
    const month = months.findIndex(({ timeBucket }) => href.startsWith(`/photos/${timeBucket}`));
    assert.ok(Math.abs(month - MONTHS / 2) <= 3, `${href} is in the middle`);
    await scroller.evaluate((element) => (element.scrollTop += 300));
    const moved = async () => high - (await many.locator(`a[href="${href}"]`).evaluate((link) => link.getBoundingClientRect().top));
    await eventually("the photo 300 pixels higher", async () => Math.abs((await moved()) - 300) < 2, 5_000);
    assert.ok((await photosOf(many).count()) < 200);

    const last = many.locator(`a[href="/photos/${months.at(-1).timeBucket}-${EACH - 1}"]`);
    await eventually("the last photo", async () => {
      await scroll(MOST);
      return last.count();
    });
    await scroll(0);
    await many.locator(`a[href="/photos/${months[0].timeBucket}-0"]`).waitFor();

    const mark = many.locator(".scrubber button").nth(10);
    const heading = many.getByRole("heading", { name: await mark.getAttribute("title") });
    const name = await mark.textContent();
    await mark.click();
    const isThere = async () => (await heading.count()) === 1 && Math.abs((await heading.boundingBox()).y - top) < 3;
    await eventually("the month", isThere);
    // Its photos come, and those of the month above it: both are not as high as was thought.
    const at = months.findIndex(({ timeBucket }) => timeBucket.startsWith(name));
    for (const { timeBucket } of months.slice(at - 1, at + 1)) await many.locator(`a[href^="/photos/${timeBucket}-"]`).first().waitFor({ state: "attached" });
    await eventually("the month still at the top", isThere, 2_000);
    await many.context().close();
  });

  test("the browser complained of nothing", () => assert.deepEqual(browser.complaints, []));
});
