// Chapters of the SDK story: search and folders.
import assert from "node:assert/strict";

const NO_ACCESS = /^Not found or no .+ access$/;
const NOBODY = "00000000-0000-4000-8000-000000000000";

/** search: what the photos of the earlier chapters are found by. */
export async function search(story, { alice, assets }) {
  const found = await story.good("searchAssets", alice, { metadataSearchDto: { size: 1, withExif: true } });
  assert.equal(found.assets.count, 1);
  const [asset] = found.assets.items;
  const part = { metadataSearchDto: { originalFileName: asset.originalFileName.slice(1, -1).toUpperCase() } };
  const byName = await story.good("searchAssets", alice, part);
  assert.ok(byName.assets.items.some((item) => item.id === asset.id), "found by a part of its name");
  await story.invalid("searchAssets", alice, { metadataSearchDto: { page: 0 } }, "page");
  await structured(story, alice, asset);
  const random = await story.good("searchRandom", alice, { randomSearchDto: { size: 2 } });
  assert.ok(random.length > 0 && random.length <= 2);
  await story.bad("searchRandom", alice, { randomSearchDto: { albumIds: [NOBODY] } }, 400, NO_ACCESS);
  const { total } = await story.good("searchAssetStatistics", alice, { statisticsSearchDto: {} });
  assert.ok(total >= assets.length, `${total} of ${assets.length}`);
  await story.invalid("searchAssetStatistics", alice, { statisticsSearchDto: { rating: 9 } }, "rating");
  const [first, second] = await story.good("searchLargeAssets", alice, { size: 2, withExif: true });
  assert.ok(first.exifInfo.fileSizeInByte >= (second?.exifInfo.fileSizeInByte ?? 0));
  await story.invalid("searchLargeAssets", alice, { minFileSize: -1 }, "minFileSize");
  await story.bad("searchSmart", alice, { smartSearchDto: { query: "a dog" } }, 400, /^Smart search is not enabled$/);
}

/** The structured filter of 3.2, page by page. */
async function structured(story, alice, asset) {
  const filter = { id: { eq: asset.id }, or: [{ type: { eq: asset.type } }, { rating: { gte: 5 } }] };
  const only = await story.good("searchAssets", alice, { metadataSearchDto: { filter } });
  assert.deepEqual(only.assets.items.map(({ id }) => id), [asset.id]);
  assert.deepEqual([only.assets.nextPage, only.assets.nextCursor], [null, null]);
  const seen = new Set();
  const orderBy = { field: "fileSizeInBytes", direction: "asc" };
  for (let cursor; cursor !== null; ) {
    const page = await story.good("searchAssets", alice, { metadataSearchDto: { filter: {}, orderBy, size: 2, cursor } });
    for (const { id } of page.assets.items) seen.add(id);
    cursor = page.assets.nextCursor;
  }
  const { total } = await story.good("searchAssetStatistics", alice, { statisticsSearchDto: { filter: {} } });
  assert.equal(seen.size, total);
  const random = await story.good("searchRandom", alice, { randomSearchDto: { filter: { id: { ne: asset.id } }, size: 3 } });
  assert.ok(random.every(({ id }) => id !== asset.id));
  await story.bad("searchAssets", alice, { metadataSearchDto: { cursor: "x" } }, 400, /^Invalid cursor$/);
  await story.invalid("searchAssets", alice, { metadataSearchDto: { filter: {}, page: 2 } }, "page");
}

/** search: places, cameras, people; and the folder view. */
export async function exploring(story, { alice }) {
  assert.ok(Array.isArray(await story.good("getSearchSuggestions", alice, { $type: "camera-make", includeNull: true })));
  await story.invalid("getSearchSuggestions", alice, { $type: "shoe" }, "type");
  assert.ok(Array.isArray(await story.good("getAssetsByCity", alice)));
  await story.anonymous("getAssetsByCity");
  const explored = await story.good("getExploreData", alice);
  assert.deepEqual(explored.map((field) => field.fieldName), ["exifInfo.city", "createdAt"]);
  await story.anonymous("getExploreData");
  assert.deepEqual(await story.good("searchPerson", alice, { name: "nobody" }), []);
  await story.bad("searchPerson", undefined, { name: "nobody" }, 401);
  await story.invalid("searchPerson", alice, { name: "nobody", withHidden: "perhaps" }, "withHidden");
  assert.ok(Array.isArray(await story.good("searchPlaces", alice, { name: "rome" })));
  await story.bad("searchPlaces", undefined, { name: "rome" }, 401);
  await story.invalid("searchPlaces", alice, { name: "x".repeat(2000) }, "name");
  const [folder] = await story.good("getUniqueOriginalPaths", alice);
  await story.anonymous("getUniqueOriginalPaths");
  const files = await story.good("getAssetsByOriginalPath", alice, { path: folder });
  assert.ok(files.every((file) => file.originalPath.startsWith(`${folder}/`)));
  await story.bad("getAssetsByOriginalPath", undefined, { path: folder }, 401);
  await story.invalid("getAssetsByOriginalPath", alice, { path: "x".repeat(2000) }, "path");
}
