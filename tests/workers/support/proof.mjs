// What must be true after a crash, whatever happened before it.
import assert from "node:assert/strict";
import { eventually } from "./server.mjs";

/** Lets the minutes pass at once after which leases of the dead and pauses end and lost wake-ups are noticed, and sweeps. */
export async function passTime(server) {
  await server.sql("update job set lease_expires_at = 1 where state = 'active'");
  await server.tick();
  // What a worker died at waits after its lease.
  await server.sql("update job set updated_at = 1, run_after = 1 where state = 'waiting'");
  await server.tick();
}

/** Every asset of `ids` has its two renditions, and no job is left. */
export async function assertExactlyOnce(server, ids) {
  await server.settle(90_000);
  assert.equal(await server.count("select count(*) as n from job"), 0, "no job is left, waiting or failed");
  const list = JSON.stringify(ids);
  const files = await server.sql(
    "select asset_id, group_concat(type) as types from asset_file where asset_id in (select value from json_each(?1)) group by asset_id",
    list,
  );
  assert.equal(files.length, ids.length);
  // A database joins them in any order.
  for (const { asset_id: id, types } of files) assert.deepEqual(types.split(",").sort(), ["preview", "thumbnail"], id);
}

/** The bucket holds the originals and renditions of the assets, and nothing else. */
export async function assertNothingOrphaned(server) {
  const wanted = await server.sql("select original_path as path from asset union all select path from asset_file");
  const isSwept = async () => {
    await server.sql("update pending_object set expires_at = 0");
    // The pauses after deletions that failed are over.
    await server.sql("update object_deletion set run_after = 0");
    await server.tick();
    return (await server.objects()).length === wanted.length && server.pendingMultipartUploads() === 0;
  };
  // What is left in spite of it is told below.
  await eventually("leftovers of the crash to be swept", isSwept, 30_000, 300).catch(() => {});
  assert.equal(server.pendingMultipartUploads(), 0, "multipart uploads without an end");
  const there = new Set((await server.objects()).map(({ key }) => key));
  const named = new Set(wanted.map(({ path }) => path));
  assert.deepEqual([...there].filter((key) => !named.has(key)), [], "objects that no row names");
  assert.deepEqual([...named].filter((key) => !there.has(key)), [], "objects that are missing");
}
