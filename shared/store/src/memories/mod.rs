//! Tables `memory`, `memory_asset`: what happened on this day in other years (api/features.md section A, Memories).

pub mod nightly;

use edge_api::{
    enums::{MemorySearchOrder, MemoryType},
    id::{MemoryId, UserId},
    memories::{MemoryCreate, MemoryQuery, MemoryResponse, MemoryUpdate, OnThisDay},
    time::{Date, Millis},
};
use edge_platform::{DbError, Row, Rows, Statement, Value, stmt};

use crate::{
    access::{ASSET_SHARE, still_shared},
    assets::response,
    json_texts,
};

/// `asset a` is shown in `memory m`: the owner's or a partner's, on the timeline, not in the trash, without a person who is hidden.
const SHOWN: &str = concat!(
    "a.deleted_at is null and a.visibility = 'timeline' and ",
    still_shared!("m.owner_id"),
    " and not exists (select 1 from asset_face f \
     join person p on p.id = f.person_id where f.asset_id = a.id and f.deleted_at is null and p.is_hidden = 1)"
);

const COLUMNS: &str = "m.id as memory_id, m.type as memory_type, m.data, m.is_saved, m.memory_at, m.seen_at, m.show_at, \
     m.hide_at, m.created_at as memory_created_at, m.updated_at as memory_updated_at, \
     m.deleted_at as memory_deleted_at, m.owner_id as memory_owner_id";

/// Nobody has so many memories: pages behind them are empty.
const FURTHEST: i64 = 1 << 32;

/// Conditions on `memory m` of the caller, with their parameters; memories that show nothing are left out.
fn wanted(query: &MemoryQuery) -> (String, Vec<Value>) {
    let mut sql = format!(
        "m.owner_id = c.user_id and exists (select 1 from memory_asset x join asset a on a.id = x.asset_id \
         where x.memory_id = m.id and {SHOWN})"
    );
    let mut params: Vec<Value> = Vec::new();
    sql.push_str(if query.is_trashed == Some(true) {
        " and m.deleted_at is not null"
    } else {
        " and m.deleted_at is null"
    });
    if let Some(is_saved) = query.is_saved {
        params.push(is_saved.into());
        sql.push_str(&[" and m.is_saved = ?", &params.len().to_string()].concat());
    }
    if let Some(kind) = query.kind {
        params.push(kind.as_str().into());
        sql.push_str(&[" and m.type = ?", &params.len().to_string()].concat());
    }
    if let Some(id) = &query.id {
        params.push(id.as_str().into());
        sql.push_str(&[" and m.id = ?", &params.len().to_string()].concat());
    }
    sql.push_str(match query.is_upcoming {
        None => "",
        Some(true) => " and m.show_at > db_now()",
        Some(false) => " and (m.show_at is null or m.show_at <= db_now())",
    });
    if let Some(day) = query.day {
        params.push(Date::of(day.local).start().0.into());
        let shown = " and (m.show_at is null or m.show_at <= ?{at}) and (m.hide_at is null or m.hide_at >= ?{at})";
        sql.push_str(&shown.replace("{at}", &params.len().to_string()));
    }
    (sql, params)
}

/// The caller's memories with their assets, for [`read`]; one statement. Names `caller`.
pub fn search(query: &MemoryQuery) -> Statement {
    let (wanted, mut params) = wanted(query);
    let (chosen, order) = match query.order {
        Some(MemorySearchOrder::Asc) => ("memory_at, m.id", "m.memory_at, m.id"),
        // What is chosen by chance is shown in the order of ids, which are random as well.
        Some(MemorySearchOrder::Random) => ("random()", "m.id"),
        Some(MemorySearchOrder::Desc) | None => {
            ("m.memory_at desc, m.id desc", "m.memory_at desc, m.id desc")
        }
    };
    let limit = match query.size {
        None => String::new(),
        Some(size) => {
            let before = query.page.unwrap_or(1).saturating_sub(1);
            params.push(size.into());
            params.push(before.saturating_mul(size).min(FURTHEST).into());
            format!(" limit ?{} offset ?{}", params.len() - 1, params.len())
        }
    };
    Statement::new(
        format!(
            "select {COLUMNS}, {} from (select m.* from caller c cross join memory m where {wanted} \
             order by {chosen}{limit}) m join memory_asset x on x.memory_id = m.id join asset a on a.id = x.asset_id \
             where {SHOWN} order by {order}, a.file_created_at, a.id",
            response::COLUMNS
        ),
        params,
    )
}

/// How many memories [`search`] would find, column `total`. Names `caller`.
pub fn count(query: &MemoryQuery) -> Statement {
    let (wanted, params) = wanted(query);
    Statement::new(
        format!(
            "select cast(count(*) as bigint) as total from caller c cross join memory m where {wanted}"
        ),
        params,
    )
}

/// One memory of the caller, for [`read`], also when it shows nothing. Names `caller`.
pub fn find(id: &str) -> Statement {
    stmt!(
        format!(
            "select {COLUMNS}, {} from caller c join memory m on m.id = ?1 and m.owner_id = c.user_id \
             left join memory_asset x on x.memory_id = m.id left join asset a on a.id = x.asset_id and {SHOWN} \
             order by a.file_created_at, a.id",
            response::COLUMNS
        ),
        id
    )
}

/// Reads the rows of [`search`] or [`find`].
pub fn read(rows: &Rows) -> Result<Vec<MemoryResponse>, DbError> {
    let mut memories: Vec<MemoryResponse> = Vec::new();
    for row in rows.iter() {
        let id: String = row.get("memory_id")?;
        if memories.last().is_none_or(|last| last.id.as_str() != id) {
            memories.push(memory(&row, id)?);
        }
        let has_asset = row.get::<Option<String>>("id")?.is_some();
        if let (Some(memory), true) = (memories.last_mut(), has_asset) {
            let asset = response::asset(&row, Some(memory.owner_id.as_str()))?;
            memory.assets.push(asset);
        }
    }
    Ok(memories)
}

fn memory(row: &Row<'_>, id: String) -> Result<MemoryResponse, DbError> {
    let millis = |name: &str| Ok::<_, DbError>(row.get::<Option<i64>>(name)?.map(Millis));
    let kind: String = row.get("memory_type")?;
    Ok(MemoryResponse {
        id: MemoryId::from_trusted(id),
        created_at: Millis(row.get("memory_created_at")?),
        updated_at: Millis(row.get("memory_updated_at")?),
        deleted_at: millis("memory_deleted_at")?,
        memory_at: Millis(row.get("memory_at")?),
        seen_at: millis("seen_at")?,
        show_at: millis("show_at")?,
        hide_at: millis("hide_at")?,
        owner_id: UserId::from_trusted(row.get::<String>("memory_owner_id")?),
        kind: MemoryType::parse(&kind)
            .ok_or_else(|| DbError::Other(format!("memory.type: {kind}")))?,
        data: data(&row.get::<String>("data")?)?,
        is_saved: row.get("is_saved")?,
        assets: Vec::new(),
    })
}

fn data(json: &str) -> Result<OnThisDay, DbError> {
    let value: Option<serde_json::Value> = serde_json::from_str(json).ok();
    let year = value.and_then(|value| value.get("year")?.as_i64());
    let year = year.ok_or_else(|| DbError::Other(format!("memory.data: {json}")))?;
    Ok(OnThisDay { year })
}

/// Stores a memory of the caller. Names `caller`; `now` in epoch ms.
pub fn insert(id: &str, new: &MemoryCreate, now: i64) -> Statement {
    let millis = |at: Option<Millis>| at.map(|at| at.0);
    stmt!(
        "insert into memory (id, owner_id, type, data, is_saved, memory_at, seen_at, show_at, hide_at, created_at, \
         updated_at, update_id) select cast(?1 as text), c.user_id, cast(?2 as text), cast(?3 as text), \
         cast(?4 as integer), cast(?5 as bigint), cast(?6 as bigint), cast(?7 as bigint), cast(?8 as bigint), \
         cast(?9 as bigint), cast(?9 as bigint), uuid7() from caller c",
        id,
        new.kind.as_str(),
        serde_json::json!({ "year": new.data.year }).to_string(),
        new.is_saved.unwrap_or(false),
        new.memory_at.0,
        millis(new.seen_at),
        millis(new.show_at),
        millis(new.hide_at),
        now
    )
}

/// Puts assets that the caller may share into a memory of the caller; the rows are the new ones, column `id`. Names
/// `caller`; `now` in epoch ms.
pub fn insert_assets(id: &str, asset_ids: &[&str], now: i64) -> Statement {
    stmt!(
        format!(
            "insert into memory_asset (memory_id, asset_id, created_at, updated_at, update_id) select m.id, a.id, \
             cast(?3 as bigint), cast(?3 as bigint), uuid7() from caller c join memory m on m.id = ?1 \
             and m.owner_id = c.user_id cross join json_rows(?2) v cross join asset a where a.id = v.value \
             and a.status <> 'deleted' and {ASSET_SHARE} order by a.id on conflict (memory_id, asset_id) do nothing \
             returning asset_id as id"
        ),
        id,
        json_texts(asset_ids),
        now
    )
}

/// Which of the assets a memory of the caller has; column `id`. Names `caller`.
pub fn existing(id: &str, asset_ids: &[&str]) -> Statement {
    stmt!(
        "select x.asset_id as id from caller c join memory m on m.id = ?1 and m.owner_id = c.user_id \
         cross join json_rows(?2) v cross join memory_asset x where x.memory_id = m.id and x.asset_id = v.value",
        id,
        json_texts(asset_ids)
    )
}

/// A row when the caller has this memory. Names `caller`.
pub fn owned(id: &str) -> Statement {
    stmt!(
        "select m.id from caller c join memory m on m.id = ?1 and m.owner_id = c.user_id",
        id
    )
}

/// Takes assets out of a memory of the caller, and tells sync; the rows of the last are those that were in it, column
/// `id`. Names `caller`.
pub fn batch_remove_assets(id: &str, asset_ids: &[&str]) -> Vec<Statement> {
    let list = json_texts(asset_ids);
    let own =
        "exists (select 1 from caller c join memory m on m.id = ?1 where m.owner_id = c.user_id)";
    vec![
        stmt!(
            format!(
                "insert into memory_asset_audit (memory_id, id, asset_id) select x.memory_id, uuid7(), x.asset_id \
                 from memory_asset x where x.memory_id = ?1 and x.asset_id in json_list(?2) and {own}"
            ),
            id,
            &list
        ),
        stmt!(
            format!(
                "delete from memory_asset where memory_id = ?1 and asset_id in json_list(?2) and {own} \
                 returning asset_id as id"
            ),
            id,
            list
        ),
    ]
}

/// Changes a memory of the caller. Names `caller`; `now` in epoch ms.
pub fn update(id: &str, change: &MemoryUpdate, now: i64) -> Statement {
    stmt!(
        "update memory set is_saved = coalesce(cast(?2 as integer), is_saved), \
         memory_at = coalesce(cast(?3 as bigint), memory_at), seen_at = coalesce(cast(?4 as bigint), seen_at), \
         updated_at = ?5, update_id = uuid7() where id = ?1 and owner_id in (select c.user_id from caller c)",
        id,
        change.is_saved,
        change.memory_at.map(|at| at.0),
        change.seen_at.map(|at| at.0),
        now
    )
}

/// Removes a memory of the caller, not its assets, and tells sync; `changed()` of the last is 0 when there is none.
/// Names `caller`.
pub fn batch_delete(id: &str) -> Vec<Statement> {
    vec![
        stmt!(
            "insert into memory_audit (owner_id, id, memory_id) select m.owner_id, uuid7(), m.id from caller c \
             join memory m on m.id = ?1 and m.owner_id = c.user_id",
            id
        ),
        stmt!(
            "delete from memory where id = ?1 and owner_id in (select c.user_id from caller c)",
            id
        ),
    ]
}
