//! What the media function reads of an asset and writes back: metadata and renditions
//! (api/assets.md sections 3, 4 and 9, api/jobs-ml.md sections 2 and 4).
//!
//! All writes are results of a job: their conditions name `{held}` (`jobs::Job::held`), so they happen
//! once, together with the end of the job, or not at all.

pub mod bursts;
pub mod edited;
pub mod encoded;
pub mod encoding;
pub mod facts;
pub mod live_photo;
pub mod portraits;
pub mod regions;
pub mod renditions;
pub mod sidecar;
pub mod video;

use edge_api::enums::JobName;
use edge_platform::{Database, DbError, Row, Statement, stmt};
use serde_json::json;

use crate::jobs::{Job, NewJob};

/// An asset as its media jobs see it.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Source {
    /// Asset id.
    pub id: String,
    /// Whose it is.
    pub owner_id: String,
    /// A video, not a picture.
    pub is_video: bool,
    /// It has no renditions yet.
    pub is_new: bool,
    /// Its metadata were read before.
    pub is_extracted: bool,
    /// The motion part of a live photo, shown nowhere.
    pub is_hidden: bool,
    /// Key of the original.
    pub original_path: String,
    /// Name as uploaded.
    pub file_name: String,
    /// Time of the file as the client told it, epoch ms.
    pub file_modified_at: i64,
    /// When taken as known so far, epoch ms.
    pub file_created_at: i64,
    /// The motion part it is linked to.
    pub live_photo_video_id: Option<String>,
    /// Key of the sidecar.
    pub sidecar_path: Option<String>,
    /// 1 to 8, as text; known after the metadata were read.
    pub orientation: Option<String>,
    /// Colour space by the metadata.
    pub colorspace: Option<String>,
    /// Name of the colour profile.
    pub profile_description: Option<String>,
    /// Bits of a channel.
    pub bits_per_sample: Option<i64>,
    /// Such as EQUIRECTANGULAR.
    pub projection_type: Option<String>,
    /// It has edits, or is shown as edits said that it has no more.
    pub is_edited: bool,
}

impl Source {
    /// Whether it shows all that is around.
    pub fn is_panorama(&self) -> bool {
        self.projection_type.as_deref() == Some("EQUIRECTANGULAR")
    }

    /// The job that renders the edits of the asset again, if it has any: its original was read or rendered anew. `id` is a fresh
    /// one; `now` in epoch ms.
    pub fn edits_again(&self, id: String, now: i64) -> Option<NewJob> {
        let kind = JobName::AssetEditThumbnailGeneration;
        self.is_edited.then(|| {
            let job = NewJob::new(id, kind, json!({ "id": self.id }), now);
            job.of(&self.owner_id).once(format!("{kind}:{}", self.id))
        })
    }

    /// The job that looks for copies of the picture. `id` is a fresh one; `now` in epoch ms.
    pub fn copies(&self, id: String, now: i64) -> NewJob {
        let kind = JobName::AssetDetectDuplicates;
        let job = NewJob::new(id, kind, json!({ "id": self.id }), now);
        job.once(format!("{kind}:{}", self.id))
    }
}

/// The asset of a media job; `None` when it is gone meanwhile. One round trip.
pub async fn find(db: &dyn Database, asset_id: &str) -> Result<Option<Source>, DbError> {
    let rows = db
        .run(stmt!(
            "select a.id, a.owner_id, a.type, a.visibility, a.original_path, a.original_file_name, \
             a.file_modified_at, a.file_created_at, a.live_photo_video_id, a.thumbhash, f.path as sidecar_path, e.orientation, \
             e.modify_date, e.colorspace, e.profile_description, e.bits_per_sample, e.projection_type, \
             case when a.is_edited = 1 or exists (select 1 from asset_edit d where d.asset_id = a.id) then 1 else 0 end \
             as is_edited \
             from asset a join asset_exif e on e.asset_id = a.id \
             left join asset_file f on f.asset_id = a.id and f.type = 'sidecar' and f.is_edited = 0 \
             where a.id = ?1",
            asset_id
        ))
        .await?;
    rows.first().map(|row| source(&row)).transpose()
}

fn source(row: &Row<'_>) -> Result<Source, DbError> {
    Ok(Source {
        id: row.get("id")?,
        owner_id: row.get("owner_id")?,
        is_video: row.get::<String>("type")? == "VIDEO",
        is_new: row.get::<Option<String>>("thumbhash")?.is_none(),
        // Each reading stores the time of the file.
        is_extracted: row.get::<Option<i64>>("modify_date")?.is_some(),
        is_hidden: row.get::<String>("visibility")? == "hidden",
        original_path: row.get("original_path")?,
        file_name: row.get("original_file_name")?,
        file_modified_at: row.get("file_modified_at")?,
        file_created_at: row.get("file_created_at")?,
        live_photo_video_id: row.get("live_photo_video_id")?,
        sidecar_path: row.get("sidecar_path")?,
        orientation: row.get("orientation")?,
        colorspace: row.get("colorspace")?,
        profile_description: row.get("profile_description")?,
        bits_per_sample: row.get("bits_per_sample")?,
        projection_type: row.get("projection_type")?,
        is_edited: row.get("is_edited")?,
    })
}

/// The first statement of a batch that gives an asset a file: it is there till the end, or it is gone from the beginning
/// (`assets::purge`).
pub fn hold(asset_id: &str) -> Statement {
    stmt!(
        "select a.id from asset a where a.id = ?1 for_update()",
        asset_id
    )
}

/// What comes first in the results of a job that has read the original of an asset: the asset is held, and when it has got another file
/// meanwhile (`assets::replace`), the job is given up, so that nothing of the former file is stored with the new one. Whoever replaced
/// it has stored jobs that read the new one.
pub fn of_file(job: &Job, source: &Source) -> Vec<Statement> {
    let give_up = stmt!(
        "delete from job where id = ?1 and lease_id = ?2 and exists (select 1 from asset a where a.id = ?3 and a.original_path <> ?4)",
        &job.id,
        &job.lease_id,
        &source.id,
        &source.original_path
    );
    vec![hold(&source.id), give_up]
}

/// What follows [`of_file`] in the results of a job that has read the metadata of an asset: when the asset has got another sidecar
/// meanwhile, or lost the one it had, the job is given back and reads again. Of two jobs for one asset the one that read the former
/// sidecar could be the last to store. `now` in epoch ms.
pub fn of_sidecar(job: &Job, source: &Source, now: i64) -> Statement {
    stmt!(
        "update job set state = 'waiting', attempts = attempts - 1, run_after = cast(?5 as bigint), turn = null, lease_id = null, \
         lease_expires_at = null, updated_at = cast(?5 as bigint) where id = ?1 and lease_id = ?2 and ?4 <> \
         coalesce((select f.path from asset_file f where f.asset_id = ?3 and f.type = 'sidecar' and f.is_edited = 0), '')",
        &job.id,
        &job.lease_id,
        &source.id,
        source.sidecar_path.as_deref().unwrap_or_default(),
        now
    )
}

/// Notes in `asset_job_status` that a job is done; `column` is its time there. `now` in epoch ms.
pub(crate) fn done(asset_id: &str, column: &str, now: i64) -> Statement {
    stmt!(
        format!(
            "insert into asset_job_status (asset_id, {column}) select a.id, cast(?2 as bigint) \
             from asset a where a.id = ?1 and {{held}} \
             on conflict (asset_id) do update set {column} = excluded.{column}"
        ),
        asset_id,
        now
    )
}
