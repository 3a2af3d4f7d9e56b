//! Another file for an asset, as 2.7 had it (api/v32.md section 11): the file is uploaded as an asset of its own, and then the two
//! change files. The one that was uploaded has the old file then, in the trash. What was made of the files is made anew.

mod derived;

use edge_api::enums::JobName;
use edge_platform::{DbError, Rows, Statement, Value, stmt};

use super::remove::mark_deleted;
use crate::jobs::many;

pub use derived::{people, people_statement};

/// The file of an asset, and what is known of it before it is read.
#[derive(Debug, Clone)]
pub struct Content {
    /// SHA-1, base64.
    pub checksum: String,
    /// Whether it lies in a library, whose files are not ours to change.
    pub is_external: bool,
    /// Of the columns that follow the file.
    values: Vec<Value>,
    size: Option<i64>,
    /// Its motion part, which lies inside the file or beside it.
    motion_id: Option<String>,
}

/// Columns that follow the file from one asset to the other: texts, then numbers.
const TEXTS: [&str; 6] = [
    "type",
    "original_path",
    "original_file_name",
    "file_name_folded",
    "words",
    "checksum_sha256",
];
const NUMBERS: [&str; 6] = [
    "duration_ms",
    "file_created_at",
    "file_modified_at",
    "local_date_time",
    "local_day",
    "local_month",
];

fn columns() -> impl Iterator<Item = &'static str> {
    TEXTS.into_iter().chain(NUMBERS)
}

/// Asks for the file of one of the caller's own assets; names `caller`, read with [`content`]. What is locked is none of them: its
/// file would lie in the trash, where nobody asks for the PIN code (docs/security.md).
pub fn content_statement(id: &str) -> Statement {
    let columns: Vec<String> = columns().map(|column| format!("a.{column}")).collect();
    stmt!(
        format!(
            "select a.checksum, a.library_id, a.live_photo_video_id, e.file_size_in_byte, {} from caller c join asset a on a.owner_id = c.user_id \
             join asset_exif e on e.asset_id = a.id where c.link_id is null and a.id = ?1 and a.status <> 'deleted' and a.visibility <> 'locked'",
            columns.join(", ")
        ),
        id,
    )
    .single()
}

/// Reads the row of [`content_statement`]; `None` when it is not the caller's.
pub fn content(rows: &Rows) -> Result<Option<Content>, DbError> {
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let mut values = Vec::with_capacity(TEXTS.len() + NUMBERS.len());
    for column in TEXTS {
        values.push(row.get::<Option<String>>(column)?.into());
    }
    for column in NUMBERS {
        values.push(row.get::<Option<i64>>(column)?.into());
    }
    Ok(Some(Content {
        checksum: row.get("checksum")?,
        is_external: row.get::<Option<String>>("library_id")?.is_some(),
        values,
        size: row.get("file_size_in_byte")?,
        motion_id: row.get("live_photo_video_id")?,
    }))
}

/// Lets two assets of one owner change files and motion parts, puts the uploaded one into the trash, and forgets what was made of the
/// files. Jobs at work on the former files lose their lease: they store nothing, and others begin anew. Nothing happens when one of them has another file or motion part meanwhile, is locked or deleted:
/// [`is_done`] tells. `now` in epoch ms.
pub fn swap(id: &str, old: &Content, uploaded: &str, new: &Content, now: i64) -> Vec<Statement> {
    let mut batch = vec![stmt!(
        "select a.id from asset a where a.id in (?1, ?2) order by a.id for_update()",
        id,
        uploaded,
    )];
    batch.extend(step_aside(id, old, uploaded, new));
    let aside = format!("swap:{uploaded}");
    let gifts = [
        Gift {
            id,
            had: &old.checksum,
            file: new,
            more: "",
            other: (uploaded, &aside),
        },
        Gift {
            id: uploaded,
            had: &aside,
            file: old,
            more: "status = 'trashed', deleted_at = ?1, ",
            other: (id, &new.checksum),
        },
    ];
    batch.extend(gifts.map(|gift| gift.statement(now)));
    let done = has("?2", "?3");
    for (asset, size) in [(id, new.size), (uploaded, old.size)] {
        batch.push(stmt!(
            format!(
                "update asset_exif set file_size_in_byte = ?4, updated_at = ?5, update_id = uuid7() where asset_id = ?1 and {done}"
            ),
            asset,
            id,
            new.checksum.as_str(),
            size,
            now,
        ));
    }
    batch.extend(sidecars(id, uploaded, &new.checksum));
    batch.extend(derived::forget(id, uploaded, &new.checksum, now));
    batch.extend(HANGING.map(|(table, column)| {
        stmt!(
            format!(
                "update {table} set update_id = uuid7() where {column} in (?1, ?2) and {}",
                has("?1", "?3")
            ),
            id,
            uploaded,
            new.checksum.as_str(),
        )
    }));
    batch.push(stmt!(
        format!(
            "delete from job where state = 'active' and lease_expires_at > 0 and json_text(job.payload, id) in (?1, ?2) and {}",
            has("?1", "?3")
        ),
        id,
        uploaded,
        new.checksum.as_str(),
    ));
    batch
}

/// What hangs on an asset, and what names it there: a copy whose asset went comes to have none of it.
const HANGING: [(&str, &str); 7] = [
    ("asset_metadata", "asset_id"),
    ("album_asset", "asset_id"),
    ("memory_asset", "asset_id"),
    ("asset_edit", "asset_id"),
    ("asset_face", "asset_id"),
    ("album", "thumbnail_asset_id"),
    ("stack", "primary_asset_id"),
];

/// Place of the statement in [`swap`] that gives the asset its new file.
const GIVEN: usize = 3;

/// Whether the results of [`swap`] say that the assets have changed files.
pub fn is_done(results: &[Rows]) -> bool {
    results.get(GIVEN).is_some_and(|given| given.changed() > 0)
}

/// Whether the uploaded asset, read as `uploaded`, has the file that the other one had: they have changed files before, though nobody was
/// told. No two assets of an owner have one content otherwise.
pub fn was_done(old: &Content, uploaded: &Content) -> bool {
    old.checksum == uploaded.checksum
}

/// Removes the uploaded asset for good while it is as it was uploaded: neither in the trash nor with the file of the other one, which was
/// read as `old`. `now` in epoch ms.
pub fn discard(owner_id: &str, uploaded: &str, old: &Content, now: i64) -> [Statement; 3] {
    let [hold, mut mark] = mark_deleted(owner_id, &[uploaded], now);
    mark.sql = format!("{} and status = 'active' and checksum <> ?4", mark.sql).into();
    mark.params.push(old.checksum.as_str().into());
    let (ids, is_marked) = ([uploaded.to_owned()], Some("a.status = 'deleted'"));
    let delete = many::insert_for_assets(JobName::AssetDelete, &ids, None, is_marked, now);
    [hold, mark, delete]
}

fn has(id: &str, checksum: &str) -> String {
    format!("exists (select 1 from asset o where o.id = {id} and o.checksum = {checksum})")
}

/// No two assets of an owner may have one content, not even for a moment. Nor may they in the copy of a client, in whatever order it is
/// told of them: it is told that both are gone, and then of both again with what hangs on them. Deletions come before new rows.
fn step_aside(id: &str, old: &Content, uploaded: &str, new: &Content) -> [Statement; 2] {
    let may = [("?1", "?2", "?5"), ("?3", "?4", "?6")]
        .map(|(id, checksum, motion)| {
            // A motion part that was taken off meanwhile would go with the trash.
            let as_it_was = format!(
                "{checksum} and coalesce(o.live_photo_video_id, '') = {motion} and o.status <> 'deleted' \
                 and o.visibility <> 'locked'"
            );
            has(id, &as_it_was)
        })
        .join(" and ");
    let motion = |content: &Content| content.motion_id.clone().unwrap_or_default();
    [
        "insert into asset_audit (owner_id, id, asset_id) select a.owner_id, uuid7(), a.id from asset a where a.id in (?1, ?3)",
        "update asset set checksum = 'swap:' || id, update_id = uuid7() where id = ?1",
    ]
    .map(|change| {
        stmt!(
            format!("{change} and {may}"),
            uploaded,
            new.checksum.as_str(),
            id,
            old.checksum.as_str(),
            motion(new),
            motion(old),
        )
    })
}

/// A file for an asset, which has another one now.
struct Gift<'a> {
    id: &'a str,
    /// The checksum that it has.
    had: &'a str,
    file: &'a Content,
    /// What else is set, with a comma behind it; `?1` is now.
    more: &'static str,
    /// The other asset, and the checksum that it must have.
    other: (&'a str, &'a str),
}

impl Gift<'_> {
    fn statement(&self, now: i64) -> Statement {
        let mut params: Vec<Value> = vec![
            now.into(),
            self.id.into(),
            self.had.into(),
            self.file.checksum.as_str().into(),
            self.other.0.into(),
            self.other.1.into(),
            self.file.motion_id.clone().into(),
        ];
        let mut set = vec![format!(
            "{}checksum = ?4, live_photo_video_id = nullif(cast(?7 as text), id), {}, updated_at = ?1, update_id = uuid7()",
            self.more,
            derived::UNKNOWN
        )];
        for (column, value) in columns().zip(&self.file.values) {
            params.push(value.clone());
            set.push(format!("{column} = ?{}", params.len()));
        }
        let sql = format!(
            "update asset set {} where id = ?2 and checksum = ?3 and exists (select 1 from asset o where o.id = ?5 and o.checksum = ?6)",
            set.join(", ")
        );
        Statement::new(sql, params)
    }
}

/// The sidecars change places, too. That of the uploaded one steps aside meanwhile: no sidecar is one of an edit.
fn sidecars(id: &str, uploaded: &str, checksum: &str) -> [Statement; 3] {
    let done = "exists (select 1 from asset o where o.id = ?1 and o.checksum = ?3)";
    [
        "is_edited = 1 where asset_id = ?2",
        "asset_id = ?2 where asset_id = ?1",
        "asset_id = ?1, is_edited = 0 where asset_id = ?2 and is_edited = 1",
    ]
    .map(|change| {
        stmt!(
            format!("update asset_file set {change} and type = 'sidecar' and {done}"),
            id,
            uploaded,
            checksum,
        )
    })
}
