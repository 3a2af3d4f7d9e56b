// The SDK's functions about integrity reports and the maintenance mode.
import assert from "node:assert/strict";

const NONE = "01890a5d-ac96-774b-bcce-b302099a8057";

/** What the checks found, after they have run by hand: an object that nobody names, and nothing else is wrong. */
export async function integrity(story, { admin, alice, settle, server }) {
  const stray = "upload/stray/a.jpg";
  await server.put(stray, Buffer.from("nobody's"));
  const run = async (name) => {
    await story.good("createJob", admin, { jobCreateDto: { name } });
    await settle();
  };
  for (const name of ["integrity-untracked-files", "integrity-missing-files", "integrity-checksum-mismatch"]) await run(name);
  const summary = await story.good("getIntegrityReportSummary", admin, {});
  assert.deepEqual(Object.keys(summary).sort(), ["checksum_mismatch", "missing_file", "untracked_file"]);
  await story.bad("getIntegrityReportSummary", alice, {}, 403, /^Forbidden$/);
  const report = await story.good("getIntegrityReport", admin, { $type: "untracked_file" });
  assert.equal(report.items.length, summary.untracked_file);
  await story.bad("getIntegrityReport", admin, { $type: "untracked_file", limit: 5 }, 400, /^Validation failed$/);
  const csv = await (await story.good("getIntegrityReportCsv", admin, { $type: "missing_file" })).text();
  assert.equal(csv.split("\n")[0], "id,type,assetId,fileAssetId,path");
  await story.bad("getIntegrityReportCsv", alice, { $type: "missing_file" }, 403, /^Forbidden$/);
  await story.bad("getIntegrityReportFile", admin, { id: NONE }, 404);
  await story.bad("deleteIntegrityReport", alice, { id: NONE }, 403, /^Forbidden$/);
  const { id } = report.items.find(({ path }) => path === stray);
  assert.equal(await (await story.good("getIntegrityReportFile", admin, { id })).text(), "nobody's");
  await story.good("deleteIntegrityReport", admin, { id });
  assert.deepEqual(await server.objects(stray), []);
  // Every other job by hand does its work, too; that of backups is below.
  const kinds = ["missing-files", "untracked-files", "checksum-mismatch"].flatMap((kind) => ["refresh", "delete-all"].map((what) => `integrity-${kind}-${what}`));
  for (const name of ["person-cleanup", "tag-cleanup", "user-cleanup", "memory-cleanup", "memory-create", ...kinds]) await run(name);
  const failed = await Promise.all(["backgroundTask", "integrityCheck"].map((name) => story.good("getQueueJobs", admin, { name, status: ["failed"] })));
  assert.deepEqual(failed, [[], []]);
}

/** Into the mode and out of it. */
export async function maintenance(story, { admin, alice }) {
  const mode = (action) => ({ setMaintenanceModeDto: { action } });
  await story.bad("setMaintenanceMode", alice, mode("start"), 403, /^Forbidden$/);
  await story.bad("setMaintenanceMode", admin, mode("restore_database"), 400, /^Validation failed$/);
  await story.good("setMaintenanceMode", admin, mode("end"));
  assert.deepEqual(await story.good("getMaintenanceStatus", {}, {}), { active: false, action: "end" });
  await story.bad("maintenanceLogin", {}, { maintenanceLoginDto: {} }, 400, /^Not in maintenance mode$/);
  const { storage } = await story.good("detectPriorInstall", admin, {});
  assert.deepEqual(storage.map(({ folder }) => folder), ["encoded-video", "library", "upload", "profile", "thumbs", "backups"]);
  await story.bad("detectPriorInstall", alice, {}, 403, /^Forbidden$/);

  // The SDK does not show cookies.
  const begun = await fetch(`${story.url}/api/admin/maintenance`, {
    method: "POST",
    headers: { ...admin, "content-type": "application/json" },
    body: JSON.stringify({ action: "start" }),
  });
  assert.equal(begun.status, 201);
  const holder = { cookie: begun.headers.get("set-cookie").split(";")[0] };
  assert.equal((await story.ignoresCredentials("getMaintenanceStatus")).active, true);
  await story.bad("getMyUser", alice, undefined, 404, /^Not Found$/);
  assert.equal((await story.good("maintenanceLogin", holder, { maintenanceLoginDto: {} })).username.length > 0, true);
  await story.bad("maintenanceLogin", {}, { maintenanceLoginDto: { token: "a.b.c" } }, 401, /^Invalid JWT Token$/);
  await story.good("setMaintenanceMode", holder, mode("end"));
  await story.good("getMyUser", alice, undefined);
}
