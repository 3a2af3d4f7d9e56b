// What the story of the generation 2.7 asks for beside its main way: the other areas of the SDK of then, each from making to deleting.
// `cargo xtask contract` holds the answers against the document of 2.7.4.
import assert from "node:assert/strict";
import { jpeg, sha1 } from "../support/media.mjs";
import { eventually } from "../support/server.mjs";
import { bearer } from "../support/socket.mjs";

const GROUP = "3fa85f64-5717-4562-b3fc-2c963f66afa7";
const READ_AT = "2024-01-01T00:00:00.000Z";
const PIN = "123456";

const errors = (results) => results.map(({ error }) => error);

/** Somebody else than the one whose story it is, with the options of his session. */
async function bob({ sdk, then }) {
  const { id } = (await sdk("searchUsers")).find(({ email }) => email === "bob@example.com");
  const login = await sdk("login", { loginCredentialDto: { email: "bob@example.com", password: "secret" } });
  return { id, options: { ...then, headers: bearer(login.accessToken) } };
}

async function photos({ sdk, assets: [first, second] }) {
  const changed = await sdk("updateAsset", { id: first, updateAssetDto: { isFavorite: true, rating: 4, description: "first" } });
  assert.deepEqual([changed.isFavorite, changed.deviceId, changed.duration], [true, "phone", "0:00:00.00000"]);
  await sdk("updateAssets", { assetBulkUpdateDto: { ids: [first, second], rating: 5 } });
  assert.equal((await sdk("getAssetInfo", { id: second })).exifInfo.rating, 5);
  await sdk("copyAsset", { assetCopyDto: { sourceId: first, targetId: second } });
  assert.equal((await sdk("getAssetInfo", { id: second })).isFavorite, true);
  await sdk("runAssetJobs", { assetJobsDto: { assetIds: [first], name: "regenerate-thumbnail" } });
  const check = { assets: [{ id: "a", checksum: sha1(await jpeg({ seed: 1 })) }, { id: "b", checksum: "0".repeat(40) }] };
  const { results } = await sdk("checkBulkUpload", { assetBulkUploadCheckDto: check });
  assert.deepEqual(results.map(({ action, assetId }) => [action, assetId]), [["reject", first], ["accept", undefined]]);
  assert.ok((await sdk("downloadAsset", { id: first })).size > 0);
  assert.equal((await sdk("viewAsset", { id: first, size: "preview" })).type, "image/jpeg");
  assert.deepEqual(await sdk("getAssetOcr", { id: first }), []);
}

async function metadata({ sdk, assets: [first] }) {
  const [item, value] = [{ key: "mobile-app" }, { iCloudId: "abc" }];
  await sdk("updateAssetMetadata", { id: first, assetMetadataUpsertDto: { items: [{ ...item, value }] } });
  assert.deepEqual((await sdk("getAssetMetadata", { id: first })).map(({ key }) => key), ["mobile-app"]);
  assert.deepEqual((await sdk("getAssetMetadataByKey", { id: first, ...item })).value, value);
  await sdk("deleteAssetMetadata", { id: first, ...item });
  const [many] = await sdk("updateBulkAssetMetadata", { assetMetadataBulkUpsertDto: { items: [{ assetId: first, ...item, value }] } });
  assert.equal(many.assetId, first);
  await sdk("deleteBulkAssetMetadata", { assetMetadataBulkDeleteDto: { items: [{ assetId: first, ...item }] } });
}

async function edits({ sdk, assets: [first] }) {
  const rotate = { action: "rotate", parameters: { angle: 90 } };
  const stored = await sdk("editAsset", { id: first, assetEditsCreateDto: { edits: [rotate] } });
  assert.deepEqual(stored.edits.map(({ action }) => action), ["rotate"]);
  assert.deepEqual(await sdk("getAssetEdits", { id: first }), stored);
  await eventually("the edited picture", async () => (await sdk("getAssetInfo", { id: first })).isEdited);
  await sdk("removeAssetEdits", { id: first });
  await eventually("the original", async () => !(await sdk("getAssetInfo", { id: first })).isEdited);
}

async function albums(context) {
  const { sdk, assets: [first, second] } = context;
  const other = await bob(context);
  const { id } = await sdk("createAlbum", { createAlbumDto: { albumName: "talk", assetIds: [first] } });
  const about = { albumId: id, assetId: first };
  const comment = await sdk("createActivity", { activityCreateDto: { ...about, type: "comment", comment: "nice" } });
  assert.equal((await sdk("getActivities", { albumId: id })).length, 1);
  assert.deepEqual(await sdk("getActivityStatistics", about), { comments: 1, likes: 0 });
  await sdk("deleteActivity", { id: comment.id });

  const invited = await sdk("addUsersToAlbum", { id, addUsersDto: { albumUsers: [{ userId: other.id, role: "viewer" }] } });
  assert.deepEqual(invited.albumUsers.map(({ user, role }) => [user.id, role]), [[other.id, "viewer"]]);
  await sdk("updateAlbumUser", { id, userId: other.id, updateAlbumUserDto: { role: "editor" } });
  assert.equal((await sdk("addAssetsToAlbums", { albumsAddAssetsDto: { albumIds: [id], assetIds: [second] } })).success, true);
  const removed = await sdk("removeAssetFromAlbum", { id, bulkIdsDto: { ids: [second] } });
  assert.deepEqual(removed.map(({ success }) => success), [true]);
  await sdk("removeUserFromAlbum", { id, userId: other.id });
  await sdk("deleteAlbum", { id });
}

async function stacks({ sdk, assets: [first, second, third] }) {
  const { id, primaryAssetId } = await sdk("createStack", { stackCreateDto: { assetIds: [first, second, third] } });
  assert.equal(primaryAssetId, first);
  assert.equal((await sdk("updateStack", { id, stackUpdateDto: { primaryAssetId: second } })).primaryAssetId, second);
  await sdk("removeAssetFromStack", { id, assetId: third });
  const { assets } = await sdk("getStack", { id });
  assert.deepEqual(assets.map((asset) => asset.deviceId), ["phone", "phone"]);
  await sdk("deleteStack", { id });
  const again = await sdk("createStack", { stackCreateDto: { assetIds: [first, second] } });
  await sdk("deleteStacks", { bulkIdsDto: { ids: [again.id] } });
}

async function tags({ sdk, assets: [first] }) {
  const [rome] = await sdk("upsertTags", { tagUpsertDto: { tags: ["travel/Rome"] } });
  const { id } = rome;
  assert.equal((await sdk("getTagById", { id })).name, "Rome");
  assert.equal((await sdk("updateTag", { id, tagUpdateDto: { color: "#00ff00" } })).color, "#00ff00");
  assert.deepEqual(await sdk("bulkTagAssets", { tagBulkAssetsDto: { tagIds: [id], assetIds: [first] } }), { count: 1 });
  assert.deepEqual(errors(await sdk("untagAssets", { id, bulkIdsDto: { ids: [first] } })), [undefined]);
  await sdk("deleteTag", { id });
}

async function memories({ sdk, assets: [first, second] }) {
  const memoryCreateDto = { type: "on_this_day", data: { year: 2020 }, memoryAt: "2020-06-15T00:00:00.000Z", assetIds: [first] };
  const { id, assets } = await sdk("createMemory", { memoryCreateDto });
  assert.deepEqual(assets.map((asset) => asset.deviceAssetId), ["a.jpg-1"]);
  assert.ok((await sdk("memoriesStatistics", {})).total >= 1);
  assert.equal((await sdk("updateMemory", { id, memoryUpdateDto: { isSaved: true } })).isSaved, true);
  const both = { id, bulkIdsDto: { ids: [first, second] } };
  assert.deepEqual(errors(await sdk("addMemoryAssets", both)), ["duplicate", undefined]);
  assert.equal((await sdk("getMemory", { id })).assets.length, 2);
  assert.deepEqual(errors(await sdk("removeMemoryAssets", both)), [undefined, undefined]);
  await sdk("deleteMemory", { id });
}

async function people({ sdk, assets: [, second] }) {
  const create = (name) => sdk("createPerson", { personCreateDto: { name } });
  const [ben, twin, carl] = [await create("Ben"), await create("Ben"), await create("Carl")];
  const box = { imageWidth: 320, imageHeight: 240, x: 10, y: 20, width: 30, height: 40 };
  await sdk("createFace", { assetFaceCreateDto: { ...box, assetId: second, personId: ben.id } });
  await eventually("the portrait", async () => (await sdk("getPerson", { id: ben.id })).thumbnailPath);
  assert.equal((await sdk("getPersonThumbnail", { id: ben.id })).type, "image/jpeg");
  const [face] = await sdk("getFaces", { id: second });
  assert.equal((await sdk("reassignFacesById", { id: twin.id, faceDto: { id: face.id } })).id, twin.id);
  const move = { data: [{ personId: twin.id, assetId: second }] };
  assert.ok((await sdk("reassignFaces", { id: ben.id, assetFaceUpdateDto: move })).some(({ id }) => id === ben.id));
  assert.deepEqual(await sdk("getPersonStatistics", { id: ben.id }), { assets: 1 });
  assert.equal((await sdk("updatePerson", { id: ben.id, personUpdateDto: { birthDate: "", name: "Benjamin" } })).birthDate, null);
  const many = { people: [{ id: carl.id, isFavorite: true }] };
  assert.deepEqual(errors(await sdk("updatePeople", { peopleUpdateDto: many })), [undefined]);
  assert.deepEqual((await sdk("searchPerson", { name: "Benjamin" })).map(({ id }) => id), [ben.id]);
  assert.deepEqual(errors(await sdk("mergePerson", { id: ben.id, mergePersonDto: { ids: [twin.id] } })), [undefined]);
  await sdk("deleteFace", { id: face.id, assetFaceDeleteDto: { force: true } });
  await sdk("deletePerson", { id: ben.id });
  await sdk("deletePeople", { bulkIdsDto: { ids: [carl.id] } });
}

async function partners(context) {
  const { sdk, me } = context;
  const other = await bob(context);
  assert.equal((await sdk("createPartner", { partnerCreateDto: { sharedWithId: other.id } })).id, other.id);
  assert.equal((await sdk("getPartners", { direction: "shared-by" })).length, 1);
  assert.equal((await sdk("updatePartner", { id: me.id, partnerUpdateDto: { inTimeline: true } }, other.options)).inTimeline, true);
  await sdk("removePartner", { id: other.id });
  await sdk("createPartnerDeprecated", { id: other.id });
  await sdk("removePartner", { id: other.id });
  assert.equal((await sdk("logout", undefined, other.options)).successful, true);
}

async function links({ sdk, then, assets: [first, second] }) {
  const sharedLinkCreateDto = { type: "INDIVIDUAL", assetIds: [first], password: "sesame" };
  const { id, key } = await sdk("createSharedLink", { sharedLinkCreateDto });
  const { assets } = await sdk("getSharedLinkById", { id });
  assert.deepEqual(assets.map((asset) => asset.deviceId), ["phone"]);
  const guest = { baseUrl: then.baseUrl };
  assert.equal((await sdk("sharedLinkLogin", { key, sharedLinkLoginDto: { password: "sesame" } }, guest)).id, id);
  const both = { id, assetIdsDto: { assetIds: [first, second] } };
  assert.deepEqual(errors(await sdk("addSharedLinkAssets", both)), ["duplicate", undefined]);
  assert.deepEqual(errors(await sdk("removeSharedLinkAssets", both)), [undefined, undefined]);
  await sdk("removeSharedLink", { id });
}

async function duplicates({ sdk, assets: [first, second] }) {
  const group = () => sdk("updateAssets", { assetBulkUpdateDto: { ids: [first, second], duplicateId: GROUP } });
  await group();
  const [found] = await sdk("getAssetDuplicates");
  assert.deepEqual(found.assets.map(({ deviceId }) => deviceId), ["phone", "phone"]);
  await sdk("deleteDuplicate", { id: GROUP });
  await group();
  await sdk("deleteDuplicates", { bulkIdsDto: { ids: [GROUP] } });
  assert.deepEqual(await sdk("getAssetDuplicates"), []);
}

async function searches({ sdk, assets: [first] }) {
  const large = await sdk("searchLargeAssets", { size: 2 });
  assert.deepEqual(large.map(({ duration }) => duration), ["0:00:00.00000", "0:00:00.00000"]);
  assert.ok((await sdk("searchAssetStatistics", { statisticsSearchDto: {} })).total >= 3);
  assert.ok(Array.isArray(await sdk("getSearchSuggestions", { $type: "country" })));
  assert.ok(Array.isArray(await sdk("searchPlaces", { name: "Paris" })));
  assert.equal((await sdk("reverseGeocode", { lat: 46.5, lon: 7.25 })).length, 1);
  const [path] = await sdk("getUniqueOriginalPaths");
  assert.ok((await sdk("getAssetsByOriginalPath", { path })).every(({ deviceAssetId }) => deviceAssetId));
  const { archives } = await sdk("getDownloadInfo", { downloadInfoDto: { assetIds: [first] } });
  assert.deepEqual(archives.map(({ assetIds }) => assetIds), [[first]]);
  assert.ok((await sdk("downloadArchive", { downloadArchiveDto: { assetIds: [first] } })).size > 0);
}

async function account({ sdk, me, password }) {
  assert.deepEqual(await sdk("validateAccessToken"), { authStatus: true });
  await sdk("setupPinCode", { pinCodeSetupDto: { pinCode: PIN } });
  await sdk("unlockAuthSession", { sessionUnlockDto: { pinCode: PIN } });
  assert.equal((await sdk("getAuthStatus")).isElevated, true);
  await sdk("lockAuthSession");
  await sdk("changePinCode", { pinCodeChangeDto: { pinCode: PIN, newPinCode: "654321" } });
  await sdk("resetPinCode", { pinCodeResetDto: { password } });
  assert.equal((await sdk("updateMyUser", { userUpdateMeDto: { name: "Administrator" } })).name, "Administrator");
  assert.equal((await sdk("getUser", { id: me.id })).name, "Administrator");
  assert.equal((await sdk("updateMyPreferences", { userPreferencesUpdateDto: { memories: { enabled: true } } })).memories.enabled, true);
  assert.deepEqual(await sdk("setUserOnboarding", { onboardingDto: { isOnboarded: true } }), { isOnboarded: true });
  await sdk("deleteUserOnboarding");
  await sdk("deleteUserLicense");
  const file = new File([await jpeg({ seed: 71 })], "me.jpg");
  assert.equal((await sdk("createProfileImage", { createProfileImageDto: { file } })).userId, me.id);
  assert.ok((await sdk("getProfileImage", { id: me.id })).size > 0);
  await sdk("deleteProfileImage");
}

async function credentials({ sdk, then }) {
  const { secret, apiKey } = await sdk("createApiKey", { apiKeyCreateDto: { permissions: ["apiKey.read"] } });
  const { id } = apiKey;
  assert.deepEqual((await sdk("getMyApiKey", undefined, { ...then, headers: { "x-api-key": secret } })).permissions, ["apiKey.read"]);
  assert.equal((await sdk("getApiKey", { id })).id, id);
  assert.equal((await sdk("updateApiKey", { id, apiKeyUpdateDto: { name: "reader" } })).name, "reader");
  await sdk("deleteApiKey", { id });
  const child = await sdk("createSession", { sessionCreateDto: { duration: 3600, deviceType: "Chromecast" } });
  const reset = { id: child.id, sessionUpdateDto: { isPendingSyncReset: true } };
  assert.equal((await sdk("updateSession", reset)).isPendingSyncReset, true);
  await sdk("lockSession", { id: child.id });
  await sdk("deleteSession", { id: child.id });
}

async function notifications({ sdk, me }) {
  const create = (title) => sdk("createNotification", { notificationCreateDto: { userId: me.id, title } });
  const { id } = await create("Tonight");
  assert.equal((await sdk("getNotification", { id })).title, "Tonight");
  assert.equal((await sdk("updateNotification", { id, notificationUpdateDto: { readAt: READ_AT } })).readAt, READ_AT);
  await sdk("updateNotifications", { notificationUpdateAllDto: { ids: [id], readAt: null } });
  await sdk("deleteNotification", { id });
  await sdk("deleteNotifications", { notificationDeleteAllDto: { ids: [(await create("again")).id] } });
}

async function usersOfTheAdmin({ sdk }) {
  const userAdminCreateDto = { email: "dan@example.com", password: "secret", name: "Dan" };
  const { id } = await sdk("createUserAdmin", { userAdminCreateDto });
  assert.equal((await sdk("getUserAdmin", { id })).email, userAdminCreateDto.email);
  assert.equal((await sdk("updateUserAdmin", { id, userAdminUpdateDto: { quotaSizeInBytes: 1e9, pinCode: "" } })).quotaSizeInBytes, 1e9);
  assert.ok(await sdk("getUserPreferencesAdmin", { id }));
  const changed = await sdk("updateUserPreferencesAdmin", { id, userPreferencesUpdateDto: { memories: { duration: 7 } } });
  assert.equal(changed.memories.duration, 7);
  assert.deepEqual(await sdk("getUserSessionsAdmin", { id }), []);
  assert.equal((await sdk("getUserStatisticsAdmin", { id })).total, 0);
  assert.notEqual((await sdk("deleteUserAdmin", { id, userAdminDeleteDto: { force: false } })).deletedAt, null);
  assert.equal((await sdk("restoreUserAdmin", { id })).deletedAt, null);
}

async function libraries({ sdk, me }) {
  const { id } = await sdk("createLibrary", { createLibraryDto: { ownerId: me.id, importPaths: ["/photos"] } });
  assert.deepEqual((await sdk("getLibrary", { id })).importPaths, ["/photos"]);
  assert.equal((await sdk("updateLibrary", { id, updateLibraryDto: { name: "NAS" } })).name, "NAS");
  const { importPaths } = await sdk("validate", { id, validateLibraryDto: { importPaths: ["photos"] } });
  assert.equal(importPaths.length, 1);
  await sdk("scanLibrary", { id });
  assert.equal((await sdk("getLibraryStatistics", { id })).total, 0);
  await sdk("deleteLibrary", { id });
}

async function work({ sdk }) {
  const name = "smartSearch";
  assert.equal((await sdk("updateQueue", { name, queueUpdateDto: { isPaused: true } })).isPaused, true);
  assert.equal((await sdk("getQueue", { name })).isPaused, true);
  await sdk("updateQueue", { name, queueUpdateDto: { isPaused: false } });
  assert.ok(Array.isArray(await sdk("getQueueJobs", { name, status: ["failed"] })));
  await sdk("emptyQueue", { name, queueDeleteDto: { failed: true } });
  await sdk("createJob", { jobCreateDto: { name: "user-cleanup" } });
  const command = { name: "thumbnailGeneration", queueCommandDto: { command: "start", force: false } };
  assert.equal((await sdk("runQueueCommandLegacy", command)).queueStatus.isPaused, false);
  const workflowCreateDto = { name: "w", triggerType: "AssetCreate", filters: [], actions: [] };
  const { id, actions } = await sdk("createWorkflow", { workflowCreateDto });
  assert.deepEqual(actions, []);
  assert.equal((await sdk("getWorkflow", { id })).triggerType, "AssetCreate");
  assert.equal((await sdk("updateWorkflow", { id, workflowUpdateDto: { name: "v" } })).name, "v");
  await sdk("deleteWorkflow", { id });
  const [plugin] = await sdk("getPlugins");
  assert.deepEqual((await sdk("getPlugin", { id: plugin.id })).filters, []);
}

async function installation({ sdk }) {
  assert.match((await sdk("getApkLinks")).universal, /^https:/);
  assert.ok("releaseVersion" in (await sdk("getVersionCheck")));
  await sdk("updateAdminOnboarding", { adminOnboardingUpdateDto: { isOnboarded: true } });
  assert.deepEqual(await sdk("getAdminOnboarding"), { isOnboarded: true });
  assert.ok("lastUpdate" in (await sdk("getReverseGeocodingState")));
  assert.ok("checkedAt" in (await sdk("getVersionCheckState")));
  await sdk("deleteServerLicense");
  const config = await sdk("getConfig");
  const changed = await sdk("updateConfig", { systemConfigDto: { ...config, trash: { ...config.trash, days: 14 } } });
  assert.equal(changed.trash.days, 14);
  await sdk("updateConfig", { systemConfigDto: config });
}

/** Title and test of each, which is given the `sdk`, its options (`then`), who it is (`me`, `password`) and three of his photos (`assets`). */
export const AREAS = Object.entries({
  "photos": photos,
  "metadata of photos": metadata,
  "edits": edits,
  "albums with others": albums,
  "stacks": stacks,
  "tags": tags,
  "memories": memories,
  "people": people,
  "partners": partners,
  "links of the owner": links,
  "duplicates": duplicates,
  "searches and archives": searches,
  "the account": account,
  "keys and sessions": credentials,
  "notifications": notifications,
  "users of the administrator": usersOfTheAdmin,
  "libraries": libraries,
  "queues, jobs, workflows": work,
  "the installation": installation,
});
