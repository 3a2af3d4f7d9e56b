// The SDK's functions about what photos are put into and who else sees them: tags, stacks, memories, activities,
// partners, shared links.
import assert from "node:assert/strict";

const NOBODY = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
const NO_ACCESS = /^Not found or no [a-zA-Z]+\.[a-z]+ access$/;

const errors = (results) => results.map((result) => result.error);

/** tags: a tree of labels. */
export async function tags(story, { alice, admin, assets: [first] }) {
  const travel = await story.good("createTag", alice, { tagCreateDto: { name: "travel", color: "#ff0000" } });
  assert.equal(travel.color, "#ff0000");
  await story.bad("createTag", alice, { tagCreateDto: { name: "travel" } }, 400, /^A tag with that name already exists$/);
  const [rome] = await story.good("upsertTags", alice, { tagUpsertDto: { tags: ["travel/Italy/Rome"] } });
  assert.equal(rome.value, "travel/Italy/Rome");
  await story.invalid("upsertTags", alice, { tagUpsertDto: { tags: "all" } }, "tags");
  assert.deepEqual((await story.good("getAllTags", alice)).map((tag) => tag.value), ["travel", "travel/Italy", "travel/Italy/Rome"]);
  await story.anonymous("getAllTags");
  assert.equal((await story.good("getTagById", alice, { id: rome.id })).name, "Rome");
  await story.bad("getTagById", admin, { id: rome.id }, 400, NO_ACCESS);
  assert.equal((await story.good("updateTag", alice, { id: rome.id, tagUpdateDto: { color: "00ff00" } })).color, "#00ff00");
  await story.invalid("updateTag", alice, { id: rome.id, tagUpdateDto: { color: "green" } }, "color");
  const ids = { id: rome.id, bulkIdsDto: { ids: [first, NOBODY] } };
  assert.deepEqual(errors(await story.good("tagAssets", alice, ids)), [undefined, "no_permission"]);
  await story.bad("tagAssets", admin, ids, 400, NO_ACCESS);
  const detail = await story.good("getAssetInfo", alice, { id: first });
  assert.deepEqual(detail.tags.map((tag) => tag.value), ["travel/Italy/Rome"]);
  assert.deepEqual(errors(await story.good("untagAssets", alice, ids)), [undefined, "not_found"]);
  await story.bad("untagAssets", admin, ids, 400, NO_ACCESS);
  const bulk = { tagBulkAssetsDto: { tagIds: [travel.id, rome.id, NOBODY], assetIds: [first] } };
  assert.deepEqual(await story.good("bulkTagAssets", alice, bulk), { count: 2 });
  await story.invalid("bulkTagAssets", alice, { tagBulkAssetsDto: { tagIds: [] } }, "assetIds");
  await story.good("deleteTag", alice, { id: travel.id });
  assert.deepEqual(await story.good("getAllTags", alice), []);
  await story.bad("deleteTag", alice, { id: travel.id }, 400, NO_ACCESS);
}

/** stacks: photos shown as one. */
export async function stacks(story, { alice, admin, assets: [first, second, third] }) {
  const stack = await story.good("createStack", alice, { stackCreateDto: { assetIds: [first, second, third] } });
  assert.equal(stack.primaryAssetId, first);
  await story.bad("createStack", alice, { stackCreateDto: { assetIds: [first] } }, 400);
  assert.equal((await story.good("searchStacks", alice, {})).length, 1);
  await story.invalid("searchStacks", alice, { primaryAssetId: "1" }, "primaryAssetId");
  assert.equal((await story.good("getStack", alice, { id: stack.id })).assets.length, 3);
  await story.bad("getStack", admin, { id: stack.id }, 400, NO_ACCESS);
  const update = (primaryAssetId) => ({ id: stack.id, stackUpdateDto: { primaryAssetId } });
  assert.equal((await story.good("updateStack", alice, update(second))).primaryAssetId, second);
  await story.bad("updateStack", alice, update(NOBODY), 400, /^Primary asset must be in the stack$/);
  await story.good("removeAssetFromStack", alice, { id: stack.id, assetId: third });
  await story.bad("removeAssetFromStack", alice, { id: stack.id, assetId: third }, 400, /^Asset not in stack$/);
  assert.equal((await story.good("getAssetInfo", alice, { id: first })).stack.assetCount, 2);
  await story.good("deleteStack", alice, { id: stack.id });
  await story.bad("deleteStack", alice, { id: stack.id }, 400, NO_ACCESS);
  const again = await story.good("createStack", alice, { stackCreateDto: { assetIds: [first, second] } });
  await story.good("deleteStacks", alice, { bulkIdsDto: { ids: [again.id] } });
  await story.bad("deleteStacks", alice, { bulkIdsDto: { ids: [again.id] } }, 400, NO_ACCESS);
}

/** memories: on this day in other years. */
export async function memories(story, { alice, admin, assets: [first, second] }) {
  const create = (year) => ({
    memoryCreateDto: { type: "on_this_day", data: { year }, memoryAt: "2020-06-15T00:00:00.000Z", assetIds: [first] },
  });
  const memory = await story.good("createMemory", alice, create(2020));
  await story.invalid("createMemory", alice, create(1), "data.year");
  assert.equal((await story.good("searchMemories", alice, {})).length, 1);
  await story.invalid("searchMemories", alice, { size: 0 }, "size");
  assert.deepEqual(await story.good("memoriesStatistics", alice, { isSaved: false }), { total: 1 });
  await story.anonymous("memoriesStatistics");
  assert.equal((await story.good("getMemory", alice, { id: memory.id })).assets[0].id, first);
  await story.bad("getMemory", admin, { id: memory.id }, 400, NO_ACCESS);
  assert.equal((await story.good("updateMemory", alice, { id: memory.id, memoryUpdateDto: { isSaved: true } })).isSaved, true);
  await story.invalid("updateMemory", alice, { id: memory.id, memoryUpdateDto: { isSaved: "yes" } }, "isSaved");
  const ids = { id: memory.id, bulkIdsDto: { ids: [first, second] } };
  assert.deepEqual(errors(await story.good("addMemoryAssets", alice, ids)), ["duplicate", undefined]);
  await story.bad("addMemoryAssets", admin, ids, 400, NO_ACCESS);
  assert.deepEqual(errors(await story.good("removeMemoryAssets", alice, ids)), [undefined, undefined]);
  await story.bad("removeMemoryAssets", admin, ids, 400, NO_ACCESS);
  await story.good("deleteMemory", alice, { id: memory.id });
  await story.bad("deleteMemory", alice, { id: memory.id }, 400, NO_ACCESS);
}

/** partners: whom one shows everything. */
export async function partners(story, { alice, aliceId, admin, adminId }) {
  const partner = await story.good("createPartner", alice, { partnerCreateDto: { sharedWithId: adminId } });
  assert.equal(partner.id, adminId);
  await story.bad("createPartner", alice, { partnerCreateDto: { sharedWithId: adminId } }, 400, /^Partner already exists$/);
  assert.equal((await story.good("getPartners", alice, { direction: "shared-by" })).length, 1);
  await story.invalid("getPartners", alice, { direction: "both" }, "direction");
  const update = (id) => ({ id, partnerUpdateDto: { inTimeline: true } });
  assert.equal((await story.good("updatePartner", admin, update(aliceId))).inTimeline, true);
  await story.bad("updatePartner", alice, update(adminId), 400, NO_ACCESS);
  await story.good("removePartner", alice, { id: adminId });
  await story.bad("removePartner", alice, { id: adminId }, 400, /^Partner not found$/);
  await story.good("createPartnerDeprecated", alice, { id: adminId });
  await story.bad("createPartnerDeprecated", alice, { id: adminId }, 400, /^Partner already exists$/);
  await story.good("removePartner", alice, { id: adminId });
}

/** activities: likes and comments in an album. */
export async function activities(story, { alice, admin, assets: [first] }) {
  const album = await story.good("createAlbum", alice, { createAlbumDto: { albumName: "Talk", assetIds: [first] } });
  const about = { albumId: album.id, assetId: first };
  const comment = { activityCreateDto: { ...about, type: "comment", comment: "nice" } };
  const made = await story.good("createActivity", alice, comment);
  assert.equal(made.comment, "nice");
  await story.bad("createActivity", admin, comment, 400, NO_ACCESS);
  assert.equal((await story.good("getActivities", alice, { albumId: album.id })).length, 1);
  await story.bad("getActivities", admin, { albumId: album.id }, 400, NO_ACCESS);
  assert.deepEqual(await story.good("getActivityStatistics", alice, about), { comments: 1, likes: 0 });
  await story.bad("getActivityStatistics", admin, about, 400, NO_ACCESS);
  await story.good("deleteActivity", alice, { id: made.id });
  await story.bad("deleteActivity", alice, { id: made.id }, 400, NO_ACCESS);
  await story.good("deleteAlbum", alice, { id: album.id });
}

/** shared-links: what guests see. */
export async function sharedLinks(story, { alice, admin, assets: [first, second] }) {
  const create = (fields) => ({ sharedLinkCreateDto: { type: "INDIVIDUAL", ...fields } });
  const link = await story.good("createSharedLink", alice, create({ assetIds: [first], password: "sesame" }));
  assert.equal(link.assets[0].id, first);
  await story.bad("createSharedLink", alice, create({}), 400, /^Invalid assetIds$/);
  assert.equal((await story.good("getAllSharedLinks", alice, {})).length, 1);
  await story.invalid("getAllSharedLinks", alice, { albumId: "1" }, "albumId");
  assert.equal((await story.good("getSharedLinkById", alice, { id: link.id })).key, link.key);
  await story.bad("getSharedLinkById", admin, { id: link.id }, 400, /^Shared link not found$/);
  const login = (password) => ({ key: link.key, sharedLinkLoginDto: { password } });
  await story.bad("sharedLinkLogin", undefined, login("open"), 401, /^Invalid password$/);
  assert.equal((await story.good("sharedLinkLogin", undefined, login("sesame"))).id, link.id);
  await story.bad("getMySharedLink", undefined, { key: link.key }, 401, /^Password required$/);
  const edit = (fields) => ({ id: link.id, sharedLinkEditDto: fields });
  assert.equal((await story.good("updateSharedLink", alice, edit({ password: null, slug: "beach" }))).slug, "beach");
  await story.invalid("updateSharedLink", alice, edit({ slug: "a/b" }), "slug");
  assert.equal((await story.good("getMySharedLink", undefined, { slug: "beach" })).id, link.id);
  const page = await fetch(`${story.url}/s/beach`);
  assert.equal(page.status, 200);
  assert.match(page.headers.get("content-type"), /^text\/html/);
  const html = await page.text();
  const picture = /<img loading="lazy" src="([^"]+)"/.exec(html)[1].replaceAll("&amp;", "&");
  assert.ok(picture.includes(first), html);
  assert.equal((await fetch(new URL(picture, story.url))).status, 200);
  assert.equal((await fetch(`${story.url}/share/${link.key}`)).status, 200);
  assert.equal((await fetch(`${story.url}/share/nothing`)).status, 404);
  const ids = { id: link.id, assetIdsDto: { assetIds: [first, second] } };
  assert.deepEqual(errors(await story.good("addSharedLinkAssets", alice, ids)), ["duplicate", undefined]);
  await story.bad("addSharedLinkAssets", admin, ids, 400, /^Shared link not found$/);
  assert.deepEqual(errors(await story.good("removeSharedLinkAssets", alice, ids)), [undefined, undefined]);
  await story.bad("removeSharedLinkAssets", admin, ids, 400, /^Shared link not found$/);
  await story.good("removeSharedLink", alice, { id: link.id });
  await story.bad("removeSharedLink", alice, { id: link.id }, 400, /^Shared link not found$/);
}

/** map: where photos were taken, and what places are called. */
export async function map(story, { alice, admin, assets: [first] }) {
  const place = (latitude, longitude) => ({ id: first, updateAssetDto: { latitude, longitude } });
  await story.good("updateAsset", alice, place(46.5, 7.25));
  const markers = await story.good("getMapMarkers", alice, {});
  assert.deepEqual(markers.map(({ id, lat, lon }) => ({ id, lat, lon })), [{ id: first, lat: 46.5, lon: 7.25 }]);
  assert.deepEqual(await story.good("getMapMarkers", admin, {}), []);
  await story.invalid("getMapMarkers", alice, { fileCreatedAfter: "then" }, "fileCreatedAfter");
  // What it is called depends on an object that a server may do without (docs/decisions/0016-places.md).
  const named = await story.good("reverseGeocode", alice, { lat: 46.5, lon: 7.25 });
  assert.deepEqual(Object.keys(named[0]).sort(), ["city", "country", "state"]);
  await story.invalid("reverseGeocode", alice, { lat: 91, lon: 0 }, "lat");
}
