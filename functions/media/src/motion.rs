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

/// MIME type of a film inside a photo.
const MIME_TYPE: &str = "video/mp4";
/// Of larger films this much is copied at a time, bytes: what goes to R2 is copied twice on its way, and the isolate may hold the whole
/// photo besides (R2 and S3 want parts of 5 MiB or more).
const PIECE: u64 = 8 << 20;

/// Where the film lies in the file of its photo.
pub struct Film {
    /// Its first byte.
    start: u64,
    /// How many it has.
    length: u64,
}

impl Film {
    /// At most [`PIECE`] bytes of it, from its byte `at` on. Errors: the file ends before (passing).
    async fn piece(
        &self,
        app: &App,
        source: &Source,
        original: &Original,
        at: u64,
    ) -> Result<Bytes, Failure> {
        let place = (self.start + at, PIECE.min(self.length - at));
        if original.is_whole() {
            let ends = || Failure::Passing("the photo ends before its film".to_owned());
            return within(&original.bytes, place).ok_or_else(ends);
        }
        let bytes = read::part(app, &source.original_path, place.0, place.1).await?;
        if u64::try_from(bytes.len()) != Ok(place.1) {
            let ends = "the photo ends before its film".to_owned();
            return Err(Failure::Passing(ends));
        }
        Ok(bytes.into())
    }

    /// Writes it under a key and gives the SHA-1 of its bytes, base64.
    async fn copy(
        &self,
        app: &App,
        source: &Source,
        original: &Original,
        key: &str,
    ) -> Result<String, Failure> {
        if self.length <= PIECE {
            let bytes = self.piece(app, source, original, 0).await?;
            let checksum = STANDARD.encode(Sha1::digest(&bytes));
            app.objects.put(key, bytes, MIME_TYPE).await?;
            return Ok(checksum);
        }
        let mut upload = app.objects.begin(key, MIME_TYPE).await?;
        let upload_id = upload.id();
        if let Some(upload_id) = upload_id {
            let statement = objects::set_upload_id(key, &upload_id);
            app.db().run(statement).await?;
        }
        let (mut hash, mut at) = (Sha1::new(), 0);
        while at < self.length {
            let bytes = self.piece(app, source, original, at).await?;
            hash.update(&bytes);
            // What fails is aborted by the sweeper, which knows the upload.
            upload.part(bytes).await?;
            at += PIECE;
        }
        upload.finish().await?;
        Ok(STANDARD.encode(hash.finalize()))
    }
}

/// The film inside a motion photo. Of one that is too large to be read whole it is looked for by itself.
pub async fn film(
    app: &App,
    source: &Source,
    original: &Original,
    metadata: &Metadata,
) -> Result<Option<Film>, Failure> {
    if source.is_video || source.live_photo_video_id.is_some() {
        return Ok(None);
    }
    if original.is_whole() {
        let place = metadata.motion_part;
        let place = place.filter(|place| within(&original.bytes, *place).is_some());
        return Ok(place.map(|(start, length)| Film { start, length }));
    }
    for (start, length) in motion_places(&original.bytes, &source.file_name, original.size) {
        let head = read::part(app, &source.original_path, start, 8).await?;
        if head.get(4..) != Some(b"ftyp".as_slice()) {
            continue;
        }
        if length > LARGEST {
            log(&format!(
                "asset {}: its film of {length} bytes is more than an edge worker copies",
                source.id
            ));
            return Ok(None);
        }
        return Ok(Some(Film { start, length }));
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
    original: &Original,
    film: &Film,
) -> Result<(Vec<Statement>, NewJob), Failure> {
    let (id, now) = (app.uuid(), app.now());
    let key = rules::motion_key(source, &id);
    let name = rules::motion_name(&source.file_name);
    app.db().run(objects::register(&key, now)).await?;
    let checksum = film.copy(app, source, original, &key).await?;
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
            size: i64::try_from(film.length).unwrap_or(i64::MAX),
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
