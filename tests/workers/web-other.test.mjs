// Story: another web page instead of ours (docs/web.md): links answer its index.html with what messengers show of them, and code of it
// that is missing is missing. On our host the page is ours; what links answer is the same there.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { firstAdmin } from "./support/client.mjs";
import { jpeg } from "./support/media.mjs";
import { discard, Server, temporaryFolder } from "./support/server.mjs";

const INDEX = '<!doctype html><html><head><meta charset="utf-8"><!-- page:tags --><title>Another page</title></head><body>its own</body></html>';
/** As xtask/src/web.rs has it for another page. */
const UNFRAMED = "frame-ancestors 'none'";
const HEADERS = `/*\n  Content-Security-Policy: ${UNFRAMED}\n  X-Content-Type-Options: nosniff\n\n/_app/immutable/*\n  Cache-Control: public, max-age=31536000, immutable\n`;
const FOREVER = "public, max-age=31536000, immutable";
const isSpin = Boolean(process.env.EDGE_TEST_SERVER);

describe("another web page", () => {
  let server;
  let admin;
  let photo;
  let link;
  const web = temporaryFolder();
  before(async () => {
    mkdirSync(path.join(web, "_app/immutable"), { recursive: true });
    for (const [name, text] of [["index.html", INDEX], ["_headers", HEADERS], ["_app/immutable/entry.js", "export {};"]]) writeFileSync(path.join(web, name), text);
    server = await Server.start({ web, vars: { OTHER_PAGE: "on" } });
    ({ admin } = await firstAdmin(server.url));
    ({ body: { id: photo } } = await admin.upload(await jpeg({ width: 400, height: 300, seed: 1 }), "photo.jpg"));
    await admin.rendered([photo]);
    const made = await admin.post("/shared-links", { type: "INDIVIDUAL", assetIds: [photo], description: "By the <sea>", slug: "sea" });
    assert.equal(made.status, 201);
    link = `/share/${made.body.key}`;
  });
  after(async () => {
    await server?.stop();
    discard(web);
  });

  const open = async (asked) => {
    const answer = await fetch(server.url + asked, { headers: { accept: "text/html", "sec-fetch-mode": "navigate" } });
    return { status: answer.status, url: answer.url, headers: answer.headers, text: await answer.text() };
  };

  test("without its index.html links are pages of ours, also at the address of a photo", async () => {
    const led = await open(`${link}/photos/${photo}`);
    assert.equal(led.url, server.url + link);
    assert.match(led.text, /1 shared photos &amp; videos/);
  });

  test("links answer its index.html with what messengers show of them", async () => {
    // As `cargo xtask` does.
    await server.put("web/index.html", INDEX);
    for (const asked of [link, "/s/sea", `${link}/photos/${photo}`, `/s/sea/photos/${photo}`]) {
      const { status, headers, text } = await open(asked);
      assert.equal(status, 200, asked);
      assert.match(headers.get("content-type"), /^text\/html/);
      assert.equal(headers.get("cache-control"), "no-store");
      assert.equal(headers.get("content-security-policy"), UNFRAMED);
      assert.ok(text.endsWith("<title>Another page</title></head><body>its own</body></html>"), text);
      assert.match(text, /<meta charset="utf-8"><meta name="description" content="By the &lt;sea&gt;">/);
      assert.match(text, /<meta property="og:title" content="Public Share">/);
      const [, image] = text.match(/<meta property="og:image" content="([^"]+)">/);
      assert.ok(image.startsWith(`${server.url}/api/assets/${photo}/thumbnail?`), image);
      const picture = await fetch(image);
      assert.match(picture.headers.get("content-type"), /^image\//, image);
      await picture.arrayBuffer();
    }
    const dead = await open("/share/nothing");
    assert.equal(dead.status, 404);
    assert.ok(dead.text.includes('<meta charset="utf-8"><title>Another page'), dead.text);
    await server.remove("web/index.html");
    assert.match((await open(link)).text, /1 shared photos &amp; videos/);
  });

  test("code is kept for ever, and what is missing is missing", async () => {
    if (!isSpin) {
      const code = await open("/_app/immutable/entry.js");
      assert.deepEqual([code.status, code.headers.get("cache-control"), code.text], [200, FOREVER, "export {};"]);
      const page = await open("/photos");
      assert.match(page.text, /its own/);
      assert.equal(page.headers.get("content-security-policy"), UNFRAMED);
    }
    for (const asked of ["/_app/immutable/old.js", "/web/0/old.js"]) {
      const missing = await open(asked);
      assert.deepEqual([missing.status, missing.headers.get("cache-control"), missing.text], [404, null, ""], asked);
    }
  });
});
