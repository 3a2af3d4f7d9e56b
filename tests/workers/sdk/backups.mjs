// The SDK's functions about database backups, and a restore to its end.
import assert from "node:assert/strict";
import { eventually } from "../support/server.mjs";

const NAME = /^immich-db-backup-\d{8}T\d{6}-v3\.1\.0-pg[\d.]+\.sql\.gz$/;

/** Made by hand, listed, fetched, uploaded again and deleted. */
export async function backups(story, { admin, alice, settle }) {
  await story.good("createJob", admin, { jobCreateDto: { name: "backup-database" } });
  await settle();
  await story.bad("listDatabaseBackups", alice, {}, 403, /^Forbidden$/);
  const { backups } = await story.good("listDatabaseBackups", admin, {});
  assert.match(backups[0].filename, NAME);
  const { filename, filesize } = backups[0];
  const file = await story.good("downloadDatabaseBackup", admin, { filename });
  assert.equal(file.size, filesize);
  await story.bad("downloadDatabaseBackup", admin, { filename: "a.jpg" }, 400, /^Invalid backup name!$/);
  await story.good("uploadDatabaseBackup", admin, { databaseBackupUploadDto: { file: new File([file], filename) } });
  const psql = new File(["drop table users;"], "a.sql");
  await story.bad("uploadDatabaseBackup", admin, { databaseBackupUploadDto: { file: psql } }, 400, /^Not a database backup/);
  const names = async () => (await story.good("listDatabaseBackups", admin, {})).backups.map((one) => one.filename);
  assert.deepEqual(await names(), [filename, `uploaded-${filename}`]);
  const several = (backups) => ({ databaseBackupDeleteDto: { backups } });
  await story.bad("deleteDatabaseBackup", admin, several([filename, "../a.sql"]), 400, /^Invalid backup name!$/);
  await story.good("deleteDatabaseBackup", admin, several([filename]));
  assert.deepEqual(await names(), [`uploaded-${filename}`]);
  await story.bad("startDatabaseRestoreFlow", {}, {}, 400, /already has an admin/);
}

/** Everybody is logged in and everything is there as it was. */
export async function restore(story, { admin, alice, settle }) {
  const before = await story.good("getAssetStatistics", alice, {});
  const { backups } = await story.good("listDatabaseBackups", admin, {});
  const restoreBackupFilename = backups[0].filename;
  const begun = await fetch(`${story.url}/api/admin/maintenance`, {
    method: "POST",
    headers: { ...admin, "content-type": "application/json" },
    body: JSON.stringify({ action: "restore_database", restoreBackupFilename }),
  });
  assert.equal(begun.status, 201);
  const holder = { cookie: begun.headers.get("set-cookie").split(";")[0] };
  await eventually("the restore to end", async () => {
    await settle();
    const { active, error } = await story.good("getMaintenanceStatus", holder);
    assert.equal(error, undefined);
    return !active;
  });
  assert.deepEqual(await story.good("getAssetStatistics", alice, {}), before);
  await story.good("getMyUser", admin, undefined);
}
