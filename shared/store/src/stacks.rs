//! Table `stack`: assets shown as one (api/assets.md section 14). Members point to it by `asset.stack_id`.
//!
//! Whatever changes a stack gives its members a new `update_id`, because clients know membership from the asset.

use edge_api::{
    id::{AssetId, StackId},
    stacks::StackResponse,
};
use edge_platform::{DbError, Rows, Statement, Value, stmt};

use crate::{assets::response, exif, json_texts, packed};

/// `asset a` of a stack is shown: not in the trash, and locked only while the folder is open.
const SHOWN: &str = "a.deleted_at is null and (a.visibility <> 'locked' or c.elevated = 1)";

/// Assets that one statement reads of all stacks. Who has more reads them in groups.
pub const AT_ONCE: usize = 2_000;

/// Which stacks to read.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// One.
    One(&'a str),
    /// The one that this asset stands for.
    Of(&'a str),
    /// All, as far as [`AT_ONCE`] assets go; of the last one some may be missing then.
    All,
    /// Those of this list, a JSON array of their ids.
    These(&'a str),
}

/// Stacks of the caller with their assets, the primary one first, for [`read`]; one statement. Names `caller`.
pub fn select(which: Which<'_>) -> Statement {
    let (condition, params): (&str, Vec<Value>) = match which {
        Which::One(id) => (" and s.id = ?1", vec![id.into()]),
        Which::Of(asset) => (" and s.primary_asset_id = ?1", vec![asset.into()]),
        Which::All => ("", Vec::new()),
        Which::These(list) => (" and s.id in json_list(?1)", vec![list.into()]),
    };
    let limit = match which {
        Which::All => format!(" limit {AT_ONCE}"),
        _ => String::new(),
    };
    Statement::new(
        format!(
            "select s.id as stack_id, s.primary_asset_id, c.user_id as viewer_id, {}, {} from caller c \
             join stack s on s.owner_id = c.user_id{condition} join asset a on a.stack_id = s.id and {SHOWN} \
             join asset_exif e on e.asset_id = a.id order by s.created_at desc, s.id, \
             case when a.id = s.primary_asset_id then 0 else 1 end, a.file_created_at, a.id{limit}",
            response::COLUMNS,
            exif::COLUMNS
        ),
        params,
    )
}

/// How many assets each of the caller's stacks has, in their order, for [`groups`]. Names `caller`.
pub fn sizes() -> Statement {
    stmt!(
        "select s.id, (select cast(count(*) as bigint) from asset a where a.stack_id = s.id) as total \
         from caller c join stack s on s.owner_id = c.user_id order by s.created_at desc, s.id"
    )
}

/// The ids of stacks as JSON arrays, of [`AT_ONCE`] assets a group, by the rows of [`sizes`].
pub fn groups(sizes: &Rows) -> Result<Vec<String>, DbError> {
    let sized = |row: edge_platform::Row<'_>| {
        let total: i64 = row.get("total")?;
        Ok((row.get("id")?, usize::try_from(total).unwrap_or(0)))
    };
    let sized: Vec<(String, usize)> = sizes.iter().map(sized).collect::<Result<_, DbError>>()?;
    let groups = packed(sized, AT_ONCE);
    Ok(groups.iter().map(|ids| json_texts(ids)).collect())
}

/// Reads the rows of [`select`].
pub fn read(rows: &Rows) -> Result<Vec<StackResponse>, DbError> {
    let mut stacks: Vec<StackResponse> = Vec::new();
    for row in rows.iter() {
        let id: String = row.get("stack_id")?;
        let viewer: String = row.get("viewer_id")?;
        let asset = response::asset_with_exif(&row, Some(&viewer))?;
        match stacks.last_mut().filter(|last| last.id.as_str() == id) {
            Some(stack) => stack.assets.push(asset),
            None => stacks.push(StackResponse {
                id: StackId::from_trusted(id),
                primary_asset_id: AssetId::from_trusted(row.get::<String>("primary_asset_id")?),
                assets: vec![asset],
            }),
        }
    }
    Ok(stacks)
}

/// Which of these stacks are the caller's; column `id`. Names `caller`.
pub fn owned(ids: &[&str]) -> Statement {
    stmt!(
        "select s.id from caller c cross join json_rows(?1) v cross join stack s where s.id = v.value \
         and s.owner_id = c.user_id",
        json_texts(ids)
    )
}

/// The first statement of what makes or dissolves stacks: takes the assets among these, and those that are in a stack with one of them,
/// in the order of their ids, so that two batches on PostgreSQL never wait for each other.
fn hold(asked: &str, list: &str) -> Statement {
    stmt!(
        format!(
            "select count(*) as n from (select x.id from asset x where each_in(x.id, select v.value as id from json_rows(?1) v \
             union all select y.id from {asked}) order by x.id for_update()) held"
        ),
        list
    )
}

/// The caller's assets among these.
const ASKED: &str = "(select a.id from caller c cross join json_rows(?1) v cross join asset a where a.id = v.value \
     and a.owner_id = c.user_id)";

/// Stacks assets of the caller under a new stack, `ids[0]` first; stacks that they are in already become part of it.
/// Names `caller`; `now` in epoch ms.
///
/// A merged stack gives its primary asset free before the new one takes it, and for that holds a text that no asset has
/// as id; the same batch deletes it.
pub fn batch_create(id: &str, ids: &[&str], now: i64) -> Vec<Statement> {
    let list = json_texts(ids);
    let merged = format!("(select m.stack_id from asset m where m.id in {ASKED})");
    let mark = format!("merged:{id}:");
    let until = format!("merged:{id};");
    vec![
        hold(
            "json_rows(?1) w cross join asset z cross join asset y where z.id = w.value and y.stack_id = z.stack_id",
            &list,
        ),
        stmt!(
            format!(
                "insert into stack_audit (owner_id, id, stack_id) select s.owner_id, uuid7(), s.id from stack s \
                 where s.id in {merged}"
            ),
            &list
        ),
        stmt!(
            format!(
                "update stack set primary_asset_id = cast(?2 as text) || id, updated_at = ?3, update_id = uuid7() \
                 where id in {merged}"
            ),
            &list,
            mark.as_str(),
            now
        ),
        stmt!(
            "insert into stack (id, owner_id, primary_asset_id, created_at, updated_at, update_id) \
             select cast(?1 as text), a.owner_id, a.id, cast(?3 as bigint), cast(?3 as bigint), uuid7() \
             from caller c join asset a on a.id = ?2 where a.owner_id = c.user_id",
            id,
            ids.first().copied().unwrap_or_default(),
            now
        ),
        // Ids from two lists: for two conditions PostgreSQL reads all assets there are.
        stmt!(
            "update asset set stack_id = ?2, updated_at = ?3, update_id = uuid7() where each_in(id, select a.id from caller c \
             cross join json_rows(?1) v cross join asset a where a.id = v.value and a.owner_id = c.user_id \
             union all select m.id from stack s cross join asset m where s.primary_asset_id >= ?4 and s.primary_asset_id < ?5 \
             and m.stack_id = s.id)",
            &list,
            id,
            now,
            mark.as_str(),
            until.as_str()
        ),
        stmt!(
            "delete from stack where primary_asset_id >= ?1 and primary_asset_id < ?2",
            mark.as_str(),
            until.as_str()
        ),
    ]
}

/// Makes a member the primary asset of a stack of the caller; `changed()` is 0 when it is no member. Names `caller`;
/// `now` in epoch ms.
pub fn set_primary(id: &str, asset_id: &str, now: i64) -> Statement {
    stmt!(
        "update stack set primary_asset_id = ?2, updated_at = ?3, update_id = uuid7() where id = ?1 \
         and owner_id in (select c.user_id from caller c) \
         and exists (select 1 from asset a where a.id = ?2 and a.stack_id = stack.id)",
        id,
        asset_id,
        now
    )
}

/// Dissolves stacks of the caller: the assets stay. Names `caller`; `now` in epoch ms.
pub fn batch_delete(ids: &[&str], now: i64) -> Vec<Statement> {
    let list = json_texts(ids);
    let own = "(select s.id from caller c cross join json_rows(?1) v cross join stack s where s.id = v.value \
         and s.owner_id = c.user_id)";
    vec![
        hold(
            "json_rows(?1) w cross join asset y where y.stack_id = w.value",
            &list,
        ),
        stmt!(
            format!(
                "insert into stack_audit (owner_id, id, stack_id) select s.owner_id, uuid7(), s.id from stack s \
                 where s.id in {own}"
            ),
            &list
        ),
        stmt!(
            format!(
                "update asset set stack_id = null, unstacked_at = ?2, updated_at = ?2, update_id = uuid7() where stack_id in {own}"
            ),
            &list,
            now
        ),
        stmt!(format!("delete from stack where id in {own}"), list),
    ]
}

/// How an asset stands to a stack of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// It is in the stack.
    pub is_member: bool,
    /// It stands for all.
    pub is_primary: bool,
    /// How many assets the stack has.
    pub size: i64,
}

/// Asks for the [`Membership`]; names `caller`.
pub fn membership(id: &str, asset_id: &str) -> Statement {
    stmt!(
        "select case when exists (select 1 from asset a where a.id = ?2 and a.stack_id = s.id) then 1 else 0 end \
         as is_member, case when s.primary_asset_id = ?2 then 1 else 0 end as is_primary, \
         (select cast(count(*) as bigint) from asset m where m.stack_id = s.id) as size \
         from caller c join stack s on s.id = ?1 where s.owner_id = c.user_id",
        id,
        asset_id
    )
}

impl Membership {
    /// Reads the row of [`membership`]; `None`: the caller has no such stack.
    pub fn read(rows: &Rows) -> Result<Option<Self>, DbError> {
        let read = |row: edge_platform::Row<'_>| {
            Ok(Self {
                is_member: row.get("is_member")?,
                is_primary: row.get("is_primary")?,
                size: row.get("size")?,
            })
        };
        rows.first().map(read).transpose()
    }
}

/// Takes an asset that is not the primary one out of a stack of the caller. Names `caller`; `now` in epoch ms.
pub fn batch_remove(id: &str, asset_id: &str, now: i64) -> Vec<Statement> {
    let own = "exists (select 1 from caller c join stack s on s.id = ?1 where s.owner_id = c.user_id \
         and s.primary_asset_id <> ?2)";
    vec![
        stmt!(
            format!(
                "update asset set stack_id = null, unstacked_at = ?3, updated_at = ?3, update_id = uuid7() \
                 where id = ?2 and stack_id = ?1 and {own}"
            ),
            id,
            asset_id,
            now
        ),
        stmt!(
            format!(
                "update stack set updated_at = ?3, update_id = uuid7() where id = ?1 and {own}"
            ),
            id,
            asset_id,
            now
        ),
    ]
}
