//! Tags that no asset has, which an administrator has removed (api/jobs-ml.md section 3, `TagCleanup`).

use edge_platform::{Database, DbError, Statement, stmt};

use crate::{
    json_texts,
    window::{self, Page},
};

/// Tags that one page looks at.
const WINDOW: i64 = 1_000;

/// Neither `tag t` nor one below it is on an asset.
const UNUSED: &str = "not exists (select 1 from tag_closure tc join tag_asset ta on ta.tag_id = tc.descendant_id \
     where tc.ancestor_id = t.id)";

/// Looks at the next thousand tags behind `after`. One round trip.
pub async fn page(db: &dyn Database, after: &str) -> Result<Page, DbError> {
    let rows = db
        .run(stmt!(
            format!(
                "select t.id, case when {UNUSED} then 1 else 0 end as taken from tag t where t.id > ?1 \
                 order by t.id limit {WINDOW}"
            ),
            after
        ))
        .await?;
    window::read(&rows, WINDOW)
}

/// Removes those of these tags that no asset has still; what lies below them goes along. Results of a job (`{held}`).
pub fn batch_remove(ids: &[&str]) -> Vec<Statement> {
    vec![stmt!(
        format!(
            "delete from tag where id in (select t.id from json_rows(?1) v cross join tag t where t.id = v.value \
             and {UNUSED} and {{held}})"
        ),
        json_texts(ids)
    )]
}
