//! Jobs for many assets at once: what the `…QueueAll` jobs and bulk requests store.

use edge_api::enums::JobName;
use edge_platform::{Database, DbError, Statement, Wake, stmt};

use super::{new::queue_of, run::wakes};

/// Assets one page of a mass job takes (api/jobs-ml.md section 1).
pub const PAGE: i64 = 1_000;

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

const NO_RENDITION: &str = " and (a.thumbhash is null or not exists (select 1 from asset_file f \
     where f.asset_id = a.id and f.type = 'thumbnail') or not exists (select 1 from asset_file f \
     where f.asset_id = a.id and f.type = 'preview'))";

const IN_WEBP: &str = " and a.type = 'IMAGE' and exists (select 1 from asset_file f \
     where f.asset_id = a.id and f.path like '%.webp')";

/// Ids of the next [`PAGE`] assets behind `after` that a mass job of this kind takes; fewer mean the
/// end. `None`: there is no such mass job. One round trip.
pub async fn page(
    db: &dyn Database,
    kind: JobName,
    wanted: Wanted,
    after: &str,
) -> Result<Option<Vec<String>>, DbError> {
    let condition = match (kind, wanted) {
        (JobName::AssetExtractMetadata, Wanted::All) => String::new(),
        (JobName::AssetExtractMetadata, Wanted::Missing) => NO_METADATA.to_owned(),
        (JobName::AssetGenerateThumbnails, Wanted::All) => {
            " and a.visibility <> 'hidden'".to_owned()
        }
        (JobName::AssetGenerateThumbnails, Wanted::Missing) => {
            format!(" and a.visibility <> 'hidden'{NO_RENDITION}")
        }
        (JobName::AssetGenerateThumbnails, Wanted::InWebp) => {
            format!(" and a.visibility <> 'hidden'{IN_WEBP}")
        }
        _ => return Ok(None),
    };
    let rows = db
        .run(stmt!(
            format!(
                "select a.id from asset a where a.id > ?1 and a.deleted_at is null{condition} \
                 order by a.id limit {PAGE}"
            ),
            after
        ))
        .await?;
    rows.iter()
        .map(|row| row.get("id"))
        .collect::<Result<_, _>>()
        .map(Some)
}

/// One job of a kind for each asset of `ids` (at most [`PAGE`]) that exists and has none waiting. Run
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
    let condition = condition.map_or_else(String::new, |text| format!(" and {text}"));
    let source = source.map_or_else(String::new, |source| format!(",\"source\":\"{source}\""));
    stmt!(
        format!(
            "insert into job (id, queue, kind, payload, dedupe_key, run_after, created_at, updated_at) \
             select uuid7(), cast(?1 as text), cast(?2 as text), '{{\"id\":\"' || a.id || cast(?3 as text) || '}}', \
             cast(?2 as text) || ':' || a.id, cast(?4 as bigint), cast(?4 as bigint), cast(?4 as bigint) \
             from asset a where a.id in json_list(?5){condition} \
             on conflict do nothing returning id, queue"
        ),
        queue_of(kind).as_str(),
        kind.as_str(),
        format!("\"{source}"),
        now,
        serde_json::json!(ids).to_string(),
    )
}

/// The wake-ups of the jobs that [`insert_for_assets`] stored.
pub fn stored(rows: &edge_platform::Rows) -> Result<Vec<Wake>, DbError> {
    wakes(rows)
}
