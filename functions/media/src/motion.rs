//! The film inside a motion photo becomes a hidden asset of its own (api/assets.md section 3).

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use edge_api::enums::{AssetType, AssetVisibility, JobName};
use edge_http::{App, consumer::Failure};
use edge_platform::Statement;
use edge_store::{
    assets::insert::{self, NewAsset},
    jobs::NewJob,
    media::{Source, facts::Facts, live_photo},
    objects,
};
use serde_json::json;
use sha1::{Digest, Sha1};

use crate::rules;

/// Stores the film and gives the statements that make it the still's motion part, and the job that
/// transcodes it. The same film again changes nothing: its object is deleted by the sweeper, because no row
/// takes it out of `pending_object`.
pub async fn store(
    app: &App,
    source: &Source,
    facts: &Facts,
    film: &[u8],
) -> Result<(Vec<Statement>, NewJob), Failure> {
    let (id, now) = (app.uuid(), app.now());
    let key = rules::motion_key(source, &id);
    let checksum = STANDARD.encode(Sha1::digest(film));
    let name = rules::motion_name(&source.file_name);
    app.db().run(objects::register(&key, now)).await?;
    app.objects
        .put(&key, Bytes::copy_from_slice(film), "video/mp4")
        .await?;
    let mut results = insert::statements(
        &NewAsset {
            id: &id,
            owner_id: &source.owner_id,
            kind: AssetType::Video,
            visibility: AssetVisibility::Hidden,
            checksum: &checksum,
            checksum_sha256: None,
            original_path: &key,
            file_name: &name,
            size: i64::try_from(film.len()).unwrap_or(i64::MAX),
            duration_ms: None,
            is_favorite: false,
            live_photo_video_id: None,
            file_created_at: facts.file_created_at,
            file_modified_at: source.file_modified_at,
            now,
        },
        None,
        &[],
    );
    results.extend(live_photo::link_embedded(
        &source.id,
        &source.owner_id,
        &checksum,
        now,
    ));
    let payload = json!({ "id": id });
    let mut job = NewJob::new(app.uuid(), JobName::AssetEncodeVideo, payload, now);
    job.companion_reason = Some(rules::VIDEO.to_owned());
    Ok((results, job))
}
