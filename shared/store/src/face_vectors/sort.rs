//! Faces of everybody looked at again: what `FacialRecognitionQueueAll` stores (api/jobs-ml.md section 6.3).

use edge_platform::{Database, DbError, Statement, stmt};

/// Faces, and owners, that one page looks at.
pub const WINDOW: i64 = 1_000;

/// Owners that one page stores jobs for: one statement each.
pub const OWNERS: i64 = 100;

/// The last face of the next [`WINDOW`] behind `after`, and whether there may be more; `None`: there is none. One round trip.
pub async fn page(db: &dyn Database, after: &str) -> Result<Option<(String, bool)>, DbError> {
    let rows = db
        .run(stmt!(
            format!(
                "select max(w.face_id) as last, count(*) as total from (select face_id from face_vector where face_id > ?1 \
                 order by face_id limit {WINDOW}) w"
            ),
            after
        ))
        .await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let last: Option<String> = row.get("last")?;
    let is_full = row.get::<i64>("total")? == WINDOW;
    Ok(last.map(|last| (last, is_full)))
}

/// The faces behind `?1` up to `?2` wait again, if nobody is found for them so far. Result of a job (`{held}`).
pub fn retry(after: &str, last: &str) -> Statement {
    stmt!(
        "update face_vector set turn = 0 where face_id > ?1 and face_id <= ?2 and turn = 2 and {held} and exists \
         (select 1 from asset_face f where f.id = face_vector.face_id and f.person_id is null and f.deleted_at is null)",
        after,
        last
    )
}

/// SQL condition: an account is in the cluster group that the parameter names, or it names none.
fn is_of_group(account: &str, parameter: &str) -> String {
    format!(
        "(cast({parameter} as text) is null or {account} in (select g.id from users g where g.cluster_group_id = {parameter}))"
    )
}

/// The faces behind `?1` up to `?2` that a network has found wait again and are nobody's; whose they were is remembered. Results of
/// a job (`{held}`); `now` in epoch ms.
/// Of the accounts of one cluster group only, if one is named.
pub fn reset(after: &str, last: &str, group: Option<&str>, now: i64) -> [Statement; 2] {
    [
        stmt!(
            format!(
                "update face_vector set turn = 0, former_person_id = coalesce((select f.person_id from asset_face f \
                 where f.id = face_vector.face_id), former_person_id) where face_id > ?1 and face_id <= ?2 and {{held}} and {} \
                 and exists (select 1 from asset_face f where f.id = face_vector.face_id \
                 and f.source_type = 'machine-learning' and f.deleted_at is null)",
                is_of_group("owner_id", "?3")
            ),
            after,
            last,
            group
        ),
        stmt!(
            format!(
                "update asset_face set person_id = null, updated_at = ?3, update_id = uuid7() where person_id is not null \
                 and source_type = 'machine-learning' and {{held}} and {} and id in (select w.face_id from face_vector w \
                 where w.face_id > ?1 and w.face_id <= ?2)",
                is_of_group("owner_id", "?4")
            ),
            after,
            last,
            now,
            group
        ),
    ]
}

/// The next [`OWNERS`] owners behind `after` with faces that wait, of one cluster group if it is named. One round trip.
pub async fn owners(
    db: &dyn Database,
    after: &str,
    group: Option<&str>,
) -> Result<Vec<String>, DbError> {
    let rows = db
        .run(stmt!(
            format!(
                "select u.id from users u where u.id > ?1 and {} and exists (select 1 from face_vector w where w.owner_id = u.id \
                 and w.turn < 2) order by u.id limit {OWNERS}",
                is_of_group("u.id", "?2")
            ),
            after,
            group
        ))
        .await?;
    rows.iter().map(|row| row.get("id")).collect()
}
