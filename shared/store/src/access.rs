//! Who may act on an id (api/auth.md section 7), as SQL conditions.
//!
//! Each condition speaks of the row `caller c` (see [`crate::caller`]) and of the row named in its doc.
//! The same condition serves reads in the authenticating round trip and checks before writes.

/// The user who calls, as a scalar; null for shared links, which own nothing.
pub const ME: &str = "(select me.user_id from caller me where me.link_id is null)";

/// What shows `asset a` where it is in: the asset itself, or a still whose motion part it is. A list of few ids to look up,
/// where `or` would have the databases walk through all contents of the caller's albums.
macro_rules! shown_by {
    () => {
        "(select a.id union all select still.id from asset still where still.live_photo_video_id = a.id \
         and still.deleted_at is null and still.visibility <> 'locked')"
    };
}

/// `asset a` belongs to this user, or to a partner who still shows it: what was put into a link or a memory as a partner's photo goes
/// with the partnership.
macro_rules! still_shared {
    ($user:literal) => {
        concat!(
            "(a.owner_id = ",
            $user,
            " or (a.visibility in ('timeline', 'hidden') and exists (select 1 from partner sp \
             where sp.shared_by_id = a.owner_id and sp.shared_with_id = ",
            $user,
            ")))"
        )
    };
}
pub(crate) use still_shared;

/// `asset a` is shown to others than its owner: in an album of mine (also the motion part of a still), of a timeline
/// partner, or shown by the link. Neither from the trash nor from the locked folder.
const ASSET_SHOWN: &str = concat!(
    "(a.deleted_at is null and a.visibility <> 'locked' and ((c.link_id is null and (\
     exists (select 1 from album_asset aa join album_user au on au.album_id = aa.album_id \
        join album al on al.id = aa.album_id where aa.asset_id in ",
    shown_by!(),
    " and au.user_id = c.user_id and al.deleted_at is null) \
     or (a.visibility in ('timeline', 'hidden') and exists (select 1 from partner p \
        where p.shared_by_id = a.owner_id and p.shared_with_id = c.user_id)))) \
     or (c.link_id is not null and (\
     (exists (select 1 from shared_link_asset sla where sla.shared_link_id = c.link_id and sla.asset_id in ",
    shown_by!(),
    ") and ",
    still_shared!("c.user_id"),
    ") or exists (select 1 from album_asset aa where aa.album_id = c.link_album_id and aa.asset_id in ",
    shown_by!(),
    ")))))"
);

/// `asset a` may be read or viewed: own (locked only when elevated), or shown to me. For statements about one asset, of
/// which most are the caller's own (`rarely`, see [`edge_platform::Dialect`]).
pub fn one_asset_read() -> String {
    format!("({ASSET_OWN} or rarely({ASSET_SHOWN}))")
}

/// As [`one_asset_read`], for statements about several assets.
pub fn assets_read() -> String {
    format!("({ASSET_OWN} or {ASSET_SHOWN})")
}

/// `asset a` may be changed or deleted: own, and locked only when elevated.
pub const ASSET_OWN: &str = "(c.link_id is null and a.owner_id = c.user_id and (a.visibility <> 'locked' or c.elevated = 1))";

/// `asset a` may be shared on: own and not locked, or of a partner.
pub const ASSET_SHARE: &str = "(c.link_id is null and ((a.owner_id = c.user_id and a.visibility <> 'locked') \
     or (a.deleted_at is null and a.visibility in ('timeline', 'hidden') and exists (select 1 from partner p \
        where p.shared_by_id = a.owner_id and p.shared_with_id = c.user_id))))";

/// `album al` may be read: any member, or the link of that album.
pub const ALBUM_READ: &str = "(al.deleted_at is null and ((c.link_id is null and exists (select 1 from album_user au \
     where au.album_id = al.id and au.user_id = c.user_id)) or (c.link_id is not null and al.id = c.link_album_id)))";

/// `album al` may be changed and filled: owner and editors.
pub const ALBUM_EDIT: &str = "(al.deleted_at is null and c.link_id is null and exists (select 1 from album_user au \
     where au.album_id = al.id and au.user_id = c.user_id and au.role in ('owner', 'editor')))";

/// `album al` belongs to the caller.
pub const ALBUM_OWN: &str = "(al.deleted_at is null and c.link_id is null and exists (select 1 from album_user au \
     where au.album_id = al.id and au.user_id = c.user_id and au.role = 'owner'))";
