// Story: an archive of many films takes little memory, and a client that goes away ends it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { memoryOf, readBy } from "./lib/process.mjs";
import { firstAdmin } from "./support/client.mjs";
import { noise } from "./support/media.mjs";
import { eventually, Server } from "./support/server.mjs";

const MIB = 1 << 20;
const FILMS = 5;
const FILM = 60 * MIB;
const MOST_GROWTH = 48 * MIB;
/** Read by the client that goes away. */
const SOME = 8 * MIB;
/** What may have been read for it: buffers of the runtime, sockets and the store included. */
const MOST_READ = 100 * MIB;

describe("archives", () => {
  let server;
  let admin;
  let assetIds;
  before(async () => {
    server = await Server.start();
    ({ admin } = await firstAdmin(server.url));
    assetIds = [];
    for (let seed = 1; seed <= FILMS; seed += 1) {
      const { status, body } = await admin.upload(noise(FILM, seed), `film-${seed}.mp4`);
      assert.equal(status, 201);
      assetIds.push(body.id);
    }
    await server.settle(120_000);
    // The first one loads code and fills buffers that later ones use again.
    await read(await archive(assetIds.slice(0, 1)));
  });
  after(() => server.stop());

  const archive = async (ids, signal) => {
    const headers = { ...admin.headers, "content-type": "application/json" };
    const response = await fetch(`${server.url}/api/download/archive`, { method: "POST", headers, body: JSON.stringify({ assetIds: ids }), signal });
    assert.equal(response.status, 200);
    return response.body;
  };

  /** How many bytes come, at most `most`. */
  const read = async (stream, most = Infinity) => {
    let length = 0;
    for await (const chunk of stream) {
      length += chunk.length;
      if (length >= most) break;
    }
    return length;
  };

  test("of 300 MB leave the server at most 48 MB larger", async (t) => {
    const { answers } = await server.processes();
    const before = memoryOf(answers).resident;
    let most = before;
    const watch = setInterval(() => (most = Math.max(most, memoryOf(answers).resident)), 20);
    const started = Date.now();
    const length = await read(await archive(assetIds));
    clearInterval(watch);
    t.diagnostic(`${(length / MIB).toFixed(0)} MiB in ${Date.now() - started} ms; resident before ${(before / MIB).toFixed(1)} MiB, at most ${(most / MIB).toFixed(1)} MiB`);
    assert.ok(length > FILMS * FILM && length < FILMS * FILM + MIB, `${length} bytes`);
    assert.ok(most - before <= MOST_GROWTH, `${most - before} bytes more`);
  });

  test("whose client goes away are read no further", async (t) => {
    const { stores } = await server.processes();
    const before = readBy(stores);
    const gone = new AbortController();
    const stream = await archive(assetIds, gone.signal);
    assert.ok((await read(stream, SOME)) >= SOME);
    gone.abort();
    let last = -1;
    await eventually("the reads to end", () => {
      const now = readBy(stores);
      const stands = now === last;
      last = now;
      return stands;
    }, 30_000, 1_000);
    t.diagnostic(`${((last - before) / MIB).toFixed(0)} MiB were read`);
    assert.ok(last - before >= SOME && last - before <= MOST_READ, `${last - before} bytes`);
    assert.ok((await read(await archive(assetIds.slice(0, 1)))) > FILM, "the next one comes whole");
    assert.deepEqual(admin.failures, []);
  });
});
