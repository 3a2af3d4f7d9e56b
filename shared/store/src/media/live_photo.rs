//! The two halves of a live photo find each other (api/assets.md section 3).

use edge_platform::{Statement, stmt};

/// The still and the video with this identifier that are to be linked: of the same owner, and the still
/// has no motion part yet.
const STILL: &str = "(select s.id from asset s join asset_exif se on se.asset_id = s.id where se.owner_id = ?1 \
     and se.live_photo_cid = ?2 and s.type = 'IMAGE' and s.live_photo_video_id is null \
     and s.status <> 'deleted' order by s.created_at, s.id limit 1)";
/// To stand where `asset` is the still: a locked video shows in no other than a locked one, one with a motion part in none.
const VIDEO: &str = "(select v.id from asset v join asset_exif ve on ve.asset_id = v.id where ve.owner_id = ?1 \
     and ve.live_photo_cid = ?2 and v.type = 'VIDEO' and v.status <> 'deleted' and v.live_photo_video_id is null \
     and (v.visibility <> 'locked' or asset.visibility = 'locked') \
     and not exists (select 1 from asset used where used.live_photo_video_id = v.id) \
     order by v.created_at, v.id limit 1)";

/// `asset m` is a motion part that is shown beside its still, or by others than its locked still.
const SHOWN: &str = "(m.visibility in ('timeline', 'archive') and exists (select 1 from asset still \
     where still.live_photo_video_id = m.id) or m.visibility = 'hidden' and exists (select 1 from asset still \
     where still.live_photo_video_id = m.id and still.visibility = 'locked'))";

/// Where a motion part goes: out of sight, into the locked folder with its still.
const OUT_OF_SIGHT: &str = "case when exists (select 1 from asset still where still.live_photo_video_id = asset.id \
     and still.visibility = 'locked') then 'locked' else 'hidden' end";

/// Links the first still with the first video of this identifier (`ContentIdentifier` or
/// `MediaGroupUUID`), hides the video (locks it, where the still is locked) and takes it out of its albums. To follow the statement that stores
/// the identifier, in the same batch. `now` in epoch ms.
pub fn link(owner_id: &str, identifier: &str, now: i64) -> Vec<Statement> {
    let shown = format!(
        "(select m.id from asset m join asset_exif me on me.asset_id = m.id where me.owner_id = ?1 \
         and me.live_photo_cid = ?2 and m.type = 'VIDEO' and {SHOWN})"
    );
    vec![
        stmt!(
            format!(
                "update asset set live_photo_video_id = {VIDEO}, updated_at = ?3, update_id = uuid7() \
                 where id = {STILL} and exists {VIDEO} and {{held}}"
            ),
            owner_id,
            identifier,
            now
        ),
        stmt!(
            format!(
                "insert into album_asset_audit (album_id, id, asset_id) select aa.album_id, uuid7(), aa.asset_id \
                 from album_asset aa where aa.asset_id in {shown} and {{held}}"
            ),
            owner_id,
            identifier
        ),
        stmt!(
            format!("delete from album_asset where asset_id in {shown} and {{held}}"),
            owner_id,
            identifier
        ),
        stmt!(
            format!(
                "update asset set visibility = {OUT_OF_SIGHT}, updated_at = ?3, update_id = uuid7() \
                 where id in {shown} and {{held}}"
            ),
            owner_id,
            identifier,
            now
        ),
    ]
}

/// Makes the owner's video with this checksum (base64) the motion part of a still that has none yet, and
/// hides it: the film that was found inside the still. To follow the statements that insert the video.
pub fn link_embedded(still_id: &str, owner_id: &str, checksum: &str, now: i64) -> Vec<Statement> {
    const FILM: &str = "(select v.id from asset v where v.owner_id = ?2 and v.checksum = ?3 \
         and v.library_id is null and v.type = 'VIDEO' and (v.visibility <> 'locked' or asset.visibility = 'locked'))";
    let linked = format!(
        "(select m.id from asset m join asset s on s.live_photo_video_id = m.id where s.id = ?1 and m.owner_id = ?2 \
         and m.checksum = ?3 and {SHOWN})"
    );
    vec![
        stmt!(
            format!(
                "update asset set live_photo_video_id = {FILM}, updated_at = ?4, update_id = uuid7() \
                 where id = ?1 and live_photo_video_id is null and exists {FILM} and {{held}}"
            ),
            still_id,
            owner_id,
            checksum,
            now
        ),
        stmt!(
            format!(
                "update asset set visibility = {OUT_OF_SIGHT}, updated_at = ?4, update_id = uuid7() \
                 where id in {linked} and {{held}}"
            ),
            still_id,
            owner_id,
            checksum,
            now
        ),
    ]
}
