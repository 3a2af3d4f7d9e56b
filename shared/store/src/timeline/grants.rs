//! Whether the ids that a query of the timeline names are open to the caller.

use edge_api::timeline::TimelineQuery;
use edge_platform::{DbError, Rows, Statement, stmt};

use crate::access::ALBUM_READ;

/// Which of the ids in a query the caller may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grants {
    /// `album.read` on `albumId`.
    pub album: bool,
    /// `timeline.read` on `userId`.
    pub user: bool,
    /// `tag.read` on `tagId`.
    pub tag: bool,
}

/// Asks for the [`Grants`], if the query holds any id; one that is not there counts as granted.
pub fn grants(query: &TimelineQuery) -> Option<Statement> {
    if query.album_id.is_none() && query.user_id.is_none() && query.tag_id.is_none() {
        return None;
    }
    Some(stmt!(
        format!(
            "select case when cast(?1 as text) is null or exists (select 1 from album al where al.id = ?1 and {ALBUM_READ}) \
             then 1 else 0 end as album, \
             case when cast(?2 as text) is null or (c.link_id is null and (c.user_id = ?2 or exists (select 1 from partner p \
             where p.shared_by_id = ?2 and p.shared_with_id = c.user_id))) then 1 else 0 end as owner, \
             case when cast(?3 as text) is null or (c.link_id is null and exists (select 1 from tag g \
             where g.id = ?3 and g.owner_id = c.user_id)) then 1 else 0 end as tag from caller c"
        ),
        query.album_id.as_ref().map(AsRef::<str>::as_ref),
        query.user_id.as_ref().map(AsRef::<str>::as_ref),
        query.tag_id.as_ref().map(AsRef::<str>::as_ref),
    ))
}

impl Grants {
    /// What a query without ids needs.
    pub const ALL: Self = Self {
        album: true,
        user: true,
        tag: true,
    };

    /// Reads the row of [`grants`].
    pub fn read(rows: &Rows) -> Result<Self, DbError> {
        let row = rows.first();
        let row = row.ok_or_else(|| DbError::Other("no row of grants".to_owned()))?;
        Ok(Self {
            album: row.get("album")?,
            user: row.get("owner")?,
            tag: row.get("tag")?,
        })
    }
}
