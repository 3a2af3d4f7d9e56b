// Story: what somebody does with a library in a real browser. Files are sent four at a time, again when they failed, and dropped on the page;
// who leaves meanwhile is asked. A photo is downloaded, is a favourite, archived, deleted for good; people get names and are merged; photos
// leave an album, which is deleted. Each page is looked at in a wide window and in that of a phone.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { answering, Visit } from "./support/browser.mjs";
import { jpeg } from "./support/media.mjs";
import { PIXEL } from "./support/months.mjs";
import { eventually } from "./support/server.mjs";

const FILES = 6;
/** Files that are sent at a time. */
const AT_A_TIME = 4;

/** In the browser: drops a file as a file manager does. */
function dropFile({ name, bytes }) {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([Uint8Array.from(bytes)], name, { type: "image/jpeg" }));
  document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
}

describe("a library on the web page", () => {
  let visit;
  let browser;
  let page;
  /** Names and bytes of what was uploaded. */
  const known = new Map();

  before(async () => {
    visit = await Visit.start();
    ({ browser, page } = visit);
    await visit.signUp();
  });
  after(() => visit?.stop());

  const button = (name) => page.getByRole("button", { name, exact: true });
  const photos = () => page.getByRole("link", { name: /^Photo, / });
  const shows = (count) => eventually(`${count} photos`, async () => (await photos().count()) === count);
  const nothing = () => page.getByText("There are no photos here.").waitFor();
  const navigate = (name) => page.getByRole("link", { name, exact: true }).last().click();
  const choose = (index) => page.getByRole("button", { name: /^Select: / }).nth(index).click();
  const dialog = (name) => page.getByRole("dialog", { name, exact: true });
  const uploads = () => page.getByRole("region", { name: "Uploads" });
  const closeUploads = () => uploads().getByRole("button", { name: "Close" }).click();
  const said = (words) => uploads().getByText(words, { exact: true });
  const ask = async (route) => (await page.request.get(`/api${route}`)).json();
  /** How many photos there are, and how many in the trash. */
  const total = async () => (await ask("/assets/statistics?isTrashed=false")).total;
  const trashed = async () => (await ask("/assets/statistics?isTrashed=true")).total;
  const hrefs = () => photos().evaluateAll((links) => links.map((link) => link.pathname.split("/").at(-1)));

  async function done(method, route, data, status) {
    const answer = await page.request.fetch(`/api${route}`, { method, data });
    assert.equal(answer.status(), status, `${method} ${route}: ${await answer.text()}`);
    const text = await answer.text();
    return text ? JSON.parse(text) : undefined;
  }

  async function file(name, seed) {
    const buffer = await jpeg({ width: 300, height: 240, seed });
    known.set(name, buffer);
    return { name, mimeType: "image/jpeg", buffer };
  }

  const send = (files) => page.locator("input[type=file]").setInputFiles(files);

  /** Holds back files that are sent, until it is opened. */
  async function gate() {
    const held = [];
    let isOpen = false;
    await page.route("**/api/assets", (route) => {
      if (isOpen || route.request().method() !== "POST") return route.continue();
      return void held.push(route);
    });
    const open = async () => {
      isOpen = true;
      await Promise.all(held.splice(0).map((route) => route.continue()));
    };
    return { held, open };
  }

  test("four files are sent at a time, and what failed is sent again", async () => {
    await page.goto("/photos");
    await nothing();
    const { held, open } = await gate();
    await send(await Promise.all(Array.from({ length: FILES }, (_, index) => file(`picture ${index}.jpg`, 30 + index))));
    const areSent = (sent, waiting) => async () => held.length === sent && (await said("waiting").count()) === waiting;
    await eventually("as many as are sent at a time", areSent(AT_A_TIME, FILES - AT_A_TIME));
    assert.equal(await uploads().getByRole("progressbar").count(), AT_A_TIME);
    assert.deepEqual(await browser.look(page, "uploads"), []);
    assert.equal(held.length, AT_A_TIME, "the others wait");
    // No success; of a status of an error the browser would complain.
    await held.shift().fulfill({ status: 300, json: { message: "Not now" } });
    await said("Not now").waitFor();
    await eventually("the next one", areSent(AT_A_TIME, FILES - AT_A_TIME - 1));
    await open();
    await eventually("the others", async () => (await said("done").count()) === FILES - 1);
    assert.equal(await total(), FILES - 1);
    await button("Try again").click();
    await eventually("all of them", async () => (await said("done").count()) === FILES);
    assert.equal(await button("Try again").count(), 0);
    assert.equal(await total(), FILES);
    await page.unroute("**/api/assets");
    await closeUploads();
    await shows(FILES);
  });

  test("who leaves while a file is sent is asked first", async () => {
    const { held, open } = await gate();
    await send([await file("late.jpg", 20)]);
    await eventually("the file", () => held.length === 1);
    const leave = () => page.getByRole("link", { name: "Settings" }).click();
    assert.equal((await answering(page, false, leave)).kind, "beforeunload");
    assert.equal(new URL(page.url()).pathname, "/photos");
    await open();
    await said("done").waitFor();
    await page.unroute("**/api/assets");
    await closeUploads();
    await leave();
    await page.getByText("This device").waitFor();
    await page.goto("/photos");
    await shows(FILES + 1);
  });

  test("a file is dropped on the page, and one that is in the trash is named", async () => {
    const { name, buffer } = await file("dropped.jpg", 21);
    await page.evaluate(dropFile, { name, bytes: Array.from(buffer) });
    await said("done").waitFor();
    await closeUploads();
    await shows(FILES + 2);
    const [{ id }] = (await done("POST", "/search/metadata", { originalFileName: "picture 0.jpg" }, 200)).assets.items;
    await done("DELETE", "/assets", { ids: [id] }, 204);
    await send([{ name: "again.jpg", mimeType: "image/jpeg", buffer: known.get("picture 0.jpg") }]);
    await said("already there, in the trash").waitFor();
    await closeUploads();
    assert.equal(await trashed(), 1);
    await shows(FILES + 1);
  });

  test("a photo is downloaded as it was uploaded, and Escape ends a crop before it closes the photo", async () => {
    await photos().first().click();
    const viewer = dialog("Photo");
    await viewer.locator(".name", { hasText: ".jpg" }).waitFor();
    const [download] = await Promise.all([page.waitForEvent("download"), viewer.getByRole("link", { name: "Download" }).click()]);
    const bytes = known.get(download.suggestedFilename());
    assert.ok(bytes, download.suggestedFilename());
    assert.ok(readFileSync(await download.path()).equals(bytes));
    await page.keyboard.press("i");
    await button("Crop").waitFor();
    assert.deepEqual(await browser.look(page, "information"), []);
    await button("Crop").click();
    await button("Move the frame").waitFor();
    await page.keyboard.press("Escape");
    await button("Move the frame").waitFor({ state: "detached" });
    await viewer.locator(".stage img").waitFor();
    await page.keyboard.press("Escape");
    await viewer.waitFor({ state: "detached" });
  });

  test("favourites and the archive have pages of their own, and photos come back from there", async () => {
    const all = await photos().count();
    await choose(0);
    assert.deepEqual(await browser.look(page, "selection"), []);
    await button("Add to favourites").click();
    await page.getByText("Added to favourites").waitFor();
    await choose(1);
    await button("Archive").click();
    await shows(all - 1);
    for (const [name, back] of [["Favourites", "Remove from favourites"], ["Archive", "Bring back from the archive"]]) {
      await navigate(name);
      await page.getByRole("heading", { name, exact: true }).waitFor();
      await shows(1);
      assert.deepEqual(await browser.look(page, name.toLowerCase()), []);
      await choose(0);
      await button(back).click();
      await nothing();
    }
    await navigate("Photos");
    await shows(all);
  });

  test("what is in the trash is deleted for good: one photo, and all of them", async () => {
    const all = await photos().count();
    for (const index of [0, 1]) await choose(index);
    await button("Move to the trash").click();
    await shows(all - 2);
    await navigate("Trash");
    await shows(3);
    assert.deepEqual(await browser.look(page, "trash"), []);
    const [id] = await hrefs();
    await choose(0);
    const remove = () => button("Delete for good").click();
    assert.equal((await answering(page, false, remove)).words, "Delete these for good?");
    assert.equal(await trashed(), 3);
    await answering(page, true, remove);
    await shows(2);
    assert.equal((await page.request.get(`/api/assets/${id}`)).status(), 400);
    const empty = () => button("Empty the trash").click();
    await answering(page, false, empty);
    assert.equal(await trashed(), 2);
    await answering(page, true, empty);
    await nothing();
    assert.equal(await trashed(), 0);
    await navigate("Photos");
    await shows(all - 2);
  });

  test("people get a name, are hidden, and are merged", async () => {
    const pixel = Buffer.from(PIXEL.split(",")[1], "base64");
    await page.route("**/api/people/*/thumbnail", (route) => route.fulfill({ contentType: "image/gif", body: pixel }));
    const ids = await hrefs();
    const [anna, bea] = [await done("POST", "/people", {}, 201), await done("POST", "/people", { name: "Bea" }, 201)];
    const box = { imageWidth: 300, imageHeight: 240, x: 10, y: 20, width: 60, height: 60 };
    for (const [index, { id }] of [anna, anna, anna, bea].entries()) await done("POST", "/faces", { ...box, assetId: ids[index], personId: id }, 201);
    const names = (expected) => eventually(`only ${expected}`, async () => (await page.locator(".card-name").allTextContents()).sort().join() === expected);
    const edit = async (change) => {
      await button("Edit the person").click();
      await change(dialog("Edit the person"));
      await dialog("Edit the person").getByRole("button", { name: "Save" }).click();
      await dialog("Edit the person").waitFor({ state: "detached" });
    };
    await page.goto(`/people/${anna.id}`);
    await page.getByRole("heading", { name: "No name" }).waitFor();
    await shows(3);
    await edit(async (form) => {
      await form.getByLabel("Name of the person").fill("Anna");
      await form.getByLabel("Birthday").fill("1990-02-28");
    });
    await page.getByRole("heading", { name: "Anna" }).waitFor();
    const { name, birthDate } = await ask(`/people/${anna.id}`);
    assert.deepEqual([name, birthDate], ["Anna", "1990-02-28"]);
    await navigate("People");
    await names("Anna,Bea");
    assert.deepEqual(await browser.look(page, "people"), []);
    await page.getByRole("link", { name: "Bea" }).click();
    await page.getByRole("heading", { name: "Bea" }).waitFor();
    await edit((form) => form.getByLabel("Hide", { exact: true }).check());
    assert.equal((await ask(`/people/${bea.id}`)).isHidden, true);
    await navigate("People");
    await names("Anna");
    await page.getByLabel("Show hidden people").check();
    await names("Anna,Bea");

    await page.getByRole("link", { name: "Anna" }).click();
    await shows(3);
    assert.deepEqual(await browser.look(page, "person"), []);
    await button("Merge people").click();
    const merge = () => dialog("Merge people").getByRole("button", { name: "The same: Bea" }).click();
    await answering(page, false, merge);
    assert.equal((await ask(`/people/${anna.id}/statistics`)).assets, 3);
    await answering(page, true, merge);
    await dialog("Merge people").waitFor({ state: "detached" });
    await shows(4);
    assert.equal((await page.request.get(`/api/people/${bea.id}`)).status(), 400);
    await page.unroute("**/api/people/*/thumbnail");
  });

  test("photos are taken out of an album, and the album is deleted", async () => {
    const all = await total();
    await navigate("Photos");
    await shows(all);
    const { id } = await done("POST", "/albums", { albumName: "Summer", assetIds: await hrefs() }, 201);
    await navigate("Albums");
    await page.getByRole("link", { name: /Summer/ }).click();
    await shows(all);
    assert.deepEqual(await browser.look(page, "album"), []);
    await button("Share").click();
    await dialog("Share").getByRole("button", { name: "Create a link" }).click();
    await dialog("Share").locator(".address").waitFor();
    assert.deepEqual(await browser.look(page, "share"), []);
    await page.keyboard.press("Escape");
    const [gone] = await hrefs();
    await choose(0);
    await button("Remove from the album").click();
    await shows(all - 1);
    assert.ok(!(await hrefs()).includes(gone));
    assert.equal((await ask(`/albums/${id}`)).assetCount, all - 1);
    const remove = () => button("Delete the album").click();
    await answering(page, false, remove);
    assert.equal((await ask("/albums")).length, 1);
    await answering(page, true, remove);
    await page.waitForURL("**/albums");
    await page.getByText("There are no albums yet.").waitFor();
    assert.deepEqual(await ask("/albums"), []);
    assert.equal(await total(), all, "photos stay where they are");
  });

  test("the browser complained of nothing", () => assert.deepEqual(browser.complaints, []));
});
