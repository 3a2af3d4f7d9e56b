//! Making, changing and removing albums.

use edge_api::{Patch, albums::UpdateAlbum, enums::AssetOrder};
use edge_platform::{Statement, stmt};

use crate::access::{ALBUM_EDIT, ALBUM_OWN};

/// An album to be made.
#[derive(Debug, Clone)]
pub struct NewAlbum<'a> {
    /// Fresh id.
    pub id: &'a str,
    /// Title.
    pub name: &'a str,
    /// Text below the title.
    pub description: &'a str,
    /// Direction of its timeline.
    pub order: AssetOrder,
}

/// Stores an album and its owner, the caller; names `caller`. `now` in epoch ms.
pub fn insert(album: &NewAlbum<'_>, now: i64) -> Vec<Statement> {
    vec![
        stmt!(
            "insert into album (id, album_name, description, asset_order, created_at, updated_at, update_id) \
             select cast(?1 as text), cast(?2 as text), cast(?3 as text), cast(?4 as text), cast(?5 as bigint), \
             cast(?5 as bigint), uuid7() from caller c where c.link_id is null",
            album.id,
            album.name,
            album.description,
            album.order.as_str(),
            now
        ),
        stmt!(
            "insert into album_user (album_id, user_id, role, created_at, updated_at, create_id, update_id) \
             select cast(?1 as text), c.user_id, 'owner', cast(?2 as bigint), cast(?2 as bigint), uuid7(), uuid7() \
             from caller c where c.link_id is null",
            album.id,
            now
        ),
    ]
}

/// One row when the asset is in the album and not locked.
pub fn has_asset(album_id: &str, asset_id: &str) -> Statement {
    stmt!(
        "select aa.asset_id as id from album_asset aa join asset a on a.id = aa.asset_id \
         where aa.album_id = ?1 and aa.asset_id = ?2 and a.visibility <> 'locked'",
        album_id,
        asset_id
    )
}

/// Changes what was sent, if the caller may edit the album and the cover is in it; names `caller`.
pub fn update(album_id: &str, changes: &UpdateAlbum, now: i64) -> Statement {
    stmt!(
        format!(
            "update album as al set album_name = coalesce(cast(?3 as text), al.album_name), \
             description = coalesce(cast(?4 as text), al.description), \
             thumbnail_asset_id = coalesce(cast(?5 as text), al.thumbnail_asset_id), \
             is_activity_enabled = coalesce(cast(?6 as integer), al.is_activity_enabled), \
             asset_order = coalesce(cast(?7 as text), al.asset_order), updated_at = ?2, update_id = uuid7() \
             where al.id = ?1 and exists (select 1 from caller c where {ALBUM_EDIT}) \
             and (cast(?5 as text) is null or exists (select 1 from album_asset aa where aa.album_id = al.id \
             and aa.asset_id = ?5))"
        ),
        album_id,
        now,
        changes.album_name.as_deref(),
        match &changes.description {
            Patch::Absent => None,
            Patch::Null => Some(""),
            Patch::Value(text) => Some(text.as_str()),
        },
        changes
            .album_thumbnail_asset_id
            .as_ref()
            .map(AsRef::<str>::as_ref),
        changes.is_activity_enabled,
        changes.order.map(AssetOrder::as_str)
    )
}

/// Removes an album of the caller and tells its members; the last statement's `changed()` is 0 when the
/// caller does not own it. Names `caller`.
pub fn batch_delete(album_id: &str) -> Vec<Statement> {
    vec![
        // In the order in which the triggers of `asset` take them.
        stmt!(
            "select count(*) as n from (select aa.asset_id from album_asset aa where aa.album_id = ?1 \
             order by aa.asset_id for_update()) held",
            album_id
        ),
        stmt!(
            format!(
                "insert into album_audit (user_id, id, album_id) select m.user_id, uuid7(), m.album_id \
                 from caller c cross join album al join album_user m on m.album_id = al.id \
                 where al.id = ?1 and {ALBUM_OWN}"
            ),
            album_id
        ),
        stmt!(
            format!(
                "delete from album as al where al.id = ?1 and exists (select 1 from caller c where {ALBUM_OWN})"
            ),
            album_id
        ),
    ]
}
