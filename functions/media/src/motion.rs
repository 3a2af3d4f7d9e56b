//! The film inside a motion photo becomes a hidden asset of its own (api/assets.md section 3).

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use edge_api::enums::{AssetType, AssetVisibility, JobName};
use edge_http::{App, consumer::Failure, serve::log};
use edge_media::metadata::{Metadata, motion_places};
use edge_platform::Statement;
use edge_store::{
    assets::insert::{self, NewAsset},
    jobs::NewJob,
    media::{Source, facts::Facts, live_photo},
    objects,
};
use serde_json::json;
use sha1::{Digest, Sha1};

use crate::{
    read::{self, Original},
    rules::{self, LARGEST},
};

/// The film inside a motion photo. Of one that is too large to be read whole it is read by itself.
pub async fn film(
    app: &App,
    source: &Source,
    original: &Original,
    metadata: &Metadata,
) -> Result<Option<Bytes>, Failure> {
    if source.is_video || source.live_photo_video_id.is_some() {
        return Ok(None);
    }
    if original.is_whole() {
        let place = metadata.motion_part;
        return Ok(place.and_then(|place| within(&original.bytes, place)));
    }
    for (start, length) in motion_places(&original.bytes, &source.file_name, original.size) {
        let head = read::part(app, &source.original_path, start, 8).await?;
        if head.get(4..) != Some(b"ftyp".as_slice()) {
            continue;
        }
        if length > LARGEST {
            log(&format!(
                "asset {}: its film of {length} bytes does not fit the memory of an edge worker",
                source.id
            ));
            return Ok(None);
        }
        let film = read::part(app, &source.original_path, start, length).await?;
        return Ok(Some(film.into()));
    }
    Ok(None)
}

/// These bytes of the file, without a copy of them; `None` where it has none there.
fn within(bytes: &Bytes, (start, length): (u64, u64)) -> Option<Bytes> {
    let start = usize::try_from(start).ok()?;
    let end = start.checked_add(usize::try_from(length).ok()?)?;
    (start < end && end <= bytes.len()).then(|| bytes.slice(start..end))
}

/// Stores the film and gives the statements that make it the still's motion part, and the job that
/// transcodes it. The same film again changes nothing: its object is deleted by the sweeper, because no row
/// takes it out of `pending_object`.
pub async fn store(
    app: &App,
    source: &Source,
    facts: &Facts,
    film: &Bytes,
) -> Result<(Vec<Statement>, NewJob), Failure> {
    let (id, now) = (app.uuid(), app.now());
    let key = rules::motion_key(source, &id);
    let checksum = STANDARD.encode(Sha1::digest(film));
    let name = rules::motion_name(&source.file_name);
    app.db().run(objects::register(&key, now)).await?;
    app.objects.put(&key, film.clone(), "video/mp4").await?;
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
