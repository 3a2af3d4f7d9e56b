// Looks into the files of the local R2 bucket for what its API does not show.
import { readdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

const IN_PROGRESS = 0;

/** How many multipart uploads are neither finished nor aborted in the bucket under the data folder. */
export function pendingMultipartUploads(data) {
  const files = readdirSync(data, { recursive: true }).filter((name) => name.endsWith(".sqlite"));
  return files.reduce((sum, name) => sum + pendingIn(path.join(data, name)), 0);
}

function pendingIn(file) {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    const isBucket = db.prepare("select 1 from sqlite_master where name = '_mf_multipart_uploads'").get();
    if (!isBucket) return 0;
    return db.prepare("select count(*) as n from _mf_multipart_uploads where state = ?").get(IN_PROGRESS).n;
  } finally {
    db.close();
  }
}
