//! What was made of a file goes with it: renditions, faces, text, vectors. The jobs that read the new file make it anew.

use edge_platform::{DbError, Rows, Statement, Value, stmt};

use crate::json_texts;

/// Columns of `asset` that say what its file looks like.
pub(super) const UNKNOWN: &str =
    "thumbhash = null, width = null, height = null, duplicate_id = null";

/// The two assets `?1`, once the asset `?2` has the new file, whose checksum is `?3`.
const CHANGED: &str = "(select x.id from json_rows(?1) named cross join asset x where x.id = named.value \
     and exists (select 1 from asset o where o.id = ?2 and o.checksum = ?3))";

/// A face that its owner has drawn stays: it is said of what is shown, not read from the file.
const READ_FACES: &str = "f.asset_id in {changed} and f.source_type <> 'manual'";

/// The statements, in which `{changed}` stands for [`CHANGED`] and `?4` for now. Sidecars are no part of it: they change places with
/// the files. What is deleted of `asset_transformation` has a trigger delete its objects.
const STEPS: [&str; 12] = [
    "insert into object_deletion (object_key, attempts, run_after, created_at) \
     select f.path, 0, cast(?4 as bigint), cast(?4 as bigint) from asset_file f where f.asset_id in {changed} \
     and f.type <> 'sidecar' on conflict (object_key) do nothing",
    "delete from asset_file where asset_id in {changed} and type <> 'sidecar'",
    "delete from asset_transformation where asset_id in {changed}",
    "insert into asset_face_audit (owner_id, id, asset_id, asset_face_id) \
     select f.owner_id, uuid7(), f.asset_id, f.id from asset_face f where {faces}",
    "delete from asset_face where id in (select f.id from asset_face f where {faces})",
    "insert into asset_ocr_audit (owner_id, id, asset_id, deleted_at) \
     select a.owner_id, uuid7(), a.id, cast(?4 as bigint) from asset a where a.id in {changed} \
     and exists (select 1 from asset_ocr t where t.asset_id = a.id)",
    "delete from asset_ocr where asset_id in {changed}",
    "delete from ocr_search where asset_id in {changed}",
    "delete from asset_vector where asset_id in {changed}",
    "delete from asset_look where asset_id in {changed}",
    "delete from asset_video where asset_id in {changed}",
    // Missing from here on, should the jobs that follow get lost.
    "delete from asset_job_status where asset_id in {changed}",
];

/// Forgets what was made of the files of both assets, if `id` has the file with this checksum now. `now` in epoch ms.
pub(super) fn forget(id: &str, uploaded: &str, checksum: &str, now: i64) -> Vec<Statement> {
    let ids = json_texts(&[id, uploaded]);
    STEPS
        .iter()
        .map(|step| {
            let sql = step
                .replace("{faces}", READ_FACES)
                .replace("{changed}", CHANGED);
            let mut params: Vec<Value> = vec![ids.as_str().into(), id.into(), checksum.into()];
            // SQLite wants all parameters used.
            if sql.contains("?4") {
                params.push(now.into());
            }
            Statement::new(sql, params)
        })
        .collect()
}

/// Asks for the people on an asset: where one is shown by a face of the former file, another face stands for him afterwards
/// ([`crate::people::batch_repair`]). Read with [`people`].
pub fn people_statement(id: &str) -> Statement {
    stmt!(
        "select distinct f.person_id from asset_face f where f.asset_id = ?1 and f.person_id is not null",
        id
    )
}

/// Reads the rows of [`people_statement`].
pub fn people(rows: &Rows) -> Result<Vec<String>, DbError> {
    rows.iter().map(|row| row.get("person_id")).collect()
}
