// Story: somebody clicks through a login with a real OpenID Connect provider in a real browser.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Browser, WEB } from "./support/browser.mjs";
import { firstAdmin } from "./support/client.mjs";
import { Identity } from "./support/identity.mjs";
import { eventually, Server } from "./support/server.mjs";

describe("a login through an identity provider, clicked", () => {
  let server;
  let identity;
  let browser;
  let page;
  let admin;
  let credentials;

  /** Says yes to whatever the provider asks, until we are back. */
  async function back() {
    await eventually("the way back", async () => {
      if (new URL(page.url()).origin === server.url) return true;
      const yes = page.getByRole("button", { name: "Continue" });
      if (await yes.isVisible()) await yes.click();
      return false;
    });
  }

  before(async () => {
    server = await Server.start({ web: WEB });
    ({ admin, credentials } = await firstAdmin(server.url));
    assert.equal((await admin.put("/users/me/onboarding", { isOnboarded: true })).status, 200);
    identity = await Identity.start({ redirects: ["/auth/login", "/user-settings"].map((back) => server.url + back) });
    const { body } = await admin.get("/system-config/defaults");
    const oauth = { ...body.oauth, ...identity.config, buttonText: "Go to the provider" };
    assert.equal((await admin.put("/system-config", { ...body, oauth })).status, 200);
    browser = await Browser.start();
    page = await browser.page(server.url);
  });
  after(async () => {
    await browser?.stop();
    await identity?.stop();
    await server?.stop();
  });

  test("there and back", async () => {
    await page.goto("/");
    await page.getByRole("button", { name: "Go to the provider", exact: true }).click();
    await page.locator("input[name=login]").fill("ada");
    await page.locator("input[name=password]").fill("any");
    assert.equal(new URL(page.url()).origin, identity.issuer);
    await page.locator("button[type=submit]").click();
    await page.getByRole("button", { name: "Continue" }).click();
    // Who comes for the first time is told where to begin.
    await page.getByRole("button", { name: "Begin", exact: true }).click();
    await page.getByText("There are no photos here.").waitFor();
    assert.equal(page.url(), `${server.url}/photos`);
    const me = await page.evaluate(async () => (await fetch("/api/users/me")).json());
    assert.deepEqual([me.email, me.oauthId], ["ada@immich.test", "ada"]);
    // What the provider's own pages load is its affair.
    const theirs = [identity.issuer, "https://fonts.googleapis.com"];
    const ours = browser.complaints.filter((complaint) => !theirs.some((address) => complaint.includes(address)));
    assert.deepEqual(ours, []);
  });

  test("an account is unlinked, and linked again", async () => {
    await page.goto("/settings");
    await page.getByText("Your account is linked.").waitFor();
    await page.getByRole("button", { name: "Unlink", exact: true }).click();
    await page.getByText("Your account is not linked.").waitFor();
    await page.getByRole("button", { name: "Link", exact: true }).click();
    await page.waitForURL((url) => url.origin === identity.issuer);
    await back();
    await page.getByText("Your account is linked.").waitFor();
    assert.equal(page.url(), `${server.url}/settings`);
    const me = await page.evaluate(async () => (await fetch("/api/users/me")).json());
    assert.equal(me.oauthId, "ada");
  });

  test("what the provider refuses is said", async () => {
    const guest = await browser.page(server.url);
    await guest.goto("/auth/login?error=access_denied&error_description=Not%20today");
    await guest.getByText("The identity provider refused: Not today").waitFor();
    await guest.context().close();
  });

  test("who just comes is sent to the provider where the administrator wants it so", async () => {
    const { body } = await admin.get("/system-config");
    assert.equal((await admin.put("/system-config", { ...body, oauth: { ...body.oauth, autoLaunch: true } })).status, 200);
    const guest = await browser.page(server.url);
    await guest.goto("/auth/login?autoLaunch=0");
    await guest.getByRole("button", { name: "Go to the provider", exact: true }).waitFor();
    await guest.goto("/");
    await guest.waitForURL((url) => url.origin === identity.issuer);
    await guest.context().close();
    // Who signs out is not sent in again: a session of the provider ends there, one by password shows the form.
    await page.goto("/photos");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL((url) => url.origin === identity.issuer && url.pathname === "/session/end");
    await page.getByRole("button", { name: "Yes, sign me out" }).waitFor();
    await page.goto("/auth/login?autoLaunch=0");
    await page.getByLabel("E-mail").fill(credentials.email);
    await page.getByLabel("Password").fill(credentials.password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByText("There are no photos here.").waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Go to the provider", exact: true }).waitFor();
  });
});
