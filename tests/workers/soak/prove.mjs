// The proof at the end of a soak: acknowledged uploads are whole, deleted ones gone, nothing is left over.
import assert from "node:assert/strict";
import { sha1 } from "../support/media.mjs";
import { assertExactlyOnce, assertNothingOrphaned, passTime } from "../support/proof.mjs";

/** Whether the server has this content. */
async function isThere(client, { checksum }) {
  const { body } = await client.post("/assets/bulk-upload-check", { assets: [{ id: "x", checksum }] });
  return body.results[0].action === "reject" ? body.results[0].assetId : undefined;
}

/** Fails when an acknowledgement was a lie; else says what was proved. No worker of a job may be alive but those of now. */
export async function prove(server, client, { ledger, phone }) {
  await passTime(server);
  await server.settle(120_000);
  const kept = ledger.in("kept");
  for (const photo of kept) {
    const { status, bytes } = await client.get(`/assets/${photo.id}/original`);
    assert.equal(status, 200, `${photo.name} was acknowledged`);
    assert.equal(sha1(bytes), photo.checksum, `${photo.name} is whole`);
  }
  for (const photo of ledger.in("gone")) {
    assert.equal(await isThere(client, photo), undefined, `${photo.name} was deleted`);
    assert.equal((await client.get(`/assets/${photo.id}`)).status, 400, `${photo.name} was deleted`);
  }
  const open = new Map();
  for (const photo of ledger.in("sent", "leaving")) {
    const id = await isThere(client, photo);
    if (!id) continue;
    open.set(id, photo.checksum);
    const { bytes } = await client.get(`/assets/${id}/original`);
    assert.equal(sha1(bytes), photo.checksum, `${photo.name} is there, so it must be whole`);
  }
  const photos = new Map([...kept.map(({ id, checksum }) => [id, checksum]), ...open]);
  const ids = [...photos.keys()];
  await client.rendered(ids, 120_000);
  await assertExactlyOnce(server, ids);
  assert.equal(await server.count("select count(*) as n from asset"), ids.length, "no asset that nobody knows of");
  await assertNothingOrphaned(server);
  await phone.assertKnows(photos);
  assert.deepEqual(client.failures, [], "no answer was a 5xx");
  return `proved: ${ids.length} photos whole with their renditions exactly once, the phone knows them all, ${ledger.in("gone").length} gone, no row or object orphaned`;
}
