//! Markers of the map (api/features.md section A, Map): assets with a position.
//!
//! A library of a million photos has as many markers, so they come in pages. Few markers ([`PAGE`] at most) are all
//! found by [`all`], whoever they belong to; more are walked through [`scopes`] one after the other, each along an index
//! and from where the page before ended. A page is one row of JSON arrays (docs/decisions/0002-bucket-columns.md).

use edge_api::{albums::MapMarker, id::AssetId, map::MapMarkerQuery};
use edge_platform::{DbError, Rows, Statement, stmt};

use crate::params::Params;

/// Most markers of one page: D1 refuses texts above 2 MB, and an id takes 39 bytes of its column.
pub const PAGE: i64 = 10_000;

/// Owners whose timeline the caller sees on the map, column `id`.
const MINE: &str = "select c.user_id as id from caller c where c.link_id is null";
const PARTNERS: &str = "select p.shared_by_id as id from caller c join partner p on p.shared_with_id = c.user_id \
     join users pu on pu.id = p.shared_by_id where c.link_id is null and p.in_timeline = 1 and pu.deleted_at is null";

/// `asset_exif e` says where.
pub(crate) const POSITION: &str = "e.latitude is not null and e.longitude is not null";

/// What a marker says of `asset a` and `asset_exif e`.
pub(crate) const COLUMNS: &str = "a.id as id, e.latitude as latitude, e.longitude as longitude, e.city as city, e.state as state, e.country as country";

/// Where a read of the owners begins: along their positions.
const PLACED: &str = "asset_exif e cross join asset a";
/// The same where nearly all of them are shown, so that it soon ends: PostgreSQL would read all assets there are.
const SHOWN: &str = "asset_exif e cross join looked_up(asset a, a.id = e.asset_id)";
/// At what they marked, by its index.
const MARKED: &str = "asset a cross join asset_exif e";

/// Whether albums are asked. What the caller marks is his own, and shown anyway.
fn asks_albums(query: &MapMarkerQuery) -> bool {
    query.with_shared_albums == Some(true) && query.is_favorite != Some(true)
}

/// One place where markers come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// The assets of this user.
    Owner(String),
    /// What is in this album of others than the owners shown anyway.
    Album(String),
}

/// The last marker of a page, behind which the next one begins.
#[derive(Debug, Clone, PartialEq)]
pub struct After {
    id: String,
    latitude: f64,
    longitude: f64,
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

    /// Conditions on `asset a`: on the timeline, the caller's also in the archive on request. Nobody sees what others mark.
    fn shown(&mut self) -> String {
        let mut sql = String::from(if self.query.is_archived == Some(true) {
            "a.deleted_at is null and (a.visibility = 'timeline' or (a.visibility = 'archive' and a.owner_id = c.user_id))"
        } else {
            "a.deleted_at is null and a.visibility = 'timeline'"
        });
        match self.query.is_favorite {
            Some(true) => sql.push_str(" and a.is_favorite = 1 and a.owner_id = c.user_id"),
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

    /// Where all markers are found soonest.
    fn begin(&self) -> &'static str {
        let has_dates =
            self.query.file_created_after.is_some() || self.query.file_created_before.is_some();
        match (self.query.is_favorite, has_dates) {
            (Some(true), _) => MARKED,
            (_, true) => PLACED,
            (_, false) => SHOWN,
        }
    }

    /// `from … where …` over the owners in the sub-select `o (id)`, beginning with these tables.
    fn of_owners(&mut self, owners: &str, tables: &str) -> String {
        let shown = self.shown();
        format!(
            "from caller c cross join {owners} o cross join {tables} \
             where e.owner_id = o.id and {POSITION} and a.id = e.asset_id and {shown}"
        )
    }

    /// The same over the caller's albums: others' assets, each in the first album that has it.
    fn of_albums(&mut self) -> String {
        let (shown, owners) = (self.shown(), self.owners());
        format!(
            "from caller c cross join album_user au cross join album al cross join album_asset aa cross join asset a \
             cross join asset_exif e where au.user_id = c.user_id and al.id = au.album_id and al.deleted_at is null \
             and aa.album_id = al.id and a.id = aa.asset_id and e.asset_id = a.id and {POSITION} and {shown} \
             and a.owner_id not in {owners} and not exists (select 1 from album_asset ab join album_user bu \
             on bu.album_id = ab.album_id join album bl on bl.id = ab.album_id where ab.asset_id = aa.asset_id \
             and ab.album_id < aa.album_id and bu.user_id = c.user_id and bl.deleted_at is null)"
        )
    }
}

/// These rows of [`COLUMNS`] as one row of arrays, for [`read`] and [`next`], with `more` columns.
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

/// All markers of the caller, at most [`PAGE`] and one more, in no order; for [`read`] and [`is_more`]. Names `caller`.
pub fn all(query: &MapMarkerQuery) -> Statement {
    let mut wanted = Wanted::new(query);
    let owners = wanted.owners();
    let begin = wanted.begin();
    let mut rows = format!("select {COLUMNS} {}", wanted.of_owners(&owners, begin));
    if asks_albums(query) {
        let albums = wanted.of_albums();
        rows = format!("select * from ({rows} union all select {COLUMNS} {albums}) u");
    }
    columns(&format!("{rows} limit {}", PAGE + 1), "", wanted.params)
}

/// Whether [`all`] found more than one page.
pub fn is_more(rows: &Rows) -> Result<bool, DbError> {
    Ok(size(rows)? > PAGE)
}

fn size(rows: &Rows) -> Result<i64, DbError> {
    rows.first().map_or(Ok(0), |row| row.get("n"))
}

/// Where the caller's markers come from, for [`read_scopes`]. Names `caller`.
pub fn scopes(query: &MapMarkerQuery) -> Statement {
    let owners = Wanted::new(query).owners();
    let albums = if asks_albums(query) {
        " union all select 1 as kind, au.album_id as id from caller c join album_user au on au.user_id = c.user_id \
         join album al on al.id = au.album_id where al.deleted_at is null"
    } else {
        ""
    };
    stmt!(format!(
        "select 0 as kind, o.id as id from {owners} o{albums}"
    ))
}

/// Reads the rows of [`scopes`].
pub fn read_scopes(rows: &Rows) -> Result<Vec<Scope>, DbError> {
    rows.iter()
        .map(|row| {
            let id: String = row.get("id")?;
            Ok(if row.get::<i64>("kind")? == 0 {
                Scope::Owner(id)
            } else {
                Scope::Album(id)
            })
        })
        .collect()
}

/// A page of the markers of one scope, behind `after`; for [`read`] and [`next`]. Names `caller`.
pub fn page(query: &MapMarkerQuery, scope: &Scope, after: Option<&After>) -> Statement {
    let mut wanted = Wanted::new(query);
    let mut rows = match scope {
        Scope::Owner(id) => {
            let id = wanted.params.bind(id.as_str());
            let owners = format!("(select m.id from {} m where m.id = {id})", wanted.owners());
            wanted.of_owners(&owners, PLACED)
        }
        Scope::Album(id) => {
            let id = wanted.params.bind(id.as_str());
            format!("{} and au.album_id = {id}", wanted.of_albums())
        }
    };
    match (scope, after) {
        (_, None) => {}
        (Scope::Owner(_), Some(after)) => {
            let (lat, lon) = (
                wanted.params.bind(after.latitude),
                wanted.params.bind(after.longitude),
            );
            let id = wanted.params.bind(after.id.as_str());
            rows =
                format!("{rows} and (e.latitude, e.longitude, e.asset_id) > ({lat}, {lon}, {id})");
        }
        (Scope::Album(_), Some(after)) => {
            let id = wanted.params.bind(after.id.as_str());
            rows = format!("{rows} and aa.asset_id > {id}");
        }
    }
    let order = match scope {
        Scope::Owner(_) => "e.latitude, e.longitude, e.asset_id",
        Scope::Album(_) => "aa.asset_id",
    };
    let page = format!("select {COLUMNS} {rows} order by {order} limit {PAGE}");
    columns(&page, "", wanted.params)
}

/// The last marker of a full [`page`]; `None`: it was the last page.
pub fn next(rows: &Rows, markers: &[MapMarker]) -> Result<Option<After>, DbError> {
    if size(rows)? < PAGE {
        return Ok(None);
    }
    Ok(markers.last().map(|marker| After {
        id: marker.id.as_str().to_owned(),
        latitude: marker.lat,
        longitude: marker.lon,
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
