//! Table `partner`: who shows all timeline assets to whom (api/features.md section A, Partners).
//!
//! Both sides hear of a change by the row's `update_id`, and of its end by `partner_audit` (api/sync.md section 3).

use edge_api::{enums::PartnerDirection, partners::PartnerResponse};
use edge_platform::{DbError, Row, Statement, stmt};

use crate::users;

/// The caller's partners in one direction, by name, for [`read`]; `with` picks one. Names `caller`.
pub fn list(direction: PartnerDirection, with: Option<&str>) -> Statement {
    let (mine, theirs) = match direction {
        PartnerDirection::SharedBy => ("shared_by_id", "shared_with_id"),
        PartnerDirection::SharedWith => ("shared_with_id", "shared_by_id"),
    };
    stmt!(
        format!(
            "select u.id, u.name, u.email, u.profile_image_path, u.avatar_color, u.profile_changed_at, p.in_timeline \
             from caller c join partner p on p.{mine} = c.user_id join users u on u.id = p.{theirs} \
             where u.deleted_at is null and (cast(?1 as text) is null or u.id = ?1) order by u.name, u.id"
        ),
        with
    )
}

/// Reads a row of [`list`].
pub fn read(row: &Row<'_>) -> Result<PartnerResponse, DbError> {
    Ok(PartnerResponse {
        user: users::public(row)?,
        in_timeline: row.get("in_timeline")?,
    })
}

/// Shows the caller's assets to an account that is not deleted; `changed()` is 0 when there is none or when it sees
/// them already. Names `caller`; `now` in epoch ms.
pub fn insert(shared_with_id: &str, now: i64) -> Statement {
    stmt!(
        "insert into partner (shared_by_id, shared_with_id, created_at, updated_at, create_id, update_id) \
         select c.user_id, u.id, cast(?2 as bigint), cast(?2 as bigint), uuid7(), uuid7() \
         from caller c cross join users u where u.id = ?1 and u.deleted_at is null and u.id <> c.user_id \
         on conflict (shared_by_id, shared_with_id) do nothing",
        shared_with_id,
        now
    )
}

/// Whether the caller sees the assets of `shared_by_id` in their own timeline; `changed()` is 0 when nothing is shared.
/// Names `caller`; `now` in epoch ms.
pub fn set_in_timeline(shared_by_id: &str, in_timeline: bool, now: i64) -> Statement {
    stmt!(
        "update partner set in_timeline = ?2, updated_at = ?3, update_id = uuid7() \
         where shared_by_id = ?1 and shared_with_id in (select c.user_id from caller c)",
        shared_by_id,
        in_timeline,
        now
    )
}

/// Ends what the caller shows to `shared_with_id` and tells both; `changed()` of the last is 0 when nothing was shown.
/// The caller's photos leave the other's memories. Names `caller`.
pub fn batch_delete(shared_with_id: &str) -> Vec<Statement> {
    vec![
        stmt!(
            "insert into memory_asset_audit (memory_id, id, asset_id) select x.memory_id, uuid7(), x.asset_id \
             from caller c cross join memory m cross join memory_asset x cross join asset a \
             where m.owner_id = ?1 and x.memory_id = m.id and a.id = x.asset_id and a.owner_id = c.user_id",
            shared_with_id
        ),
        stmt!(
            "delete from memory_asset where memory_id in (select m.id from memory m where m.owner_id = ?1) \
             and exists (select 1 from asset a where a.id = memory_asset.asset_id \
             and a.owner_id in (select c.user_id from caller c))",
            shared_with_id
        ),
        stmt!(
            "insert into partner_audit (id, shared_by_id, shared_with_id) \
             select uuid7(), p.shared_by_id, p.shared_with_id from caller c join partner p \
             on p.shared_by_id = c.user_id where p.shared_with_id = ?1",
            shared_with_id
        ),
        stmt!(
            "delete from partner where shared_with_id = ?1 and shared_by_id in (select c.user_id from caller c)",
            shared_with_id
        ),
    ]
}
