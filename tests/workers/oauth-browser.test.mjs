// Story: somebody clicks through a login with a real OpenID Connect provider in a real browser.
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { Browser } from "./support/browser.mjs";
import { firstAdmin } from "./support/client.mjs";
import { Identity } from "./support/identity.mjs";
import { Server } from "./support/server.mjs";

const WEB = path.resolve(import.meta.dirname, "../../build/web");

describe("a login through an identity provider, clicked", () => {
  let server;
  let identity;
  let browser;
  let page;

  before(async () => {
    server = await Server.start({ web: WEB });
    const { admin } = await firstAdmin(server.url);
    identity = await Identity.start({ redirects: [`${server.url}/auth/login`] });
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
    await page.getByText("There are no photos here.").waitFor();
    assert.equal(page.url(), `${server.url}/photos`);
    const me = await page.evaluate(async () => (await fetch("/api/users/me")).json());
    assert.deepEqual([me.email, me.oauthId], ["ada@immich.test", "ada"]);
    // What the provider's own pages load is its affair.
    const theirs = [identity.issuer, "https://fonts.googleapis.com"];
    const ours = browser.complaints.filter((complaint) => !theirs.some((address) => complaint.includes(address)));
    assert.deepEqual(ours, []);
  });
});
