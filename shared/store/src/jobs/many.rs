//! Jobs for many assets at once: what the `…QueueAll` jobs and bulk requests store.

use edge_api::enums::JobName;
use edge_platform::{Database, DbError, Statement, Wake, stmt};

use super::{
    kinds::{consumer_of, queue_of},
    run::wakes,
    turns::{BEHIND, Line},
};
use crate::window::{self, Page};

/// Assets that one page of a mass job looks at (api/jobs-ml.md section 1).
pub const WINDOW: i64 = 1_000;

const SHOWN: &str = "a.deleted_at is null and a.visibility <> 'hidden'";

/// Its look is known, which the renditions leave behind, or what it looks like to CLIP.
const LOOKED_AT: &str = "a.deleted_at is null and ((a.type = 'IMAGE' \
     and exists (select 1 from asset_look l where l.asset_id = a.id)) \
     or exists (select 1 from asset_vector w where w.asset_id = a.id))";
/// It has a preview, in which faces and text are looked for.
const PREVIEWED: &str = "a.deleted_at is null and a.visibility <> 'hidden' \
     and exists (select 1 from asset_file f where f.asset_id = a.id and f.type = 'preview' and f.is_edited = 0)";

const NO_FACES: &str = " and not exists (select 1 from asset_job_status js \
     where js.asset_id = a.id and js.faces_recognized_at is not null)";

const NO_OCR: &str = " and not exists (select 1 from asset_job_status js \
     where js.asset_id = a.id and js.ocr_at is not null)";

const VIDEO: &str = "a.deleted_at is null and a.type = 'VIDEO'";

/// Which assets a `…QueueAll` job takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// All that are not in the trash; for renditions also not hidden.
    All,
    /// Of those, the ones without a result yet.
    Missing,
    /// Of those, pictures that have a rendition in WebP (migration `0006_render_again.sql`).
    InWebp,
}

const NO_METADATA: &str = " and not exists (select 1 from asset_job_status js \
     where js.asset_id = a.id and js.metadata_extracted_at is not null)";

const NO_DETECTION: &str = " and not exists (select 1 from asset_job_status js \
     where js.asset_id = a.id and js.duplicates_detected_at is not null)";

const NO_RENDITION: &str = " and (a.thumbhash is null or not exists (select 1 from asset_file f \
     where f.asset_id = a.id and f.type = 'thumbnail') or not exists (select 1 from asset_file f \
     where f.asset_id = a.id and f.type = 'preview'))";

const NO_SIDECAR: &str =
    " and not exists (select 1 from asset_file f where f.asset_id = a.id and f.type = 'sidecar')";

const NO_ENCODED: &str = " and not exists (select 1 from asset_file f where f.asset_id = a.id and f.type = 'encoded_video')";

const IN_WEBP: &str = " and a.type = 'IMAGE' and exists (select 1 from asset_file f \
     where f.asset_id = a.id and f.path like '%.webp')";

/// Looks at the next [`WINDOW`] assets behind `after` and gives those that a mass job of this kind takes: however many
/// have all they need, one page reads so many and no more. `None`: there is no such mass job. One round trip.
pub async fn page(
    db: &dyn Database,
    kind: JobName,
    wanted: Wanted,
    after: &str,
) -> Result<Option<Page>, DbError> {
    let condition = match (kind, wanted) {
        (JobName::AssetExtractMetadata | JobName::SidecarCheck, Wanted::All) => {
            "a.deleted_at is null".to_owned()
        }
        (JobName::AssetExtractMetadata, Wanted::Missing) => {
            format!("a.deleted_at is null{NO_METADATA}")
        }
        (JobName::SidecarCheck, Wanted::Missing) => format!("a.deleted_at is null{NO_SIDECAR}"),
        (JobName::AssetGenerateThumbnails, Wanted::All) => SHOWN.to_owned(),
        (JobName::AssetGenerateThumbnails, Wanted::Missing) => format!("{SHOWN}{NO_RENDITION}"),
        (JobName::AssetDetectDuplicates, Wanted::All) => LOOKED_AT.to_owned(),
        (JobName::AssetDetectDuplicates, Wanted::Missing) => {
            format!("{LOOKED_AT}{NO_DETECTION}")
        }
        (JobName::AssetGenerateThumbnails, Wanted::InWebp) => format!("{SHOWN}{IN_WEBP}"),
        (JobName::AssetEncodeVideo, Wanted::All) => VIDEO.to_owned(),
        (JobName::AssetEncodeVideo, Wanted::Missing) => format!("{VIDEO}{NO_ENCODED}"),
        (JobName::AssetDetectFaces | JobName::Ocr, Wanted::All) => PREVIEWED.to_owned(),
        (JobName::AssetDetectFaces, Wanted::Missing) => format!("{PREVIEWED}{NO_FACES}"),
        (JobName::Ocr, Wanted::Missing) => format!("{PREVIEWED}{NO_OCR}"),
        _ => return Ok(None),
    };
    let rows = db
        .run(stmt!(
            format!(
                "select a.id, case when {condition} then 1 else 0 end as taken from asset a where a.id > ?1 \
                 order by a.id limit {WINDOW}"
            ),
            after
        ))
        .await?;
    Ok(Some(window::read(&rows, WINDOW)?))
}

/// One job of a kind for each asset of `ids` (at most [`WINDOW`]) that exists and has none waiting. Run
/// it alone or in a batch and read the rows with [`stored`]. `source` as in the payload table.
///
/// With `{held}` in `condition` it is a result of the job that stores them ([`super::Job::held`]).
pub fn insert_for_assets(
    kind: JobName,
    ids: &[String],
    source: Option<&str>,
    condition: Option<&str>,
    now: i64,
) -> Statement {
    let ids = serde_json::json!(ids).to_string();
    insert_for_set(kind, "json_list(?5)", &ids, source, condition, now)
}

/// [`insert_for_assets`] for the assets that `set` names: a table with the column `value` over the parameter `?5`.
pub(crate) fn insert_for_set(
    kind: JobName,
    set: &str,
    parameter: &str,
    source: Option<&str>,
    condition: Option<&str>,
    now: i64,
) -> Statement {
    let condition = condition.map_or_else(String::new, |text| format!(" and {text}"));
    let source = source.map_or_else(String::new, |source| format!(",\"source\":\"{source}\""));
    let turn = Line::of(consumer_of(queue_of(kind))).turn("a.owner_id");
    let behind = BEHIND
        .replace(
            "{nth}",
            "row_number() over (partition by a.owner_id order by a.id) - 1",
        )
        .replace("{turn}", "first.turn");
    // Where turns begin is found once: PostgreSQL took what it joins for one row and found it again for each asset.
    stmt!(
        format!(
            "insert into job (id, queue, kind, payload, dedupe_key, run_after, created_at, updated_at, owner_id, turn) \
             with first as materialized (select a.owner_id, {turn} as turn from (select distinct o.owner_id from {set} as listed \
             cross join asset o where o.id = listed.value) a) \
             select uuid7(), cast(?1 as text), cast(?2 as text), '{{\"id\":\"' || a.id || cast(?3 as text) || '}}', \
             cast(?2 as text) || ':' || a.id, cast(?4 as bigint), cast(?4 as bigint), cast(?4 as bigint), a.owner_id, \
             first.turn + {behind} \
             from {set} as named cross join asset a cross join first \
             where a.id = named.value and first.owner_id = a.owner_id{condition} \
             on conflict do nothing returning id, queue"
        ),
        queue_of(kind).as_str(),
        kind.as_str(),
        format!("\"{source}"),
        now,
        parameter,
    )
}

/// The wake-ups of the jobs that [`insert_for_assets`] stored.
pub fn stored(rows: &edge_platform::Rows) -> Result<Vec<Wake>, DbError> {
    wakes(rows)
}
