// A real browser (Debian's Chromium, driven by playwright-core). What it complains of fails the test: errors on the console, and
// everything that the content security policy forbids.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { chromium } from "playwright-core";
import { eventually, PATIENCE, Server } from "./server.mjs";

/** Where `cargo xtask web` puts the page. */
export const WEB = path.resolve(import.meta.dirname, "../../../build/web");
/** The first account of the stories. */
export const ADA = { name: "Ada", email: "ada@example.com", password: "correct horse battery" };
/** Where Debian puts it; another one by EDGE_CHROMIUM. */
const CHROMIUM = process.env.EDGE_CHROMIUM ?? "/usr/bin/chromium";
/** Screenshots stay here when it is set. */
const PICTURES = process.env.EDGE_PICTURES;
/** Windows that pages are looked at in: of a screen and of a phone. */
const WINDOWS = [[1440, 900], [390, 844]];
/** What Chromium says of an answer that refuses. */
const REFUSED = /^Failed to load resource: the server responded with a status of 4\d\d/;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A browser and what went wrong in it. */
export class Browser {
  /** What the pages complained of. */
  complaints = [];

  /** Starts one. */
  static async start() {
    if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is missing: cargo xtask setup`);
    const browser = new Browser();
    // Whoever runs the tests as root, in a container, has no sandbox; the pages are ours.
    // WebGL without a graphics card, for the map.
    const args = ["--no-sandbox", "--disable-dev-shm-usage", "--enable-unsafe-swiftshader"];
    browser.chromium = await chromium.launch({ executablePath: CHROMIUM, args });
    return browser;
  }

  /**
   * A page of somebody else: cookies of its own. `mayBeRefused`: the server refuses something in the story, which is no complaint.
   * `others` are origins that it may ask besides the server's.
   */
  async page(url, { width = 1440, height = 900, locale = "en-GB", colorScheme = "light", mayBeRefused = false, others = [], ...more } = {}) {
    const context = await this.chromium.newContext({ baseURL: url, viewport: { width, height }, locale, colorScheme, timezoneId: "UTC", ...more });
    context.setDefaultTimeout(20_000 * PATIENCE);
    const page = await context.newPage();
    this.#watch(page, [new URL(url).origin, ...others], mayBeRefused);
    return page;
  }

  /** Another window with the cookies of `page`, on the server at `url`; `mayBeRefused` as there. */
  async beside(page, url, { mayBeRefused = false } = {}) {
    const other = await page.context().newPage();
    this.#watch(other, [new URL(url).origin], mayBeRefused);
    return other;
  }

  /** Collects what a page complains of. It may ask these origins. */
  #watch(page, origins, mayBeRefused) {
    page.on("console", (message) => {
      // What Chromium says when a page is left before its channel is open.
      if (message.text().includes("WebSocket is closed before the connection is established")) return;
      if (mayBeRefused && REFUSED.test(message.text())) return;
      // What the driver of WebGL says of its own speed, without a graphics card.
      if (message.text().includes("GL Driver Message")) return;
      if (["error", "warning"].includes(message.type())) this.complaints.push(`${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("request", (request) => {
      const { origin, protocol } = new URL(request.url());
      if (protocol.startsWith("http") && !origins.includes(origin)) this.complaints.push(`asked others: ${request.url()}`);
    });
  }

  /** Serious faults that axe-core finds for people with screen readers and keyboards. */
  async faults(page) {
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
    return serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(", ")}`);
  }

  /** As `faults`, in the window of a screen and in that of a phone, in which it must have room; keeps a picture of each. */
  async look(page, name) {
    const usual = page.viewportSize();
    const found = [];
    for (const [width, height] of WINDOWS) {
      await page.setViewportSize({ width, height });
      // Photos are laid out anew a moment later.
      await eventually(`${name} in a window of ${width}`, () => page.evaluate((width) => document.documentElement.scrollWidth <= width, width));
      await picture(page, `${name}-${width}`);
      found.push(...(await this.faults(page)).map((fault) => `${width} wide: ${fault}`));
    }
    await page.setViewportSize(usual);
    return found;
  }

  async stop() {
    await this.chromium?.close();
  }
}

/** Does what a page asks about, and answers; gives the words and the kind of the question. */
export async function answering(page, isYes, deed) {
  const asked = page.waitForEvent("dialog").then(async (dialog) => {
    await (isYes ? dialog.accept() : dialog.dismiss());
    return { words: dialog.message(), kind: dialog.type() };
  });
  const [answer] = await Promise.all([asked, deed()]);
  return answer;
}

/** What stories of the web page begin with: a server of their own that serves it, a browser, and a page in it. */
export class Visit {
  /** Starts all of them; nobody has an account yet. */
  static async start() {
    assert.ok(existsSync(path.join(WEB, "index.html")), "cargo xtask web makes the page");
    const visit = new Visit();
    try {
      visit.server = await Server.start({ web: WEB });
      visit.browser = await Browser.start();
      visit.page = await visit.browser.page(visit.server.url);
    } catch (error) {
      await visit.stop();
      throw error;
    }
    return visit;
  }

  /** Makes the first account, Ada's, and logs the page in. */
  async signUp() {
    const { email, password } = ADA;
    for (const [route, data] of [["admin-sign-up", ADA], ["login", { email, password }]]) {
      const answer = await this.page.request.post(`/api/auth/${route}`, { data });
      assert.equal(answer.status(), 201, `${route}: ${await answer.text()}`);
    }
  }

  async stop() {
    await this.browser?.stop();
    await this.server?.stop();
  }
}

/** Keeps a picture of a page for people to look at. */
export async function picture(page, name) {
  if (!PICTURES) return;
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: path.join(PICTURES, `${name}.png`) });
}
