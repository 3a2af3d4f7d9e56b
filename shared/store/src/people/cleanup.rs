//! People without faces, who are removed at night (api/jobs-ml.md section 3, `PersonCleanup`).

use edge_platform::{Database, DbError, Statement, stmt};

use super::write::remove;
use crate::json_texts;

/// People that one page looks at.
pub const WINDOW: i64 = 1_000;

/// `person p` has no face but such as were put away.
const FACELESS: &str =
    "not exists (select 1 from asset_face f where f.person_id = p.id and f.deleted_at is null)";

/// The next people behind one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Those without faces.
    pub ids: Vec<String>,
    /// Behind whom to go on; `None`: that was the end.
    pub after: Option<String>,
}

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
    let (mut ids, mut last) = (Vec::new(), None);
    for row in rows.iter() {
        let id: String = row.get("id")?;
        if row.get("taken")? {
            ids.push(id.clone());
        }
        last = Some(id);
    }
    let is_full = i64::try_from(rows.len()).is_ok_and(|count| count == WINDOW);
    let after = last.filter(|_| is_full);
    Ok(Page { ids, after })
}

/// Removes those of these people who have no faces still, with their pictures, and tells sync. Results of a job (`{held}`);
/// `now` in epoch ms.
pub fn batch_remove(ids: &[&str], now: i64) -> Vec<Statement> {
    let list = json_texts(ids);
    let named = format!(
        "(select p.id from json_rows(?1) v cross join person p where p.id = v.value and {FACELESS} and {{held}})"
    );
    let mut batch = vec![
        super::hold(ids),
        stmt!(
            format!(
                "update asset_face set person_id = null, updated_at = ?2, update_id = uuid7() where person_id in {named}"
            ),
            &list,
            now
        ),
    ];
    batch.extend(remove(&named, &[list.into()], now));
    batch
}
