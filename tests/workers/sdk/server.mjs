// The SDK's functions about the server itself: facts, settings, jobs and queues.
import assert from "node:assert/strict";

/** server, public part: what clients ask before they log in. */
export async function publicFacts(story) {
  assert.deepEqual(await story.good("pingServer"), { res: "pong" });
  assert.deepEqual(await story.good("getServerVersion"), { major: 3, minor: 2, patch: 2, prerelease: null });
  const config = await story.good("getServerConfig");
  assert.equal(config.trashDays, 30);
  assert.equal((await story.good("getServerFeatures")).passwordLogin, true);
  assert.ok((await story.good("getSupportedMediaTypes")).image.includes(".jpg"));
  assert.ok(Array.isArray(await story.good("getVersionHistory")));
  for (const name of ["pingServer", "getServerVersion", "getServerConfig", "getServerFeatures", "getSupportedMediaTypes", "getVersionHistory"]) {
    await story.ignoresCredentials(name);
  }
}

/** server, the part for those who are logged in. */
export async function facts(story, { admin, alice }) {
  assert.match((await story.good("getAboutInfo", alice)).version, /^v3\.2\.2$/);
  assert.match((await story.good("getApkLinks", alice)).universal, /^https:/);
  assert.ok((await story.good("getStorage", alice)).diskSizeRaw > 0);
  assert.ok("releaseVersion" in (await story.good("getVersionCheck", alice)));
  assert.equal((await story.good("getServerStatistics", admin)).photos, 0);
  await story.bad("getServerStatistics", alice, undefined, 403, /^Forbidden$/);
  for (const name of ["getAboutInfo", "getApkLinks", "getStorage", "getVersionCheck"]) await story.anonymous(name);
  // Numbers for Prometheus, which the SDK does not know.
  const metrics = async (who) => fetch(`${story.url}/api/server/metrics`, { headers: who });
  assert.match(await (await metrics(admin)).text(), /^immich_queues_sidecar_waiting 0$/m);
  assert.equal((await metrics(alice)).status, 403);
  await story.bad("setServerLicense", admin, { licenseKeyDto: { licenseKey: "IMSV-0000", activationKey: "x" } }, 400);
  await story.bad("getServerLicense", admin, undefined, 404);
  await story.good("deleteServerLicense", admin);
  await story.bad("deleteServerLicense", alice, undefined, 403);
}

/** system-config and system-metadata. */
export async function settings(story, { admin, alice }) {
  const defaults = await story.good("getConfigDefaults", admin);
  assert.equal(defaults.image.thumbnail.size, 250);
  assert.deepEqual(await story.good("getConfig", admin), defaults);
  const change = structuredClone(defaults);
  change.trash.days = 14;
  assert.equal((await story.good("updateConfig", admin, { adminConfigDto: change })).trash.days, 14);
  assert.equal((await story.good("getConfig", admin)).trash.days, 14);
  await story.invalid("updateConfig", admin, { adminConfigDto: { ...defaults, trash: { enabled: true, days: "14" } } }, "trash.days");
  const template = structuredClone(defaults);
  template.storageTemplate = { ...template.storageTemplate, enabled: true, template: "{{nonsense}}" };
  await story.bad("updateConfig", admin, { adminConfigDto: template }, 400, /Invalid storage template/);
  await story.good("updateConfig", admin, { adminConfigDto: defaults });
  assert.ok((await story.good("getStorageTemplateOptions", admin)).presetOptions.length >= 21);
  await story.good("updateAdminOnboarding", admin, { adminOnboardingUpdateDto: { isOnboarded: true } });
  await story.invalid("updateAdminOnboarding", admin, { adminOnboardingUpdateDto: {} }, "isOnboarded");
  assert.deepEqual(await story.good("getAdminOnboarding", admin), { isOnboarded: true });
  assert.ok("lastUpdate" in (await story.good("getReverseGeocodingState", admin)));
  assert.ok("checkedAt" in (await story.good("getVersionCheckState", admin)));
  const names = ["getConfig", "getConfigDefaults", "getStorageTemplateOptions", "getAdminOnboarding", "getReverseGeocodingState", "getVersionCheckState"];
  for (const name of names) await story.bad(name, alice, undefined, 403, /^Forbidden$/);
}

/** The configuration in parts, as 3.2 has it: for administrators, for users, for everybody. */
export async function configs(story, { admin, alice }) {
  const all = await story.good("getConfig", admin);
  assert.deepEqual(await story.good("getAdminConfig", admin), all);
  assert.deepEqual(await story.good("getAdminConfigDefaults", admin), await story.good("getConfigDefaults", admin));
  const change = structuredClone(all);
  change.trash.days = 21;
  assert.equal((await story.good("updateAdminConfig", admin, { adminConfigDto: change })).trash.days, 21);
  await story.invalid("updateAdminConfig", admin, { adminConfigDto: { ...all, trash: { enabled: true, days: -1 } } }, "trash.days");
  const { trash, user, ...rest } = await story.good("getUserConfig", alice);
  assert.deepEqual([trash, user.deleteDelay, "backup" in rest], [{ enabled: true, days: 21 }, 7, false]);
  assert.equal((await story.good("getUserConfigDefaults", alice)).trash.days, 30);
  assert.deepEqual(Object.keys(await story.good("getPublicConfig")).sort(), ["oauth", "passwordLogin", "server", "theme"]);
  assert.equal((await story.good("getPublicConfigDefaults")).passwordLogin.enabled, true);
  await story.good("updateAdminConfig", admin, { adminConfigDto: all });
  for (const name of ["getAdminConfig", "getAdminConfigDefaults"]) await story.bad(name, alice, undefined, 403, /^Forbidden$/);
  for (const name of ["getUserConfig", "getUserConfigDefaults"]) await story.anonymous(name);
  for (const name of ["getPublicConfig", "getPublicConfigDefaults"]) await story.ignoresCredentials(name);
}

/** jobs and queues. */
export async function queues(story, { admin, alice, settle }) {
  const legacy = await story.good("getQueuesLegacy", admin);
  assert.equal(legacy.thumbnailGeneration.queueStatus.isPaused, false);
  await story.bad("getQueuesLegacy", alice, undefined, 403);
  const command = (name, words) => ({ name, queueCommandDto: words });
  await story.good("runQueueCommandLegacy", admin, command("thumbnailGeneration", { command: "start", force: false }));
  for (const force of [false, true]) {
    await story.good("runQueueCommandLegacy", admin, command("sidecar", { command: "start", force }));
    await settle();
  }
  await story.invalid("runQueueCommandLegacy", admin, command("thumbnailGeneration", { command: "explode" }), "command");
  await story.good("createJob", admin, { jobCreateDto: { name: "user-cleanup" } });
  await story.invalid("createJob", admin, { jobCreateDto: { name: "rm-rf" } }, "name");

  assert.equal((await story.good("getQueues", admin)).length, 19);
  await story.bad("getQueues", alice, undefined, 403);
  const pause = (name, isPaused) => ({ name, queueUpdateDto: { isPaused } });
  assert.equal((await story.good("updateQueue", admin, pause("smartSearch", true))).isPaused, true);
  assert.equal((await story.good("getQueue", admin, { name: "smartSearch" })).isPaused, true);
  assert.equal((await story.good("updateQueue", admin, pause("smartSearch", false))).isPaused, false);
  await story.bad("updateQueue", admin, pause("backgroundTask", true), 400, /^The BackgroundTask queue cannot be paused$/);
  await story.invalid("getQueue", admin, { name: "nonsense" }, "name");
  assert.ok(Array.isArray(await story.good("getQueueJobs", admin, { name: "smartSearch", status: ["failed"] })));
  await story.bad("getQueueJobs", admin, { name: "smartSearch", status: ["nonsense"] }, 400);
  await story.good("emptyQueue", admin, { name: "smartSearch", queueDeleteDto: { failed: true } });
  await story.bad("emptyQueue", alice, { name: "smartSearch", queueDeleteDto: {} }, 403);
}
