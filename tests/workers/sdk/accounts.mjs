// The SDK's functions about accounts: signing up, logging in, users, API keys, sessions.
import assert from "node:assert/strict";
import { jpeg } from "../support/media.mjs";

const NOBODY = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
const ADMIN = { email: "admin@example.com", password: "correct horse", name: "Admin" };
const ALICE = { email: "Alice@Example.com", password: "wonderland", name: "Alice" };

const bearer = (login) => ({ authorization: `Bearer ${login.accessToken}` });

/** Signs up the admin, makes the user Alice and logs both in: fills `world.admin`, `world.alice` (headers), `world.aliceId`. */
export async function signingUp(story, world) {
  await story.invalid("signUpAdmin", undefined, { signUpDto: { ...ADMIN, email: "admin" } }, "email");
  const admin = await story.good("signUpAdmin", undefined, { signUpDto: ADMIN });
  assert.equal(admin.isAdmin, true);
  await story.bad("signUpAdmin", undefined, { signUpDto: ADMIN }, 400, /^The server already has an admin$/);
  await story.bad("login", undefined, { loginCredentialDto: { ...ADMIN, password: "wrong" } }, 401, /^Incorrect email or password$/);
  const login = await story.good("login", undefined, { loginCredentialDto: ADMIN });
  world.admin = bearer(login);
  world.adminId = admin.id;
  await story.invalid("createUserAdmin", world.admin, { userAdminCreateDto: { ...ALICE, email: null } }, "email");
  const alice = await story.good("createUserAdmin", world.admin, { userAdminCreateDto: ALICE });
  assert.equal(alice.email, "alice@example.com");
  await story.bad("createUserAdmin", world.admin, { userAdminCreateDto: ALICE }, 400, /^Email is not available$/);
  world.aliceId = alice.id;
  world.alice = bearer(await story.good("login", undefined, { loginCredentialDto: ALICE }));
  await story.bad("createUserAdmin", world.alice, { userAdminCreateDto: ALICE }, 403, /^Forbidden$/);
}

/** auth: status, password, PIN code, elevation, logout. */
export async function authentication(story, world) {
  assert.deepEqual(await story.good("validateAccessToken", world.alice), { authStatus: true });
  await story.bad("validateAccessToken", { authorization: "Bearer wrong" }, undefined, 401, /^Invalid user token$/);
  assert.equal((await story.good("getAuthStatus", world.alice)).pinCode, false);
  await story.anonymous("getAuthStatus");

  await story.invalid("setupPinCode", world.alice, { pinCodeSetupDto: { pinCode: "12a456" } }, "pinCode");
  await story.good("setupPinCode", world.alice, { pinCodeSetupDto: { pinCode: "123456" } });
  await story.bad("unlockAuthSession", world.alice, { sessionUnlockDto: { pinCode: "000000" } }, 400, /^Wrong PIN code$/);
  await story.good("unlockAuthSession", world.alice, { sessionUnlockDto: { pinCode: "123456" } });
  assert.equal((await story.good("getAuthStatus", world.alice)).isElevated, true);
  await story.good("lockAuthSession", world.alice);
  await story.anonymous("lockAuthSession");
  assert.equal((await story.good("getAuthStatus", world.alice)).isElevated, false);
  const wrong = { pinCodeChangeDto: { pinCode: "999999", newPinCode: "654321" } };
  await story.bad("changePinCode", world.alice, wrong, 400, /^Wrong PIN code$/);
  await story.good("changePinCode", world.alice, { pinCodeChangeDto: { pinCode: "123456", newPinCode: "654321" } });
  await story.bad("resetPinCode", world.alice, { pinCodeResetDto: { password: "wrong" } }, 400, /^Wrong password$/);
  await story.good("resetPinCode", world.alice, { pinCodeResetDto: { password: ALICE.password } });

  const change = (password, newPassword) => ({ changePasswordDto: { password, newPassword } });
  await story.bad("changePassword", world.alice, change("wrong", "looking glass"), 400, /^Wrong password$/);
  await story.invalid("changePassword", world.alice, change(ALICE.password, "short"), "newPassword");
  await story.good("changePassword", world.alice, change(ALICE.password, "looking glass"));
  const second = bearer(await story.good("login", undefined, { loginCredentialDto: { email: ALICE.email, password: "looking glass" } }));
  assert.equal((await story.good("logout", second)).successful, true);
  await story.bad("logout", second, undefined, 401, /^Invalid user token$/);
}

/** users: oneself and others, preferences, onboarding, licence, profile image. */
export async function users(story, world) {
  const { alice, aliceId, adminId } = world;
  assert.equal((await story.good("getMyUser", alice)).id, aliceId);
  await story.anonymous("getMyUser");
  assert.equal((await story.good("updateMyUser", alice, { userUpdateMeDto: { name: "Alice L." } })).name, "Alice L.");
  await story.bad("updateMyUser", alice, { userUpdateMeDto: { email: ADMIN.email } }, 400);
  assert.equal((await story.good("searchUsers", alice)).length, 2);
  await story.anonymous("searchUsers");
  assert.equal((await story.good("getUser", alice, { id: adminId })).name, "Admin");
  await story.bad("getUser", alice, { id: NOBODY }, 400, /^User not found$/);
  await story.invalid("getUser", alice, { id: "1" }, "id");

  assert.equal((await story.good("getMyPreferences", alice)).memories.duration, 5);
  await story.anonymous("getMyPreferences");
  const preferences = (archiveSize) => ({ userPreferencesUpdateDto: { download: { archiveSize } } });
  assert.equal((await story.good("updateMyPreferences", alice, preferences(1e6))).download.archiveSize, 1e6);
  await story.invalid("updateMyPreferences", alice, preferences(1.5), "download.archiveSize");
  assert.deepEqual(await story.good("setUserOnboarding", alice, { onboardingDto: { isOnboarded: true } }), { isOnboarded: true });
  await story.invalid("setUserOnboarding", alice, { onboardingDto: { isOnboarded: "yes" } }, "isOnboarded");
  assert.deepEqual(await story.good("getUserOnboarding", alice), { isOnboarded: true });
  await story.anonymous("getUserOnboarding");
  await story.good("deleteUserOnboarding", alice);
  await story.anonymous("deleteUserOnboarding");
  const days = await story.good("getMyCalendarHeatmap", alice, {});
  assert.ok(days);
  await story.bad("getMyCalendarHeatmap", alice, { $from: "yesterday" }, 400);

  const licence = { licenseKeyDto: { licenseKey: "IMCL-0000", activationKey: "x" } };
  await story.bad("setUserLicense", alice, licence, 400);
  await story.bad("getUserLicense", alice, undefined, 404);
  await story.good("deleteUserLicense", alice);
  await story.anonymous("deleteUserLicense");
  await profileImage(story, world);
}

async function profileImage(story, { alice, aliceId }) {
  await story.bad("getProfileImage", alice, { id: aliceId }, 404);
  const file = (bytes, name) => ({ createProfileImageDto: { file: new File([bytes], name) } });
  await story.bad("createProfileImage", alice, file(Buffer.from("no picture"), "me.jpg"), 400);
  const made = await story.good("createProfileImage", alice, file(await jpeg({ seed: 71 }), "me.jpg"));
  assert.equal(made.userId, aliceId);
  assert.ok((await story.good("getProfileImage", alice, { id: aliceId })).size > 0);
  await story.good("deleteProfileImage", alice);
  await story.bad("deleteProfileImage", alice, undefined, 400, /^Can't delete a missing profile Image$/);
}

/** users-admin: another user's life under the admin. */
export async function usersAdmin(story, world) {
  const { admin, alice, aliceId, adminId } = world;
  assert.equal((await story.good("searchUsersAdmin", admin, {})).length, 2);
  await story.bad("searchUsersAdmin", alice, {}, 403, /^Forbidden$/);
  assert.equal((await story.good("getUserAdmin", admin, { id: aliceId })).id, aliceId);
  await story.bad("getUserAdmin", admin, { id: NOBODY }, 400);
  const update = (fields, id = aliceId) => ({ id, userAdminUpdateDto: fields });
  assert.equal((await story.good("updateUserAdmin", admin, update({ quotaSizeInBytes: 1e9 }))).quotaSizeInBytes, 1e9);
  await story.bad("updateUserAdmin", admin, update({ isAdmin: false }, adminId), 400, /^Admin status can only be changed by another admin$/);
  assert.equal((await story.good("getUserPreferencesAdmin", admin, { id: aliceId })).people.minimumFaces, 3);
  await story.bad("getUserPreferencesAdmin", alice, { id: aliceId }, 403);
  const preferences = (duration) => ({ id: aliceId, userPreferencesUpdateDto: { memories: { duration } } });
  assert.equal((await story.good("updateUserPreferencesAdmin", admin, preferences(7))).memories.duration, 7);
  await story.invalid("updateUserPreferencesAdmin", admin, preferences(0), "memories.duration");
  assert.ok((await story.good("getUserSessionsAdmin", admin, { id: aliceId })).length >= 1);
  await story.bad("getUserSessionsAdmin", alice, { id: aliceId }, 403);
  assert.equal((await story.good("getUserStatisticsAdmin", admin, { id: aliceId })).total, 0);
  await story.invalid("getUserStatisticsAdmin", admin, { id: aliceId, visibility: "everything" }, "visibility");
  assert.ok(await story.good("getUserCalendarHeatmapAdmin", admin, { id: aliceId }));
  await story.bad("getUserCalendarHeatmapAdmin", undefined, { id: aliceId }, 401);

  const bob = await story.good("createUserAdmin", admin, { userAdminCreateDto: { email: "bob@example.com", password: "builder", name: "Bob" } });
  const deletion = (id, force) => ({ id, userAdminDeleteDto: { force } });
  assert.notEqual((await story.good("deleteUserAdmin", admin, deletion(bob.id, false))).deletedAt, null);
  await story.bad("deleteUserAdmin", admin, deletion(adminId, false), 403, /^Cannot delete your own account$/);
  assert.equal((await story.good("restoreUserAdmin", admin, { id: bob.id })).deletedAt, null);
  await story.bad("restoreUserAdmin", admin, { id: NOBODY }, 400);
  world.bobId = bob.id;
}

/** api-keys: making, reading, narrowing, deleting. */
export async function apiKeys(story, { alice }) {
  const { secret, apiKey } = await story.good("createApiKey", alice, { apiKeyCreateDto: { permissions: ["apiKey.read", "user.read"] } });
  await story.invalid("createApiKey", alice, { apiKeyCreateDto: { permissions: [] } }, "permissions");
  const key = { "x-api-key": secret };
  assert.deepEqual((await story.good("getMyApiKey", key)).permissions, apiKey.permissions);
  await story.bad("getMyApiKey", alice, undefined, 403, /^Not authenticated with an API Key$/);
  assert.equal((await story.good("getApiKeys", key)).length, 1);
  await story.bad("getApiKeys", { "x-api-key": "wrong" }, undefined, 401, /^Invalid API key$/);
  assert.equal((await story.good("getApiKey", alice, { id: apiKey.id })).name, "API Key");
  await story.bad("getApiKey", alice, { id: NOBODY }, 400, /^API Key not found$/);
  assert.equal((await story.good("updateApiKey", alice, { id: apiKey.id, apiKeyUpdateDto: { name: "reader" } })).name, "reader");
  await story.bad("updateApiKey", key, { id: apiKey.id, apiKeyUpdateDto: { name: "writer" } }, 403, /^Missing required permission: apiKey\.update$/);
  const rotated = await story.good("rotateApiKey", alice, { id: apiKey.id });
  assert.deepEqual([rotated.id, rotated.name, rotated.permissions], [apiKey.id, "reader", apiKey.permissions]);
  await story.bad("getMyUser", key, undefined, 401, /^Invalid API key$/);
  key["x-api-key"] = rotated.secret;
  assert.equal((await story.good("getMyApiKey", key)).id, apiKey.id);
  await story.bad("rotateApiKey", alice, { id: NOBODY }, 400, /^API Key not found$/);
  await story.bad("rotateApiKey", key, { id: apiKey.id }, 403, /^Missing required permission: apiKey\.rotate$/);
  await story.good("deleteApiKey", alice, { id: apiKey.id });
  await story.bad("deleteApiKey", alice, { id: apiKey.id }, 400, /^API Key not found$/);
  await story.bad("getMyUser", key, undefined, 401, /^Invalid API key$/);
}

/** sessions: child sessions and the end of others. */
export async function sessions(story, { alice }) {
  const child = await story.good("createSession", alice, { sessionCreateDto: { duration: 3600, deviceType: "Chromecast" } });
  await story.invalid("createSession", alice, { sessionCreateDto: { duration: 0 } }, "duration");
  assert.equal((await story.good("getSessions", { "x-immich-session-token": child.token })).filter(({ current }) => current).length, 1);
  await story.anonymous("getSessions");
  const update = (fields) => ({ id: child.id, sessionUpdateDto: fields });
  assert.equal((await story.good("updateSession", alice, update({ isPendingSyncReset: true }))).isPendingSyncReset, true);
  await story.bad("updateSession", alice, update({}), 400, /^No fields to update$/);
  await story.good("lockSession", alice, { id: child.id });
  await story.bad("lockSession", alice, { id: NOBODY }, 400);
  await story.good("deleteSession", alice, { id: child.id });
  await story.bad("deleteSession", alice, { id: child.id }, 400, /^Not found or no authDevice\.delete access$/);
  await story.bad("getMyUser", { "x-immich-session-token": child.token }, undefined, 401, /^Invalid user token$/);
  await story.good("deleteAllSessions", alice);
  await story.anonymous("deleteAllSessions");
  assert.equal((await story.good("getSessions", alice)).length, 1);
}
