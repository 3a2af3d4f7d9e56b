//! Assets as the app of 2.7 asked for them before there was a sync stream (api/v32.md section 11): all of a user by id, and what has
//! changed since a time.

use edge_api::assets::AssetResponse;
use edge_platform::{DbError, Rows, Statement, stmt};

use super::response;
use crate::{access::ME, exif};

/// The stack of an asset, or nulls.
const STACK: &str = "s.id as stack_row_id, s.primary_asset_id as stack_primary_id, \
     (select cast(count(*) as bigint) from asset m where m.stack_id = s.id and m.deleted_at is null \
     and m.visibility = 'timeline') as stack_count";
/// Of the caller's own everything but hidden halves; of partners what they share.
const SHOWN: &str = "((a.owner_id = c.user_id and a.visibility <> 'hidden') or (a.visibility = 'timeline' \
     and exists (select 1 from partner p join users pu on pu.id = p.shared_by_id \
     where p.shared_by_id = a.owner_id and p.shared_with_id = c.user_id and pu.deleted_at is null)))";

fn select(condition: &str, order: &str) -> String {
    format!(
        "select {}, {}, {STACK} from asset a join asset_exif e on e.asset_id = a.id \
         left join stack s on s.id = a.stack_id and a.owner_id = {ME} where {condition} and a.status <> 'deleted' \
         and exists (select 1 from caller c where c.link_id is null and {SHOWN}) order by {order}",
        response::COLUMNS,
        exif::COLUMNS,
    )
}

/// Assets of an owner that one page looks at.
pub const PAGE: i64 = 1_000;

/// The next [`PAGE`] assets of the owner `?1` behind the id `?2`, by id: `asset_owner_idx` alone is read.
const WINDOW: &str =
    "(select n.id from asset n where n.owner_id = ?1 and n.id > ?2 order by n.id limit {page}) w";

fn window() -> String {
    WINDOW.replace("{page}", &PAGE.to_string())
}

/// Those of the next [`PAGE`] assets of a user behind `last_id` that were not changed after `until` and that the caller sees, by id, at
/// most `limit`. However few these are, no more are read; [`end`] tells where they end. Names `caller`; read with [`read`].
pub fn page(user_id: &str, until: i64, last_id: &str, limit: i64) -> Statement {
    let end = format!("(select max(w.id) from {})", window());
    let condition =
        format!("a.owner_id = ?1 and a.id > ?2 and a.id <= {end} and a.updated_at <= ?3");
    stmt!(
        format!("{} limit ?4", select(&condition, "a.id")),
        user_id,
        last_id,
        until,
        limit,
    )
}

/// Asks where the assets end that [`page`] looks at; read with [`last_of`].
pub fn end(user_id: &str, last_id: &str) -> Statement {
    stmt!(
        format!(
            "select max(w.id) as id, cast(count(*) as bigint) as n from {}",
            window()
        ),
        user_id,
        last_id,
    )
}

/// Reads the row of [`end`]: the last asset that was looked at, `None` when there are none behind it.
pub fn last_of(rows: &Rows) -> Result<Option<String>, DbError> {
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let id: Option<String> = row.get("id")?;
    Ok(id.filter(|_| row.get::<i64>("n").is_ok_and(|count| count >= PAGE)))
}

/// The clock of update ids and those of Workers are no further apart, ms.
const CLOCKS: i64 = 10 * 60 * 1000;

/// Assets of a user that one delta looks at, by their update ids.
pub const LOOKED_AT: i64 = 10_000;

/// Assets of a user that were changed after a time, at most `limit`, by their update ids, which have an index: those of the first
/// [`LOOKED_AT`]. Names `caller`; read with [`read`].
pub fn changed(user_id: &str, after: i64, limit: i64) -> Statement {
    let end = format!(
        "(select max(w.update_id) from (select n.update_id from asset n where n.owner_id = ?1 and n.update_id > ?4 \
         order by n.update_id limit {LOOKED_AT}) w)"
    );
    let condition = format!(
        "a.owner_id = ?1 and a.update_id > ?4 and a.update_id <= {end} and a.updated_at > ?2"
    );
    stmt!(
        format!("{} limit ?3", select(&condition, "a.update_id")),
        user_id,
        after,
        limit,
        first_id(after.saturating_sub(CLOCKS)),
    )
}

/// Asks whether there may be more than [`changed`] and [`gone`] look at, with the same `limit`; read with [`is_more`].
pub fn more(user_id: &str, after: i64, limit: i64) -> Statement {
    stmt!(
        format!(
            "select case when (select count(*) from (select n.update_id from asset n where n.owner_id = ?1 and n.update_id > ?2 \
             limit {LOOKED_AT}) w) >= {LOOKED_AT} or (select count(*) from (select d.id from asset_partner_audit d \
             where d.owner_id = ?1 and d.id > ?3 limit ?4) h) >= ?4 then 1 else 0 end as is_more"
        ),
        user_id,
        first_id(after.saturating_sub(CLOCKS)),
        first_id(after),
        limit,
    )
}

/// Reads the row of [`more`].
pub fn is_more(rows: &Rows) -> Result<bool, DbError> {
    rows.first().map_or(Ok(false), |row| row.get("is_more"))
}

/// Assets of a user that are gone since a time, or that left the timeline of a partner, unless they are back or I see them in an
/// album (docs/security.md). Of either at most `limit` rows are read. Names `caller`; read with [`gone_ids`].
pub fn gone(user_id: &str, after: i64, limit: i64) -> Statement {
    stmt!(
        "select g.asset_id from (select r.id, r.asset_id from (select d.id, d.asset_id from asset_audit d \
         where d.owner_id = ?1 and d.id > ?2 order by d.id limit ?3) r \
         where not exists (select 1 from asset v where v.id = r.asset_id and v.status <> 'deleted') union all \
         select h.id, h.asset_id from caller c cross join (select p.id, p.asset_id, p.owner_id from asset_partner_audit p \
         where p.owner_id = ?1 and p.id > ?2 order by p.id limit ?3) h where h.owner_id <> c.user_id \
         and not exists (select 1 from asset v where v.id = h.asset_id and v.visibility = 'timeline') \
         and not exists (select 1 from album_asset aa join album_user m on m.album_id = aa.album_id \
         where aa.asset_id = h.asset_id and m.user_id = c.user_id)) g order by g.id",
        user_id,
        first_id(after),
        limit,
    )
}

/// The smallest UUID v7 of a time, epoch ms.
fn first_id(time: i64) -> String {
    let hex = format!("{:012x}", time.max(0));
    let (high, low) = hex.split_at(8);
    format!("{high}-{low}-7000-8000-000000000000")
}

/// Reads the rows of [`gone`].
pub fn gone_ids(rows: &Rows) -> Result<Vec<String>, DbError> {
    rows.iter().map(|row| row.get("asset_id")).collect()
}

/// Reads the rows of [`page`] and [`changed`].
pub fn read(rows: &Rows, viewer_id: &str) -> Result<Vec<AssetResponse>, DbError> {
    rows.iter()
        .map(|row| {
            let mut asset = response::asset_with_exif(&row, Some(viewer_id))?;
            let stack: Option<String> = row.get("stack_row_id")?;
            asset.stack = Some(match stack {
                Some(id) => Some(response::stack_of(
                    id,
                    row.get("stack_primary_id")?,
                    row.get("stack_count")?,
                )),
                None => None,
            });
            Ok(asset)
        })
        .collect()
}

/// Who shows the caller their assets. Names `caller`; read with [`user_ids`].
pub fn partners() -> Statement {
    stmt!(
        "select p.shared_by_id as id from caller c join partner p on p.shared_with_id = c.user_id \
         join users u on u.id = p.shared_by_id where c.link_id is null and u.deleted_at is null"
    )
}

/// Reads the rows of [`partners`].
pub fn user_ids(rows: &Rows) -> Result<Vec<String>, DbError> {
    rows.iter().map(|row| row.get("id")).collect()
}

#[cfg(test)]
mod tests {
    use super::first_id;

    #[test]
    fn ids_of_a_time_are_behind_its_first() {
        assert_eq!(
            first_id(1_718_452_800_000),
            "01901bc4-ca00-7000-8000-000000000000"
        );
        assert_eq!(first_id(-1), "00000000-0000-7000-8000-000000000000");
    }
}
