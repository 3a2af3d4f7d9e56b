//! Statements of the nightly tasks that only tidy tables (api/jobs-ml.md section 3).

use std::collections::BTreeMap;

use edge_platform::{Database, DbError, Row, Statement, stmt};

/// One day, ms.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Idle sessions live so long, ms.
const SESSION_IDLE: i64 = 90 * DAY;

/// Sync clients that were away longer start anew, so older audit rows tell nobody anything, ms.
const AUDIT: i64 = 31 * DAY;

/// Deleted notifications are kept so long, ms.
const NOTIFICATION_DELETED: i64 = 3 * DAY;

/// Read notifications are kept so long after their last change, ms.
const NOTIFICATION_READ: i64 = 15 * DAY;

/// No notification is kept longer, ms.
const NOTIFICATION: i64 = 30 * DAY;

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

/// Counts that have become nothing, of users who are gone and others.
pub fn counts() -> Statement {
    stmt!("delete from job_count where total = 0")
}

/// Notifications that were deleted three days, read 15 days or made 30 days ago (api/admin.md section 7). `now` in epoch ms.
pub fn notifications(now: i64) -> Statement {
    stmt!(
        "delete from notification where deleted_at <= ?1 or (read_at is not null and updated_at <= ?2) or created_at <= ?3",
        now - NOTIFICATION_DELETED,
        now - NOTIFICATION_READ,
        now - NOTIFICATION
    )
}

/// Assets that one step of counting usage looks at.
const COUNTED: i64 = 5_000;

/// What each user stores, counted afresh in steps: `(usage as it was stored, sum so far)` by user.
pub type Usage = BTreeMap<String, (i64, i64)>;

/// All users, and what is stored as their usage. One round trip.
pub async fn usage_begin(db: &dyn Database) -> Result<Usage, DbError> {
    let rows = db
        .run(stmt!("select id, quota_usage_in_bytes as size from users"))
        .await?;
    let user = |row: Row<'_>| Ok((row.get("id")?, (row.get("size")?, 0)));
    rows.iter().map(user).collect()
}

/// Adds the originals of the next assets behind `after`, those of libraries aside. Gives where to go on; `None`: that
/// was the end. One round trip.
pub async fn usage_step(
    db: &dyn Database,
    usage: &mut Usage,
    after: &str,
) -> Result<Option<String>, DbError> {
    let rows = db
        .run(stmt!(
            format!(
                "select a.owner_id, max(a.id) as last, count(*) as seen, \
                 cast(coalesce(sum(case when a.library_id is null then e.file_size_in_byte end), 0) as bigint) as size \
                 from (select id, owner_id, library_id from asset where id > ?1 order by id limit {COUNTED}) a \
                 left join asset_exif e on e.asset_id = a.id group by a.owner_id"
            ),
            after
        ))
        .await?;
    let (mut last, mut seen) = (None::<String>, 0);
    for row in rows.iter() {
        seen += row.get::<i64>("seen")?;
        last = last.max(Some(row.get("last")?));
        if let Some((_, sum)) = usage.get_mut(&row.get::<String>("owner_id")?) {
            *sum += row.get::<i64>("size")?;
        }
    }
    Ok(last.filter(|_| seen == COUNTED))
}

/// Corrects what was counted differently, unless it changed while that was done: then the next night tells.
pub fn usage_end(usage: &Usage, now: i64) -> Vec<Statement> {
    let wrong = usage.iter().filter(|(_, (was, is))| was != is);
    wrong
        .map(|(user, (was, is))| {
            stmt!(
                "update users set quota_usage_in_bytes = ?2, updated_at = ?3, update_id = uuid7() \
                 where id = ?1 and quota_usage_in_bytes = ?4 and {held}",
                user,
                *is,
                now,
                *was
            )
        })
        .collect()
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

/// Ids of such assets and of their owners, at most `limit`. One round trip.
pub async fn doomed(
    db: &dyn Database,
    which: Doomed<'_>,
    limit: i64,
) -> Result<Vec<(String, String)>, DbError> {
    // Each by an index of its own: the trash may hold far more than is to go.
    let statement = match which {
        Doomed::TrashedBefore(time) => stmt!(
            "select id, owner_id from (select * from (select a.id, a.owner_id from asset a where a.deleted_at is not null \
             and a.deleted_at <= ?1 order by a.deleted_at limit ?2) expired union \
             select * from (select a.id, a.owner_id from asset a where a.status = 'deleted' \
             order by a.owner_id, a.id limit ?2) deleted) doomed limit ?2",
            time,
            limit
        ),
        Doomed::Deleted(Some(owner)) => stmt!(
            "select a.id, a.owner_id from asset a where a.status = 'deleted' and a.owner_id = ?1 limit ?2",
            owner,
            limit
        ),
        Doomed::Deleted(None) => {
            stmt!(
                "select a.id, a.owner_id from asset a where a.status = 'deleted' limit ?1",
                limit
            )
        }
        Doomed::OwnedBy(owner) => stmt!(
            "select a.id, a.owner_id from asset a where a.owner_id = ?1 limit ?2",
            owner,
            limit
        ),
    };
    let rows = db.run(statement).await?;
    rows.iter()
        .map(|row| Ok((row.get("id")?, row.get("owner_id")?)))
        .collect()
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

/// Those of `ids` that are deleted still, and their owners: whoever was restored meanwhile must not be removed. One round
/// trip.
pub async fn still_deleted(
    db: &dyn Database,
    ids: &[&str],
) -> Result<Vec<(String, String)>, DbError> {
    let rows = db
        .run(stmt!(
            "select a.id, a.owner_id from asset a where a.id in json_list(?1) and a.deleted_at is not null",
            crate::json_texts(ids)
        ))
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("id")?, row.get("owner_id")?)))
        .collect()
}
