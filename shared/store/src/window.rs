//! Tables walked by id, a window of rows at a time, of which some are taken.

use edge_platform::{DbError, Rows};

/// What of a window is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Ids that are taken, at most as many as the window has rows.
    pub ids: Vec<String>,
    /// Behind which id to go on; `None`: that was the end.
    pub after: Option<String>,
}

/// Reads columns `id` and `taken` of a window of at most `length` rows, in the order of their ids.
pub(crate) fn read(rows: &Rows, length: i64) -> Result<Page, DbError> {
    let (mut ids, mut last) = (Vec::new(), None);
    for row in rows.iter() {
        let id: String = row.get("id")?;
        if row.get("taken")? {
            ids.push(id.clone());
        }
        last = Some(id);
    }
    let is_full = i64::try_from(rows.len()).is_ok_and(|count| count == length);
    let after = last.filter(|_| is_full);
    Ok(Page { ids, after })
}
