// The SDK's functions about photos that look alike.
import assert from "node:assert/strict";

const NO_ACCESS = /^Not found or no [a-zA-Z]+\.[a-z]+ access$/;
const GROUP = "3fa85f64-5717-4562-b3fc-2c963f66afa6";

/** duplicates: what is kept and what goes. */
export async function duplicates(story, { alice, admin, assets: [first, second] }) {
  const group = (duplicateId) => story.good("updateAssets", alice, { assetBulkUpdateDto: { ids: [first, second], duplicateId } });
  await group(GROUP);
  const [found] = await story.good("getAssetDuplicates", alice);
  assert.deepEqual(found.assets.map((asset) => asset.id).sort(), [first, second].sort());
  assert.equal(found.suggestedKeepAssetIds.length, 1);
  await story.anonymous("getAssetDuplicates");
  await story.bad("deleteDuplicate", admin, { id: GROUP }, 400, NO_ACCESS);
  await story.good("deleteDuplicate", alice, { id: GROUP });
  await group(GROUP);
  await story.bad("deleteDuplicates", admin, { bulkIdsDto: { ids: [GROUP] } }, 400, NO_ACCESS);
  await story.good("deleteDuplicates", alice, { bulkIdsDto: { ids: [GROUP] } });
  await group(GROUP);
  const resolve = (keepAssetIds, trashAssetIds) => ({
    duplicateResolveDto: { groups: [{ duplicateId: GROUP, keepAssetIds, trashAssetIds }] },
  });
  await story.invalid("resolveDuplicates", alice, { duplicateResolveDto: { groups: [] } }, "groups");
  assert.equal((await story.good("resolveDuplicates", alice, resolve([first], [first])))[0].error, "validation");
  assert.equal((await story.good("resolveDuplicates", alice, resolve([first], [second])))[0].success, true);
  assert.deepEqual(await story.good("getAssetDuplicates", alice), []);
  await story.good("restoreAssets", alice, { bulkIdsDto: { ids: [second] } });
}
