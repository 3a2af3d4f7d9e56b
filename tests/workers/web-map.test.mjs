// Story: the map of places in a real browser. Without a style it is drawn by the page and nobody is asked; with one there are tiles, in a
// document of its own whose policy lets it ask for them, and circles that are pressed by mouse and keys; what cannot be loaded is told.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import sharp from "sharp";
import { ADA, picture, Visit } from "./support/browser.mjs";
import { jpeg } from "./support/media.mjs";
import { eventually } from "./support/server.mjs";

const TILES = "https://tiles.example";
/** Two places in one town, which lie apart when one comes nearer, and one far away. */
const PLACES = [[52.52, 13.4], [52.53, 13.41], [-33.87, 151.21]];
const SEA = { day: [51, 102, 153], night: [17, 34, 51] };
/** What a hostile style would want to be shown of it. */
const CREDIT = '<a href="https://tiles.example/about" onclick="alert(1)">© Test <b>tiles</b></a> <a href="javascript:alert(1)">more</a><img src="x" onerror="alert(1)">';
const POLICY = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src data: blob:; connect-src 'self' https:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

function style(sea) {
  return {
    version: 8,
    sources: {
      land: { type: "geojson", data: `${TILES}/land.json`, attribution: CREDIT },
      roads: { type: "vector", tiles: [`${TILES}/{z}/{x}/{y}.pbf`], maxzoom: 6 },
    },
    layers: [
      { id: "sea", type: "background", paint: { "background-color": `rgb(${sea.join(",")})` } },
      { id: "land", type: "fill", source: "land", paint: { "fill-color": "#ddeecc" } },
      { id: "roads", type: "line", source: "roads", "source-layer": "roads" },
    ],
  };
}
const square = [[0, 0], [5, 0], [5, 5], [0, 5], [0, 0]];
const LAND = { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [square] } };

describe("the map of places", () => {
  let visit;
  let server;
  let browser;
  let page;
  let ids;

  /** Paths that a page asked for, of the server and of others. */
  const asked = (own) => {
    const urls = [];
    own.on("request", (request) => urls.push(request.url()));
    return urls;
  };
  const isOfMap = (url) => /\/map-frame|\/map\/|maplibre/.test(new URL(url).pathname) && !new URL(url).pathname.startsWith("/api/");
  const circle = (within, count) => within.getByRole("button", { name: `${count} items`, exact: true });
  const tiles = (own) => own.frameLocator("iframe.tiles");
  const frame = (own) => own.frames().find((it) => it.url().endsWith("/map-frame"));

  async function signedIn(options) {
    const own = await browser.page(server.url, options);
    await logIn(own);
    return own;
  }
  async function logIn({ request }) {
    const { email, password } = ADA;
    assert.equal((await request.post("/api/auth/login", { data: { email, password } })).status(), 201);
  }

  /** Answers for the server of tiles; gives what it was asked for. */
  async function withTiles(own) {
    const paths = [];
    const bodies = { "/day.json": style(SEA.day), "/night.json": style(SEA.night), "/land.json": LAND };
    await own.context().route(`${TILES}/**`, (route) => {
      const { pathname } = new URL(route.request().url());
      paths.push(pathname);
      const headers = { "access-control-allow-origin": "*" };
      const json = bodies[pathname];
      if (json) return route.fulfill({ json, headers });
      return route.fulfill({ contentType: "application/x-protobuf", body: Buffer.alloc(0), headers });
    });
    return paths;
  }

  async function configure(lightStyle, darkStyle) {
    const config = await (await page.request.get("/api/system-config")).json();
    const data = { ...config, map: { ...config.map, lightStyle, darkStyle } };
    assert.equal((await page.request.put("/api/system-config", { data })).status(), 200);
    const told = async () => (await (await page.request.get("/api/server/config")).json()).mapLightStyleUrl === lightStyle;
    await eventually("the configured style", told);
  }

  async function uploaded([latitude, longitude], index) {
    const at = "2024-05-01T10:00:00.000Z";
    const assetData = { name: `place ${index}.jpg`, mimeType: "image/jpeg", buffer: await jpeg({ seed: 70 + index }) };
    const answer = await page.request.post("/api/assets", { multipart: { fileCreatedAt: at, fileModifiedAt: at, assetData } });
    assert.equal(answer.status(), 201, await answer.text());
    const { id } = await answer.json();
    await eventually("its pictures", async () => (await (await page.request.get(`/api/assets/${id}`)).json()).thumbhash);
    assert.equal((await page.request.put(`/api/assets/${id}`, { data: { latitude, longitude } })).status(), 200);
    return id;
  }

  /** The share of the map that has this colour. */
  async function share(own, [red, green, blue]) {
    const { data } = await sharp(await own.locator("iframe.tiles").screenshot()).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const near = (value, other) => Math.abs(value - other) < 8;
    let found = 0;
    for (let at = 0; at < data.length; at += 3) found += near(data[at], red) && near(data[at + 1], green) && near(data[at + 2], blue);
    return found / (data.length / 3);
  }

  before(async () => {
    visit = await Visit.start();
    ({ server, browser, page } = visit);
    await visit.signUp();
    ids = [];
    for (const [index, place] of PLACES.entries()) ids.push(await uploaded(place, index));
  });
  after(() => visit?.stop());

  test("the document and its code have their policy, and the page has its own", async () => {
    const policy = async (path) => {
      const answer = await fetch(server.url + path);
      assert.equal(answer.status, 200, path);
      return [answer.headers.get("content-security-policy"), await answer.text(), answer.headers.get("content-type")];
    };
    const [own, text, type] = await policy("/map-frame");
    assert.equal(own, POLICY);
    assert.match(type, /^text\/html/);
    const [, folder] = text.match(/src="(\/web\/[^"]+\/map)\/map\.js"/);
    for (const name of ["map.js", "maplibre-gl.mjs", "maplibre-gl-worker.mjs"]) {
      const [own, , type] = await policy(`${folder}/${name}`);
      assert.equal(own, POLICY, name);
      assert.match(type, /^(?:text|application)\/javascript/, name);
    }
    assert.match((await policy(`${folder}/maplibre-gl.LICENSE.txt`))[1], /Redistribution and use/);
    const [pages] = await policy("/places");
    assert.match(pages, /connect-src 'self'; /);
    assert.ok(!pages.includes("https:") && pages.includes("frame-src 'self'"), pages);
  });

  test("where no style is configured the page draws the map and loads nothing more", async () => {
    const urls = asked(page);
    await page.goto("/places");
    await circle(page, 2).waitFor();
    await circle(page, 1).waitFor();
    assert.equal(await page.locator("iframe").count(), 0);
    assert.deepEqual(urls.filter(isOfMap), []);
    await circle(page, 2).focus();
    await page.keyboard.press(" ");
    await eventually("two circles", async () => (await circle(page, 1).count()) === 2);
  });

  test("with a style there are tiles, and circles that come nearer and open photos", async () => {
    await configure(`${TILES}/day.json`, `${TILES}/night.json`);
    const own = await signedIn({ others: [TILES] });
    const [urls, paths] = [asked(own), await withTiles(own)];
    await own.goto("/photos");
    await own.getByRole("link", { name: /^Photo, / }).first().waitFor();
    assert.deepEqual(urls.filter(isOfMap), [], "the map is loaded where it is needed");
    await own.goto("/places");
    const map = tiles(own);
    await map.locator("canvas").waitFor();
    await circle(map, 2).waitFor();
    await circle(map, 1).waitFor();
    await eventually("tiles and shapes, which the worker asks for", () => paths.includes("/land.json") && paths.some((path) => path.endsWith(".pbf")));
    assert.ok(urls.some((url) => url.endsWith("/maplibre-gl-worker.mjs")), urls.join(", "));
    await eventually("the sea", async () => (await share(own, SEA.day)) > 0.5);
    await picture(own, "places-tiles");
    assert.deepEqual(await browser.faults(own), []);
    assert.deepEqual(await browser.faults(frame(own)), []);

    const active = () => frame(own).evaluate(() => globalThis.document.activeElement.className);
    await map.locator("canvas").focus();
    await own.keyboard.press("Tab");
    assert.match(await active(), /\bcircle\b/);
    await circle(map, 2).press("Enter");
    await eventually("both places", async () => (await circle(map, 1).count()) === 2 && (await circle(map, 2).count()) === 0);
    assert.match(await active(), /\bcircle\b/, "the keyboard stays in the map");
    await own.getByRole("button", { name: "All photos" }).click();
    await circle(map, 2).click();
    await eventually("both places again", async () => (await circle(map, 1).count()) === 2 && (await circle(map, 2).count()) === 0);
    await circle(map, 1).first().click();
    await own.waitForURL("**/photos/*");
    assert.ok(ids.slice(0, 2).includes(new URL(own.url()).pathname.split("/").at(-1)), own.url());
    await own.context().close();
  });

  test("what a style wants to be shown of it is words and safe links", async () => {
    const own = await signedIn({ others: [TILES] });
    await withTiles(own);
    await own.goto("/places");
    const credits = tiles(own).locator("#credits");
    await credits.getByText("© Test").waitFor();
    assert.equal((await credits.innerText()).trim(), "© Test tiles more");
    const links = await credits.locator("a").evaluateAll((all) => all.map(({ href, target, rel }) => [href, target, rel]));
    assert.deepEqual([...new Set(links.map(String))], [`${TILES}/about,_blank,noopener noreferrer`]);
    assert.equal(await credits.locator("img, [onclick]").count(), 0);
    await own.context().close();
  });

  test("by night there is the other style, also when night comes", async () => {
    const own = await signedIn({ others: [TILES], width: 390, height: 844 });
    const paths = await withTiles(own);
    await own.goto("/places");
    await circle(tiles(own), 2).waitFor();
    assert.ok(paths.includes("/day.json") && !paths.includes("/night.json"), paths.join(", "));
    await own.emulateMedia({ colorScheme: "dark" });
    await eventually("the sea by night", async () => (await share(own, SEA.night)) > 0.5);
    await circle(tiles(own), 2).waitFor();
    await picture(own, "phone-places-tiles");
    assert.deepEqual(await browser.faults(frame(own)), []);
    await own.context().close();
  });

  test("a style that cannot be loaded is told of, and the map is drawn without", async () => {
    // Not one of browser.page(): an answer that refuses is on the console.
    const context = await browser.chromium.newContext({ baseURL: server.url });
    const own = await context.newPage();
    await logIn(own);
    await context.route(`${TILES}/**`, (route) => route.fulfill({ status: 404, body: "", headers: { "access-control-allow-origin": "*" } }));
    await own.goto("/places");
    await own.getByText("The configured map cannot be loaded").waitFor();
    await circle(own, 2).waitFor();
    assert.equal(await own.locator("iframe").count(), 0);
    await context.close();
  });

  test("a style without https is not loaded, and neither is the map", async () => {
    await configure("http://tiles.example/day.json", `${TILES}/night.json`);
    const urls = asked(page);
    await page.goto("/places");
    await page.getByText("does not begin with https://").waitFor();
    await circle(page, 2).waitFor();
    assert.deepEqual(urls.filter((url) => isOfMap(url) || new URL(url).hostname === "tiles.example"), []);
  });

  test("the browser complained of nothing", () => {
    // Of the handler in what the style says of itself: that it is not run.
    const isRefused = (line) => line.startsWith("Executing inline event handler violates") && line.includes("/map/map.js");
    assert.deepEqual(browser.complaints.filter((line) => !isRefused(line)), []);
  });
});
