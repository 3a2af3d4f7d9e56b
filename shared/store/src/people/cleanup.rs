//! People without faces, who are removed at night (api/jobs-ml.md section 3, `PersonCleanup`).

use edge_platform::{Database, DbError, Statement, stmt};

use super::write;
use crate::window::{self, Page};

/// People that one page looks at.
pub const WINDOW: i64 = 1_000;

/// `person p` has no face but such as were put away, and none that waits to be sorted anew.
const FACELESS: &str = "not exists (select 1 from asset_face f where f.person_id = p.id and f.deleted_at is null) \
     and not exists (select 1 from face_vector v where v.former_person_id = p.id and v.turn < 2)";

/// Looks at the next [`WINDOW`] people behind `after`. One round trip.
pub async fn page(db: &dyn Database, after: &str) -> Result<Page, DbError> {
    let rows = db
        .run(stmt!(
            format!(
                "select p.id, case when {FACELESS} then 1 else 0 end as taken from person p where p.id > ?1 \
                 order by p.id limit {WINDOW}"
            ),
            after
        ))
        .await?;
    window::read(&rows, WINDOW)
}

/// Removes those of these people who have no faces still, with their pictures, and tells sync. Results of a job (`{held}`);
/// `now` in epoch ms.
pub fn batch_remove(ids: &[&str], now: i64) -> Vec<Statement> {
    let named = format!(
        "(select p.id from json_rows(?1) v cross join person p where p.id = v.value and {FACELESS} and {{held}})"
    );
    write::batch_remove(ids, &named, now)
}
