//! Table `activity`: likes and comments in albums (api/features.md section A, Activities).

use edge_api::{
    activities::{
        ActivityCreate, ActivityQuery, ActivityResponse, ActivityStatistics,
        ActivityStatisticsQuery,
    },
    enums::{ReactionLevel, ReactionType},
    id::{ActivityId, AssetId},
    time::Millis,
};
use edge_platform::{DbError, Row, Rows, Statement, Value, stmt};

use crate::{access::ALBUM_READ, users};

/// Columns of [`read`].
const COLUMNS: &str = "x.id as activity_id, x.created_at, x.type, x.asset_id, x.comment, u.id, u.name, u.email, \
     u.profile_image_path, u.avatar_color, u.profile_changed_at";

/// `activity x` is shown: what is about an asset in the trash or in the locked folder is not.
const SHOWN: &str = "(x.asset_id is null or exists (select 1 from asset a where a.id = x.asset_id \
     and a.deleted_at is null and a.visibility <> 'locked'))";

/// Activities of an album, oldest first, for [`read`]; none where the caller is no member. Names `caller`.
pub fn list(query: &ActivityQuery) -> Statement {
    let mut sql = format!(
        "select {COLUMNS} from caller c join album al on al.id = ?1 join activity x on x.album_id = al.id \
         join users u on u.id = x.user_id where {ALBUM_READ} and c.link_id is null and u.deleted_at is null and {SHOWN}"
    );
    let mut params: Vec<Value> = vec![query.album_id.as_str().into()];
    let mut equal = |column: &str, value: &str| {
        params.push(value.into());
        sql.push_str(&[" and x.", column, " = ?", &params.len().to_string()].concat());
    };
    if let Some(asset) = &query.asset_id {
        equal("asset_id", asset.as_str());
    }
    if let Some(kind) = query.kind {
        equal("type", kind.as_str());
    }
    if let Some(user) = &query.user_id {
        equal("user_id", user.as_str());
    }
    match query.level {
        None => {}
        Some(ReactionLevel::Album) => sql.push_str(" and x.asset_id is null"),
        Some(ReactionLevel::Asset) => sql.push_str(" and x.asset_id is not null"),
    }
    sql.push_str(" order by x.created_at, x.id");
    Statement::new(sql, params)
}

/// Reads a row of [`list`] or [`made`].
pub fn read(row: &Row<'_>) -> Result<ActivityResponse, DbError> {
    let kind: String = row.get("type")?;
    Ok(ActivityResponse {
        id: ActivityId::from_trusted(row.get::<String>("activity_id")?),
        created_at: Millis(row.get("created_at")?),
        kind: ReactionType::parse(&kind)
            .ok_or_else(|| DbError::Other(format!("activity.type: {kind}")))?,
        user: users::public(row)?,
        asset_id: row
            .get::<Option<String>>("asset_id")?
            .map(AssetId::from_trusted),
        comment: row.get("comment")?,
    })
}

/// Counts the likes and comments of an album, or about one asset in it; read with [`read_statistics`]. Names `caller`.
pub fn statistics(query: &ActivityStatisticsQuery) -> Statement {
    let mut params: Vec<Value> = vec![query.album_id.as_str().into()];
    let mut about = "";
    if let Some(asset) = &query.asset_id {
        about = " and x.asset_id = ?2";
        params.push(asset.as_str().into());
    }
    Statement::new(
        format!(
            "select x.type, cast(count(*) as bigint) as total from caller c join album al on al.id = ?1 \
             join activity x on x.album_id = al.id join users u on u.id = x.user_id where {ALBUM_READ} \
             and c.link_id is null and u.deleted_at is null and {SHOWN}{about} group by x.type"
        ),
        params,
    )
}

/// Reads the rows of [`statistics`].
pub fn read_statistics(rows: &Rows) -> Result<ActivityStatistics, DbError> {
    let mut counts = ActivityStatistics {
        comments: 0,
        likes: 0,
    };
    for row in rows.iter() {
        let total = row.get("total")?;
        match row.get::<String>("type")?.as_str() {
            "like" => counts.likes = total,
            _ => counts.comments = total,
        }
    }
    Ok(counts)
}

/// What a new activity depends on: one row when the caller is a member of an album with activities switched on; its
/// `has_asset` tells whether the asset, if one is named, is shown there. Names `caller`.
pub fn standing(album_id: &str, asset_id: Option<&str>) -> Statement {
    stmt!(
        format!(
            "select case when cast(?2 as text) is null or exists (select 1 from album_asset aa join asset a \
             on a.id = aa.asset_id where aa.album_id = al.id and aa.asset_id = ?2 and a.deleted_at is null \
             and a.visibility <> 'locked') then 1 else 0 end as has_asset from caller c join album al on al.id = ?1 \
             where {ALBUM_READ} and c.link_id is null and al.is_activity_enabled = 1"
        ),
        album_id,
        asset_id
    )
}

/// Stores an activity of the caller under the conditions of [`standing`]; `changed()` is 0 for a like that is there
/// already. Names `caller`; `now` in epoch ms.
pub fn insert(id: &str, new: &ActivityCreate, now: i64) -> Statement {
    stmt!(
        format!(
            "insert into activity (id, album_id, asset_id, user_id, type, comment, created_at, updated_at) \
             select cast(?1 as text), al.id, cast(?3 as text), c.user_id, cast(?4 as text), cast(?5 as text), \
             cast(?6 as bigint), cast(?6 as bigint) from caller c join album al on al.id = ?2 where {ALBUM_READ} \
             and c.link_id is null and al.is_activity_enabled = 1 and (cast(?3 as text) is null or exists \
             (select 1 from album_asset aa join asset a on a.id = aa.asset_id where aa.album_id = al.id \
             and aa.asset_id = ?3 and a.deleted_at is null and a.visibility <> 'locked')) on conflict do nothing"
        ),
        id,
        new.album_id.as_str(),
        new.asset_id.as_ref().map(AsRef::<str>::as_ref),
        new.kind.as_str(),
        new.comment.as_deref().filter(|text| !text.is_empty()),
        now
    )
}

/// The activity that [`insert`] stored, or the like that was there before; for [`read`]. Names `caller`.
pub fn made(id: &str, new: &ActivityCreate) -> Statement {
    stmt!(
        format!(
            "select {COLUMNS} from caller c join activity x on x.user_id = c.user_id and x.album_id = ?2 \
             join users u on u.id = x.user_id where x.id = ?1 or (cast(?4 as text) = 'like' and x.type = 'like' \
             and coalesce(x.asset_id, '') = coalesce(cast(?3 as text), ''))"
        ),
        id,
        new.album_id.as_str(),
        new.asset_id.as_ref().map(AsRef::<str>::as_ref),
        new.kind.as_str()
    )
}

/// Removes an activity of the caller, or of an album that is the caller's; `changed()` is 0 when there is none.
/// Names `caller`.
pub fn delete(id: &str) -> Statement {
    stmt!(
        "delete from activity where id = ?1 and exists (select 1 from caller c where c.link_id is null \
         and (activity.user_id = c.user_id or exists (select 1 from album_user o where o.album_id = activity.album_id \
         and o.user_id = c.user_id and o.role = 'owner')))",
        id
    )
}
