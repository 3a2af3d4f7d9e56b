// Story: pictures are found by words and by pictures, inside the Workers (docs/smart-search.md). The model is the small one that the native
// tests of fn-clip-ml leave behind; EDGE_CLIP_MODEL names the folder of a real one (that holds manifest.json) for the real thing.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import sharp from "sharp";
import { companion, hasFfmpeg } from "./support/companion.mjs";
import { failuresOf, isSame, within, withModel } from "./support/model.mjs";

const FOLDER = process.env.EDGE_CLIP ?? path.resolve(import.meta.dirname, "../../target/tmp/clip");
const REAL = process.env.EDGE_CLIP_MODEL;

describe("smart search", () => {
  let server;
  let admin;
  const ids = {};
  before(async () => {
    ({ server, admin } = await withModel(path.join(FOLDER, "model"), "ViT-B-32__openai", "fn-clip-ml"));
  });
  after(() => server?.stop());

  const found = async (query) => {
    const { status, body } = await admin.post("/search/smart", query);
    assert.equal(status, 200, JSON.stringify(body));
    return body.assets.items.map((asset) => asset.id);
  };

  test("uploads are looked at and found by words", async () => {
    for (const name of ["red", "mixed", "green"]) {
      const { status, body } = await admin.upload(readFileSync(path.join(FOLDER, `${name}.jpg`)), `${name}.jpg`);
      assert.equal(status, 201);
      ids[name] = body.id;
    }
    await server.settle(120_000);
    assert.deepEqual(await failuresOf(server), []);
    assert.equal((await admin.get("/server/features")).body.smartSearch, true);
    assert.deepEqual(await found({ query: "red" }), [ids.red, ids.mixed, ids.green]);
    assert.equal((await found({ query: "something blue" }))[0], ids.mixed);
    assert.equal((await found({ query: "green", size: 1 }))[0], ids.green);
  });

  test("pictures are found by a picture, filters hold, and what is gone is not found", async () => {
    const alike = await found({ queryAssetId: ids.green });
    assert.deepEqual([alike.length, alike[0]], [3, ids.green]);
    assert.deepEqual(await found({ query: "red", type: "VIDEO" }), []);
    assert.deepEqual(await found({ query: "red", filter: { id: { ne: ids.red } } }), [ids.mixed, ids.green]);
    assert.deepEqual(await found({ queryAssetId: ids.red, filter: { or: [{ type: { eq: "VIDEO" } }, { rating: { gte: 5 } }] } }), []);
    assert.equal((await admin.delete("/assets", { ids: [ids.red] })).status, 204);
    assert.deepEqual(await found({ query: "red" }), [ids.mixed, ids.green]);
    const { status, body } = await admin.post("/search/smart", {});
    assert.equal(status, 400);
    assert.equal(body.message, "Either `query` or `queryAssetId` must be set");
  });

  // tests/spin/smart-search-pgvector.test.mjs
  if (process.env.EDGE_TEST_POSTGRES && process.env.EDGE_TEST_POSTGRES === process.env.EDGE_TEST_PGVECTOR) {
    test("the database compares vectors itself where it has pgvector", async () => {
      const kept = "select count(*) as n from asset_pgvector p join asset_vector v on v.asset_id = p.asset_id where p.numbers is not null";
      assert.equal(await server.count(kept), 3);
      assert.equal(await server.count("select count(*) as n from pg_class where relname = 'asset_pgvector_owner_idx'"), 1);
      assert.doesNotMatch(server.output, /without pgvector/);
    });
  }

  test("nobody reaches the function of texts from outside", async () => {
    const query = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ model: "ViT-B-32__openai", text: "red" }) };
    for (const address of ["/internal/clip-text", "/api/internal/clip-text", "/api/clip-text"]) {
      const answer = await fetch(new URL(address, server.url), query);
      assert.ok(answer.status === 404 || answer.status === 405, `${address}: ${answer.status}`);
    }
  });

  const skip = hasFfmpeg() ? false : "NOT TESTED: there is no ffmpeg";
  test("a companion that learns sees what the function sees, which looks again when it is gone", { skip }, async () => {
    const learn = () => companion(server.url, ["--once", "--learn"]).ended;
    const left = () => server.count("select count(*) as n from job where kind = 'SmartSearch' and runner = 'companion' and state = 'waiting'");
    const codeOf = async (id) => (await server.sql("select code from asset_vector where asset_id = ?1", id))[0]?.code;
    /** The same picture in another file, as far as it is done without a companion. */
    const again = async (name) => {
      const { status, body } = await admin.upload(Buffer.concat([readFileSync(path.join(FOLDER, "green.jpg")), Buffer.from(name)]), name);
      assert.equal(status, 201);
      await server.settle(120_000);
      return body.id;
    };
    const expected = await codeOf(ids.green);
    assert.ok(expected);
    // It says that it wants pictures, and finds none.
    assert.equal(await learn(), 0);
    assert.equal((await admin.get("/companion")).body[0].about.learning, "all");
    const there = await again("there.jpg");
    assert.deepEqual([await left(), await codeOf(there)], [1, undefined]);
    assert.equal(await learn(), 0);
    assert.ok(isSame(await codeOf(there), expected));
    await server.settle(120_000);
    assert.deepEqual((await found({ queryAssetId: there })).slice(0, 2).sort(), [there, ids.green].sort());
    const here = await again("here.jpg");
    assert.deepEqual([await left(), await codeOf(here)], [1, undefined], "it was there a moment ago");
    await server.sql("update companion set seen_at = 1");
    await server.settle(120_000);
    assert.deepEqual([await left(), await codeOf(here)], [0, expected]);
    assert.deepEqual(await failuresOf(server), []);
  });

  // A component of Spin has no isolate to share.
  if (!process.env.EDGE_TEST_SERVER) test("memory stays within what an isolate has", (t) => within(t, server));
});

if (REAL) {
  describe("smart search with a real model", () => {
    let server;
    let admin;
    before(async () => {
      const { name } = JSON.parse(readFileSync(path.join(REAL, "manifest.json"), "utf8"));
      ({ server, admin } = await withModel(REAL, name, "fn-clip-ml"));
      const { body: config } = await admin.get("/system-config");
      config.machineLearning.clip.modelName = name;
      assert.equal((await admin.put("/system-config", config)).status, 200);
    });
    after(() => server?.stop());

    test("plain colours are told apart", async (t) => {
      const ids = {};
      for (const background of ["red", "green", "blue"]) {
        const picture = await sharp({ create: { width: 600, height: 400, channels: 3, background } }).jpeg().toBuffer();
        ids[background] = (await admin.upload(picture, `${background}.jpg`)).body.id;
      }
      const started = Date.now();
      await server.settle(300_000);
      t.diagnostic(`${Date.now() - started} ms for three pictures`);
      assert.deepEqual(await failuresOf(server), []);
      for (const colour of ["red", "green", "blue"]) {
        const { body } = await admin.post("/search/smart", { query: `the color ${colour}` });
        assert.equal(body.assets.items.length, 3);
        t.diagnostic(`${colour}: ${body.assets.items[0].originalFileName}`);
      }
    });

    if (!process.env.EDGE_TEST_SERVER) test("memory stays within what an isolate has", (t) => within(t, server));
  });
}
