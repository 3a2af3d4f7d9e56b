// The SDK's functions about the generated files of assets (3.2).
import assert from "node:assert/strict";

const NO_ACCESS = /^Not found or no [a-zA-Z]+\.[a-z]+ access$/;
const NOBODY = "00000000-0000-4000-8000-000000000000";

/** asset-files: told, downloaded, removed. */
export async function assetFiles(story, world) {
  const { alice, admin, assets: [assetId] } = world;
  await world.settle();
  const files = await story.good("searchAssetFiles", alice, { assetId });
  const kinds = files.map(({ type }) => type);
  assert.ok(kinds.includes("preview") && kinds.includes("thumbnail"), kinds.join());
  await story.bad("searchAssetFiles", admin, { assetId }, 400, NO_ACCESS);
  await story.invalid("searchAssetFiles", alice, { assetId, $type: "x" }, "type");
  const [preview] = await story.good("searchAssetFiles", alice, { assetId, $type: "preview", isEdited: false });
  const { id } = preview;
  assert.deepEqual(await story.good("getAssetFile", alice, { id }), preview);
  await story.bad("getAssetFile", admin, { id }, 400, NO_ACCESS);
  assert.ok((await story.good("downloadAssetFile", alice, { id })).size > 100);
  await story.bad("downloadAssetFile", alice, { id: NOBODY }, 400, NO_ACCESS);
  await story.bad("deleteAssetFile", admin, { id }, 400, NO_ACCESS);
  await story.good("deleteAssetFile", alice, { id });
  await story.bad("getAssetFile", alice, { id }, 400, NO_ACCESS);
  // It is made again where it is missing.
  await story.good("runAssetJobs", alice, { assetJobsDto: { assetIds: [assetId], name: "regenerate-thumbnail" } });
  await world.settle();
  assert.equal((await story.good("searchAssetFiles", alice, { assetId, $type: "preview" })).length, 1);
}
