//! Encoded videos: rows of `asset_file` (api/jobs-ml.md section 5).

use edge_platform::{Statement, stmt};

use super::{
    Source,
    renditions::{NewRendition, Side, file},
};

/// What is encoded.
pub const MIME_TYPE: &str = "video/mp4";

/// Key of an encoded video: `encoded-video/<owner>/<id[0:2]>/<id[2:4]>/<id>_<unique>.mp4`. It differs each time: who plays the former one
/// by ranges never gets bytes of both.
pub fn key(source: &Source, unique: &str) -> String {
    let Source { id, owner_id, .. } = source;
    let (first, second) = (
        id.get(..2).unwrap_or_default(),
        id.get(2..4).unwrap_or_default(),
    );
    format!("encoded-video/{owner_id}/{first}/{second}/{id}_{unique}.mp4")
}

/// Statements that make this the encoded video of an asset, or take the one that it has: the former object is deleted later. `now` in
/// epoch ms.
pub fn store(asset_id: &str, video: Option<&NewRendition>, now: i64) -> Vec<Statement> {
    let mut batch = vec![
        super::hold(asset_id),
        stmt!(
            "insert into object_deletion (object_key, run_after, created_at) \
             select f.path, cast(?2 as bigint), cast(?2 as bigint) from asset_file f where f.asset_id = ?1 \
             and f.is_edited = 0 and f.type = 'encoded_video' and {held} on conflict (object_key) do nothing",
            asset_id,
            now
        ),
        stmt!(
            "delete from asset_file where asset_id = ?1 and is_edited = 0 and type = 'encoded_video' and {held}",
            asset_id
        ),
    ];
    if let Some(video) = video {
        // Without its asset it stays pending, and is swept.
        batch.push(stmt!(
            "delete from pending_object where object_key = ?1 and {held} \
             and exists (select 1 from asset a where a.id = ?2)",
            &video.key,
            asset_id
        ));
        batch.push(Side::Original.guard(file(asset_id, video, now)));
    }
    batch
}
