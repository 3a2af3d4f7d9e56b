//! What is remembered by itself: memories made and cleared away at night (api/jobs-ml.md section 3).
//!
//! Nothing looks through all assets: the kept counts of months (`asset_month`) tell in which years there is anything, and
//! `asset_timeline_idx` has the day.

use edge_api::time::Date;
use edge_platform::{Database, DbError, Statement, stmt};
use serde_json::json;

use crate::{access::still_shared, json_texts};

/// Assets of one memory (api/jobs-ml.md section 3).
const SHOWN: i64 = 20;

/// Users of one step.
pub const USERS: i64 = 100;

/// Memories of one step of [`clear`].
pub const CLEARED: i64 = 200;

/// A memory that nobody saved is forgotten this long after it was made, ms.
const FORGOTTEN: i64 = 30 * DAY;

/// The first year that memories may be of (`OnThisDayDto`). Cameras without a clock write earlier ones.
const EARLIEST: i64 = 1000;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Ids of the next [`USERS`] users behind `after`, by id. One round trip.
pub async fn users(db: &dyn Database, after: &str) -> Result<Vec<String>, DbError> {
    let rows = db
        .run(stmt!(
            format!(
                "select u.id from users u where u.id > ?1 and u.deleted_at is null order by u.id limit {USERS}"
            ),
            after
        ))
        .await?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// A memory to be made: what happened on a day in an earlier year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnThisDay {
    /// The day it is shown on.
    pub day: Date,
    /// The year it remembers.
    pub year: i16,
    /// What it shows, oldest first.
    pub asset_ids: Vec<String>,
}

/// What a user has of these days in earlier years, from `EARLIEST`: assets of the timeline that have a preview. One round trip.
pub async fn find(
    db: &dyn Database,
    user_id: &str,
    days: &[Date],
) -> Result<Vec<OnThisDay>, DbError> {
    let texts: Vec<String> = days.iter().map(ToString::to_string).collect();
    let month = "cast(substr(v.value, 6, 2) as integer)";
    let rows = db
        .run(stmt!(
            format!(
                "select t.day, t.year, t.id from (select v.value as day, m.local_month / 100 as year, a.id as id, \
                 row_number() over (partition by v.value, m.local_month order by a.file_created_at, a.id) as place \
                 from json_rows(?2) v cross join asset_month m cross join asset a where m.owner_id = ?1 \
                 and m.visibility = 'timeline' and m.total > 0 and m.local_month % 100 = {month} \
                 and m.local_month >= {EARLIEST}00 and m.local_month < cast(substr(v.value, 1, 4) as integer) * 100 and a.owner_id = ?1 \
                 and a.visibility = 'timeline' and a.deleted_at is null and a.local_month = m.local_month \
                 and a.local_day = m.local_month * 100 + cast(substr(v.value, 9, 2) as integer) \
                 and exists (select 1 from asset_file f where f.asset_id = a.id and f.type = 'preview')) t \
                 where t.place <= {SHOWN} order by t.day, t.year, t.place"
            ),
            user_id,
            json_texts(&texts)
        ))
        .await?;
    let mut found: Vec<OnThisDay> = Vec::new();
    for row in rows.iter() {
        let (day, year): (String, i64) = (row.get("day")?, row.get("year")?);
        let day = Date::parse(&day).ok_or_else(|| DbError::Other(format!("day {day}")))?;
        let year = i16::try_from(year).map_err(|error| DbError::Other(error.to_string()))?;
        let id = row.get("id")?;
        match found.last_mut() {
            Some(last) if last.day == day && last.year == year => last.asset_ids.push(id),
            _ => found.push(OnThisDay {
                day,
                year,
                asset_ids: vec![id],
            }),
        }
    }
    Ok(found)
}

/// Makes a memory of a user that is shown all day, unless there is one already; two statements. `id` is fresh; `now` in
/// epoch ms.
pub fn insert(id: &str, user_id: &str, new: &OnThisDay, now: i64) -> Vec<Statement> {
    let (start, data) = (new.day.start().0, json!({ "year": new.year }).to_string());
    let day = new.day.0;
    let at = date_in(new.year, day.month(), day.day()).map_or(start, |date| date.start().0);
    vec![
        stmt!(
            "insert into memory (id, owner_id, type, data, memory_at, show_at, hide_at, created_at, updated_at, update_id) \
             select cast(?1 as text), u.id, 'on_this_day', cast(?3 as text), cast(?4 as bigint), cast(?5 as bigint), \
             cast(?6 as bigint), cast(?7 as bigint), cast(?7 as bigint), uuid7() from users u where u.id = ?2 \
             and not exists (select 1 from memory m where m.owner_id = u.id and m.show_at = cast(?5 as bigint) \
             and m.type = 'on_this_day' and m.data = cast(?3 as text))",
            id,
            user_id,
            data,
            at,
            start,
            start + DAY - 1,
            now
        ),
        stmt!(
            "insert into memory_asset (memory_id, asset_id, created_at, updated_at, update_id) \
             select m.id, a.id, cast(?3 as bigint), cast(?3 as bigint), uuid7() from memory m \
             cross join json_rows(?2) v cross join asset a where m.id = ?1 and a.id = v.value \
             on conflict (memory_id, asset_id) do nothing",
            id,
            json_texts(&new.asset_ids),
            now
        ),
    ]
}

fn date_in(year: i16, month: i8, day: i8) -> Option<Date> {
    Date::parse(&format!("{year:04}-{month:02}-{day:02}"))
}

/// Removes memories that nobody saved and that are a month old, [`CLEARED`] of them, and tells sync; `changed()` of the
/// last statement is how many there were. `now` in epoch ms.
pub fn forget(now: i64) -> Vec<Statement> {
    let old = format!(
        "(select old.id from memory old where old.is_saved = 0 and old.created_at < ?1 \
         order by old.created_at, old.id limit {CLEARED})"
    );
    vec![
        stmt!(
            format!(
                "insert into memory_audit (owner_id, id, memory_id) select m.owner_id, uuid7(), m.id from memory m \
                 where m.id in {old}"
            ),
            now - FORGOTTEN
        ),
        stmt!(
            format!("delete from memory where id in {old}"),
            now - FORGOTTEN
        ),
    ]
}

/// Ids of the next [`CLEARED`] memories behind `after`, by id. One round trip.
pub async fn page(db: &dyn Database, after: &str) -> Result<Vec<String>, DbError> {
    let rows = db
        .run(stmt!(
            format!("select m.id from memory m where m.id > ?1 order by m.id limit {CLEARED}"),
            after
        ))
        .await?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// The asset of this row of `memory_asset` left the timeline, or is a partner's who shows it no more.
fn left(row: &str) -> String {
    let left = concat!(
        "exists (select 1 from asset a join memory m on m.id = {row}.memory_id where a.id = {row}.asset_id \
         and (a.visibility <> 'timeline' or not ",
        still_shared!("m.owner_id"),
        "))"
    );
    left.replace("{row}", row)
}

/// Takes out of these memories what left the timeline or is shared no more, and tells sync.
pub fn clear(memory_ids: &[String]) -> Vec<Statement> {
    let list = json_texts(memory_ids);
    vec![
        stmt!(
            format!(
                "insert into memory_asset_audit (memory_id, id, asset_id) select x.memory_id, uuid7(), x.asset_id \
                 from json_rows(?1) v cross join memory_asset x where x.memory_id = v.value and {}",
                left("x")
            ),
            &list
        ),
        stmt!(
            format!(
                "delete from memory_asset where memory_id in json_list(?1) and {}",
                left("memory_asset")
            ),
            list
        ),
    ]
}
