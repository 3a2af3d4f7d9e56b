//! Encoded videos: rows of `asset_file` (api/jobs-ml.md section 5).

use edge_platform::{Statement, stmt};

use super::{
    Source,
    renditions::{NewRendition, Side, file},
};

/// What is encoded.
pub const MIME_TYPE: &str = "video/mp4";

/// Key of an encoded video: `encoded-video/<owner>/<id[0:2]>/<id[2:4]>/<id>_<end of the lease>.mp4`. It differs each time: who plays
/// the former one by ranges never gets bytes of both. With the whole lease, a store that keeps objects as files (s3s-fs) would need names of
/// more than 255 bytes while the video is uploaded.
pub fn key(source: &Source, lease_id: &str) -> String {
    key_of(&source.owner_id, &source.id, lease_id)
}

fn key_of(owner_id: &str, id: &str, lease_id: &str) -> String {
    let (_, unique) = lease_id.rsplit_once('-').unwrap_or(("", lease_id));
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

#[cfg(test)]
mod tests {
    use super::*;

    /// ext4 and its like; s3s-fs writes `.bucket-<base64>.object-<base64>.upload-<uuid>.metadata.json`.
    const LONGEST_NAME: usize = 255;

    #[test]
    fn names_of_files_that_a_store_makes_of_a_key_are_not_too_long() {
        let uuid = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
        let key = key_of(uuid, uuid, uuid);
        assert_eq!(
            key,
            format!("encoded-video/{uuid}/3f/a8/{uuid}_2c963f66afa6.mp4")
        );
        let encoded = |bytes: usize| bytes.div_ceil(3) * 4;
        let (bucket, fixed) = (
            "immich-edge".len(),
            ".bucket-.object-.upload-.metadata.json".len(),
        );
        assert!(fixed + encoded(bucket) + encoded(key.len()) + uuid.len() <= LONGEST_NAME);
    }
}
