// Story: text in pictures is read and found, inside the Worker (docs/ocr.md). The model is the small one that the native tests of
// fn-ocr-ml leave behind; EDGE_OCR_REAL names a folder with models/PP-OCRv5_mobile and page.png for the real one.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import sharp from "sharp";
import { companion, hasFfmpeg } from "./support/companion.mjs";
import { failuresOf, within, withModel } from "./support/model.mjs";

const FOLDER = process.env.EDGE_OCR ?? path.resolve(import.meta.dirname, "../../target/tmp/ocr");
const REAL = process.env.EDGE_OCR_REAL;

const textsOf = async (client, id) => (await client.get(`/assets/${id}/ocr`)).body.map((line) => line.text);
const found = async (client, ocr) => (await client.post("/search/metadata", { ocr })).body.assets.items.map(({ id }) => id);

describe("text in pictures", () => {
  let server;
  let admin;
  const ids = [];
  before(async () => {
    ({ server, admin } = await withModel(path.join(FOLDER, "model"), "PP-OCRv5_mobile", "fn-ocr-ml"));
  });
  after(() => server?.stop());

  test("what photos say is read, shown and found", async () => {
    for (const nth of [0, 1, 2]) {
      const { status, body } = await admin.upload(readFileSync(path.join(FOLDER, `${nth}.jpg`)), `${nth}.jpg`);
      assert.equal(status, 201);
      ids.push(body.id);
    }
    await server.settle(120_000);
    assert.deepEqual(await failuresOf(server), []);
    assert.equal((await admin.get("/server/features")).body.ocr, true);
    const texts = await Promise.all(ids.map((id) => textsOf(admin, id)));
    assert.deepEqual(texts, [["STOP", "東京タワ"], ["TOO SPOT"], []]);
    const { body: [line] } = await admin.get(`/assets/${ids[0]}/ocr`);
    const corners = [1, 2, 3, 4].flatMap((nth) => [line[`x${nth}`], line[`y${nth}`]]);
    assert.ok(corners.every((at) => at >= 0 && at <= 1) && line.x1 < line.x2 && line.y1 < line.y4, JSON.stringify(line));
    assert.deepEqual(await found(admin, "stop"), [ids[0]]);
    assert.deepEqual(await found(admin, "京タ"), [ids[0]]);
    assert.deepEqual(await found(admin, "spot too"), [ids[1]]);
    assert.deepEqual(await found(admin, "nothing"), []);
  });

  test("an administrator has everything read again", async () => {
    assert.equal((await admin.put("/jobs/ocr", { command: "start", force: true })).status, 200);
    await server.settle(120_000);
    assert.deepEqual(await failuresOf(server), []);
    assert.deepEqual(await textsOf(admin, ids[0]), ["STOP", "東京タワ"]);
    const [{ total }] = await server.sql("select count(*) as total from asset_ocr");
    assert.equal(Number(total), 3);
  });

  const skip = hasFfmpeg() ? false : "NOT TESTED: there is no ffmpeg";
  test("a companion that learns reads the same, and the function does when it is gone", { skip }, async () => {
    const learn = () => companion(server.url, ["--once", "--learn"]).ended;
    const left = () => server.count("select count(*) as n from job where kind = 'Ocr' and runner = 'companion' and state = 'waiting'");
    /** The same picture in another file, as far as it is done without a companion. */
    const again = async (name) => {
      const { status, body } = await admin.upload(Buffer.concat([readFileSync(path.join(FOLDER, "0.jpg")), Buffer.from(name)]), name);
      assert.equal(status, 201);
      await server.settle(120_000);
      return body.id;
    };
    // It says that it reads text, and finds no job.
    assert.equal(await learn(), 0);
    const there = await again("there.jpg");
    assert.deepEqual([await left(), await textsOf(admin, there)], [1, []]);
    assert.equal(await learn(), 0);
    await server.settle(120_000);
    assert.deepEqual([await left(), await textsOf(admin, there)], [0, ["STOP", "東京タワ"]]);
    assert.deepEqual((await found(admin, "stop")).toSorted(), [ids[0], there].toSorted());
    const here = await again("here.jpg");
    assert.deepEqual([await left(), await textsOf(admin, here)], [1, []], "it was there a moment ago");
    await server.sql("update companion set seen_at = 1");
    await server.settle(120_000);
    assert.deepEqual([await left(), await textsOf(admin, here)], [0, ["STOP", "東京タワ"]]);
    assert.deepEqual(await failuresOf(server), []);
  });

  // A component of Spin has no isolate to share.
  if (!process.env.EDGE_TEST_SERVER) test("memory stays within what an isolate has", (t) => within(t, server));
});

if (REAL) {
  describe("text with the real model", () => {
    let server;
    let admin;
    before(async () => {
      ({ server, admin } = await withModel(path.join(REAL, "models/PP-OCRv5_mobile"), "PP-OCRv5_mobile", "fn-ocr-ml"));
    });
    after(() => server?.stop());

    test("a page is read, also from a large photo", async (t) => {
      const page = readFileSync(path.join(REAL, "page.png"));
      // On a sheet of 12 megapixels: its preview has 1920 x 1440.
      const sheet = sharp({ create: { width: 4000, height: 3000, channels: 3, background: "#eee" } });
      const large = await sharp(page).resize(2400).toBuffer();
      const photos = [page, await sheet.composite([{ input: large, left: 500, top: 500 }]).jpeg().toBuffer()];
      for (const [nth, bytes] of photos.entries()) {
        const { body: { id } } = await admin.upload(bytes, `page-${nth}.png`);
        const started = Date.now();
        await server.settle(300_000);
        t.diagnostic(`${Date.now() - started} ms`);
        assert.deepEqual(await failuresOf(server), []);
        const text = (await textsOf(admin, id)).join("\n");
        t.diagnostic(text);
        for (const word of ["segmentation", "determine", "markers", "histogram"]) assert.ok(text.toLowerCase().includes(word), word);
        assert.ok((await found(admin, "segmentation")).includes(id));
      }
    });

    if (!process.env.EDGE_TEST_SERVER) test("memory stays within what an isolate has", (t) => within(t, server));
  });
}
