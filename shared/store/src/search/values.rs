//! What the assets have: places, cameras, and one asset for each city (api/features.md section A, Search).
//!
//! Nothing here reads all assets: an index is asked for the smallest value, then for the one behind it, and so on. Each value takes one
//! look, however many assets have it.

use edge_api::{
    assets::AssetResponse,
    enums::SearchSuggestionType,
    search::{ExploreField, ExploreItem, SuggestionQuery},
};
use edge_platform::{DbError, Rows, Statement, stmt};

use super::Scope;
use crate::{assets::response, exif, params::Params};

/// Cities on the page of what there is to explore, and recent assets there.
const EXPLORED: i64 = 12;
/// Fewest assets of a city there.
const FEWEST: i64 = 5;
/// Most values of one answer.
const MOST: i64 = 10_000;

/// Only what is on the timeline counts.
const ON_TIMELINE: &str = "a.visibility = 'timeline' and a.deleted_at is null";

/// What is asked of one column of an index.
enum Level {
    /// This value, a parameter.
    Fixed(String),
    /// Each value.
    Each,
    /// None.
    Missing,
}

/// The columns of `asset_exif` in an index and those asked for, in its order; the place of the wanted one among them.
type Columns<'a> = ([(&'static str, Option<&'a str>); 3], usize);

fn columns(query: &SuggestionQuery) -> Columns<'_> {
    use SearchSuggestionType as Type;
    fn sent(text: Option<&String>) -> Option<&str> {
        text.map(String::as_str).filter(|text| !text.is_empty())
    }
    let place = [
        ("country", sent(query.country.as_ref())),
        ("state", sent(query.state.as_ref())),
        ("city", None),
    ];
    let camera = [
        ("make", sent(query.make.as_ref())),
        ("model", sent(query.model.as_ref())),
        ("lens_model", sent(query.lens_model.as_ref())),
    ];
    match query.kind {
        Type::Country => (place, 0),
        Type::State => (place, 1),
        Type::City => (place, 2),
        Type::CameraMake => (camera, 0),
        Type::CameraModel => (camera, 1),
        Type::CameraLensModel => (camera, 2),
    }
}

/// The distinct values that the timeline of the caller and his partners has; column `value`. Names `caller`.
pub fn suggestions(query: &SuggestionQuery) -> Statement {
    let mut params = Params::default();
    let mut tables = vec![Scope::Timeline.mine(&mut params)];
    let (columns, wanted) = columns(query);
    let (before, behind) = columns.split_at(wanted);
    // The index has nothing where its first column is missing.
    let may_miss = before.len() == 2 && matches!(before.last(), Some((_, None)));
    let mut parts = Vec::new();
    for misses in [false, true].into_iter().take(1 + usize::from(may_miss)) {
        let mut chain = Chain::new(parts.len());
        for (at, (column, value)) in before.iter().enumerate() {
            let level = match value {
                Some(value) => Level::Fixed(params.bind(*value)),
                None if misses && at == 1 => Level::Missing,
                None => Level::Each,
            };
            chain.follow(column, &level);
        }
        let column = behind.first().map_or("", |(column, _)| *column);
        let name = chain.each(column);
        let mut found = chain.conditions("s");
        found = format!("{found} and x.{column} = s.v");
        for (column, value) in behind.iter().skip(1) {
            if let Some(value) = value {
                found = format!("{found} and x.{column} = {}", params.bind(*value));
            }
        }
        let order = chain.order();
        parts.push(format!(
            "select s.v as value from {name} s where s.v <> '' and (select 1 from asset_exif x cross join asset a \
             where x.owner_id = s.owner_id{found} and a.id = x.asset_id and {ON_TIMELINE}{order} limit 1) is not null"
        ));
        tables.extend(chain.tables);
    }
    Statement::new(
        format!(
            "select distinct f.value from (with recursive {} {}) f order by f.value limit {MOST}",
            tables.join(", "),
            parts.join(" union all ")
        ),
        params.0,
    )
}

/// Tables that follow the columns of an index, one below the other. Their rows have the owner, the values `k0`, `k1` … of
/// the columns before, and the value `v` of their own.
struct Chain {
    /// Which part of the statement.
    part: usize,
    tables: Vec<String>,
    /// The columns before, with what they are compared with: `{row}` is a row of the next table.
    fixed: Vec<(&'static str, String)>,
    /// How many values a row brings along.
    kept: usize,
    /// Rows to begin with.
    from: String,
}

impl Chain {
    fn new(part: usize) -> Self {
        Self {
            part,
            tables: Vec::new(),
            fixed: Vec::new(),
            kept: 0,
            from: "(select id as owner_id from mine)".to_owned(),
        }
    }

    fn follow(&mut self, column: &'static str, level: &Level) {
        match level {
            Level::Fixed(place) => self.fixed.push((column, format!("= {place}"))),
            Level::Missing => self.fixed.push((column, "is null".to_owned())),
            Level::Each => {
                let name = self.each(column);
                let kept = self.names("");
                let place = self.kept;
                self.from = format!(
                    "(select owner_id{kept}, v as k{place} from {name} where v is not null)"
                );
                self.fixed.push((column, format!("= {{row}}.k{place}")));
                self.kept += 1;
            }
        }
    }

    /// `, k0, k1` of a row.
    fn names(&self, row: &str) -> String {
        let names: Vec<String> = (0..self.kept).map(|at| format!(", {row}k{at}")).collect();
        names.concat()
    }

    /// What holds of `asset_exif x` for a row named so.
    fn conditions(&self, row: &str) -> String {
        let holds = |(column, what): &(&str, String)| {
            format!(" and x.{column} {}", what.replace("{row}", row))
        };
        self.fixed.iter().map(holds).collect::<Vec<_>>().concat()
    }

    /// The order of the index where a column before is missing, else nothing. PostgreSQL does not know that what is missing is in one
    /// place of the index, and would read all of it, or the whole table, for the first row.
    fn order(&self) -> String {
        let missing = self.fixed.iter().find(|(_, what)| what == "is null");
        missing.map_or_else(String::new, |(column, _)| format!(" order by x.{column}"))
    }

    /// Adds a table with each value of a column, the last one missing, and gives its name.
    fn each(&mut self, column: &str) -> String {
        let name = format!("s{}_{}", self.part, self.tables.len());
        let order = self.order();
        let (value, first) = if order.is_empty() {
            (format!("min(x.{column})"), order)
        } else {
            (
                format!("x.{column}"),
                format!("{order}, x.{column} limit 1"),
            )
        };
        let next = |row: &str, behind: &str| {
            format!(
                "(select {value} from asset_exif x where x.owner_id = {row}.owner_id{} and x.{column} {behind}{first})",
                self.conditions(row)
            )
        };
        let table = format!(
            "{name}(owner_id{}, v) as (select b.owner_id{}, {} from {} b union all select s.owner_id{}, {} from {name} s \
             where s.v is not null)",
            self.names(""),
            self.names("b."),
            next("b", "is not null"),
            self.from,
            self.names("s."),
            next("s", "> s.v"),
        );
        self.tables.push(table);
        name
    }
}

/// Reads the rows of [`suggestions`].
pub fn read_suggestions(rows: &Rows) -> Result<Vec<String>, DbError> {
    rows.iter().map(|row| row.get("value")).collect()
}

/// Each city of the owners `mine` (column `v`), and the newest asset there on the timeline.
const CITIES: &str = "cities(owner_id, v) as (select m.id, (select min(x.city) from asset x where x.owner_id = m.id \
     and x.city is not null) from mine m union all select s.owner_id, (select min(x.city) from asset x \
     where x.owner_id = s.owner_id and x.city > s.v) from cities s where s.v is not null)";

/// The newest asset on the timeline of `cities s`, as `asset k`.
const NEWEST: &str = "each_in(k.id, select a.id from asset a where a.owner_id = s.owner_id and a.city = s.v \
     and a.visibility = 'timeline' and a.deleted_at is null order by a.file_created_at desc, a.id desc limit 1)";

/// The newest asset of each city, of the caller and his partners, for [`read_cities`]. Names `caller`.
pub fn cities() -> Statement {
    let mut params = Params::default();
    let mine = Scope::Timeline.mine(&mut params);
    Statement::new(
        format!(
            "select {}, {} from (with recursive {mine}, {CITIES} select k.id from cities s cross join asset k \
             where s.v <> '' and {NEWEST}) h cross join looked_up(asset a, a.id = h.id) cross join looked_up(asset_exif e, e.asset_id = a.id) \
             where a.id = h.id and e.asset_id = a.id order by a.city, a.file_created_at desc, a.id limit {MOST}",
            response::COLUMNS,
            exif::COLUMNS
        ),
        params.0,
    )
}

/// Reads the rows of [`cities`]: one asset of each.
pub fn read_cities(rows: &Rows, viewer_id: &str) -> Result<Vec<AssetResponse>, DbError> {
    let mut assets = Vec::with_capacity(rows.len());
    let mut last = None;
    for row in rows.iter() {
        let city: Option<String> = row.get("city")?;
        if last != city {
            assets.push(response::asset_with_exif(&row, Some(viewer_id))?);
        }
        last = city;
    }
    Ok(assets)
}

/// What of the caller's there is to explore, for [`read_explored`]: cities with some assets, the one with the newest first, and
/// what was uploaded last. Names `caller`.
pub fn explore() -> Vec<Statement> {
    let mine = Scope::Own.mine(&mut Params::default());
    let shown = format!("{}, {}", response::COLUMNS, exif::COLUMNS);
    vec![
        stmt!(format!(
            "select {shown} from (with recursive {mine}, {CITIES} select k.id, k.file_created_at from cities s \
             cross join asset k where s.v <> '' and {NEWEST} and (select count(*) from (select 1 from asset a \
             where a.owner_id = s.owner_id and a.city = s.v and {ON_TIMELINE} limit {FEWEST}) f) >= {FEWEST} \
             order by k.file_created_at desc, k.id desc limit {EXPLORED}) h cross join asset a \
             join asset_exif e on e.asset_id = a.id where a.id = h.id order by a.file_created_at desc, a.id desc"
        )),
        stmt!(format!(
            "select {shown} from caller c cross join asset a cross join asset_exif e where e.asset_id = a.id and each_in(a.id, \
             select k.id from asset k where k.owner_id = c.user_id and k.visibility = 'timeline' and k.deleted_at is null \
             order by k.created_month desc, k.created_at desc, k.id desc limit {EXPLORED}) \
             order by a.created_month desc, a.created_at desc, a.id desc"
        )),
    ]
}

/// Reads the results of [`explore`].
pub fn read_explored(results: &[Rows], viewer_id: &str) -> Result<Vec<ExploreField>, DbError> {
    let items = |at: usize| {
        let assets = results.get(at).into_iter().flat_map(Rows::iter);
        assets
            .map(|row| response::asset_with_exif(&row, Some(viewer_id)))
            .collect::<Result<Vec<_>, _>>()
    };
    let city = |asset: AssetResponse| ExploreItem {
        value: city_of(&asset),
        data: asset,
    };
    let upload = |asset: AssetResponse| ExploreItem {
        value: asset.created_at.to_string(),
        data: asset,
    };
    Ok(vec![
        ExploreField {
            field_name: "exifInfo.city",
            items: items(0)?.into_iter().map(city).collect(),
        },
        ExploreField {
            field_name: "createdAt",
            items: items(1)?.into_iter().map(upload).collect(),
        },
    ])
}

fn city_of(asset: &AssetResponse) -> String {
    let exif = asset.exif_info.as_ref();
    exif.and_then(|exif| exif.city.clone()).unwrap_or_default()
}
