// Story: what people share in a real browser. Chosen photos get a link, which is changed and ended; an album that is shared meanwhile shows
// by itself, its members get roles, are talked with and leave; a photo is seen in full size; and in German everything is said in German.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { Browser, picture } from "./support/browser.mjs";
import { jpeg } from "./support/media.mjs";
import { columns, PIXEL, withoutThumbnails } from "./support/months.mjs";
import { discard, eventually, Server, temporaryFolder } from "./support/server.mjs";

const WEB = path.resolve(import.meta.dirname, "../../build/web");
const PASSWORD = "correct horse battery";
const ADA = { name: "Ada", email: "ada@example.com", password: PASSWORD };
const BEN = { name: "Ben", email: "ben@example.com", password: PASSWORD };
/** Sides of the photos: the first is larger than a preview, and than the window. */
const SIZES = [[2400, 1600], [360, 240], [420, 240]];
/** When all of them were taken. */
const TAKEN = "2023-02-03T04:05:06.000Z";
const PHONE = { width: 390, height: 844, locale: "de-DE", hasTouch: true };

describe("sharing on the web page", () => {
  let data;
  let server;
  let browser;
  let page;
  let ben;
  let ids;
  let album;

  /** A page of somebody who is signed in. */
  const signedIn = async ({ email, password }, options) => {
    const own = await browser.page(server.url, options);
    assert.equal((await own.request.post("/api/auth/login", { data: { email, password } })).status(), 201);
    return own;
  };
  const asked = async (route) => (await page.request.get(`/api${route}`)).json();
  const upload = async ([width, height], index) => {
    const file = { name: `picture ${index}.jpg`, mimeType: "image/jpeg", buffer: await jpeg({ width, height, seed: 40 + index }) };
    const answer = await page.request.post("/api/assets", { multipart: { fileCreatedAt: TAKEN, fileModifiedAt: TAKEN, assetData: file } });
    assert.equal(answer.status(), 201);
    return (await answer.json()).id;
  };

  before(async () => {
    assert.ok(existsSync(path.join(WEB, "index.html")), "cargo xtask web makes the page");
    data = temporaryFolder();
    server = await Server.start({ data, web: WEB });
    browser = await Browser.start();
    const first = await browser.page(server.url);
    assert.equal((await first.request.post("/api/auth/admin-sign-up", { data: ADA })).status(), 201);
    await first.context().close();
    page = await signedIn(ADA);
    assert.equal((await page.request.post("/api/admin/users", { data: BEN })).status(), 201);
    ben = await signedIn(BEN);
    ids = await Promise.all(SIZES.map(upload));
    for (const id of ids) await eventually(`the pictures of ${id}`, async () => (await asked(`/assets/${id}`)).thumbhash);
    const made = await page.request.post("/api/albums", { data: { albumName: "Party", assetIds: ids } });
    assert.equal(made.status(), 201);
    album = await made.json();
  });
  after(async () => {
    await browser?.stop();
    await server?.stop();
    discard(data);
  });

  const buttonOf = (page) => (name) => page.getByRole("button", { name, exact: true });
  const button = (name) => buttonOf(page)(name);
  const shows = (page, count) => eventually(`${count} photos`, async () => (await page.getByRole("link", { name: /^(Photo|Foto), / }).count()) === count);

  test("an album that is shared meanwhile appears among the albums", async () => {
    let isJoined = false;
    ben.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => (isJoined ||= String(payload).startsWith("40"))));
    await ben.goto("/albums");
    await ben.getByText("There are no albums yet.").waitFor();
    await eventually("the channel", () => isJoined);
    await page.goto(`/albums/${album.id}`);
    await shows(page, SIZES.length);
    await button("Share").click();
    await button("Ben: Viewer").click();
    await button("Remove Ben from the album").waitFor();
    await ben.getByRole("link", { name: /Party/ }).waitFor();
    await page.keyboard.press("Escape");
  });

  test("the owner gives a member another role, and removes what others say", async () => {
    assert.equal((await page.request.post("/api/activities", { data: { albumId: album.id, type: "comment", comment: "Welcome" } })).status(), 201);
    await ben.getByRole("link", { name: /Party/ }).click();
    await shows(ben, SIZES.length);
    await buttonOf(ben)("Comments").click();
    const his = ben.getByRole("dialog", { name: "Comments" });
    await his.getByText("Ada: Welcome").waitFor();
    await his.getByPlaceholder("Comment").fill("What a party");
    await his.getByRole("button", { name: "Send" }).click();
    await his.locator("li", { hasText: "Ben: What a party" }).getByRole("button", { name: "Remove" }).waitFor();
    assert.equal(await his.locator("li", { hasText: "Ada: Welcome" }).getByRole("button").count(), 0, "who is no owner removes what is their own only");
    await ben.keyboard.press("Escape");

    await button("Comments").click();
    const hers = page.getByRole("dialog", { name: "Comments" });
    const said = hers.locator("li", { hasText: "Ben: What a party" });
    await said.getByRole("button", { name: "Remove" }).click();
    await said.waitFor({ state: "detached" });
    assert.deepEqual((await asked(`/activities?albumId=${album.id}`)).map(({ comment }) => comment), ["Welcome"]);
    await page.keyboard.press("Escape");

    const role = async () => (await asked(`/albums/${album.id}`)).albumUsers.find(({ user }) => user.name === "Ben").role;
    assert.equal(await role(), "viewer");
    await button("Share").click();
    await button("Ben: Editor").click();
    await button("Ben: Viewer").waitFor();
    assert.equal(await role(), "editor");
    await picture(page, "members");
    assert.deepEqual(await browser.faults(page), []);
    await button("Ben: Viewer").click();
    await button("Ben: Editor").waitFor();
    assert.equal(await role(), "viewer");
    await page.keyboard.press("Escape");
  });

  test("a member sees who else is in, and leaves", async () => {
    assert.equal(await buttonOf(ben)("Share").count(), 0);
    await buttonOf(ben)("Members").click();
    const members = ben.getByRole("dialog", { name: "Members" });
    await members.getByText("Ada", { exact: true }).waitFor();
    assert.equal(await members.getByRole("button", { name: /^Ada: / }).count(), 0, "a viewer changes nobody");
    await picture(ben, "member-of");
    assert.deepEqual(await browser.faults(ben), []);
    ben.once("dialog", (dialog) => dialog.accept());
    await members.getByRole("button", { name: "Leave the album" }).click();
    await ben.waitForURL("**/albums");
    await ben.getByText("There are no albums yet.").waitFor();
    assert.deepEqual((await asked(`/albums/${album.id}`)).albumUsers.map(({ user }) => user.name), ["Ada"]);
  });

  test("chosen photos get a link, which is listed with the others, gets a password, and is ended", async () => {
    assert.equal((await page.request.post("/api/shared-links", { data: { type: "ALBUM", albumId: album.id } })).status(), 201);
    await page.goto("/photos");
    await shows(page, SIZES.length);
    for (const index of [0, 1]) await page.getByRole("button", { name: /^Select: / }).nth(index).click();
    await button("Share by a link").click();
    const dialog = page.getByRole("dialog", { name: "Share by a link" });
    await dialog.getByRole("button", { name: "Create a link" }).click();
    const address = await dialog.locator(".address").getAttribute("href");
    await picture(page, "link-to-photos");
    assert.deepEqual(await browser.faults(page), []);
    await page.keyboard.press("Escape");
    await page.getByRole("toolbar", { name: "Selected photos" }).waitFor({ state: "detached" });
    const visitor = await browser.page(server.url, { javaScriptEnabled: false });
    await visitor.goto(address);
    assert.equal(await visitor.locator("li img").count(), 2);
    await visitor.context().close();

    await page.goto("/settings");
    const links = page.locator(".panel", { has: page.getByRole("heading", { name: "My links" }) });
    await links.locator("li", { hasText: "Party" }).waitFor();
    const line = links.locator("li", { hasText: "2 items" });
    assert.equal(await line.locator(".address").getAttribute("href"), address);
    await line.getByRole("button", { name: "Edit the link" }).click();
    await line.getByLabel("Password (optional)").fill("open sesame");
    await line.getByLabel("Ends (optional)").fill("2099-01-02T03:04");
    await picture(page, "links");
    assert.deepEqual(await browser.faults(page), []);
    await line.getByRole("button", { name: "Save" }).click();
    await line.getByText("until 2 Jan 2099, 03:04, with a password").waitFor();
    const key = new URL(address).pathname.split("/").at(-1);
    const { password, expiresAt, allowDownload, showMetadata } = (await asked("/shared-links")).find((link) => link.key === key);
    assert.deepEqual([password, expiresAt, allowDownload, showMetadata], ["open sesame", "2099-01-02T03:04:00.000Z", true, true]);
    const guest = await fetch(`${server.url}/api/shared-links/me?key=${key}`);
    assert.equal(guest.status, 401);
    await guest.arrayBuffer();
    await line.getByRole("button", { name: "Delete the link" }).click();
    await line.waitFor({ state: "detached" });
    const gone = await fetch(address, { headers: { accept: "text/html" } });
    assert.equal(gone.status, 404);
    await gone.arrayBuffer();
    await links.getByRole("button", { name: "Delete the link" }).click();
    await links.getByText("There are no links.").waitFor();
  });

  test("a photo is seen in full size, and as a whole again", async () => {
    await page.goto(`/photos/${ids[0]}`);
    const image = page.getByRole("dialog", { name: "Photo", exact: true }).locator(".stage img");
    const seen = () => image.evaluate(({ src, naturalWidth, clientWidth }) => ({ src, naturalWidth, clientWidth, window: innerWidth }));
    await image.waitFor();
    await eventually("the preview", async () => (await seen()).naturalWidth > 0);
    const small = await seen();
    assert.match(small.src, /size=preview/);
    assert.ok(small.clientWidth <= small.window, `${small.clientWidth} of ${small.window}`);
    await button("Show in full size").click();
    await eventually("the whole photo", async () => (await seen()).naturalWidth === SIZES[0][0]);
    const large = await seen();
    assert.match(large.src, /size=fullsize/);
    assert.equal(large.clientWidth, SIZES[0][0]);
    assert.ok(large.clientWidth > large.window, "it is wider than the window");
    assert.equal(await button("Show in full size").getAttribute("aria-pressed"), "true");
    await picture(page, "full-size");
    assert.deepEqual(await browser.faults(page), []);
    await button("Show in full size").click();
    await eventually("the preview again", async () => (await seen()).src === small.src);
    await image.dblclick();
    await eventually("the whole photo again", async () => /size=fullsize/.test((await seen()).src));
    await page.keyboard.press("Escape");
  });

  test("a wrong password is told in German", async () => {
    // Not one of browser.page(): an answer that refuses is on the console.
    const context = await browser.chromium.newContext({ baseURL: server.url, locale: "de-DE" });
    const stranger = await context.newPage();
    await stranger.goto("/");
    await stranger.getByLabel("E-Mail").fill(ADA.email);
    await stranger.getByLabel("Passwort").fill("something else");
    await stranger.getByRole("button", { name: "Anmelden", exact: true }).click();
    await stranger.getByRole("alert").getByText("Falsche E-Mail oder falsches Passwort.").waitFor();
    // What has no words of its own is told with the server's.
    const errors = [{ code: "custom", path: ["email"], message: "Invalid email" }];
    for (const [status, json, words] of [
      [403, { message: "The moon is full" }, "Das ist nicht erlaubt. (The moon is full)"],
      [400, { message: "Validation failed", errors }, "Eine der Angaben ist so nicht möglich. (email: Invalid email)"],
    ]) {
      await stranger.route("**/api/auth/login", (route) => route.fulfill({ status, json }), { times: 1 });
      await stranger.getByRole("button", { name: "Anmelden", exact: true }).click();
      await stranger.getByRole("alert").getByText(words, { exact: true }).waitFor();
    }
    await context.close();
  });

  test("on a phone all that can be done with chosen photos is within the window", async () => {
    const phone = await signedIn(ADA, PHONE);
    await phone.goto(`/albums/${album.id}`);
    await shows(phone, SIZES.length);
    for (const index of [0, 1]) await phone.getByRole("button", { name: /^Auswählen: / }).nth(index).click();
    const bar = phone.getByRole("toolbar", { name: "Ausgewählte Fotos" });
    await bar.getByText("2 ausgewählt").waitFor();
    await bar.getByRole("button", { name: "Mit einem Link teilen" }).waitFor();
    const sides = await bar.getByRole("button").evaluateAll((all) => all.map((it) => it.getBoundingClientRect()).map(({ left, right }) => [left, right]));
    assert.ok(sides.length >= 9, `${sides.length} buttons`);
    assert.deepEqual(sides.filter(([left, right]) => left < 0 || right > PHONE.width), []);
    for (const part of ["html", ".main", ".selection"]) {
      const { scrollWidth, clientWidth } = await phone.locator(part).evaluate(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }));
      assert.equal(scrollWidth, clientWidth, `${part} is wider than the phone`);
    }
    await picture(phone, "phone-selection");
    assert.deepEqual(await browser.faults(phone), []);
    await phone.context().close();
  });

  test("dates and numbers are written as people in Germany do", async () => {
    const german = await signedIn(ADA, { locale: "de-DE" });
    await german.goto(`/photos/${ids[1]}`);
    await german.getByRole("dialog", { name: "Foto", exact: true }).locator(".stage img").waitFor();
    await german.keyboard.press("i");
    await german.locator("dd", { hasText: "03.02.2023, 04:05" }).waitFor();
    await german.addInitScript(withoutThumbnails, PIXEL);
    const months = [["2024-05-01", 1234], ["2024-04-01", 40]];
    await german.route("**/api/timeline/buckets?*", (route) => route.fulfill({ json: months.map(([timeBucket, count]) => ({ timeBucket, count })) }));
    await german.route("**/api/timeline/bucket?*", (route) => {
      const month = new URL(route.request().url()).searchParams.get("timeBucket");
      return route.fulfill({ json: columns(month, Object.fromEntries(months)[month]) });
    });
    await german.goto("/photos");
    await german.locator(".month", { hasText: "Mai 2024" }).getByText("1.234 Elemente", { exact: true }).waitFor();
    assert.equal(await german.getByRole("button", { name: "Mai 2024", exact: true }).getAttribute("data-short"), "05/2024");
    await german.context().close();
  });

  test("the browser complained of nothing", () => assert.deepEqual(browser.complaints, []));
});
