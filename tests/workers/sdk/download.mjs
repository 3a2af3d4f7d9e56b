// The SDK's functions about archives of originals.
import assert from "node:assert/strict";

const NO_ACCESS = /^Not found or no asset\.download access$/;

/** download: what archives there will be, and one of them. */
export async function download(story, { alice, admin, assets }) {
  const assetIds = [assets[0], assets[2]];
  const { totalSize, archives } = await story.good("getDownloadInfo", alice, { downloadInfoDto: { assetIds } });
  assert.deepEqual(archives, [{ size: totalSize, assetIds }]);
  await story.bad("getDownloadInfo", alice, { downloadInfoDto: {} }, 400, /^assetIds, albumId, or userId is required$/);
  await story.bad("getDownloadInfo", admin, { downloadInfoDto: { assetIds } }, 400, NO_ACCESS);
  const archive = await story.good("downloadArchive", alice, { downloadArchiveDto: { assetIds } });
  const bytes = Buffer.from(await archive.arrayBuffer());
  // Stored, not deflated: an archive is little more than what is in it.
  assert.equal(bytes.subarray(0, 4).toString("latin1"), "PK\u0003\u0004");
  assert.ok(bytes.length > totalSize && bytes.length < totalSize + 2000, `${bytes.length} of ${totalSize}`);
  await story.bad("downloadArchive", admin, { downloadArchiveDto: { assetIds } }, 400, NO_ACCESS);
}
