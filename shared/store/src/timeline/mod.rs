//! The timeline: months, and a month's assets as columns (api/features.md section C).
//!
//! All statements name the row `caller` ([`crate::caller`]), so that they travel with the
//! authentication. They show what the caller may see of a scope; whether the scope itself is open to the
//! caller is answered by [`grants`].

use edge_api::{
    enums::{AssetOrder, AssetOrderBy, AssetVisibility},
    time::Date,
    timeline::{TimeBucket, TimelineQuery},
};
use edge_platform::{DbError, Rows, Statement, stmt};

mod grants;
mod scope;

pub use grants::{Grants, grants};

use self::scope::{Scope, Start};
use crate::access::ME;

fn month_column(query: &TimelineQuery) -> &'static str {
    match query.order_by {
        Some(AssetOrderBy::CreatedAt) => "a.created_month",
        Some(AssetOrderBy::TakenAt) | None => "a.local_month",
    }
}

fn direction(query: &TimelineQuery) -> &'static str {
    match query.order {
        Some(AssetOrder::Asc) => "asc",
        Some(AssetOrder::Desc) | None => "desc",
    }
}

/// Counts assets per month.
pub fn buckets(query: &TimelineQuery) -> Statement {
    kept_buckets(query).unwrap_or_else(|| counted_buckets(query))
}

/// From the numbers that triggers keep, if they tell: a row a month instead of one an asset. `None` when the query asks for only
/// some of an owner's or an album's assets.
fn kept_buckets(query: &TimelineQuery) -> Option<Statement> {
    let is_of_some = query.person_id.is_some()
        || query.tag_id.is_some()
        || query.bbox.is_some()
        || query.is_favorite.is_some();
    if is_of_some {
        return None;
    }
    let table = kept_table(query)?;
    let with_stacked = query.with_stacked == Some(true);
    let count = match (query.is_trashed == Some(true), with_stacked) {
        (false, false) => "a.total",
        (false, true) => "a.total - a.stacked",
        (true, false) => "a.trashed",
        // Nobody counts stacks in the trash.
        (true, true) => return None,
    };
    let mut scope = Scope::empty(format!("from {table} a"));
    scope.owners(query);
    scope.visibility(query);
    if query.is_trashed == Some(true) {
        scope.and(format!("a.owner_id = {ME}"));
    }
    let month = month_column(query);
    let sql = format!(
        "select {month} as month, cast(sum({count}) as bigint) as n {} \
         group by {month} having sum({count}) > 0 order by {month} {}",
        scope.sql(),
        direction(query)
    );
    Some(Statement::new(sql, scope.params))
}

/// Where the numbers of a query are kept.
fn kept_table(query: &TimelineQuery) -> Option<&'static str> {
    let by_upload = query.order_by == Some(AssetOrderBy::CreatedAt);
    let is_trashed = query.is_trashed == Some(true);
    let shows_all = query
        .visibility
        .is_some_and(|it| matches!(it, AssetVisibility::Hidden | AssetVisibility::Locked));
    match (query.album_id.is_some(), by_upload) {
        (true, false) => (!is_trashed && !shows_all).then_some("album_month"),
        (true, true) => None,
        (false, true) => (!is_trashed).then_some("asset_created_month"),
        (false, false) => Some("asset_month"),
    }
}

/// From the assets, or from the faces, tags or positions that the query asks for. The inner grouping follows the timeline index, so
/// that of assets nothing is sorted but the months.
fn counted_buckets(query: &TimelineQuery) -> Statement {
    let scope = Scope::of(query, false, Start::of(query));
    let month = month_column(query);
    let sql = format!(
        "select t.month as month, cast(sum(t.n) as bigint) as n from (\
         select {month} as month, count(*) as n {} group by a.owner_id, a.visibility, {month}) t \
         group by t.month order by t.month {}",
        scope.sql(),
        direction(query)
    );
    Statement::new(sql, scope.params)
}

/// Reads the rows of [`buckets`].
pub fn read_buckets(rows: &Rows) -> Result<Vec<TimeBucket>, DbError> {
    let read = |row: edge_platform::Row<'_>| {
        let month: i64 = row.get("month")?;
        Ok(TimeBucket {
            time_bucket: format!("{:04}-{:02}-01", month / 100, month % 100),
            count: row.get("n")?,
        })
    };
    rows.iter().map(read).collect()
}

/// What the query alone says of every asset of its bucket: no column holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known<'a> {
    /// Whose they are; `None` when partners' or an album's assets may be among them.
    pub owner_id: Option<&'a str>,
    /// Where they show; `None` when the query names nothing.
    pub visibility: Option<AssetVisibility>,
    /// Whether they are in the trash.
    pub is_trashed: bool,
}

impl<'a> Known<'a> {
    /// For a query of the user `caller_id`.
    pub fn of(query: &'a TimelineQuery, caller_id: &'a str) -> Self {
        let user_id = query.user_id.as_ref().map_or(caller_id, AsRef::as_ref);
        Self {
            owner_id: has_one_owner(query).then_some(user_id),
            visibility: query.visibility,
            is_trashed: query.is_trashed == Some(true),
        }
    }
}

fn has_one_owner(query: &TimelineQuery) -> bool {
    query.album_id.is_none() && query.with_partners != Some(true)
}

/// A column of a bucket: its name in the result, the expression, and how the database writes it. `{me}` is the caller's id.
type Column = (&'static str, &'static str, &'static str);

/// As JSON, whatever it holds.
const JSON: &str = "json_column";
/// As texts that need no escape, `""` for null: ids, base64, digits. Many times as quick.
const TEXT: &str = "text_column";

/// What a bucket always holds. `ratio` is width by height in thousandths, rounded: PostgreSQL divides whole numbers many
/// times as fast as decimal ones. `flags` is a sum of [`IS_IMAGE`] and [`IS_FAVORITE`].
const COLUMNS: &[Column] = &[
    ("id", "a.id", TEXT),
    (
        "ratio",
        "coalesce((cast(nullif(a.width, 0) as bigint) * 2000 + a.height) / (2 * cast(nullif(a.height, 0) as bigint)), 1000)",
        JSON,
    ),
    (
        "flags",
        "case when a.type = 'IMAGE' then 1 else 0 end + case when a.is_favorite = 1 and a.owner_id = {me} then 2 else 0 end",
        JSON,
    ),
    ("thumbhash", "a.thumbhash", TEXT),
    ("created_at", "coalesce(a.created_at, 0)", JSON),
    ("file_created_at", "coalesce(a.file_created_at, 0)", JSON),
    ("local_date_time", "coalesce(a.local_date_time, 0)", JSON),
    ("duration", "cast(a.duration_ms as text)", TEXT),
    ("projection_type", "a.projection_type", JSON),
    ("live_photo_video_id", "a.live_photo_video_id", TEXT),
    ("city", "a.city", JSON),
    ("country", "a.country", JSON),
];

/// In the column `flags`: a photo, no video.
pub const IS_IMAGE: u8 = 1;
/// In the column `flags`: a favourite of the caller's own.
pub const IS_FAVORITE: u8 = 2;

/// Unless [`Known`].
const OWNER: Column = ("owner_id", "a.owner_id", TEXT);

/// Unless [`Known`].
const VISIBILITY: Column = ("visibility", "coalesce(a.visibility, 'timeline')", TEXT);

/// On request (`withCoordinates`).
const COORDINATES: &[Column] = &[
    ("latitude", "e.latitude", JSON),
    ("longitude", "e.longitude", JSON),
];

/// On request (`withStacked`).
const STACKS: &[Column] = &[
    ("stack_id", "a.stack_id", TEXT),
    (
        "stack_count",
        "case when a.stack_id is null then 0 else (select count(*) from asset m \
         where m.stack_id = a.stack_id and m.deleted_at is null) end",
        JSON,
    ),
];

/// Assets of one result: D1 refuses texts above 2 MB, and an id takes 39 bytes of its column.
pub const PAGE: i64 = 20_000;

/// The first page of the assets of the month of `day` as one row of JSON arrays. On D1 one row of texts costs a fraction of hundreds of
/// rows of values (docs/decisions/0002-bucket-columns.md). Where [`next_page`] gives an asset, more follow: [`bucket_ids`].
pub fn bucket(query: &TimelineQuery, day: Date) -> Statement {
    let mut columns = COLUMNS.to_vec();
    if !has_one_owner(query) {
        columns.push(OWNER);
    }
    if query.visibility.is_none() {
        columns.push(VISIBILITY);
    }
    if query.with_coordinates == Some(true) {
        columns.extend(COORDINATES);
    }
    if query.with_stacked == Some(true) {
        columns.extend(STACKS);
    }
    page(query, day, None, &columns)
}

/// The ids of a further page of [`bucket`], behind the asset `after`, the last of the page before.
pub fn bucket_ids(query: &TimelineQuery, day: Date, after: &str) -> Statement {
    let ids: Vec<Column> = COLUMNS.iter().copied().filter(|it| it.0 == "id").collect();
    page(query, day, Some(after), &ids)
}

/// Some columns of a page whose `ids` are known, the text of a JSON array as [`bucket_column`] gives it: as long as that, in its
/// order, also when assets are gone meanwhile. The ids are those of a page that the caller was shown.
pub fn bucket_columns(ids: &str, names: &[&str]) -> Statement {
    let all = COLUMNS.iter().chain([&OWNER, &VISIBILITY]);
    let all = all.chain(COORDINATES).chain(STACKS);
    let columns: Vec<Column> = all.copied().filter(|it| names.contains(&it.0)).collect();
    let (outer, inner) = written(&columns);
    let is_coordinate = |it: &Column| it.1.starts_with("e.");
    let exif = if columns.iter().any(is_coordinate) {
        "left join asset_exif e on e.asset_id = a.id"
    } else {
        ""
    };
    let sql = format!(
        "select {outer} from (select {inner} from caller c cross join json_rows(?1) v \
         left join asset a on a.id = v.value {exif} order by v.position) t"
    );
    stmt!(sql, ids).single()
}

/// Columns as JSON arrays of `t`, and as expressions over `asset a`.
fn written(columns: &[Column]) -> (String, String) {
    let outer = columns
        .iter()
        .map(|(name, _, written)| format!("{written}(t.{name}) as {name}"));
    let inner = columns
        .iter()
        .map(|(name, expression, _)| format!("{} as {name}", expression.replace("{me}", ME)));
    let join = |list: Vec<String>| list.join(", ");
    (join(outer.collect()), join(inner.collect()))
}

/// The wall clocks (epoch ms) of the month of `day`, first and last. Whatever was earlier or later than dates are is in the first or the
/// last month ([`crate::days`]).
fn span(day: Date) -> (i64, i64) {
    const DAY: i64 = 86_400_000;
    const FARTHEST: i64 = 9_007_199_254_740_991;
    let (first, last) = (day.0.first_of_month(), day.0.last_of_month());
    let start = match (first.year(), first.month()) {
        (0, 1) => -FARTHEST,
        _ => Date(first).start().0,
    };
    let end = match (last.year(), last.month()) {
        (9999, 12) => FARTHEST,
        _ => Date(last).start().0 + DAY - 1,
    };
    (start, end)
}

fn page(query: &TimelineQuery, day: Date, after: Option<&str>, columns: &[Column]) -> Statement {
    // A month is found in the index of the timeline.
    let with_exif = columns.iter().any(|it| it.1.starts_with("e."));
    let shown_in_album = kept_table(query) == Some("album_month");
    // An album that is in the order of uploads, or shows what its numbers leave out, has no index of months.
    let start = if query.album_id.is_none() || shown_in_album {
        Start::Month
    } else {
        Start::Assets
    };
    let mut scope = Scope::of(query, with_exif, start);
    let month = i64::from(day.0.year()) * 100 + i64::from(day.0.month());
    let at = scope.bind(month);
    scope.and(format!("{} = ?{at}", month_column(query)));
    if shown_in_album {
        scope.shown_in_album(span(day));
    }
    let (outer, inner) = written(columns);
    let direction = direction(query);
    let keys: &[&str] = match query.order_by {
        Some(AssetOrderBy::CreatedAt) => &["created_at", "id"],
        Some(AssetOrderBy::TakenAt) | None => &["local_day", "file_created_at", "id"],
    };
    let listed = |table: &str, behind: &str| {
        let columns = keys.iter().map(|key| format!("{table}.{key}{behind}"));
        columns.collect::<Vec<_>>().join(", ")
    };
    if let Some(after) = after {
        let at = scope.bind(after);
        let behind = if direction == "asc" { ">" } else { "<" };
        scope.and(format!(
            "({}) {behind} (select {} from asset k where k.id = ?{at})",
            listed("a", ""),
            listed("k", "")
        ));
    }
    let order = listed("a", &format!(" {direction}"));
    let sql = format!(
        "select count(*) as n, {outer} from (select {inner} {} order by {order} limit {PAGE}) t",
        scope.sql()
    );
    Statement::new(sql, scope.params).single()
}

/// How many assets this page of [`bucket`] holds.
pub fn bucket_size(rows: &Rows) -> Result<i64, DbError> {
    rows.first().map_or(Ok(0), |row| row.get("n"))
}

/// Whether this page of [`bucket`] is full, so that there may be another.
pub fn is_full(rows: &Rows) -> Result<bool, DbError> {
    Ok(bucket_size(rows)? >= PAGE)
}

/// The last asset of a page of [`bucket`], behind which the next one begins; `None` when this one is not full.
pub fn next_page(rows: &Rows) -> Result<Option<&str>, DbError> {
    if !is_full(rows)? {
        return Ok(None);
    }
    let ids = bucket_column(rows, "id")?;
    Ok(ids.rsplit('"').nth(1))
}

/// One column of a page of [`bucket`], the text of a JSON array; all have the same length and order.
/// Columns that were not asked for are an error.
pub fn bucket_column<'a>(rows: &'a Rows, name: &str) -> Result<&'a str, DbError> {
    rows.first().map_or(Ok("[]"), |row| row.text(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_from_its_first_millisecond_to_its_last() {
        let of = |text: &str| Date::parse(text).map(span);
        assert_eq!(
            of("2016-02-17"),
            Some((1_454_284_800_000, 1_456_790_399_999))
        );
        // What is no date any more is in the months at the ends.
        let far = 9_007_199_254_740_991;
        assert_eq!(of("0000-01-01").map(|it| it.0), Some(-far));
        assert_eq!(of("9999-12-31").map(|it| it.1), Some(far));
    }
}
