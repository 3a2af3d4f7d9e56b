// Story: whose photos they are, in a real browser. Two people take turns at one page while files are uploaded, what is uploaded in the locked
// folder or in an album stays there, whoever only looks at an album or at a partner's photos has no owner's tools, and what is deleted without
// a trash is asked about. Also: a start that failed, a search that found nothing, the strip of months, circles of the map and the keyboard.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { Browser, picture } from "./support/browser.mjs";
import { jpeg } from "./support/media.mjs";
import { columns, PIXEL, withoutThumbnails } from "./support/months.mjs";
import { discard, eventually, Server, temporaryFolder } from "./support/server.mjs";

const WEB = path.resolve(import.meta.dirname, "../../build/web");
const ADA = { name: "Ada", email: "ada@example.com", password: "correct horse battery" };
const BEN = { name: "Ben", email: "ben@example.com", password: "another horse battery" };
const PIN = "246813";
/** Photos that Ada has from the beginning; Ben has one. */
const OWN = 3;
/** Files that Ada uploads when she signs out, and how many of them are sent already, and asked about. */
const [FILES, SENT, ASKED] = [6, 2, 2];

describe("one's own photos and those of others", () => {
  let data;
  let server;
  let browser;
  let page;
  let ben;
  let owners;
  let photos;

  const file = async (seed, name = `picture ${seed}.jpg`) => ({ name, mimeType: "image/jpeg", buffer: await jpeg({ width: 400, height: 300, seed }) });
  const buttonOf = (page, name) => page.getByRole("button", { name, exact: true });
  const photosOf = (page) => page.getByRole("link", { name: /^Photo, / });
  const shows = (page, count) => eventually(`${count} photos`, async () => (await photosOf(page).count()) === count);
  const uploadsOf = (page) => page.getByRole("region", { name: "Uploads" });
  const viewerOf = (page) => page.getByRole("dialog", { name: "Photo", exact: true });
  const navigate = (page, name) => page.getByRole("link", { name, exact: true }).last().click();
  const ask = async (page, route) => (await page.request.get(`/api${route}`)).json();
  const isThere = async (page, id) => (await page.request.get(`/api/assets/${id}`)).status() === 200;
  const imagesOf = async (page) => (await ask(page, "/assets/statistics?visibility=timeline&isTrashed=false")).images;
  /** What the bar of chosen photos offers. */
  const offered = (page) => page.getByRole("toolbar", { name: "Selected photos" }).getByRole("button").evaluateAll((buttons) => buttons.map((button) => button.getAttribute("aria-label")));
  const offers = (page, ...names) => eventually(`only ${names}`, async () => JSON.stringify(await offered(page)) === JSON.stringify(["End the selection", ...names]));
  /** The photo with this id, to be chosen or not any more. */
  const toggle = (page, id) => page.locator(".photo", { has: page.locator(`a[href$="${id}"]`) }).locator(".choose").click();

  async function done(page, method, route, body, status = 200) {
    const answer = await page.request.fetch(`/api${route}`, { method, data: body });
    assert.equal(answer.status(), status, `${method} ${route}: ${await answer.text()}`);
    return status === 204 ? undefined : answer.json();
  }

  /** Somebody with a page and a session of their own. */
  async function signedIn({ email, password }) {
    const page = await browser.page(server.url);
    await done(page, "POST", "/auth/login", { email, password }, 201);
    return page;
  }

  /** A photo, once its pictures are made. */
  async function uploaded(page, seed) {
    const at = "2024-05-01T10:00:00.000Z";
    const { name, ...assetData } = await file(seed);
    const sent = { fileCreatedAt: at, fileModifiedAt: at, filename: name, assetData: { name, ...assetData } };
    const answer = await page.request.post("/api/assets", { multipart: sent });
    assert.equal(answer.status(), 201, await answer.text());
    const { id } = await answer.json();
    await eventually("its pictures", async () => (await ask(page, `/assets/${id}`)).thumbhash);
    return id;
  }

  /** Does what the page asks about; gives its words. */
  async function asked(page, isYes, action) {
    const answered = page.waitForEvent("dialog").then(async (dialog) => {
      await (isYes ? dialog.accept() : dialog.dismiss());
      return dialog.message();
    });
    const [words] = await Promise.all([answered, action()]);
    return words;
  }

  /** Uploads by the page, and waits for the end. */
  async function upload(page, seed, words = "1 of 1 uploaded") {
    await page.locator("input[type=file]").first().setInputFiles([await file(seed)]);
    await page.getByText(words).waitFor();
    await uploadsOf(page).locator("li .good, li a").waitFor();
    await uploadsOf(page).getByRole("button", { name: "Close" }).click();
  }

  before(async () => {
    assert.ok(existsSync(path.join(WEB, "index.html")), "cargo xtask web makes the page");
    data = temporaryFolder();
    server = await Server.start({ data, web: WEB });
    browser = await Browser.start();
    page = await browser.page(server.url);
    await done(page, "POST", "/auth/admin-sign-up", ADA, 201);
    await done(page, "POST", "/auth/login", { email: ADA.email, password: ADA.password }, 201);
    const { id } = await done(page, "POST", "/admin/users", { ...BEN, shouldChangePassword: false }, 201);
    ben = await signedIn(BEN);
    // Who never took the first steps is led to them, by another module of the page.
    await done(ben, "PUT", "/users/me/onboarding", { isOnboarded: true });
    owners = { ada: (await ask(page, "/users/me")).id, ben: id };
    photos = { ada: [], ben: [] };
    for (let seed = 1; seed <= OWN; seed += 1) photos.ada.push(await uploaded(page, seed));
    photos.ben.push(await uploaded(ben, 20));
  });
  after(async () => {
    await browser?.stop();
    await server?.stop();
    discard(data);
  });

  test("what somebody uploads ends when they sign out, and nothing of it reaches the next one", async () => {
    const shared = await signedIn(ADA);
    await shared.goto("/photos");
    await shows(shared, OWN);
    // Whose session ends while it asks for something is refused that.
    const twin = await browser.beside(shared, server.url, { mayBeRefused: true });
    await twin.goto("/photos");
    await shows(twin, OWN);
    const [sent, held] = [[], []];
    let checks = 0;
    let isHeld = true;
    await shared.route("**/api/assets/bulk-upload-check", (route) => {
      if (!isHeld) return route.continue();
      checks += 1;
      const [{ id }] = route.request().postDataJSON().assets;
      const answer = () => route.fulfill({ json: { results: [{ id, action: "accept" }] } });
      return checks > SENT ? void held.push(answer) : answer();
    });
    await shared.route("**/api/assets", (route) => (isHeld ? void sent.push(route) : route.continue()));
    const files = await Promise.all(Array.from({ length: FILES }, (_, index) => file(30 + index)));
    await shared.locator("input[type=file]").setInputFiles(files);
    await eventually("four files at a time", () => sent.length === SENT && held.length === ASKED);
    const leave = () => buttonOf(shared, "Sign out").click();
    assert.match(await asked(shared, false, leave), /^Not everything is uploaded yet\./);
    await shared.getByText(`0 of ${FILES} uploaded`).waitFor();
    await asked(shared, true, leave);
    await shared.getByRole("heading", { name: "Sign in" }).waitFor();
    await twin.getByRole("heading", { name: "Sign in" }).waitFor();

    await shared.getByLabel("E-mail").fill(BEN.email);
    await shared.getByLabel("Password").fill(BEN.password);
    await buttonOf(shared, "Sign in").click();
    await shows(shared, 1);
    // The other window of the browser has Ben's session, too.
    await shows(twin, 1);
    assert.equal(await uploadsOf(shared).count(), 0, "Ben sees no uploads of Ada");
    // From now on everything reaches the server, also what Ada's files are told late.
    isHeld = false;
    const sendings = [];
    let answered = 0;
    shared.on("requestfinished", (request) => {
      if (new URL(request.url()).pathname === "/api/assets/bulk-upload-check") answered += 1;
    });
    shared.on("request", (request) => {
      if (request.method() === "POST" && new URL(request.url()).pathname === "/api/assets") sendings.push(request);
    });
    await Promise.all(held.map((answer) => answer()));
    await upload(shared, 40);
    await shows(shared, 2);
    await eventually("answers to Ada's files and to Ben's", () => answered === ASKED + 1);
    assert.equal(sendings.length, 1, "only Ben's own file is sent");
    assert.equal(await imagesOf(shared), 2);
    assert.equal(await imagesOf(page), OWN);
    await shared.context().close();
    const own = (await done(ben, "POST", "/search/metadata", { originalFileName: "picture 40.jpg" })).assets.items;
    await done(ben, "DELETE", "/assets", { ids: [own[0].id], force: true }, 204);
  });

  test("without a trash the page asks before it deletes for good", async () => {
    const [first, second] = [await uploaded(page, 50), await uploaded(page, 51)];
    const config = await ask(page, "/system-config");
    await done(page, "PUT", "/system-config", { ...config, trash: { ...config.trash, enabled: false } });
    await page.goto("/trash");
    await page.getByText("The trash is switched off").waitFor();
    assert.deepEqual(await browser.faults(page), []);
    await page.goto("/photos");
    await shows(page, OWN + 2);
    await toggle(page, first);
    await buttonOf(page, "Delete for good").waitFor();
    assert.equal(await buttonOf(page, "Move to the trash").count(), 0);
    const remove = () => buttonOf(page, "Delete for good").click();
    assert.equal(await asked(page, false, remove), "Delete these for good?");
    assert.ok(await isThere(page, first));
    await asked(page, true, remove);
    await shows(page, OWN + 1);
    assert.ok(!(await isThere(page, first)), "gone, and not in the trash");
    await page.goto(`/photos/${second}`);
    await viewerOf(page).getByRole("button", { name: "Delete for good" }).waitFor();
    const key = () => page.keyboard.press("Delete");
    await asked(page, false, key);
    assert.ok(await isThere(page, second));
    await asked(page, true, key);
    await page.getByText("Deleted", { exact: true }).waitFor();
    assert.ok(!(await isThere(page, second)));
    await done(page, "PUT", "/system-config", config);
    await page.goto("/trash");
    await page.getByText(/^What is here is deleted after/).waitFor();
    await page.getByText("There are no photos here.").waitFor();
  });

  test("what is uploaded in the locked folder stays there, and whoever leaves it locks it", async () => {
    const isOpen = async () => (await ask(page, "/auth/status")).isElevated;
    const open = async () => {
      await page.getByText("Enter your PIN to see these photos.").waitFor();
      await page.getByLabel("PIN").fill(PIN);
      await buttonOf(page, "Open").click();
      await buttonOf(page, "Lock").waitFor();
      assert.ok(await isOpen());
    };
    await done(page, "POST", "/auth/pin-code", { pinCode: PIN }, 204);
    await page.goto("/locked");
    await open();
    await page.getByText("There are no photos here.").waitFor();
    await upload(page, 60);
    await shows(page, 1);
    const id = (await photosOf(page).getAttribute("href")).split("/").at(-1);
    assert.equal((await ask(page, `/assets/${id}`)).visibility, "locked");
    // Also what was in the timeline before.
    const there = await uploaded(page, 61);
    await upload(page, 61);
    await shows(page, 2);
    assert.equal((await ask(page, `/assets/${there}`)).visibility, "locked");
    await navigate(page, "Photos");
    await shows(page, OWN);
    await eventually("the locked folder", async () => !(await isOpen()));
    await navigate(page, "Locked folder");
    await open();
    // The settings are in another module: the browser leaves the page.
    await page.getByRole("link", { name: "Settings" }).click();
    await page.getByText("This device").waitFor();
    await eventually("the locked folder", async () => !(await isOpen()));
    assert.equal(await imagesOf(page), OWN);
    // Another window of the browser locks it, too: this one finds out by what it is refused.
    await page.goto("/locked");
    await open();
    const other = await browser.beside(page, server.url, { mayBeRefused: true });
    await other.goto("/locked");
    await shows(other, 2);
    await buttonOf(page, "Lock").click();
    await page.getByText("Enter your PIN to see these photos.").waitFor();
    await other.locator("input[type=file]").first().setInputFiles([await file(60)]);
    await uploadsOf(other).getByText("This needs the PIN.").waitFor();
    await other.getByText("Enter your PIN to see these photos.").waitFor();
    await other.close();
  });

  test("what is uploaded on the page of an album lies in it, also what was there before", async () => {
    const made = { albumName: "Summer", albumUsers: [{ userId: owners.ben, role: "viewer" }], assetIds: [photos.ada[0]] };
    const { id } = await done(page, "POST", "/albums", made, 201);
    const count = async () => (await ask(page, `/albums/${id}`)).assetCount;
    await page.goto(`/albums/${id}`);
    await shows(page, 1);
    await upload(page, 70);
    await shows(page, 2);
    assert.equal(await count(), 2);
    await upload(page, 2);
    await shows(page, 3);
    assert.equal(await count(), 3);
    await eventually("the new picture", async () => (await page.locator(".photo img").count()) === 3);
    photos.album = id;
  });

  test("whoever only looks at an album has no owner's tools, and fills it with nothing", async () => {
    const changes = [];
    ben.on("request", (request) => {
      if (["PUT", "PATCH", "DELETE"].includes(request.method())) changes.push(`${request.method()} ${request.url()}`);
    });
    const [foreign] = photos.ada;
    await ben.goto(`/albums/${photos.album}`);
    await ben.getByRole("heading", { name: "Summer" }).waitFor();
    await shows(ben, 3);
    await toggle(ben, foreign);
    await offers(ben);
    await picture(ben, "album-viewer");
    assert.deepEqual(await browser.faults(ben), []);
    await buttonOf(ben, "End the selection").click();

    await ben.locator(`.photo a[href$="${foreign}"]`).click();
    const viewer = viewerOf(ben);
    await viewer.locator(".name", { hasText: "picture 1.jpg" }).waitFor();
    for (const name of ["Add to favourites", "Archive", "Move to the locked folder", "Move to the trash", "Add to album"]) {
      assert.equal(await viewer.getByRole("button", { name }).count(), 0, name);
    }
    for (const key of ["f", "Delete"]) await ben.keyboard.press(key);
    await ben.keyboard.press("i");
    // Shown by the last of the keys: what those before it do is done.
    await viewer.getByText("picture 1.jpg").nth(1).waitFor();
    assert.equal(await viewer.getByRole("textbox").count(), 0, "nothing can be written");
    assert.deepEqual(changes, []);
    await ben.keyboard.press("Escape");
    await viewer.waitFor({ state: "detached" });
    const known = await ask(page, `/assets/${foreign}`);
    assert.deepEqual([known.isFavorite, known.isTrashed], [false, false]);

    await upload(ben, 80);
    assert.equal(await imagesOf(ben), 2);
    await shows(ben, 3);
    assert.deepEqual(changes, [], "a viewer's file is one's own only");
    await done(page, "PUT", `/albums/${photos.album}/user/${owners.ben}`, { role: "editor" }, 204);
    await ben.goto(`/albums/${photos.album}`);
    await shows(ben, 3);
    await toggle(ben, foreign);
    await offers(ben, "Use as the cover");
    await upload(ben, 81);
    await shows(ben, 4);
    assert.equal((await ask(page, `/albums/${photos.album}`)).assetCount, 4);
  });

  test("a partner's photos have a page, and only what may be done with them", async () => {
    await done(page, "POST", "/partners", { sharedWithId: owners.ben }, 201);
    const all = await imagesOf(page);
    const own = await imagesOf(ben);
    const [foreign] = photos.ada;
    await ben.goto("/photos");
    await shows(ben, own);
    await ben.getByRole("link", { name: "Settings" }).click();
    await ben.getByRole("link", { name: "Photos of Ada" }).click();
    await ben.getByRole("heading", { name: "Photos of Ada" }).waitFor();
    await shows(ben, all);
    await toggle(ben, foreign);
    await offers(ben, "Add to album");
    await picture(ben, "partner");
    assert.deepEqual(await browser.faults(ben), []);
    await buttonOf(ben, "End the selection").click();
    await ben.locator(`.photo a[href$="${foreign}"]`).click();
    await ben.waitForURL(`**/partners/${owners.ada}/photos/${foreign}`);
    await viewerOf(ben).getByRole("button", { name: "Add to album" }).waitFor();
    await ben.keyboard.press("Escape");
    await ben.waitForURL(`**/partners/${owners.ada}`);

    await ben.getByRole("link", { name: "Settings" }).click();
    await ben.getByLabel("Ada", { exact: true }).check();
    await ben.getByText("Saved", { exact: true }).waitFor();
    await ben.goto("/photos");
    await shows(ben, own + all);
    await toggle(ben, photos.ben[0]);
    await offers(ben, "Share by a link", "Add to album", "Add to favourites", "Archive", "Move to the locked folder", "Move to the trash");
    await toggle(ben, foreign);
    await offers(ben, "Add to album");
    await toggle(ben, foreign);
    await buttonOf(ben, "Add to favourites").click();
    await ben.getByText("Added to favourites").waitFor();
  });

  test("a search that found nothing says so, and says nothing before it is answered", async () => {
    let answer;
    await page.route("**/api/search/metadata", (route) => void (answer = () => route.continue()));
    await page.goto("/search?city=Nowhere");
    await page.getByRole("heading", { name: "Results" }).waitFor();
    await eventually("the request", () => answer);
    assert.equal(await page.getByText("There are no photos here.").count(), 0);
    assert.equal(await page.getByText("0 items").count(), 0);
    await answer();
    await page.getByText("There are no photos here.").waitFor();
    assert.equal(await page.getByText("0 items").count(), 0);
    await page.unroute("**/api/search/metadata");
  });

  test("raw files are offered, circles of the map hear the space bar, and a start that failed is tried again", async () => {
    assert.match(await page.locator("input[type=file]").first().getAttribute("accept"), /^image\/\*,video\/\*,.*\.nef,/);
    const [id] = photos.ada;
    const markers = [{ id, lat: 52.5, lon: 13.4, city: "Berlin", state: null, country: null }];
    await page.route("**/api/map/markers", (route) => route.fulfill({ json: markers }));
    await page.goto("/places");
    await page.getByRole("button", { name: /^1 item/ }).focus();
    await page.keyboard.press(" ");
    await page.waitForURL(`**/photos/${id}`);
    await page.unroute("**/api/map/markers");
    await page.route("**/api/server/config", (route) => route.fulfill({ contentType: "application/json", body: "nonsense" }));
    await page.goto("/photos");
    await page.getByRole("alert").filter({ hasText: "The server had a problem" }).waitFor();
    assert.deepEqual(await browser.faults(page), []);
    await page.unroute("**/api/server/config");
    await buttonOf(page, "Try again").click();
    await shows(page, await imagesOf(page));
  });

  test("the strip of months is dragged", async () => {
    const many = await browser.page(server.url, { storageState: await page.context().storageState() });
    await many.addInitScript(withoutThumbnails, PIXEL);
    const months = Array.from({ length: 60 }, (_, index) => ({
      timeBucket: `${2024 - Math.floor(index / 12)}-${String(12 - (index % 12)).padStart(2, "0")}-01`,
      count: 40,
    }));
    await many.route("**/api/timeline/buckets?*", (route) => route.fulfill({ json: months }));
    await many.route("**/api/timeline/bucket?*", (route) => {
      const month = new URL(route.request().url()).searchParams.get("timeBucket");
      return route.fulfill({ json: columns(month, 40) });
    });
    await many.goto("/photos");
    await photosOf(many).first().waitFor();
    const { x, y, width, height } = await many.locator(".scrubber").boundingBox();
    const at = (share) => [x + width / 4, y + height * share];
    const scrolled = () => many.locator(".scroller").evaluate((element) => element.scrollTop / element.scrollHeight);
    await many.mouse.move(...at(0.1));
    await many.mouse.move(...at(0.3));
    assert.equal(await scrolled(), 0, "nothing is pressed");
    await many.mouse.down();
    await many.mouse.move(...at(0.6), { steps: 5 });
    await eventually("the middle", async () => Math.abs((await scrolled()) - 0.6) < 0.15);
    // Wherever the pointer goes now.
    await many.mouse.move(x - 300, y + height * 0.2, { steps: 5 });
    await eventually("further up", async () => Math.abs((await scrolled()) - 0.2) < 0.15);
    await many.mouse.up();
    const before = await scrolled();
    await many.mouse.move(...at(0.9));
    assert.ok(Math.abs((await scrolled()) - before) < 0.1, "nothing is pressed any more");
    await many.context().close();
  });

  test("the browser complained of nothing", () => assert.deepEqual(browser.complaints, []));
});
