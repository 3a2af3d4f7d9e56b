// The SDK's functions about the sync stream.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

const ID = "0190a5d0-ac96-774b-bcce-b302099a8057";

const read = (text) => text.trimEnd().split("\n").map((line) => JSON.parse(line));
const dto = (types, more = {}) => ({ syncStreamDto: { types, ...more } });
const acks = (...list) => ({ syncAckSetDto: { acks: list } });

/** sync: the stream and its acknowledgements. */
export async function sync(story, { alice, aliceId, assets: [first], settle }) {
  // Jobs of earlier chapters would change photos between two streams.
  await settle();
  // What was written just now is shown when its millisecond is over.
  await sleep(20);
  const lines = read(await story.good("getSyncStream", alice, dto(["AssetsV2", "AuthUsersV1"])));
  assert.equal(lines[0].type, "AuthUserV1");
  assert.equal(lines[0].data.id, aliceId);
  const known = lines.find(({ data }) => data.id === first);
  assert.equal(known.type, "AssetV2");
  assert.equal(lines.at(-1).type, "SyncCompleteV1");
  await story.invalid("getSyncStream", alice, dto(["Everything"]), "types.0");
  const old = /^SyncRequestType\.AssetsV1 is deprecated, use SyncRequestType\.AssetsV2 instead$/;
  await story.bad("getSyncStream", alice, dto(["AssetsV1"]), 400, old);

  const types = [...new Set(lines.map(({ type }) => type))];
  const last = (wanted) => lines.findLast(({ type }) => type === wanted).ack;
  await story.good("sendSyncAck", alice, acks(...types.map(last)));
  await story.bad("sendSyncAck", alice, acks("AssetV9|x"), 400, /^Invalid ack type: AssetV9$/);
  await story.bad("sendSyncAck", alice, acks("AssetV2|x"), 400, /^Invalid ack: AssetV2$/);
  await story.invalid("sendSyncAck", alice, acks(...Array(1001).fill(`AssetV2|${ID}`)), "acks");
  assert.deepEqual(
    (await story.good("getSyncAck", alice)).map(({ type }) => type),
    types.toSorted(),
  );
  await story.anonymous("getSyncAck");
  const rest = read(await story.good("getSyncStream", alice, dto(["AssetsV2", "AuthUsersV1"])));
  // A deletion of an earlier chapter may be carried out only now.
  const told = new Set(lines.map(({ ack }) => ack));
  const isNewDeletion = ({ type, ack }) => type === "AssetDeleteV1" && !told.has(ack);
  assert.deepEqual(rest.filter((line) => !isNewDeletion(line)).map(({ type }) => type), ["SyncCompleteV1"]);

  await story.good("deleteSyncAck", alice, { syncAckDeleteDto: { types: ["AssetV2", "AssetV1"] } });
  await story.invalid("deleteSyncAck", alice, { syncAckDeleteDto: { types: ["AssetV9"] } }, "types.0");
  const again = read(await story.good("getSyncStream", alice, dto(["AssetsV2"])));
  const gone = new Set([...rest, ...again].map(({ data }) => data.assetId));
  const assets = (list) => list.filter(({ type, data }) => type === "AssetV2" && !gone.has(data.id));
  assert.deepEqual(assets(again), assets(lines));
  const anew = read(await story.good("getSyncStream", alice, dto(["AuthUsersV1"], { reset: true })));
  assert.deepEqual(anew.map(({ type }) => type), ["AuthUserV1", "SyncCompleteV1"]);
  assert.deepEqual(await story.good("getSyncAck", alice), []);

  const { secret, apiKey } = await story.good("createApiKey", alice, { apiKeyCreateDto: { permissions: ["all"] } });
  const refusal = /^Sync endpoints cannot be used with API keys$/;
  await story.bad("getSyncStream", { "x-api-key": secret }, dto(["AssetsV2"]), 403, refusal);
  await story.bad("getSyncAck", { "x-api-key": secret }, undefined, 403, refusal);
  await story.good("deleteApiKey", alice, { id: apiKey.id });
}
