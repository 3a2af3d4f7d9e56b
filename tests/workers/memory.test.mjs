// Story: large things in little memory. A big upload streams through; large pictures are decoded scaled.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import sharp from "sharp";
import { firstAdmin } from "./support/client.mjs";
import { jpeg, noise } from "./support/media.mjs";
import { Server } from "./support/server.mjs";

const MIB = 1 << 20;
const BIG_UPLOAD = 90 * MIB;
const MOST_GROWTH = 48 * MIB;
const MOST_WASM = 100 * MIB;

describe("memory", () => {
  let server;
  let admin;
  before(async () => {
    server = await Server.start();
    ({ admin } = await firstAdmin(server.url));
  });
  after(() => server.stop());

  test("an upload of 90 MB leaves workerd at most 48 MB larger", async (t) => {
    // The first large upload loads code and fills buffers that later ones use again.
    await big(1);
    await server.settle();
    const before = await server.memory();
    let most = before.resident;
    const watch = setInterval(async () => (most = Math.max(most, (await server.memory()).resident)), 50);
    const started = Date.now();
    const { status } = await big(2);
    clearInterval(watch);
    const seconds = (Date.now() - started) / 1000;
    const growth = most - before.resident;
    t.diagnostic(`resident before ${mib(before.resident)}, at most ${mib(most)}: +${mib(growth)}; ${seconds.toFixed(1)} s`);
    assert.equal(status, 201);
    assert.ok(growth <= MOST_GROWTH, `${mib(growth)} more`);
  });

  const big = (seed) => admin.upload(noise(BIG_UPLOAD, seed), `film-${seed}.mp4`);

  for (const [megapixels, width, height] of [[12, 4000, 3000], [24, 6000, 4000], [50, 8160, 6120]]) {
    for (const progressive of [false, true]) {
      const kind = progressive ? "progressive" : "baseline";
      test(`a ${kind} JPEG of ${megapixels} megapixels fits the isolate or goes to the companion`, async (t) => {
        const bytes = await jpeg({ width, height, progressive, seed: megapixels });
        const { body } = await admin.upload(bytes, `${kind}-${megapixels}.jpg`);
        const started = Date.now();
        await server.settle(120_000);
        const [handed] = await server.sql("select runner_reason from job where runner = 'companion' and payload like ?1", `%${body.id}%`);
        const { body: info } = await admin.get(`/assets/${body.id}`);
        const highest = highWater(server.output);
        t.diagnostic(`${Date.now() - started} ms; wasm memory ${mib(highest)}; ${handed ? `companion: ${handed.runner_reason}` : "rendered"}`);
        assert.equal(info.width, width);
        assert.ok(info.thumbhash || handed?.runner_reason, "rendered, or handed over with a reason");
        assert.ok(highest > 0 && highest < MOST_WASM, `wasm memory ${mib(highest)}`);
      });
    }
  }

  for (const [megapixels, width, height, isWhole] of [[12, 4000, 3000, true], [24, 6000, 4000, false]]) {
    test(`a JPEG of ${megapixels} megapixels is cropped and turned in the isolate`, async (t) => {
      const { body } = await admin.upload(await jpeg({ width, height, seed: 100 + megapixels }), `edited-${megapixels}.jpg`);
      await server.settle(120_000);
      const crop = { action: "crop", parameters: { x: 0, y: 0, width: width - 10, height } };
      const edits = [crop, { action: "rotate", parameters: { angle: 90 } }];
      const started = Date.now();
      assert.equal((await admin.put(`/assets/${body.id}/edits`, { edits })).status, 200);
      await server.settle(120_000);
      const { body: info } = await admin.get(`/assets/${body.id}`);
      const handed = await server.sql("select runner_reason from job where queue = 'editor' and runner = 'companion' and payload like ?1", `%${body.id}%`);
      const { bytes } = await admin.get(`/assets/${body.id}/original?edited=true`);
      const made = await sharp(bytes).metadata();
      const highest = highWater(server.output);
      t.diagnostic(`${Date.now() - started} ms; wasm memory ${mib(highest)}; full size ${made.width}x${made.height}`);
      assert.deepEqual([info.isEdited, info.width, info.height], [true, height, width - 10]);
      if (isWhole) assert.deepEqual([made.width, made.height], [height, width - 10]);
      assert.equal(handed.length, isWhole ? 0 : 1, "what is smaller at first waits for the companion");
      assert.ok(highest > 0 && highest < MOST_WASM, `wasm memory ${mib(highest)}`);
    });
  }
});

/** The largest wasm memory, bytes, that fn-media has logged after its jobs. */
function highWater(output) {
  const figures = [...output.matchAll(/wasm memory (\d+) bytes/g)].map(([, bytes]) => Number(bytes));
  return Math.max(0, ...figures);
}

function mib(bytes) {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}
