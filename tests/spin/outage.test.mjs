// Story: PostgreSQL or the object store goes away and comes back. Clients are told at once (503), nothing is lost, nothing
// has to be started again.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { firstAdmin } from "../workers/support/client.mjs";
import { jpeg, sha1 } from "../workers/support/media.mjs";
import { eventually } from "../workers/support/server.mjs";
import { Gate } from "./gate.mjs";
import { SpinServer } from "./server.mjs";

/** An answer must come within 5 seconds; a little is left for the connection. */
const LIMIT_MS = 6000;
const UNAVAILABLE = { message: "Service temporarily unavailable" };

describe("what the components depend on goes away", () => {
  let gate;
  let server;
  let admin;
  let photo;
  let id;
  before(async () => {
    gate = await Gate.open(new URL(process.env.EDGE_TEST_POSTGRES));
    server = await SpinServer.start("spin-postgres", { gate });
    ({ admin } = await firstAdmin(server.url));
    photo = await jpeg({ seed: 1 });
    id = (await admin.upload(photo, "photo.jpg")).body.id;
    await admin.rendered([id]);
  });
  after(async () => {
    await server?.stop();
    await gate?.close();
  });

  /** The answer, if it comes in time. */
  async function ask(method, route, body) {
    const headers = { ...admin.headers, ...(body && !(body instanceof FormData) ? { "content-type": "application/json" } : {}) };
    const response = await fetch(`${server.url}/api${route}`, { method, headers, body, signal: AbortSignal.timeout(LIMIT_MS) });
    return { status: response.status, body: await response.json().catch(() => undefined) };
  }

  function form(bytes) {
    const form = new FormData();
    for (const name of ["fileCreatedAt", "fileModifiedAt"]) form.append(name, "2024-01-02T03:04:05.000Z");
    form.append("assetData", new File([bytes], "other.jpg"));
    return form;
  }

  async function isBack() {
    await eventually("the server to answer again", async () => (await ask("GET", `/assets/${id}`)).status === 200, 20_000);
  }

  test("PostgreSQL is down: 503, and 200 when it is back", async () => {
    gate.refuse();
    for (const route of ["/users/me", `/assets/${id}`, "/timeline/buckets?visibility=timeline"]) {
      assert.deepEqual(await ask("GET", route), { status: 503, body: UNAVAILABLE }, route);
    }
    assert.equal((await ask("GET", "/server/ping")).status, 200, "what needs no database goes on");
    await gate.pass();
    await isBack();
  });

  test("the object store is down: 503, neither row nor object; it works when it is back", async () => {
    const objects = (await server.objects()).length;
    await server.stopS3();
    const other = await jpeg({ seed: 2 });
    assert.deepEqual(await ask("GET", `/assets/${id}/original`), { status: 503, body: UNAVAILABLE });
    assert.deepEqual(await ask("POST", "/assets", form(other)), { status: 503, body: UNAVAILABLE });
    assert.equal((await ask("GET", `/assets/${id}`)).status, 200, "facts need no object store");
    assert.equal(await server.count("select count(*) as n from asset where checksum = ?1", sha1(other)), 0);
    await server.startS3();
    const { status, bytes } = await admin.get(`/assets/${id}/original`);
    assert.equal(status, 200);
    assert.equal(sha1(bytes), sha1(photo));
    assert.equal((await server.objects()).length, objects);
    const again = await ask("POST", "/assets", form(other));
    assert.equal(again.status, 201);
    await admin.rendered([again.body.id]);
  });
});
