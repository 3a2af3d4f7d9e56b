//! Statements of the nightly tasks that only tidy tables (api/jobs-ml.md section 3).

use edge_platform::{Database, DbError, Statement, stmt};

/// One day, ms.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Idle sessions live so long, ms.
const SESSION_IDLE: i64 = 90 * DAY;

/// Sync clients that were away longer start anew, so older audit rows tell nobody anything, ms.
const AUDIT: i64 = 31 * DAY;

/// Deleted notifications are kept so long, read ones ten times longer, ms.
const NOTIFICATION: i64 = 3 * DAY;

const AUDIT_TABLES: &[&str] = &[
    "user_audit",
    "user_metadata_audit",
    "partner_audit",
    "asset_audit",
    "asset_partner_audit",
    "asset_metadata_audit",
    "asset_edit_audit",
    "asset_ocr_audit",
    "asset_face_audit",
    "person_audit",
    "stack_audit",
    "memory_audit",
    "memory_asset_audit",
    "album_audit",
    "album_user_audit",
    "album_asset_audit",
];

/// Sessions that expired or were idle for 90 days. `now` in epoch ms.
pub fn sessions(now: i64) -> Statement {
    stmt!(
        "delete from session where updated_at <= ?1 or (expires_at is not null and expires_at <= ?2)",
        now - SESSION_IDLE,
        now
    )
}

/// Audit rows older than 31 days: their ids are UUIDs of version 7, so they compare like times.
pub fn audit(now: i64) -> Vec<Statement> {
    let oldest = format!("{:012x}", (now - AUDIT).max(0));
    let (high, low) = oldest.split_at(8);
    let oldest = format!("{high}-{low}-7");
    let delete = |table| {
        stmt!(
            format!("delete from {table} where id < ?1"),
            oldest.as_str()
        )
    };
    AUDIT_TABLES.iter().map(delete).collect()
}

/// Notifications that were deleted three days or read a month ago.
pub fn notifications(now: i64) -> Statement {
    stmt!(
        "delete from notification where deleted_at <= ?1 or read_at <= ?2",
        now - NOTIFICATION,
        now - 10 * NOTIFICATION
    )
}

/// Counts afresh what a user stores (all users without `user_id`): originals outside libraries.
pub fn usage(user_id: Option<&str>, now: i64) -> Statement {
    let sum = "(select cast(coalesce(sum(e.file_size_in_byte), 0) as bigint) from asset a \
         join asset_exif e on e.asset_id = a.id where a.owner_id = users.id and a.library_id is null)";
    stmt!(
        format!(
            "update users set quota_usage_in_bytes = {sum}, updated_at = ?2, update_id = uuid7() \
             where quota_usage_in_bytes <> {sum} and (cast(?1 as text) is null or id = ?1)"
        ),
        user_id,
        now
    )
}

/// Which assets are to be deleted for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doomed<'a> {
    /// In the trash since this time (epoch ms) or longer, or deleted for good already.
    TrashedBefore(i64),
    /// Deleted for good; of one user, or of all.
    Deleted(Option<&'a str>),
    /// All assets of a user who is being removed.
    OwnedBy(&'a str),
}

/// Ids of such assets, at most `limit`. One round trip.
pub async fn doomed(
    db: &dyn Database,
    which: Doomed<'_>,
    limit: i64,
) -> Result<Vec<String>, DbError> {
    let select = "select a.id from asset a where";
    let statement = match which {
        Doomed::TrashedBefore(time) => stmt!(
            format!(
                "{select} a.deleted_at is not null and (a.deleted_at <= ?1 or a.status = 'deleted') limit ?2"
            ),
            time,
            limit
        ),
        Doomed::Deleted(owner) => stmt!(
            format!(
                "{select} a.deleted_at is not null and a.status = 'deleted' \
                 and (cast(?1 as text) is null or a.owner_id = ?1) limit ?2"
            ),
            owner,
            limit
        ),
        Doomed::OwnedBy(owner) => stmt!(format!("{select} a.owner_id = ?1 limit ?2"), owner, limit),
    };
    let rows = db.run(statement).await?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// Users whose account was deleted at this time (epoch ms) or before. One round trip.
pub async fn deleted_users(db: &dyn Database, before: i64) -> Result<Vec<String>, DbError> {
    let rows = db
        .run(stmt!(
            "select id from users where deleted_at is not null and deleted_at <= ?1",
            before
        ))
        .await?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// Those of `ids` that are deleted still: whoever was restored meanwhile must not be removed. One round
/// trip.
pub async fn still_deleted(db: &dyn Database, ids: &[&str]) -> Result<Vec<String>, DbError> {
    let rows = db
        .run(stmt!(
            "select a.id from asset a where a.id in json_list(?1) and a.deleted_at is not null",
            crate::json_texts(ids)
        ))
        .await?;
    rows.iter().map(|row| row.get("id")).collect()
}
