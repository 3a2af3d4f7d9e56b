// Story: what people and administrators settle in a real browser. A key that is good for some things only, the PIN, a profile picture, a
// workflow, a library, queues, checks of the files, a backup that is brought and restored, and somebody else who is led to the first steps.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ADA, picture, Visit } from "./support/browser.mjs";
import { jpeg } from "./support/media.mjs";
import { eventually } from "./support/server.mjs";

const BEN = { name: "Ben", email: "ben@example.com", password: "another horse battery" };
const BACKUPS = "/admin/database-backups";

describe("settings and administration on the web page", () => {
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
  const panel = (name) => page.locator(".panel", { has: page.getByRole("heading", { name, exact: true }) });
  const dialog = () => page.getByRole("dialog");
  const closed = () => dialog().waitFor({ state: "detached" });
  const accept = () => page.once("dialog", (asked) => asked.accept());
  const ask = async (route) => (await page.request.get(`/api${route}`)).json();

  async function posted(route, body, status) {
    const answer = await page.request.post(`/api${route}`, { data: body });
    assert.equal(answer.status(), status, `${route}: ${await answer.text()}`);
    return answer;
  }

  /** A photo, once its pictures are made. */
  async function uploaded(name, seed) {
    const at = "2024-05-01T10:00:00.000Z";
    const assetData = { name, mimeType: "image/jpeg", buffer: await jpeg({ seed }) };
    const answer = await page.request.post("/api/assets", { multipart: { fileCreatedAt: at, fileModifiedAt: at, filename: name, assetData } });
    assert.equal(answer.status(), 201, await answer.text());
    const { id } = await answer.json();
    await server.settle();
    await eventually("its pictures", async () => (await ask(`/assets/${id}`)).thumbhash);
    return id;
  }

  /** Does something and waits for the answer that the page gets. */
  async function answered(method, route, deed) {
    const isIt = (answer) => answer.request().method() === method && new URL(answer.url()).pathname === `/api${route}`;
    const [answer] = await Promise.all([page.waitForResponse(isIt), deed()]);
    assert.ok(answer.ok(), `${method} ${route}: ${answer.status()}`);
  }

  test("a server that has nobody yet offers to restore a backup, which ends without one", async () => {
    await page.goto("/");
    await button("Restore a backup of another server").click();
    await page.getByLabel("Bring a backup").waitFor();
    await picture(page, "restore-first");
    assert.deepEqual(await browser.faults(page), []);
    await button("End the maintenance").click();
    await button("Create the account").waitFor();
    await visit.signUp();
    await uploaded("picture.jpg", 1);
  });

  test("a key is good for what is ticked", async () => {
    await page.goto("/settings");
    const keys = panel("API keys");
    await keys.getByLabel("Name of the key").fill("a frame");
    await keys.getByLabel("For everything").uncheck();
    await keys.getByText("asset", { exact: true }).click();
    await keys.getByLabel("asset.view", { exact: true }).check();
    await picture(page, "key-permissions");
    assert.deepEqual(await browser.faults(page), []);
    await keys.getByRole("button", { name: "Create a key" }).click();
    await keys.locator(".secret").waitFor();
    const permissions = async () => (await ask("/api-keys")).find(({ name }) => name === "a frame").permissions.sort();
    assert.deepEqual(await permissions(), ["asset.view"]);
    await button("Edit the key a frame").click();
    await dialog().getByText("album", { exact: true }).click();
    await dialog().getByLabel("album.read", { exact: true }).check();
    assert.deepEqual(await browser.faults(page), []);
    await dialog().getByRole("button", { name: "Save" }).click();
    await closed();
    assert.deepEqual(await permissions(), ["album.read", "asset.view"]);
  });

  test("a PIN is chosen, changed and removed", async () => {
    const pin = panel("PIN of the locked folder");
    await pin.getByLabel("New PIN").fill("246813");
    await pin.getByRole("button", { name: "Choose this PIN" }).click();
    await pin.getByLabel("Current PIN").fill("246813");
    await pin.getByLabel("New PIN").fill("135790");
    await answered("PUT", "/auth/pin-code", () => pin.getByRole("button", { name: "Change the PIN" }).click());
    await posted("/auth/session/unlock", { pinCode: "135790" }, 204);
    await eventually("an empty form", async () => (await pin.getByLabel("Current PIN").inputValue()) === "");
    await pin.getByLabel("or your password").fill(ADA.password);
    accept();
    await pin.getByRole("button", { name: "Remove the PIN" }).click();
    await pin.getByRole("button", { name: "Choose this PIN" }).waitFor();
    assert.equal((await ask("/auth/status")).pinCode, false);
  });

  test("a profile picture comes from a file or from a photo, and goes", async () => {
    const own = panel("Profile picture");
    const now = async () => (await ask("/users/me")).profileImagePath;
    await own.getByLabel("Take a file").setInputFiles({ name: "me.jpg", mimeType: "image/jpeg", buffer: await jpeg({ seed: 7 }) });
    await own.getByRole("img").waitFor();
    const first = await now();
    assert.match(first, /\.jpg$/);
    await own.getByRole("button", { name: "Take one of your photos" }).click();
    await dialog().getByRole("button", { name: "Take photo 1" }).waitFor();
    await picture(page, "profile-picture");
    assert.deepEqual(await browser.faults(page), []);
    await dialog().getByRole("button", { name: "Take photo 1" }).click();
    await closed();
    assert.notEqual(await now(), first);
    await own.getByRole("button", { name: "Remove the picture" }).click();
    await own.getByText("You have no picture.").waitFor();
    assert.equal(await now(), "");
  });

  test("a workflow is made of a template, switched on, and says how it went", async () => {
    await page.getByRole("link", { name: "Workflows" }).click();
    await page.getByText("There are no workflows yet.").waitFor();
    await button("Use: Archive screenshots").click();
    await dialog().getByText("1. Filter by filename").click();
    await dialog().getByLabel("Filename pattern").fill("shot");
    await dialog().getByLabel("Write down how its runs end").check();
    await picture(page, "workflow");
    assert.deepEqual(await browser.faults(page), []);
    await dialog().getByRole("button", { name: "Save" }).click();
    await closed();
    const now = async () => (await ask("/workflows"))[0];
    const { enabled, logging, steps } = await now();
    assert.deepEqual([enabled, logging], [false, true]);
    assert.deepEqual(
      steps.map(({ method }) => method),
      ["assetFileFilter", "assetArchive", "assetAddToAlbums"].map((method) => `immich-plugin-core#${method}`),
    );
    assert.deepEqual([steps[0].config.pattern, steps[0].config.matchType], ["shot", "contains"]);
    assert.deepEqual(steps[2].config, { albumIds: [], albumName: "Screenshots" });
    const isOn = page.getByLabel("Archive screenshots is on");
    // No success; of a status of an error the browser would complain.
    const refused = { status: 300, json: { message: "Not now" } };
    await page.route("**/api/workflows/*", (route) => (route.request().method() === "PUT" ? route.fulfill(refused) : route.continue()));
    await isOn.click();
    await page.getByText("Not now", { exact: true }).waitFor();
    await eventually("the tick as it was", async () => !(await isOn.isChecked()));
    await page.unroute("**/api/workflows/*");
    await answered("PUT", `/workflows/${(await now()).id}`, () => isOn.click());
    assert.equal((await now()).enabled, true);
    const id = await uploaded("a shot.jpg", 2);
    assert.equal((await ask(`/assets/${id}`)).visibility, "archive");
    await button("Runs of Archive screenshots").click();
    await dialog().getByText("Done", { exact: true }).waitFor();
    await picture(page, "workflow-runs");
    assert.deepEqual(await browser.faults(page), []);
    await page.keyboard.press("Escape");
    await closed();
    assert.deepEqual(await browser.faults(page), []);
    accept();
    await button("Delete Archive screenshots").click();
    await page.getByText("There are no workflows yet.").waitFor();
  });

  test("a library says which of its folders is not there, is edited, scanned and deleted", async () => {
    await server.put("italy/a.jpg", await jpeg({ seed: 3 }));
    await page.goto("/admin");
    const libraries = panel("Libraries");
    await libraries.getByText("New library", { exact: true }).click();
    await libraries.getByLabel("Name of the library").fill("Italy");
    await libraries.getByLabel("Folders on the server").fill("/italy\n/nowhere");
    await libraries.getByRole("button", { name: "Create the library" }).click();
    await dialog().getByText("/nowhere: Path does not exist (ENOENT)").waitFor();
    await picture(page, "library");
    assert.deepEqual(await browser.faults(page), []);
    await dialog().getByLabel("Folders on the server").fill(" /italy \n\n/italy");
    await dialog().getByLabel("What is left out").fill("**/raw/**");
    await dialog().getByRole("button", { name: "Save" }).click();
    await closed();
    const [{ id, name, importPaths, exclusionPatterns }] = await ask("/libraries");
    assert.deepEqual([name, importPaths, exclusionPatterns], ["Italy", ["/italy"], ["**/raw/**"]]);
    await button("Scan: Italy").click();
    await page.getByText("The library is being scanned.").waitFor();
    await server.settle();
    assert.equal((await ask(`/libraries/${id}/statistics`)).photos, 1);
    accept();
    await button("Delete the library Italy").click();
    await button("Delete the library Italy").waitFor({ state: "detached" });
    assert.deepEqual(await ask("/libraries"), []);
  });

  test("queues say how far they are, and are filled by hand", async () => {
    const queues = panel("Queues");
    await queues.getByText("Start a queue", { exact: true }).click();
    await queues.locator("select").first().selectOption("sidecar");
    await answered("PUT", "/jobs/sidecar", () => queues.getByRole("button", { name: "Start", exact: true }).click());
    await queues.getByText("Tidy up by hand", { exact: true }).click();
    await answered("POST", "/jobs", () => button("Remove tags without photos").click());
    await server.settle();
    const all = await ask("/queues");
    let waiting = 8;
    // The page that is open asks now and then.
    await page.goto("about:blank");
    await page.route("**/api/queues", async (route) => {
      const statistics = { active: 0, completed: 0, failed: 0, delayed: 0, waiting, paused: 0 };
      waiting = 2;
      await route.fulfill({ json: all.map((queue) => (queue.name === "sidecar" ? { ...queue, statistics } : queue)) });
    });
    await page.goto("/admin");
    await queues.getByText("75 %").waitFor();
    await picture(page, "queues");
    assert.deepEqual(await browser.faults(page), []);
    await page.unroute("**/api/queues");
  });

  test("a file that belongs to nothing is found, shown and deleted", async () => {
    const stray = "upload/stray/a.jpg";
    await server.put(stray, Buffer.from("nobody's"));
    await answered("POST", "/jobs", () => button("Check now: Files that belong to nothing").click());
    await server.settle();
    await panel("Checks of the files").getByRole("button", { name: "Look again" }).click();
    await button("Show: Files that belong to nothing").click();
    await dialog().getByRole("link", { name: stray }).waitFor();
    const table = await dialog().getByRole("link", { name: "Download as a table (CSV)" }).getAttribute("href");
    assert.match(await (await page.request.get(table)).text(), /upload\/stray\/a\.jpg/);
    await picture(page, "integrity");
    assert.deepEqual(await browser.faults(page), []);
    accept();
    await button(`delete the file: ${stray}`).click();
    await dialog().getByRole("link", { name: stray }).waitFor({ state: "detached" });
    assert.deepEqual(await server.objects(stray), []);
    await page.keyboard.press("Escape");
    await closed();
  });

  test("a backup is made, brought and restored, and what came later is gone", async () => {
    const backups = panel("Backups of the database");
    await answered("POST", "/jobs", () => backups.getByRole("button", { name: "Make a backup" }).click());
    await server.settle();
    const [{ filename }] = (await ask(BACKUPS)).backups;
    const buffer = await (await page.request.get(`/api${BACKUPS}/${filename}`)).body();
    await backups.getByLabel("Bring a backup").setInputFiles({ name: "home.sql.gz", mimeType: "application/gzip", buffer });
    await button("Restore the backup uploaded-home.sql.gz").waitFor();
    await picture(page, "backups");
    assert.deepEqual(await browser.faults(page), []);
    accept();
    await button(`Delete the backup ${filename}`).click();
    await button(`Delete the backup ${filename}`).waitFor({ state: "detached" });
    assert.deepEqual((await ask(BACKUPS)).backups.map((backup) => backup.filename), ["uploaded-home.sql.gz"]);
    const { id } = await (await posted("/albums", { albumName: "Later" }, 201)).json();
    accept();
    await button("Restore the backup uploaded-home.sql.gz").click();
    // The page may be in maintenance for a moment only: web.test.mjs looks at it.
    await eventually("the restore to end", async () => {
      await server.settle();
      return new URL(page.url()).pathname === "/photos";
    });
    await page.getByRole("link", { name: /^Photo, / }).first().waitFor();
    assert.ok(!(await ask("/albums")).some((album) => album.id === id));
  });

  test("somebody else is led to the first steps once, and reads and removes what he is told", async () => {
    const { id } = await (await posted("/admin/users", BEN, 201)).json();
    await posted("/admin/notifications", { userId: id, title: "Hello", description: "The photos of the feast are there." }, 201);
    const ben = await browser.page(server.url, { width: 390, height: 844 });
    const signIn = async () => {
      await ben.getByLabel("E-mail").fill(BEN.email);
      await ben.getByLabel("Password").fill(BEN.password);
      await ben.getByRole("button", { name: "Sign in", exact: true }).click();
    };
    await ben.goto("/");
    await signIn();
    await ben.getByRole("heading", { name: "Welcome, Ben" }).waitFor();
    await picture(ben, "phone-welcome");
    assert.deepEqual(await browser.faults(ben), []);
    await ben.getByRole("button", { name: "Notifications: 1 new" }).click();
    await ben.getByRole("button", { name: "Mark as read: Hello" }).waitFor();
    await picture(ben, "phone-notifications");
    assert.deepEqual(await browser.faults(ben), []);
    await ben.getByRole("button", { name: "Delete: Hello" }).click();
    await ben.getByText("There is nothing new.").waitFor();
    await ben.keyboard.press("Escape");
    await ben.goto("/workflows");
    await ben.getByText("There are no workflows yet.").waitFor();
    assert.equal(await ben.evaluate(() => document.documentElement.scrollWidth), 390);
    await ben.goto("/welcome");
    await ben.getByRole("button", { name: "Begin", exact: true }).click();
    await ben.getByText("There are no photos here.").waitFor();
    assert.equal((await (await ben.request.get("/api/users/me/onboarding")).json()).isOnboarded, true);
    await ben.getByRole("button", { name: "Sign out" }).click();
    await ben.getByRole("heading", { name: "Sign in" }).waitFor();
    await signIn();
    await ben.getByText("There are no photos here.").waitFor();
    await ben.context().close();
  });

  test("the browser complained of nothing", () => assert.deepEqual(browser.complaints, []));
});
