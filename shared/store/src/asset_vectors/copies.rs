//! Copies by what pictures look like to CLIP (api/jobs-ml.md section 6.5).

use edge_platform::{Database, DbError, Row, Rows, Statement, stmt};

use crate::json_texts;

/// An asset whose copies are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The asset.
    pub id: String,
    /// Whose it is.
    pub owner_id: String,
    /// Photo or video: copies are of the same type.
    pub kind: String,
    /// Its vector, base64 of numbers of 8 bits.
    pub code: String,
    /// The group it is in.
    pub duplicate_id: Option<String>,
}

/// An asset that may be a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// The asset.
    pub id: String,
    /// Its vector.
    pub code: String,
    /// The group it is in.
    pub duplicate_id: Option<String>,
}

/// `asset a` may be in a group: on the timeline or in the archive, not stacked and not in the trash.
const ELIGIBLE: &str =
    "a.visibility in ('timeline', 'archive') and a.stack_id is null and a.deleted_at is null";

/// The asset whose copies are looked for; `None` when it can have none, or has no vector of this model. One round trip.
pub async fn subject(
    db: &dyn Database,
    asset_id: &str,
    model: &str,
) -> Result<Option<Subject>, DbError> {
    let rows = db
        .run(stmt!(
            format!(
                "select a.id, a.owner_id, a.type, a.duplicate_id, v.code from asset a join asset_vector v on v.asset_id = a.id \
                 where a.id = ?1 and v.model = ?2 and {ELIGIBLE}"
            ),
            asset_id,
            model
        ))
        .await?;
    let subject = |row: Row<'_>| {
        Ok(Subject {
            id: row.get("id")?,
            owner_id: row.get("owner_id")?,
            kind: row.get("type")?,
            code: row.get("code")?,
            duplicate_id: row.get("duplicate_id")?,
        })
    };
    rows.first().map(subject).transpose()
}

/// Those of these assets that may be copies; read with [`read_neighbours`].
pub fn neighbours(of: &Subject, model: &str, ids: &[&str]) -> Statement {
    stmt!(
        format!(
            "select a.id, a.duplicate_id, v.code from json_rows(?1) k cross join asset a cross join asset_vector v \
             where a.id = k.value and v.asset_id = a.id and v.model = ?2 and a.id <> ?3 and a.owner_id = ?4 and a.type = ?5 \
             and {ELIGIBLE}"
        ),
        json_texts(ids),
        model,
        &of.id,
        &of.owner_id,
        &of.kind
    )
}

/// Reads the rows of [`neighbours`].
pub fn read_neighbours(rows: &Rows) -> Result<Vec<Neighbour>, DbError> {
    let neighbour = |row: Row<'_>| {
        Ok(Neighbour {
            id: row.get("id")?,
            code: row.get("code")?,
            duplicate_id: row.get("duplicate_id")?,
        })
    };
    rows.iter().map(neighbour).collect()
}
