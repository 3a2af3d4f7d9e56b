//! Searching assets by what is known of them (api/features.md section B).
//!
//! A [`Search`] is a scope and a tree of conditions; pages, random picks, the largest assets and counts are all written from it. The
//! statements name `caller` and travel with the authentication: one round trip for a page. Why pages have the numbers that they
//! have, and what is looked for by which index: docs/decisions/0017-search.md.

pub mod condition;
mod contains;
mod driver;
pub mod filter;
mod indexed;
mod kin;
mod lead;
mod order;
mod page;
pub mod people;
mod scope;
mod structured;
pub mod values;
pub mod words;

use std::{collections::HashMap, sync::LazyLock};

use edge_api::{
    assets::AssetResponse,
    enums::{AssetOrder, SearchOrderField},
    people::PersonResponse,
};
use edge_platform::{DbError, Rows, Statement, stmt};

pub use edge_api::search::SearchOrder as Order;
pub use kin::Kin;
pub use page::{Page, Place};
pub use scope::Scope;

use crate::{
    access::{ALBUM_READ, ME},
    assets::response,
    exif, json_texts,
    params::Params,
    people as persons,
};
use condition::{Column, Condition};
use driver::FEW;
use order::Written as _;

/// What to search for.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// Whose.
    pub scope: Scope,
    /// What must hold.
    pub condition: Condition,
}

/// What of the assets an answer shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shown {
    /// What was read from the files.
    pub exif: bool,
    /// Who is on them.
    pub people: bool,
}

/// What a request names that its caller must be allowed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    /// Albums.
    pub albums: Vec<String>,
    /// All that is found is in albums which are named.
    pub is_confined: bool,
    /// It asks for the locked folder.
    pub is_locked: bool,
}

/// How many of these albums the caller may read, for [`may_read`]; names `caller`.
pub fn readable_albums(asked: &Asked) -> Option<Statement> {
    if asked.albums.is_empty() {
        return None;
    }
    Some(
        stmt!(
            format!(
                "select count(distinct v.value) as readable from caller c cross join json_rows(?1) v \
                 cross join album al where al.id = v.value and {ALBUM_READ}"
            ),
            json_texts(&asked.albums)
        )
        .single(),
    )
}

/// Whether all albums of a request may be read, by the rows of [`readable_albums`].
pub fn may_read(asked: &Asked, rows: Option<&Rows>) -> Result<bool, DbError> {
    let mut ids: Vec<&String> = asked.albums.iter().collect();
    ids.sort_unstable();
    ids.dedup();
    let row = rows.and_then(Rows::first);
    let readable: i64 = row.map_or(Ok(0), |row| row.get("readable"))?;
    Ok(usize::try_from(readable) == Ok(ids.len()))
}

/// A whole select of `id`.
pub(crate) struct Found {
    /// Its text.
    pub sql: String,
    /// Its parameters.
    pub params: Params,
}

/// A select of `id` and `at` of what is found, over the tables `mine` and, if there is one, `drive`.
struct Hits {
    tables: String,
    sql: String,
    params: Params,
}

impl Search {
    /// What is found first in this order: at least `first` of it, if there is so much. `bound` limits the column of the order.
    fn hits(&self, order: Order, bound: Option<(&str, i64)>, first: i64) -> Hits {
        let mut params = Params::default();
        let (mut tables, drive) = self.tables(&mut params);
        let reads_exif = self.condition.reads_exif() || order.reads_exif();
        let (direction, key) = (order.direction(), order.key("a", "e"));
        let mut wanted = self.wanted_with(reads_exif, &mut params);
        if let Some((op, value)) = bound {
            let place = params.bind(value);
            wanted = format!("{key} {op} {place} and {wanted}");
        }
        let exif = exif_table(reads_exif);
        let taken = if order.is_of_capture() {
            self.taken(&mut params)
        } else {
            String::new()
        };
        let first = params.bind(first);
        let along = format!(
            "each_in(k.id, select a.id from asset a{exif} where a.owner_id = m.id and {taken}{wanted} \
             order by {key} {direction}, a.id {direction} limit {first})"
        );
        let kept = if order.reads_exif() {
            " cross join asset_exif ke"
        } else {
            ""
        };
        let joined = if order.reads_exif() {
            "ke.asset_id = k.id and "
        } else {
            ""
        };
        let along = format!(
            "select k.id, {} as at from mine m cross join asset k{kept} where {{few}}{joined}{along}",
            order.key("k", "ke")
        );
        let sql = match drive {
            None => along.replace("{few}", ""),
            Some(drive) => {
                tables.push_str(&drive);
                let along = along.replace("{few}", &format!("{} and ", *MANY));
                let few = of_few(reads_exif, &format!("select a.id, {key} as at"), &wanted);
                format!("{along} union all {few}")
            }
        };
        Hits {
            tables,
            sql,
            params,
        }
    }

    /// The table of owners, and that of the assets to begin with.
    fn tables(&self, params: &mut Params) -> (String, Option<String>) {
        let mine = self.scope.mine(params);
        let drive = driver::of(&self.condition, params);
        let few = FEW + 1;
        let drive = drive.map(|select| {
            format!(", drive(id, n) as materialized (select s.id, count(*) over () from ({select} limit {few}) s)")
        });
        (mine, drive)
    }

    /// What must hold of `asset a`, in words by which no index is chosen and which PostgreSQL takes to hold of nearly all: the ways
    /// are chosen here.
    fn wanted(&self, params: &mut Params) -> String {
        self.wanted_with(self.condition.reads_exif(), params)
    }

    /// The same, over `asset_exif e` whether the condition looks at it or not.
    fn wanted_with(&self, reads_exif: bool, params: &mut Params) -> String {
        let exif = if reads_exif {
            "e.asset_id = a.id and "
        } else {
            ""
        };
        format!(
            "{exif}case when {} and {} then 1 else 0 end <> 0",
            self.scope.shows(),
            self.condition.sql(params)
        )
    }

    /// Where the way from few assets leads on: those of `drive` that are wanted.
    fn of_few(&self, select: &str, wanted: &str) -> String {
        of_few(self.condition.reads_exif(), select, wanted)
    }

    /// The same bounds of the capture time as in the condition, for the index.
    fn taken(&self, params: &mut Params) -> String {
        let mut parts = Vec::new();
        driver::flat(&self.condition, &mut parts);
        let bounds = parts.into_iter();
        let bounds = bounds.filter(|part| matches!(part, Condition::Is(Column::Taken, ..)));
        let mut bounds: Vec<String> = bounds.map(|bound| bound.sql(params) + " and ").collect();
        // More than one of each kind would be no better.
        bounds.truncate(2);
        bounds.concat()
    }

    fn exif(&self) -> &'static str {
        exif_table(self.condition.reads_exif())
    }

    /// A page in this order, and one asset more if there is one; for [`read`].
    pub fn page(&self, page: &Page, order: Order, shown: Shown) -> Vec<Statement> {
        let direction = order.direction();
        let size = page.size + 1;
        let bound = page
            .bound(order.direction)
            .filter(|_| order.is_of_capture());
        let hits = self.hits(order, bound, page.offset + size);
        let by = format!("h.at {direction}, h.id {direction}");
        statements(hits, &by, size, page.offset, shown)
    }

    /// The largest first; for [`read`].
    pub fn largest(&self, size: i64, smallest: i64, shown: Shown) -> Vec<Statement> {
        let order = Order {
            field: SearchOrderField::FileSizeInBytes,
            direction: AssetOrder::Desc,
        };
        let hits = self.hits(order, Some((">=", smallest)), size);
        statements(hits, "h.at desc, h.id desc", size, 0, shown)
    }

    /// Whether nothing is asked for but what is shown without asking: then nearly all assets are wanted.
    pub fn is_plain(&self) -> bool {
        self.condition == Condition::All(vec![Condition::Missing(Column::Trashed)])
    }

    /// The table of owners, for statements over `mine m`.
    pub(crate) fn mine(&self, params: &mut Params) -> String {
        self.scope.mine(params)
    }

    /// What must hold of `asset a` of `mine m`, and the table that this reads besides.
    pub(crate) fn tested(&self, params: &mut Params) -> (&'static str, String) {
        (self.exif(), self.wanted(params))
    }

    /// At most `most` assets, in no order.
    pub(crate) fn some(&self, most: i64) -> Found {
        let mut params = Params::default();
        let (tables, drive) = self.tables(&mut params);
        let wanted = self.wanted(&mut params);
        let (exif, most) = (self.exif(), params.bind(most));
        let all = format!(
            "select a.id from mine m cross join asset a{exif} where {{few}}a.owner_id = m.id and {wanted}"
        );
        let sql = match drive {
            None => format!("with {tables} {} limit {most}", all.replace("{few}", "")),
            Some(drive) => format!(
                "with {tables}{drive} select s.id from ({} union all {}) s limit {most}",
                all.replace("{few}", &format!("{} and ", *MANY)),
                self.of_few("select a.id", &wanted)
            ),
        };
        Found { sql, params }
    }

    /// These assets, if they are shown, in this order; for [`read`].
    pub fn these(&self, ids: &[&str], shown: Shown) -> Vec<Statement> {
        let mut params = Params::default();
        let tables = self.scope.mine(&mut params);
        let list = params.bind(json_texts(ids));
        let sql = format!(
            "select a.id, k.position as at from json_rows({list}) k cross join asset a cross join mine m where a.id = k.value and {}",
            self.scope.shows()
        );
        let hits = Hits {
            tables,
            sql,
            params,
        };
        let size = i64::try_from(ids.len()).unwrap_or(i64::MAX);
        statements(hits, "h.at, h.id", size, 0, shown)
    }

    /// How many there are; read with [`total`].
    pub fn count(&self) -> Statement {
        let mut params = Params::default();
        let (tables, drive) = self.tables(&mut params);
        let wanted = self.wanted(&mut params);
        let exif = self.exif();
        let all = format!(
            "select count(*) from mine m cross join asset a{exif} where {{few}}a.owner_id = m.id and {wanted}"
        );
        let sql = match drive {
            None => format!("with {tables} {}", all.replace("{few}", "")),
            Some(drive) => format!(
                "with {tables}{drive} select ({}) + ({})",
                all.replace("{few}", &format!("{} and ", *MANY)),
                self.of_few("select count(*)", &wanted)
            ),
        };
        Statement::new(format!("select cast(({sql}) as bigint) as total"), params.0).single()
    }

    /// Some at random: different ones for each `seed`; for [`read`].
    ///
    /// Ids are random, so the assets behind some ids in equal distances are. When few are searched, they are put into the order of
    /// some digits of their ids.
    pub fn random(&self, size: i64, seed: u64, shown: Shown) -> Vec<Statement> {
        let mut params = Params::default();
        let (tables, drive) = self.tables(&mut params);
        let few = FEW + 1;
        let drive = drive.unwrap_or_else(|| {
            format!(
                ", drive(id, n) as materialized (select s.id, count(*) over () from (select x.id from mine m \
                 cross join asset x where x.owner_id = m.id limit {few}) s)"
            )
        });
        let wanted = self.wanted(&mut params);
        let exif = self.exif();
        let (parts, each) = segments(size, seed);
        let (parts, each) = (params.bind(json_texts(&parts)), params.bind(each));
        let (digit, start) = (1 + seed % 7, format!("{:08x}", seed >> 32));
        let (digit, start) = (
            params.bind(i64::try_from(digit).unwrap_or(1)),
            params.bind(start),
        );
        let key = format!("substr(k.id, cast({digit} as integer))");
        let at = format!("case when {key} >= {start} then '0' else '1' end || {key}");
        let sql = format!(
            "select k.id, {at} as at from json_rows({parts}) v cross join asset k where {} \
             and each_in(k.id, select a.id from asset a{exif} cross join mine m where a.id >= substr(v.value, 1, 8) \
             and a.id < substr(v.value, 9) and {wanted} order by a.id limit {each}) union all {}",
            *MANY,
            self.of_few(
                &format!("select a.id, {} as at", at.replace("k.id", "a.id")),
                &wanted
            )
        );
        let hits = Hits {
            tables: tables + &drive,
            sql,
            params,
        };
        statements(hits, "h.at, h.id", size, 0, shown)
    }
}

fn exif_table(reads_exif: bool) -> &'static str {
    if reads_exif {
        " cross join asset_exif e"
    } else {
        ""
    }
}

fn of_few(reads_exif: bool, select: &str, wanted: &str) -> String {
    let exif = exif_table(reads_exif);
    format!(
        "{select} from mine m cross join asset a{exif} where each_in(a.id, select d.id from drive d where d.n <= {FEW}) \
         and {wanted}"
    )
}

/// Whether there are more assets to begin with than are put into order.
static MANY: LazyLock<String> =
    LazyLock::new(|| format!("exists (select 1 from drive d where d.n > {FEW})"));

/// Equal parts of all ids, beginning anywhere: first id and the first one behind, 8 digits each. And how many assets to take from each.
fn segments(size: i64, seed: u64) -> (Vec<String>, i64) {
    let count = u64::try_from(size).unwrap_or(1).clamp(1, 32);
    let width = (1_u64 << 32) / count;
    let shift = seed % width;
    let mut starts: Vec<u64> = (0..count).map(|part| part * width + shift).collect();
    starts.insert(0, 0);
    let ends = starts.iter().skip(1).map(|end| format!("{end:08x}"));
    let ends = ends.chain(std::iter::once("g".to_owned()));
    let parts = starts.iter().zip(ends);
    let parts = parts.map(|(start, end)| format!("{start:08x}{end}"));
    let each = 2 * (size / i64::try_from(count).unwrap_or(1)) + 2;
    (parts.collect(), each)
}

/// The statements that read what is found: the assets, and who is on them if that is shown.
fn statements(hits: Hits, by: &str, size: i64, offset: i64, shown: Shown) -> Vec<Statement> {
    let Hits {
        tables,
        sql,
        mut params,
    } = hits;
    let (size, offset) = (params.bind(size), params.bind(offset));
    let found = format!(
        "(with {tables} select h.id, h.at from ({sql}) h order by {by} limit {size} offset {offset})"
    );
    let (columns, exif) = if shown.exif {
        (
            format!(", {}", exif::COLUMNS),
            " join asset_exif e on e.asset_id = a.id",
        )
    } else {
        (String::new(), "")
    };
    let assets = format!(
        "select {}{columns} from {found} h cross join asset a{exif} where a.id = h.id order by {by}",
        response::COLUMNS
    );
    let mut statements = vec![Statement::new(assets, params.0.clone())];
    if shown.people {
        let people = format!(
            "select distinct f.asset_id, {}, p.created_at from {found} h cross join asset_face f cross join person q \
             cross join person p where f.asset_id = h.id and f.deleted_at is null and f.is_visible = 1 and q.id = f.person_id \
             and p.id = {} order by f.asset_id, p.created_at, p.id",
            persons::COLUMNS,
            persons::known(ME)
        );
        statements.push(Statement::new(people, params.0));
    }
    statements
}

/// Reads the rows of [`Search::page`] and the like, as `viewer_id` may see them (`None`: a shared link).
pub fn read(
    results: &[Rows],
    viewer_id: Option<&str>,
    shown: Shown,
) -> Result<Vec<AssetResponse>, DbError> {
    let (Some(assets), people) = (results.first(), results.get(1)) else {
        return Ok(Vec::new());
    };
    let mut people = people.map(people_of).transpose()?;
    let read = |row| {
        let mut asset = if shown.exif {
            response::asset_with_exif(&row, viewer_id)?
        } else {
            response::asset(&row, viewer_id)?
        };
        asset.people = people
            .as_mut()
            .map(|people| people.remove(asset.id.as_str()).unwrap_or_default());
        Ok(asset)
    };
    assets.iter().map(read).collect()
}

/// Who is on which asset.
fn people_of(rows: &Rows) -> Result<HashMap<String, Vec<PersonResponse>>, DbError> {
    let mut people: HashMap<String, Vec<PersonResponse>> = HashMap::new();
    for row in rows.iter() {
        let person = response::person(&row)?;
        people.entry(row.get("asset_id")?).or_default().push(person);
    }
    Ok(people)
}

/// Reads the row of [`Search::count`].
pub fn total(rows: Option<&Rows>) -> Result<i64, DbError> {
    let row = rows.and_then(Rows::first);
    row.map_or(Ok(0), |row| row.get("total"))
}
