// Story: accounts in a real browser. A wrong password and a wrong PIN are told, a password is changed, a device signed out, a key deleted; an
// administrator deletes a user, brings them back and gives them a password, brings settings back to their defaults, pauses a queue; and what
// systems read that install the page.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ADA, answering, picture, Visit } from "./support/browser.mjs";
import { jpeg } from "./support/media.mjs";
import { eventually } from "./support/server.mjs";

const BEN = { name: "Ben", email: "ben@example.com", password: "another horse battery" };
/** What Ada chooses, and what she gives Ben. */
const [CHOSEN, GIVEN] = ["a new horse battery", "a given horse battery"];
const [PIN, WRONG_PIN] = ["246813", "135790"];
const QUEUE = "thumbnailGeneration";

describe("accounts on the web page", () => {
  let visit;
  let server;
  let browser;
  let page;

  const buttonOf = (page, name) => page.getByRole("button", { name, exact: true });
  const button = (name) => buttonOf(page, name);
  const panel = (name) => page.locator(".panel", { has: page.getByRole("heading", { name, exact: true }) });
  const nothing = (page) => page.getByText("There are no photos here.").waitFor();
  const alert = (page, words) => page.getByRole("alert").filter({ hasText: words }).waitFor();
  const saved = () => page.getByText("Saved", { exact: true }).waitFor();
  const ask = async (route, who = page) => (await who.request.get(`/api${route}`)).json();

  async function done(who, method, route, data, status) {
    const answer = await who.request.fetch(`/api${route}`, { method, data });
    assert.equal(answer.status(), status, `${method} ${route}: ${await answer.text()}`);
    const text = await answer.text();
    return text ? JSON.parse(text) : undefined;
  }

  /** What the server answers to somebody else than the browser. */
  async function status(route, { method = "GET", headers = {}, body } = {}) {
    const answer = await fetch(`${server.url}/api${route}`, { method, headers: { "content-type": "application/json", ...headers }, body: body && JSON.stringify(body) });
    await answer.arrayBuffer();
    return answer.status;
  }
  const logIn = ({ email }, password) => status("/auth/login", { method: "POST", body: { email, password } });

  before(async () => {
    visit = await Visit.start();
    ({ server, browser, page } = visit);
    await visit.signUp();
    await done(page, "POST", "/admin/users", { ...BEN, shouldChangePassword: false }, 201);
  });
  after(() => visit?.stop());

  test("systems that install the page begin with the photos, in a window of their own", async () => {
    await page.goto("/photos");
    await nothing(page);
    const address = await page.locator("link[rel=manifest]").getAttribute("href");
    const answer = await page.request.get(address);
    const { start_url: start, display, name } = await answer.json();
    assert.deepEqual([start, display, name], ["/photos", "standalone", "immich-edge"]);
    await page.goto(start);
    await nothing(page);
  });

  test("a wrong password is told, and a wrong PIN", async () => {
    const ben = await browser.page(server.url, { mayBeRefused: true });
    await ben.goto("/");
    await ben.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.deepEqual(await browser.look(ben, "sign-in"), []);
    const enter = async (password) => {
      await ben.getByLabel("E-mail").fill(BEN.email);
      await ben.getByLabel("Password").fill(password);
      await buttonOf(ben, "Sign in").click();
    };
    await enter("something else");
    await alert(ben, "Wrong e-mail or password.");
    assert.deepEqual(await browser.faults(ben), []);
    await picture(ben, "wrong-password");
    await enter(BEN.password);
    // Who signs in for the first time is led to the first steps.
    await ben.getByRole("heading", { name: "Welcome, Ben" }).waitFor();
    await buttonOf(ben, "Begin").click();
    await nothing(ben);

    const isOpen = async () => (await ask("/auth/status", ben)).isElevated;
    await ben.getByRole("link", { name: "Locked folder", exact: true }).last().click();
    await ben.getByLabel("PIN").fill(PIN);
    await buttonOf(ben, "Choose this PIN").click();
    await buttonOf(ben, "Lock").click();
    await ben.getByText("Enter your PIN to see these photos.").waitFor();
    await ben.getByLabel("PIN").fill(WRONG_PIN);
    await buttonOf(ben, "Open").click();
    await alert(ben, "The PIN is not right.");
    assert.equal(await isOpen(), false);
    assert.deepEqual(await browser.look(ben, "wrong-pin"), []);
    await ben.getByLabel("PIN").fill(PIN);
    await buttonOf(ben, "Open").click();
    await buttonOf(ben, "Lock").waitFor();
    assert.equal(await isOpen(), true);
    await ben.context().close();
  });

  test("a device is signed out from another one", async () => {
    const phone = await browser.page(server.url, { mayBeRefused: true, width: 390, height: 844 });
    const frames = [];
    phone.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => frames.push(String(payload))));
    await done(phone, "POST", "/auth/login", { email: ADA.email, password: ADA.password }, 201);
    await phone.goto("/photos");
    await nothing(phone);
    await eventually("the channel", () => frames.some((frame) => frame.startsWith("40")));
    await page.goto("/settings");
    await page.getByText("This device").waitFor();
    const others = page.getByRole("button", { name: /^Sign out: / });
    await eventually("the phone", async () => (await others.count()) === 1);
    await others.click();
    await eventually("this device alone", async () => (await others.count()) === 0);
    assert.deepEqual((await ask("/sessions")).map(({ current }) => current), [true]);
    await phone.getByRole("heading", { name: "Sign in" }).waitFor();
    await phone.context().close();
  });

  test("somebody gets another name and another password, and deletes a key", async () => {
    const { secret } = await done(page, "POST", "/api-keys", { name: "a script", permissions: ["all"] }, 201);
    const used = () => status("/users/me", { headers: { "x-api-key": secret } });
    assert.equal(await used(), 200);
    await page.goto("/settings");
    await button("Delete the key a script").click();
    await button("Delete the key a script").waitFor({ state: "detached" });
    assert.equal(await used(), 401);

    const profile = panel("Profile");
    await profile.getByLabel("Name").fill("Ada L.");
    await profile.getByRole("button", { name: "Save" }).click();
    await saved();
    assert.equal((await ask("/users/me")).name, "Ada L.");

    await page.reload();
    const own = panel("Password");
    await own.getByLabel("Current password").fill(ADA.password);
    await own.getByLabel("New password").fill(CHOSEN);
    await own.getByRole("button", { name: "Save" }).click();
    await saved();
    assert.deepEqual([await logIn(ADA, ADA.password), await logIn(ADA, CHOSEN)], [401, 201]);
    await page.reload();
    await page.getByText("This device").waitFor();
  });

  test("a user is deleted and comes back, and gets a new password", async () => {
    const ben = async () => (await ask("/admin/users?withDeleted=true")).find(({ email }) => email === BEN.email);
    await page.goto("/admin");
    const remove = () => button("Delete Ben").click();
    assert.equal((await answering(page, false, remove)).words, "Delete Ben and all their photos?");
    assert.equal((await ben()).deletedAt, null);
    await answering(page, true, remove);
    await button("Restore Ben").waitFor();
    assert.ok((await ben()).deletedAt);
    assert.equal(await logIn(BEN, BEN.password), 401);
    await button("Restore Ben").click();
    await button("Edit Ben").waitFor();
    assert.equal((await ben()).deletedAt, null);
    assert.equal(await logIn(BEN, BEN.password), 201);

    await button("Edit Ben").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Reset the password (optional)").fill(GIVEN);
    await dialog.getByLabel("Administrator").check();
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached" });
    assert.deepEqual([await logIn(BEN, BEN.password), await logIn(BEN, GIVEN)], [401, 201]);
    const { shouldChangePassword, isAdmin } = await ben();
    assert.deepEqual([shouldChangePassword, isAdmin], [true, true]);
  });

  test("settings are brought back to their defaults", async () => {
    const [now, usual] = [await ask("/system-config"), await ask("/system-config/defaults")];
    assert.notEqual(usual.trash.days, 14);
    await done(page, "PUT", "/system-config", { ...now, trash: { ...now.trash, days: 14 }, map: { ...now.map, enabled: !now.map.enabled } }, 200);
    await page.goto("/admin");
    const settings = panel("Settings of the server");
    const fold = settings.locator("details", { has: page.locator("summary", { hasText: /^Trash$/ }) });
    await fold.locator("summary").click();
    const days = fold.getByLabel("Days");
    assert.equal(await days.inputValue(), "14");
    await fold.getByRole("button", { name: "Back to the defaults" }).click();
    await eventually("the default", async () => (await days.inputValue()) === String(usual.trash.days));
    await settings.getByRole("button", { name: "Save" }).click();
    await saved();
    const { trash, map } = await ask("/system-config");
    assert.equal(trash.days, usual.trash.days);
    assert.equal(map.enabled, !now.map.enabled, "other parts stay as they are");
  });

  test("a queue is paused, and goes on", async () => {
    const isPaused = async () => (await ask("/queues")).find(({ name }) => name === QUEUE).isPaused;
    await button(`Pause: ${QUEUE}`).click();
    await button(`Resume: ${QUEUE}`).waitFor();
    assert.equal(await isPaused(), true);
    await picture(page, "paused");
    await button(`Resume: ${QUEUE}`).click();
    await button(`Pause: ${QUEUE}`).waitFor();
    assert.equal(await isPaused(), false);
    await page.goto("/photos");
    await page.locator("input[type=file]").setInputFiles([{ name: "a.jpg", mimeType: "image/jpeg", buffer: await jpeg({ seed: 5 }) }]);
    const ready = (images) => images.length === 1 && images.every((image) => image.complete && image.naturalWidth > 0);
    await eventually("a thumbnail", () => page.locator(".photo img").evaluateAll(ready));
  });

  test("the browser complained of nothing", () => assert.deepEqual(browser.complaints, []));
});
