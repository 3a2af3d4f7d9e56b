//! Assets as the app of 2.7 asked for them before there was a sync stream (api/v32.md section 11): all of a user by id, and what has
//! changed since a time.

use edge_api::assets::AssetResponse;
use edge_platform::{DbError, Rows, Statement, stmt};

use super::response;
use crate::{access::ME, exif, json_texts};

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

/// Assets of a user that were not changed after `until`, behind `last_id`, by id. Names `caller`; read with [`read`].
///
/// No index holds the ids of an owner in their order: the primary key is followed, past the assets of others, so that all pages together
/// read each asset once. By an index of the owner (which `|| ''` keeps out) each page would read all that are behind it, and sort them.
pub fn page(user_id: &str, until: i64, last_id: &str, limit: i64) -> Statement {
    stmt!(
        format!(
            "{} limit ?4",
            select(
                "a.owner_id || '' = ?1 and a.updated_at <= ?2 and a.id > ?3",
                "a.id"
            )
        ),
        user_id,
        until,
        last_id,
        limit,
    )
}

/// The clock of update ids and those of Workers are no further apart, ms.
const CLOCKS: i64 = 24 * 60 * 60 * 1000;

/// Assets of these users that were changed after a time; found by their update ids, which have an index. Names `caller`; read with
/// [`read`].
pub fn changed(user_ids: &[&str], after: i64, limit: i64) -> Statement {
    stmt!(
        format!(
            "{} limit ?3",
            select(
                "a.owner_id in json_list(?1) and a.update_id > ?4 and a.updated_at > ?2",
                "a.updated_at, a.id"
            )
        ),
        json_texts(user_ids),
        after,
        limit,
        first_id(after.saturating_sub(CLOCKS)),
    )
}

/// Assets of these users that are gone since a time, or that left the timeline of a partner, unless they are back or I see them in an
/// album (docs/security.md). Names `caller`; read with [`gone_ids`].
pub fn gone(user_ids: &[&str], after: i64, limit: i64) -> Statement {
    stmt!(
        "select g.asset_id from (select * from (select d.id, d.asset_id from asset_audit d \
         where d.owner_id in json_list(?1) and d.id > ?2 \
         and not exists (select 1 from asset v where v.id = d.asset_id and v.status <> 'deleted') order by d.id limit ?3) removed union all \
         select * from (select d.id, d.asset_id from caller c cross join asset_partner_audit d \
         where d.owner_id in json_list(?1) and d.id > ?2 and d.owner_id <> c.user_id \
         and not exists (select 1 from asset v where v.id = d.asset_id and v.visibility = 'timeline') \
         and not exists (select 1 from album_asset aa join album_user m on m.album_id = aa.album_id \
         where aa.asset_id = d.asset_id and m.user_id = c.user_id) order by d.id limit ?3) hidden) g \
         order by g.id limit ?3",
        json_texts(user_ids),
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
