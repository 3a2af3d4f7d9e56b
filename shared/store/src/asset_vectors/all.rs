//! Pictures of everybody looked at: what `SmartSearchQueueAll` reads and stores (api/jobs-ml.md sections 1 and 6.2).

use edge_platform::{Database, DbError, Statement, stmt};

use crate::{
    jobs::many::WINDOW,
    window::{self, Page},
};

/// Owners whose blocks one job looks at.
const OWNERS: i64 = 1;

/// Looks at the next [`WINDOW`] assets behind `after` and gives those that have a preview and, unless `force` is said, no vector of
/// this model. One round trip.
pub async fn page(
    db: &dyn Database,
    model: &str,
    force: bool,
    after: &str,
) -> Result<Page, DbError> {
    let rows = db
        .run(stmt!(
            format!(
                "select a.id, case when a.deleted_at is null and a.visibility <> 'hidden' \
                 and exists (select 1 from asset_file f where f.asset_id = a.id and f.type = 'preview' and f.is_edited = 0) \
                 and (cast(?3 as bigint) = 1 or not exists (select 1 from asset_vector v where v.asset_id = a.id and v.model = ?2)) \
                 then 1 else 0 end as taken from asset a where a.id > ?1 order by a.id limit {WINDOW}"
            ),
            after,
            model,
            i64::from(force)
        ))
        .await?;
    window::read(&rows, WINDOW)
}

/// Removes vectors of other models than this one: of the assets behind `after`, up to `last` where it is told. Result of a job
/// (`{held}`).
pub fn clear_others(model: &str, after: &str, last: Option<&str>) -> Statement {
    stmt!(
        "delete from asset_vector where asset_id > ?2 and asset_id <= coalesce(cast(?3 as text), asset_id) and model <> ?1 and {held}",
        model,
        after,
        last
    )
}

/// Removes the blocks of other models than this one. Result of a job (`{held}`).
pub fn clear_other_blocks(model: &str) -> Statement {
    stmt!(
        "delete from asset_vector_block where model <> ?1 and {held}",
        model
    )
}

/// The next owner behind `after` with vectors of this model behind their blocks, enough for one. One round trip.
pub async fn owners(db: &dyn Database, model: &str, after: &str) -> Result<Vec<String>, DbError> {
    let rows = db
        .run(stmt!(
            format!(
                "select u.id from users u where u.id > ?1 and exists (select 1 from asset_vector v where v.owner_id = u.id \
                 and v.model = ?2 and v.seq >= {} + (select coalesce(max(b.last_seq), 0) from asset_vector_block b \
                 where b.owner_id = u.id and b.model = ?2)) order by u.id limit {OWNERS}",
                super::BLOCK
            ),
            after,
            model
        ))
        .await?;
    rows.iter().map(|row| row.get("id")).collect()
}
