// The SDK's functions about photos: assets, timeline, trash, albums.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { eventually } from "../support/server.mjs";
import { jpeg, sha1 } from "../support/media.mjs";

const NOBODY = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
const TAKEN = "2022-05-06T07:08:09.000Z";

const form = (bytes, name, fields = {}) => ({
  assetMediaCreateDto: { assetData: new File([bytes], name), fileCreatedAt: TAKEN, fileModifiedAt: TAKEN, ...fields },
});

/** Uploads three photos of Alice: fills `world.assets` (ids), and checks duplicates before and after. */
export async function uploading(story, world) {
  const { alice } = world;
  const pictures = [await jpeg({ seed: 81 }), await jpeg({ seed: 82 }), await jpeg({ seed: 83 })];
  world.assets = [];
  for (const [index, bytes] of pictures.entries()) {
    const { id, status } = await story.good("uploadAsset", alice, form(bytes, `photo-${index}.jpg`));
    assert.equal(status, "created");
    world.assets.push(id);
  }
  const [bytes] = pictures;
  const again = { id: world.assets[0], status: "duplicate" };
  assert.deepEqual(await story.good("uploadAsset", alice, form(bytes, "again.jpg")), again);
  const promised = { ...form(Buffer.from("not even looked at"), "x.jpg"), xImmichChecksum: sha1(bytes) };
  assert.deepEqual(await story.good("uploadAsset", alice, promised), again);
  await story.bad("uploadAsset", alice, form(bytes, "notes.txt"), 400, /^Unsupported file type notes\.txt$/);
  await story.bad("uploadAsset", alice, form(bytes, "x.jpg", { fileCreatedAt: "today" }), 400);

  const hex = createHash("sha1").update(bytes).digest("hex");
  const check = { assets: [{ id: "a", checksum: hex }, { id: "b", checksum: "0".repeat(40) }] };
  const { results } = await story.good("checkBulkUpload", alice, { assetBulkUploadCheckDto: check });
  assert.deepEqual(results, [
    { id: "a", action: "reject", reason: "duplicate", assetId: world.assets[0], isTrashed: false },
    { id: "b", action: "accept" },
  ]);
  await story.invalid("checkBulkUpload", alice, { assetBulkUploadCheckDto: { assets: "all" } }, "assets");
}

/** assets: reading, changing, delivery. */
export async function assets(story, { alice, admin, assets: [first, second] }) {
  await eventually("the thumbnail", async () => (await story.good("getAssetInfo", alice, { id: first })).thumbhash);
  await story.bad("getAssetInfo", admin, { id: first }, 400, /^Not found or no asset\.read access$/);
  assert.equal((await story.good("getAssetStatistics", alice, {})).images, 3);
  await story.bad("getAssetStatistics", alice, { visibility: "locked" }, 401, /^Elevated permission is required$/);
  const update = (fields) => ({ id: first, updateAssetDto: fields });
  const changed = await story.good("updateAsset", alice, update({ isFavorite: true, rating: 4, description: "first" }));
  assert.equal(changed.isFavorite, true);
  await story.bad("updateAsset", alice, update({ latitude: 1 }), 400);
  const bulk = (ids, fields) => ({ assetBulkUpdateDto: { ids, ...fields } });
  await story.good("updateAssets", alice, bulk([first, second], { rating: 5 }));
  assert.equal((await story.good("getAssetInfo", alice, { id: second })).exifInfo.rating, 5);
  await story.bad("updateAssets", alice, bulk([first, NOBODY], { rating: 1 }), 400, /^Not found or no asset\.update access$/);
  const copy = (sourceId, targetId) => ({ assetCopyDto: { sourceId, targetId } });
  await story.good("copyAsset", alice, copy(first, second));
  assert.equal((await story.good("getAssetInfo", alice, { id: second })).isFavorite, true);
  await story.bad("copyAsset", alice, copy(first, first), 400, /^Source and target id must be distinct$/);
  await story.good("runAssetJobs", alice, { assetJobsDto: { assetIds: [first], name: "regenerate-thumbnail" } });
  await story.invalid("runAssetJobs", alice, { assetJobsDto: { assetIds: [first], name: "rm" } }, "name");

  // No model is installed: ocr.test.mjs has one.
  assert.deepEqual(await story.good("getAssetOcr", alice, { id: first }), []);
  await story.bad("getAssetOcr", admin, { id: first }, 400, /^Not found or no asset\.read access$/);
  await story.invalid("getAssetOcr", alice, { id: "x" }, "id");
  assert.ok((await story.good("downloadAsset", alice, { id: first })).size > 0);
  await story.bad("downloadAsset", admin, { id: first }, 400);
  assert.equal((await story.good("viewAsset", alice, { id: first, size: "preview" })).type, "image/jpeg");
  await story.invalid("viewAsset", alice, { id: first, size: "poster" }, "size");
  await story.bad("playAssetVideo", alice, { id: first }, 404, /^Asset not found or asset is not a video$/);
  const movie = await story.good("uploadAsset", alice, form(Buffer.from("not really a film"), "film.mp4"));
  assert.ok((await story.good("playAssetVideo", alice, { id: movie.id })).size > 0);
  await story.good("deleteAssets", alice, { assetBulkDeleteDto: { ids: [movie.id], force: true } });
}

/** assets: the key-values that clients attach. */
export async function assetMetadata(story, { alice, assets: [first] }) {
  const value = { iCloudId: "abc", latitude: 1.5 };
  const items = (...list) => ({ id: first, assetMetadataUpsertDto: { items: list } });
  const [stored] = await story.good("updateAssetMetadata", alice, items({ key: "mobile-app", value }));
  assert.deepEqual(stored.value, value);
  await story.bad("updateAssetMetadata", alice, items({ key: "k", value }, { key: "k", value }), 400);
  assert.equal((await story.good("getAssetMetadata", alice, { id: first })).length, 1);
  await story.bad("getAssetMetadata", alice, { id: NOBODY }, 400);
  assert.deepEqual((await story.good("getAssetMetadataByKey", alice, { id: first, key: "mobile-app" })).value, value);
  await story.bad("getAssetMetadataByKey", alice, { id: first, key: "other" }, 400, /^Metadata with key "other" not found/);
  await story.good("deleteAssetMetadata", alice, { id: first, key: "mobile-app" });
  await story.bad("deleteAssetMetadata", alice, { id: NOBODY, key: "mobile-app" }, 400);
  const many = (assetId) => ({ assetMetadataBulkUpsertDto: { items: [{ assetId, key: "mobile-app", value }] } });
  assert.equal((await story.good("updateBulkAssetMetadata", alice, many(first)))[0].assetId, first);
  await story.bad("updateBulkAssetMetadata", alice, many(NOBODY), 400);
  const less = (assetId) => ({ assetMetadataBulkDeleteDto: { items: [{ assetId, key: "mobile-app" }] } });
  await story.good("deleteBulkAssetMetadata", alice, less(first));
  await story.bad("deleteBulkAssetMetadata", alice, less(NOBODY), 400);
}

/** timeline. */
export async function timeline(story, { alice, admin, assets: [first] }) {
  const [bucket] = await story.good("getTimeBuckets", alice, { visibility: "timeline", withStacked: true });
  assert.deepEqual(bucket, { timeBucket: "2022-05-01", count: 3 });
  await story.invalid("getTimeBuckets", alice, { visibility: "everything" }, "visibility");
  const columns = await story.good("getTimeBucket", alice, { timeBucket: "2022-05-01", visibility: "timeline", withStacked: true });
  assert.ok(columns.id.includes(first));
  await story.bad("getTimeBucket", alice, { timeBucket: "a month" }, 400);
  assert.deepEqual(await story.good("getTimeBuckets", admin, {}), []);
}

/** albums: making, filling, sharing. */
export async function albums(story, { alice, aliceId, admin, adminId, assets: [first, second, third] }) {
  const { id } = await story.good("createAlbum", alice, { createAlbumDto: { albumName: "Holiday", assetIds: [first] } });
  await story.invalid("createAlbum", alice, { createAlbumDto: { albumName: 1 } }, "albumName");
  const ids = (...list) => ({ id, bulkIdsDto: { ids: list } });
  assert.deepEqual(await story.good("addAssetsToAlbum", alice, ids(first, second)), [
    { id: first, success: false, error: "duplicate" },
    { id: second, success: true },
  ]);
  await story.bad("addAssetsToAlbum", alice, { id: NOBODY, bulkIdsDto: { ids: [first] } }, 400);
  const more = (albumIds) => ({ albumsAddAssetsDto: { albumIds, assetIds: [third] } });
  assert.equal((await story.good("addAssetsToAlbums", alice, more([id]))).success, true);
  await story.invalid("addAssetsToAlbums", alice, more("all"), "albumIds");
  assert.equal((await story.good("getAlbumInfo", alice, { id })).assetCount, 3);
  await story.bad("getAlbumInfo", admin, { id }, 400, /^Not found or no album\.read access$/);
  const update = (fields) => ({ id, updateAlbumDto: fields });
  assert.equal((await story.good("updateAlbumInfo", alice, update({ description: "by the sea" }))).description, "by the sea");
  await story.bad("updateAlbumInfo", alice, update({ albumThumbnailAssetId: NOBODY }), 400);
  assert.deepEqual(await story.good("getAlbumMapMarkers", alice, { id }), []);
  await story.bad("getAlbumMapMarkers", admin, { id }, 400);

  const invite = (userId, role) => ({ id, addUsersDto: { albumUsers: [{ userId, role }] } });
  assert.equal((await story.good("addUsersToAlbum", alice, invite(adminId, "viewer"))).albumUsers.length, 2);
  await story.bad("addUsersToAlbum", alice, invite(adminId, "owner"), 400);
  await story.bad("updateAlbumInfo", admin, update({ albumName: "Mine" }), 400, /^Not found or no album\.update access$/);
  await story.good("updateAlbumUser", alice, { id, userId: adminId, updateAlbumUserDto: { role: "editor" } });
  await story.bad("updateAlbumUser", admin, { id, userId: aliceId, updateAlbumUserDto: { role: "viewer" } }, 400, /^User is owner$/);
  assert.equal((await story.good("getAllAlbums", admin, { isShared: true })).length, 1);
  await story.invalid("getAllAlbums", admin, { isShared: "maybe" }, "isShared");
  assert.deepEqual(await story.good("getAlbumStatistics", alice), { owned: 1, shared: 1, notShared: 0 });
  await story.anonymous("getAlbumStatistics");
  await story.good("removeUserFromAlbum", admin, { id, userId: "me" });
  await story.bad("removeUserFromAlbum", alice, { id, userId: aliceId }, 400, /^Cannot remove the last album owner$/);
  assert.deepEqual(await story.good("removeAssetFromAlbum", alice, ids(first)), [{ id: first, success: true }]);
  await story.bad("removeAssetFromAlbum", admin, ids(second), 400);
  await story.good("deleteAlbum", alice, { id });
  await story.bad("deleteAlbum", alice, { id }, 400, /^Not found or no album\.delete access$/);
}

/** trash. */
export async function trash(story, { alice, admin, assets: ids }) {
  await story.good("deleteAssets", alice, { assetBulkDeleteDto: { ids } });
  await story.bad("deleteAssets", admin, { assetBulkDeleteDto: { ids } }, 400, /^Not found or no asset\.delete access$/);
  assert.deepEqual(await story.good("restoreAssets", alice, { bulkIdsDto: { ids: [ids[0]] } }), { count: 1 });
  await story.bad("restoreAssets", admin, { bulkIdsDto: { ids: [ids[1]] } }, 400);
  assert.deepEqual(await story.good("restoreTrash", alice), { count: 2 });
  await story.anonymous("restoreTrash");
  await story.good("deleteAssets", alice, { assetBulkDeleteDto: { ids } });
  assert.deepEqual(await story.good("emptyTrash", alice), { count: 3 });
  await story.anonymous("emptyTrash");
  assert.equal((await story.good("getAssetStatistics", alice, {})).total, 0);
}
