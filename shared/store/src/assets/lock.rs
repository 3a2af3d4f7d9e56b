//! The locked folder: what goes into it and comes out of it together (api/auth.md section 5). A locked asset is in no
//! album and no shared link, and the motion part of a locked still is locked as well: whoever may not see the still
//! must not see it move.

use edge_api::enums::AssetVisibility;
use edge_platform::{Statement, stmt};

use super::update::{Changeable, leave_albums};
use crate::{json_texts, people};

/// Where a motion part goes when its still does.
const LOCKED: &str = "'locked'";
const HIDDEN: &str = "'hidden'";

/// What else happens when `assets` of `owner_id` get another visibility: to follow the statement that sets it, in the same
/// batch. `now` in epoch ms.
pub fn follow(
    assets: &[Changeable],
    owner_id: &str,
    visibility: AssetVisibility,
    now: i64,
) -> Vec<Statement> {
    let is_locked = visibility == AssetVisibility::Locked;
    let stills = assets
        .iter()
        .filter(|asset| is_locked || asset.visibility == AssetVisibility::Locked.as_str());
    let motions: Vec<&str> = stills
        .filter_map(|asset| asset.motion.as_ref())
        .map(|(id, _)| id.as_str())
        .collect();
    let mut batch = Vec::new();
    if !motions.is_empty() {
        batch.push(move_along(&motions, owner_id, is_locked, now));
    }
    if is_locked {
        let mut ids: Vec<&str> = assets.iter().map(|asset| asset.id.as_str()).collect();
        ids.extend(motions);
        batch.extend(leave_albums(owner_id, &ids, now));
        batch.push(leave_links(owner_id, &ids));
        batch.extend(people::batch_conceal(owner_id, &ids, now));
    }
    batch
}

/// The motion parts of stills that were locked, or are locked no more.
fn move_along(ids: &[&str], owner_id: &str, is_locked: bool, now: i64) -> Statement {
    let (to, from) = if is_locked {
        (LOCKED, "visibility <> 'locked'")
    } else {
        (HIDDEN, "visibility = 'locked'")
    };
    stmt!(
        format!(
            "update asset set visibility = {to}, updated_at = ?3, update_id = uuid7() \
             where id in json_list(?1) and owner_id = ?2 and {from}"
        ),
        json_texts(ids),
        owner_id,
        now
    )
}

/// Takes assets of one owner out of all shared links.
fn leave_links(owner_id: &str, ids: &[&str]) -> Statement {
    stmt!(
        "delete from shared_link_asset where asset_id in (select a.id from asset a where a.owner_id = ?1 \
         and a.id in json_list(?2))",
        owner_id,
        json_texts(ids)
    )
}

/// Hides a video that has become the motion part of a still: from the timeline only, but wherever it was when its still
/// is locked; then it is locked too and leaves all albums and links.
pub fn become_motion(
    video_id: &str,
    owner_id: &str,
    still: AssetVisibility,
    now: i64,
) -> Vec<Statement> {
    let is_locked = still == AssetVisibility::Locked;
    let (to, from) = if is_locked {
        (LOCKED, "visibility <> 'locked'")
    } else {
        (HIDDEN, "visibility = 'timeline'")
    };
    let mut batch = vec![stmt!(
        format!(
            "update asset set visibility = {to}, updated_at = ?3, update_id = uuid7() \
             where id = ?1 and owner_id = ?2 and {from}"
        ),
        video_id,
        owner_id,
        now,
    )];
    if is_locked {
        batch.extend(leave_albums(owner_id, &[video_id], now));
        batch.push(leave_links(owner_id, &[video_id]));
    }
    batch
}

/// Shows a former motion part where its still is shown. What is in the locked folder stays there.
pub fn stand_alone(video_id: &str, owner_id: &str, visibility: &str, now: i64) -> Statement {
    stmt!(
        "update asset set visibility = cast(?3 as text), updated_at = ?4, update_id = uuid7() \
         where id = ?1 and owner_id = ?2 and visibility <> 'locked'",
        video_id,
        owner_id,
        visibility,
        now,
    )
}
