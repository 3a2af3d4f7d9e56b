// Story: photos in other sizes (docs/transformations.md), for their owner and for visitors of a link.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import sharp from "sharp";
import { Client, firstAdmin } from "./support/client.mjs";
import { jpeg } from "./support/media.mjs";
import { Server } from "./support/server.mjs";

const MOST_WASM = 100 << 20;
const VARS = { TRANSFORMATIONS: "on", TRANSFORMATION_SECRET: "of this installation" };

describe("photos in other sizes", () => {
  let server;
  let admin;
  let photo;
  before(async () => {
    server = await Server.start({ vars: VARS });
    ({ admin } = await firstAdmin(server.url));
    const { body } = await admin.upload(await jpeg({ width: 3000, height: 2000, seed: 1 }), "photo.jpg");
    photo = body.id;
    await admin.rendered([photo]);
  });
  after(() => server.stop());

  const path = (query) => `/assets/${photo}/thumbnail?${query}`;
  const shape = async (answer) => {
    assert.equal(answer.status, 200, answer.bytes.toString().slice(0, 300));
    const { width, height, format } = await sharp(answer.bytes).metadata();
    return { width, height, format };
  };

  test("a size is made, kept, and served like a thumbnail", async () => {
    const first = await admin.get(path("w=640&h=480&fit=cover&format=webp"));
    assert.deepEqual(await shape(first), { width: 640, height: 512, format: "webp" });
    const again = await admin.get(path("w=640&h=512&fit=cover&format=webp"), { headers: { "if-none-match": first.headers.get("etag") } });
    assert.equal(again.status, 304);
    const part = await admin.get(path("w=640&h=480&fit=cover&format=webp"), { headers: { range: "bytes=0-3" } });
    assert.deepEqual([part.status, part.bytes.toString()], [206, "RIFF"]);
    assert.deepEqual(await shape(await admin.get(path("w=300"))), { width: 320, height: 213, format: "jpeg" });
    assert.deepEqual(await shape(await admin.get(path("w=300"), { headers: { accept: "image/webp" } })), { width: 320, height: 213, format: "webp" });
    const [{ n }] = await server.sql("select count(*) as n from asset_transformation");
    assert.equal(n, 3);
  });

  test("it shows what the photo shows", async () => {
    const [size, preview] = [await admin.get(path("w=256&format=jpeg&quality=95")), await admin.get(path("size=preview"))];
    const pixels = (bytes) => sharp(bytes).resize(64, 43, { fit: "fill" }).removeAlpha().raw().toBuffer();
    const [made, wanted] = [await pixels(size.bytes), await pixels(preview.bytes)];
    const difference = made.reduce((sum, value, at) => sum + Math.abs(value - wanted[at]), 0) / made.length;
    assert.ok(difference < 4, `they differ by ${difference}`);
  });

  test("what is larger than the preview comes from the upload, within the memory of an isolate", async (t) => {
    assert.deepEqual(await shape(await admin.get(path("w=2560"))), { width: 2560, height: 1707, format: "jpeg" });
    const { body } = await admin.upload(await jpeg({ width: 8160, height: 6120, seed: 2 }), "large.jpg");
    await admin.rendered([body.id]);
    const large = await admin.get(`/assets/${body.id}/thumbnail?w=2560&h=2560`);
    t.diagnostic(`50 megapixels at 2560: ${large.status} ${large.status === 200 ? "" : large.body?.message}`);
    assert.ok([200, 400].includes(large.status));
    const figures = [...server.output.matchAll(/wasm memory (\d+) bytes/g)].map(([, bytes]) => Number(bytes));
    t.diagnostic(`wasm memory ${Math.max(0, ...figures)} bytes`);
    assert.ok(Math.max(0, ...figures) < MOST_WASM, "an isolate has 128 MB");
  });

  test("visitors of a link get what was signed", async () => {
    const link = await admin.post("/shared-links", { type: "INDIVIDUAL", assetIds: [photo] });
    assert.equal(link.status, 201);
    const visitor = new Client(server.url);
    const key = link.body.key;
    assert.equal((await visitor.get(path(`w=640&key=${key}`))).status, 403);
    const signed = await admin.post(`/assets/${photo}/transformations`, { w: 640, h: 640, fit: "cover" });
    assert.equal(signed.status, 200, signed.bytes.toString());
    const { body } = signed;
    const shown = await visitor.get(`${server.url}${body.url}&key=${key}`);
    assert.deepEqual(await shape(shown), { width: 640, height: 640, format: "jpeg" });
    assert.equal((await visitor.get(`${server.url}${body.url.replace("w=640", "w=800")}&key=${key}`)).status, 403);
    assert.equal((await visitor.get(`${server.url}${body.url}`)).status, 401);
  });

  test("nobody outside reaches what makes them, and sizes go with the photo", async () => {
    for (const address of ["/internal/transform", "/api/internal/transform", "/api/transform"]) {
      const { status } = await admin.post(`${server.url}${address}`, { source: "upload/x", target: "y" });
      assert.ok([404, 405].includes(status), `${address}: ${status}`);
    }
    assert.equal((await admin.delete("/assets", { ids: [photo], force: true })).status, 204);
    await server.settle();
    const [{ n }] = await server.sql("select count(*) as n from asset_transformation where asset_id = ?1", photo);
    assert.equal(n, 0);
  });
});
