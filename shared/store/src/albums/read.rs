//! Albums as clients see them: facts and members, two statements whatever the number of albums.

use std::collections::HashMap;

use edge_api::{
    albums::{AlbumQuery, AlbumResponse, AlbumStatistics, AlbumUserResponse, ContributorCount},
    enums::{AlbumUserRole, AssetOrder},
    id::{AlbumId, AssetId, UserId},
    time::Millis,
};
use edge_platform::{DbError, Row, Rows, Statement, Value, stmt};

use crate::{
    access::{ALBUM_READ, ME},
    albums::built,
    map::{self, COLUMNS, PAGE, POSITION},
    params::Params,
    users,
};

/// What counts as content of an album: neither in the trash nor hidden nor locked.
const SHOWN: &str = "a.deleted_at is null and a.visibility in ('archive', 'timeline')";

/// The same, from the copies that `album_asset` holds: each end of an index.
const OF_ALBUM: &str = "from album_asset f where f.album_id = al.id and f.is_shown = 1";

/// `album al` has members beside the owner, or a shared link.
const IS_SHARED: &str = "((select count(*) from album_user o where o.album_id = al.id) > 1 \
     or exists (select 1 from shared_link l where l.album_id = al.id))";

/// Which albums to read.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// One, if the caller may read it.
    One(&'a str),
    /// Those the caller is a member of.
    Mine(&'a AlbumQuery),
    /// Those of another table's select of ids, which has checked that the caller may read them, and its parameters.
    In(&'a str, &'a [Value]),
}

impl Which<'_> {
    /// A select of the ids, and its parameters `?1` and following.
    fn scope(self) -> (String, Vec<Value>) {
        match self {
            Which::One(id) => (
                format!(
                    "select al.id from caller c cross join album al where al.id = ?1 and {ALBUM_READ}"
                ),
                vec![id.into()],
            ),
            Which::Mine(query) => mine(query),
            Which::In(select, params) => (select.to_owned(), params.to_vec()),
        }
    }
}

fn mine(query: &AlbumQuery) -> (String, Vec<Value>) {
    let mut sql = String::from(
        "select al.id from caller c join album_user mine on mine.user_id = c.user_id \
         join album al on al.id = mine.album_id where c.link_id is null and al.deleted_at is null",
    );
    let mut params = Vec::new();
    if let Some(asset) = &query.asset_id {
        sql.push_str(" and exists (select 1 from album_asset x where x.album_id = al.id and x.asset_id = ?1)");
        return (sql, vec![asset.as_str().into()]);
    }
    match query.is_owned {
        Some(true) => sql.push_str(" and mine.role = 'owner'"),
        Some(false) => sql.push_str(" and mine.role <> 'owner'"),
        None => {}
    }
    if let Some(shared) = query.is_shared {
        sql.push_str(if shared { " and " } else { " and not " });
        sql.push_str(IS_SHARED);
    }
    if let Some(id) = &query.id {
        params.push(id.as_str().into());
        sql.push_str(&[" and al.id = ?", &params.len().to_string()].concat());
    }
    if let Some(name) = &query.name {
        params.push(name.into());
        sql.push_str(&[" and al.album_name = ?", &params.len().to_string()].concat());
    }
    (sql, params)
}

/// Reads albums, newest first: two statements, for [`read_albums`].
pub fn statements(which: Which<'_>) -> Vec<Statement> {
    let (scope, params) = which.scope();
    let facts = format!(
        "select al.id as id, al.album_name as album_name, al.description as description, \
         al.thumbnail_asset_id as thumbnail_asset_id, al.is_activity_enabled as is_activity_enabled, \
         al.asset_order as asset_order, al.created_at as created_at, al.updated_at as updated_at, \
         case when exists (select 1 from shared_link l where l.album_id = al.id) then 1 else 0 end as has_shared_link, \
         cast(coalesce((select sum(st.total) from album_total st where st.album_id = al.id), 0) as bigint) as asset_count, \
         (select f.taken_at {OF_ALBUM} order by f.taken_at limit 1) as first_at, \
         (select f.taken_at {OF_ALBUM} order by f.taken_at desc limit 1) as last_at, \
         (select f.changed_at {OF_ALBUM} order by f.changed_at desc limit 1) as modified_at from album al where al.id in ({scope}) order by al.created_at desc, al.id"
    );
    // Guests of a link see who shares, not with whom.
    let members = format!(
        "select au.album_id as album_id, au.role as role, u.id as id, u.name as name, u.email as email, \
         u.profile_image_path as profile_image_path, u.avatar_color as avatar_color, \
         u.profile_changed_at as profile_changed_at, \
         case when {ME} is null then 1 else 0 end as for_guest \
         from album_user au join users u on u.id = au.user_id \
         where au.album_id in ({scope}) and u.deleted_at is null \
         order by case when au.role = 'owner' then 0 when u.id = {ME} then 1 else 2 end, \
         case when au.role = 'owner' then au.create_id else '' end, u.name, u.id"
    );
    vec![built(facts, params.clone()), built(members, params)]
}

/// Reads the results of [`statements`].
pub fn read_albums(facts: &Rows, members: &Rows) -> Result<Vec<AlbumResponse>, DbError> {
    let mut users: HashMap<String, Vec<AlbumUserResponse>> = HashMap::new();
    let mut for_guest = false;
    for row in members.iter() {
        for_guest = row.get("for_guest")?;
        users
            .entry(row.get("album_id")?)
            .or_default()
            .push(AlbumUserResponse {
                user: users::public(&row)?,
                role: role(&row, "role")?.unwrap_or(AlbumUserRole::Viewer),
            });
    }
    facts
        .iter()
        .map(|row| {
            let id: String = row.get("id")?;
            let mut members = users.remove(&id).unwrap_or_default();
            let is_shared = members.len() > 1;
            if for_guest {
                members.retain(|member| member.role == AlbumUserRole::Owner);
            }
            album(&row, id, members, is_shared)
        })
        .collect()
}

fn album(
    row: &Row<'_>,
    id: String,
    album_users: Vec<AlbumUserResponse>,
    has_members: bool,
) -> Result<AlbumResponse, DbError> {
    let has_shared_link: bool = row.get("has_shared_link")?;
    let order: String = row.get("asset_order")?;
    let time = |name: &str| row.get::<Option<i64>>(name).map(|at| at.map(Millis));
    Ok(AlbumResponse {
        id: AlbumId::from_trusted(id),
        album_name: row.get("album_name")?,
        description: row.get("description")?,
        album_thumbnail_asset_id: row
            .get::<Option<String>>("thumbnail_asset_id")?
            .map(AssetId::from_trusted),
        created_at: Millis(row.get("created_at")?),
        updated_at: Millis(row.get("updated_at")?),
        shared: has_members || has_shared_link,
        has_shared_link,
        album_users,
        start_date: time("first_at")?,
        end_date: time("last_at")?,
        asset_count: row.get("asset_count")?,
        last_modified_asset_timestamp: time("modified_at")?,
        is_activity_enabled: row.get("is_activity_enabled")?,
        order: AssetOrder::parse(&order),
        contributor_counts: None,
    })
}

pub(super) fn role(row: &Row<'_>, column: &str) -> Result<Option<AlbumUserRole>, DbError> {
    let text: Option<String> = row.get(column)?;
    Ok(text.and_then(|text| AlbumUserRole::parse(&text)))
}

/// Counts shown assets per owner, most first; for [`read_contributors`].
pub fn contributors(album_id: &str) -> Statement {
    let (scope, params) = Which::One(album_id).scope();
    built(
        format!(
            "select st.owner_id as owner_id, st.total as n from album_total st \
             where st.album_id in ({scope}) and st.total > 0 order by n desc, st.owner_id"
        ),
        params,
    )
}

/// Reads the rows of [`contributors`].
pub fn read_contributors(rows: &Rows) -> Result<Vec<ContributorCount>, DbError> {
    let read = |row: Row<'_>| {
        Ok(ContributorCount {
            user_id: UserId::from_trusted(row.get::<String>("owner_id")?),
            asset_count: row.get("n")?,
        })
    };
    rows.iter().map(read).collect()
}

/// One row when the caller may read the album.
pub fn readable(album_id: &str) -> Statement {
    let (scope, params) = Which::One(album_id).scope();
    built(scope, params)
}

/// Where shown assets of an album were taken, for [`map::read`]: those with a position among the [`PAGE`] assets behind `after` in the
/// order of ids, so that no page looks at more of an album where few have one; none for links that hide it. [`markers_end`] says where
/// it ends. Names `caller`.
pub fn map_markers(album_id: &str, after: Option<&str>) -> Statement {
    let mut params = Params::default();
    let album = params.bind(album_id);
    let after = after.map(|after| params.bind(after));
    let range = |row: &str| {
        let behind = after.as_ref().map_or_else(String::new, |after| {
            format!(" and {row}.asset_id > {after}")
        });
        format!("{row}.album_id = {album}{behind}")
    };
    let is_told = format!(
        "exists (select 1 from caller c cross join album al where al.id = {album} and {ALBUM_READ} and c.link_metadata = 1)"
    );
    let end = format!(
        "(select x.asset_id from album_asset x where {} and {is_told} order by x.asset_id limit 1 offset {})",
        range("x"),
        PAGE - 1
    );
    let page = format!(
        "select {COLUMNS} from album_asset aa cross join looked_up(asset a, a.id = aa.asset_id) \
         cross join looked_up(asset_exif e, e.asset_id = a.id) where {} \
         and aa.asset_id <= coalesce({end}, (select max(z.asset_id) from album_asset z where z.album_id = {album})) \
         and a.id = aa.asset_id and {SHOWN} and e.asset_id = a.id and {POSITION} and {is_told} \
         order by aa.asset_id limit {PAGE}",
        range("aa")
    );
    map::columns(&page, &format!(", {end} as ends_at"), params)
}

/// The last asset that a page of [`map_markers`] looked at, behind which the next one begins; `None`: it was the last page.
pub fn markers_end(rows: &Rows) -> Result<Option<String>, DbError> {
    rows.first().map_or(Ok(None), |row| row.get("ends_at"))
}

/// Counts the caller's albums; for [`read_statistics`].
pub fn statistics() -> Statement {
    stmt!(format!(
        "select cast(coalesce(sum(t.owned), 0) as bigint) as owned, \
         cast(coalesce(sum(t.shared), 0) as bigint) as shared, \
         cast(coalesce(sum(t.owned * (1 - t.shared)), 0) as bigint) as not_shared \
         from (select case when mine.role = 'owner' then 1 else 0 end as owned, \
         case when {IS_SHARED} then 1 else 0 end as shared \
         from caller c join album_user mine on mine.user_id = c.user_id join album al on al.id = mine.album_id \
         where c.link_id is null and al.deleted_at is null) t"
    ))
}

/// Reads the row of [`statistics`].
pub fn read_statistics(rows: &Rows) -> Result<AlbumStatistics, DbError> {
    let count = |name: &str| rows.first().map_or(Ok(0), |row| row.get(name));
    Ok(AlbumStatistics {
        owned: count("owned")?,
        shared: count("shared")?,
        not_shared: count("not_shared")?,
    })
}
