//! Markers of the map (api/features.md section A, Map): assets with a position.
//!
//! A library of a million photos has as many markers, so they come in pages. Where few rows ([`PAGE`] at most) have to be looked at all
//! are found by [`all`], whoever they belong to; more are walked through [`scopes`] one after the other, each along an index and from
//! where the page before ended. No page looks at more, however few of its rows are shown: a filter may leave one of a million. A page is
//! one row of JSON arrays (docs/decisions/0002-bucket-columns.md).

use edge_api::{albums::MapMarker, id::AssetId, map::MapMarkerQuery};
use edge_platform::{DbError, Rows, Statement, stmt};

use crate::params::Params;

/// Most markers of one page, and most rows with a position, or of albums, that it looks at: D1 refuses texts above 2 MB, and an id takes
/// 39 bytes of its column.
pub const PAGE: i64 = 10_000;

/// Owners whose timeline the caller sees on the map, column `id`.
const MINE: &str = "select c.user_id as id from caller c where c.link_id is null";
const PARTNERS: &str = "select p.shared_by_id as id from caller c join partner p on p.shared_with_id = c.user_id \
     join users pu on pu.id = p.shared_by_id where c.link_id is null and p.in_timeline = 1 and pu.deleted_at is null";

/// `asset_exif e` says where.
pub(crate) const POSITION: &str = "e.latitude is not null and e.longitude is not null";

/// What a marker says of `asset a` and `asset_exif e`.
pub(crate) const COLUMNS: &str = "a.id as id, e.latitude as latitude, e.longitude as longitude, e.city as city, e.state as state, e.country as country";

/// What of `asset_exif e` goes into [`COLUMNS`], and whose it is.
const EXIF: &str = "e.asset_id, e.owner_id, e.latitude, e.longitude, e.city, e.state, e.country";

/// Whether albums are asked. What the caller marks is his own, and shown anyway.
fn asks_albums(query: &MapMarkerQuery) -> bool {
    query.with_shared_albums == Some(true) && query.is_favorite != Some(true)
}

/// One place where markers come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The assets of this user.
    Owner(String),
    /// What is in this album of others than the owners shown anyway. It shows more than a page.
    Album(String),
    /// The same of several albums that together show no more than a page.
    Albums(Vec<String>),
}

/// The last row that a page looked at, behind which the next one begins.
#[derive(Debug, Clone, PartialEq)]
pub enum After {
    /// Of an owner: latitude, longitude, asset.
    Position(f64, f64, String),
    /// Of an album: the asset.
    Asset(String),
}

/// A query in the making.
struct Wanted<'a> {
    query: &'a MapMarkerQuery,
    params: Params,
}

impl<'a> Wanted<'a> {
    fn new(query: &'a MapMarkerQuery) -> Self {
        Self {
            query,
            params: Params::default(),
        }
    }

    fn owners(&self) -> String {
        if self.query.with_partners == Some(true) {
            format!("({MINE} union all {PARTNERS})")
        } else {
            format!("({MINE})")
        }
    }

    /// Conditions on `asset a` and its `asset_exif e`: on the timeline, the caller's also in the archive on request. Nobody sees what others
    /// mark. Whose a favorite is, `e` says: SQLite would go through all favorites of the caller for each row otherwise.
    fn shown(&mut self) -> String {
        let mut sql = String::from(if self.query.is_archived == Some(true) {
            "a.deleted_at is null and (a.visibility = 'timeline' or (a.visibility = 'archive' and a.owner_id = c.user_id))"
        } else {
            "a.deleted_at is null and a.visibility = 'timeline'"
        });
        match self.query.is_favorite {
            Some(true) => sql.push_str(" and a.is_favorite = 1 and e.owner_id = c.user_id"),
            Some(false) => sql.push_str(" and not (a.is_favorite = 1 and a.owner_id = c.user_id)"),
            None => {}
        }
        if let Some(after) = self.query.file_created_after {
            let at = self.params.bind(after.0);
            sql.push_str(&[" and a.file_created_at >= ", &at].concat());
        }
        if let Some(before) = self.query.file_created_before {
            let at = self.params.bind(before.0);
            sql.push_str(&[" and a.file_created_at <= ", &at].concat());
        }
        sql
    }

    /// Markers of these rows `e` with [`EXIF`].
    fn of_positions(&mut self, rows: &str) -> String {
        let shown = self.shown();
        format!(
            "select {COLUMNS} from caller c cross join ({rows}) e cross join looked_up(asset a, a.id = e.asset_id) \
             where a.id = e.asset_id and {shown}"
        )
    }

    /// Markers of these rows `aa (album_id, asset_id)` of the caller's albums: others' assets, each in the first album that has it. That
    /// is looked up for each, which PostgreSQL does behind `offset` only: else it reads all albums there are.
    fn of_albums(&mut self, rows: &str) -> String {
        let (shown, owners) = (self.shown(), self.owners());
        format!(
            "select {COLUMNS} from caller c cross join ({rows}) aa cross join looked_up(asset a, a.id = aa.asset_id) \
             cross join looked_up(asset_exif e, e.asset_id = aa.asset_id) \
             where a.id = aa.asset_id and e.asset_id = aa.asset_id and {POSITION} and {shown} \
             and a.owner_id not in {owners} and not exists (select 1 from album_asset ab join album_user bu \
             on bu.album_id = ab.album_id join album bl on bl.id = ab.album_id where ab.asset_id = aa.asset_id \
             and ab.album_id < aa.album_id and bu.user_id = c.user_id and bl.deleted_at is null limit 1 offset 0)"
        )
    }

    /// `album al` shows something of others than the owners, by kept counts.
    fn has_others(&self) -> String {
        let owners = self.owners();
        format!(
            "exists (select 1 from album_total st where st.album_id = al.id and st.total > 0 and st.owner_id not in {owners})"
        )
    }
}

/// These rows of [`COLUMNS`] as one row of arrays, for [`read`], with `more` columns.
pub(crate) fn columns(rows: &str, more: &str, params: Params) -> Statement {
    Statement::new(
        format!(
            "select count(*) as n, text_column(t.id) as ids, json_column(t.latitude) as latitudes, \
             json_column(t.longitude) as longitudes, json_column(t.city) as cities, \
             json_column(t.state) as states, json_column(t.country) as countries{more} from ({rows}) t"
        ),
        params.0,
    )
    .single()
}

/// All markers of the caller, in no order, where [`PAGE`] rows at most have to be looked at; for [`read`] and [`is_more`]. Names `caller`.
pub fn all(query: &MapMarkerQuery) -> Statement {
    let mut wanted = Wanted::new(query);
    let (owners, limit) = (wanted.owners(), PAGE + 1);
    let owned = |columns: &str| {
        format!(
            "select {columns} from caller c cross join {owners} o cross join asset_exif e \
             where e.owner_id = o.id and {POSITION} limit {limit}"
        )
    };
    let mut rows = wanted.of_positions(&owned(EXIF));
    let mut more = format!(
        ", (select count(*) from ({}) b) as owned",
        owned("1 as one")
    );
    if asks_albums(query) {
        // Partners count as others here, who are left out later: SQLite takes a hundred tables in one statement, common ones each time.
        let others = "exists (select 1 from album_total st where st.album_id = al.id and st.total > 0 and st.owner_id <> c.user_id)";
        let contained = |columns: &str| {
            format!(
                "select {columns} from caller c cross join album_user au cross join album al cross join album_asset aa \
                 where au.user_id = c.user_id and al.id = au.album_id and al.deleted_at is null and {others} \
                 and aa.album_id = al.id limit {limit}"
            )
        };
        let of_albums = wanted.of_albums(&contained("aa.album_id, aa.asset_id"));
        rows = format!("select * from ({rows} union all {of_albums}) u");
        more = format!(
            "{more}, (select count(*) from ({}) b) as contained",
            contained("1 as one")
        );
    } else {
        more.push_str(", 0 as contained");
    }
    columns(&format!("{rows} limit {limit}"), &more, wanted.params)
}

/// Whether [`all`] would have had to look at more than a page.
pub fn is_more(rows: &Rows) -> Result<bool, DbError> {
    let Some(row) = rows.first() else {
        return Ok(false);
    };
    for looked_at in ["n", "owned", "contained"] {
        if row.get::<i64>(looked_at)? > PAGE {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Where the caller's markers come from, for [`read_scopes`]. Names `caller`.
pub fn scopes(query: &MapMarkerQuery) -> Statement {
    let wanted = Wanted::new(query);
    let owners = wanted.owners();
    let albums = if asks_albums(query) {
        format!(
            " union all select 1 as kind, al.id as id, (select cast(sum(st.total) as bigint) from album_total st \
             where st.album_id = al.id) as total from caller c join album_user au on au.user_id = c.user_id \
             join album al on al.id = au.album_id where al.deleted_at is null and {}",
            wanted.has_others()
        )
    } else {
        String::new()
    };
    stmt!(format!(
        "select 0 as kind, o.id as id, 0 as total from {owners} o{albums}"
    ))
}

/// Reads the rows of [`scopes`]. Small albums are looked at together: somebody may be in hundreds of them.
pub fn read_scopes(rows: &Rows) -> Result<Vec<Scope>, DbError> {
    let (mut scopes, mut together, mut sum) = (Vec::new(), Vec::new(), 0);
    for row in rows.iter() {
        let (id, total): (String, i64) = (row.get("id")?, row.get("total")?);
        if row.get::<i64>("kind")? == 0 {
            scopes.push(Scope::Owner(id));
        } else if total > PAGE {
            scopes.push(Scope::Album(id));
        } else {
            if sum + total > PAGE {
                scopes.push(Scope::Albums(std::mem::take(&mut together)));
                sum = 0;
            }
            sum += total;
            together.push(id);
        }
    }
    if !together.is_empty() {
        scopes.push(Scope::Albums(together));
    }
    Ok(scopes)
}

/// A page of the markers of one scope, behind `after`; for [`read`] and [`next`]. Names `caller`.
pub fn page(query: &MapMarkerQuery, scope: &Scope, after: Option<&After>) -> Statement {
    let wanted = Wanted::new(query);
    match scope {
        Scope::Owner(id) => owner_page(wanted, id, after),
        Scope::Album(id) => album_page(wanted, id, after),
        Scope::Albums(ids) => albums_page(wanted, ids),
    }
}

fn owner_page(mut wanted: Wanted<'_>, id: &str, after: Option<&After>) -> Statement {
    let owner = wanted.params.bind(id);
    let owners = wanted.owners();
    let mut range = format!(
        "e.owner_id = {owner} and {POSITION} and exists (select 1 from {owners} m where m.id = {owner})"
    );
    if let Some(After::Position(latitude, longitude, id)) = after {
        let [latitude, longitude] =
            [*latitude, *longitude].map(|degrees| wanted.params.bind(degrees));
        let id = wanted.params.bind(id.as_str());
        range = format!(
            "{range} and (e.latitude, e.longitude, e.asset_id) > ({latitude}, {longitude}, {id})"
        );
    }
    let walk =
        format!("from asset_exif e where {range} order by e.latitude, e.longitude, e.asset_id");
    let end = |column: &str| format!("(select e.{column} {walk} limit 1 offset {})", PAGE - 1);
    let more = format!(
        ", {} as ends_latitude, {} as ends_longitude, {} as ends_at",
        end("latitude"),
        end("longitude"),
        end("asset_id")
    );
    let rows = wanted.of_positions(&format!("select {EXIF} {walk} limit {PAGE}"));
    columns(&rows, &more, wanted.params)
}

fn album_page(mut wanted: Wanted<'_>, id: &str, after: Option<&After>) -> Statement {
    let album = wanted.params.bind(id);
    let mut range = format!(
        "aa.album_id = {album} and exists (select 1 from caller c cross join album_user au cross join album al \
         where au.album_id = {album} and au.user_id = c.user_id and al.id = au.album_id and al.deleted_at is null)"
    );
    if let Some(After::Asset(id)) = after {
        let id = wanted.params.bind(id.as_str());
        range = format!("{range} and aa.asset_id > {id}");
    }
    let walk = format!("from album_asset aa where {range} order by aa.asset_id");
    let more = format!(
        ", (select aa.asset_id {walk} limit 1 offset {}) as ends_at",
        PAGE - 1
    );
    let rows = wanted.of_albums(&format!(
        "select aa.album_id, aa.asset_id {walk} limit {PAGE}"
    ));
    columns(&rows, &more, wanted.params)
}

/// Kept counts say that they show no more than a page together.
fn albums_page(mut wanted: Wanted<'_>, ids: &[String]) -> Statement {
    let albums = wanted.params.bind(serde_json::json!(ids).to_string());
    let rows = wanted.of_albums(&format!(
        "select aa.album_id, aa.asset_id from caller c cross join json_rows({albums}) v cross join album_user au \
         cross join album al cross join looked_up(album_asset aa, aa.album_id = al.id) \
         where au.album_id = v.value and au.user_id = c.user_id \
         and al.id = au.album_id and al.deleted_at is null and aa.album_id = al.id and aa.is_shown = 1"
    ));
    columns(&rows, "", wanted.params)
}

/// The last row that a [`page`] of this scope looked at; `None`: it was the last page.
pub fn next(rows: &Rows, scope: &Scope) -> Result<Option<After>, DbError> {
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    if matches!(scope, Scope::Albums(_)) {
        return Ok(None);
    }
    let Some(id) = row.get::<Option<String>>("ends_at")? else {
        return Ok(None);
    };
    Ok(Some(if matches!(scope, Scope::Owner(_)) {
        After::Position(row.get("ends_latitude")?, row.get("ends_longitude")?, id)
    } else {
        After::Asset(id)
    }))
}

/// Reads the row of [`all`] or [`page`].
pub fn read(rows: &Rows) -> Result<Vec<MapMarker>, DbError> {
    let Some(row) = rows.first() else {
        return Ok(Vec::new());
    };
    let ids: Vec<String> = column(row.text("ids")?)?;
    let latitudes: Vec<f64> = column(row.text("latitudes")?)?;
    let longitudes: Vec<f64> = column(row.text("longitudes")?)?;
    let cities: Vec<Option<String>> = column(row.text("cities")?)?;
    let states: Vec<Option<String>> = column(row.text("states")?)?;
    let countries: Vec<Option<String>> = column(row.text("countries")?)?;
    let places = cities.into_iter().zip(states).zip(countries);
    let positions = latitudes.into_iter().zip(longitudes);
    Ok(ids
        .into_iter()
        .zip(positions)
        .zip(places)
        .map(|((id, (lat, lon)), ((city, state), country))| MapMarker {
            id: AssetId::from_trusted(id),
            lat,
            lon,
            city,
            state,
            country,
        })
        .collect())
}

fn column<T: serde::de::DeserializeOwned>(json: &str) -> Result<Vec<T>, DbError> {
    serde_json::from_str(json)
        .map_err(|error| DbError::Other(format!("a column of markers: {error}")))
}
