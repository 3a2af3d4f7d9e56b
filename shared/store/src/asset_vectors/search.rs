//! Statements of a search by meaning (api/jobs-ml.md section 6.6). They name `caller`.

use edge_platform::{DbError, Row, Rows, Statement, stmt};

use crate::{
    access::one_asset_read,
    json_texts,
    params::Params,
    search::{Found, Search},
};

/// So many assets are compared one by one where a search finds no more by its filters.
pub const FEW: i64 = 2_000;

/// An asset that is compared exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Asset id.
    pub id: String,
    /// Its vector, base64 of numbers of 8 bits.
    pub code: String,
}

/// What is known of the asset of a request: `id` when it may be read, `code` when it has a vector of the model.
pub fn asked(asset_id: &str, model: &str) -> Statement {
    stmt!(
        format!(
            "select a.id, v.code from caller c cross join asset a left join asset_vector v on v.asset_id = a.id \
             and v.model = ?2 where a.id = ?1 and {}",
            one_asset_read()
        ),
        asset_id,
        model
    )
}

/// Reads the row of [`asked`]: `None`, it may not be read; `Some(None)`, it has no vector.
pub fn read_asked(rows: Option<&Rows>) -> Result<Option<Option<String>>, DbError> {
    let row = rows.and_then(Rows::first);
    row.map(|row| row.get("code")).transpose()
}

/// Reads what [`Search::compared`] and [`Search::few`] give.
pub fn read_candidates(rows: &Rows) -> Result<Vec<Candidate>, DbError> {
    let candidate = |row: Row<'_>| {
        Ok(Candidate {
            id: row.get("id")?,
            code: row.get("code")?,
        })
    };
    rows.iter().map(candidate).collect()
}

/// Reads the owners of [`Search::blocks`].
pub fn read_owners(rows: &Rows) -> Result<Vec<String>, DbError> {
    let mut owners: Vec<String> = rows
        .iter()
        .map(|row| row.get("owner_id"))
        .collect::<Result<_, _>>()?;
    owners.dedup();
    Ok(owners)
}

impl Search {
    /// The owners that are searched and their blocks of vectors; for [`read_owners`] and [`super::read_heads`].
    pub fn blocks(&self, model: &str) -> Statement {
        let mut params = Params::default();
        let mine = self.mine(&mut params);
        let model = params.bind(model);
        Statement::new(
            format!(
                "select l.owner_id, l.block, l.version, l.last_seq from (with {mine} select m.id as owner_id, b.block, b.version, \
                 b.last_seq from mine m left join asset_vector_block b on b.owner_id = m.id and b.model = {model}) l \
                 order by l.owner_id, l.block"
            ),
            params.0,
        )
    }

    /// Those of these assets that are wanted, with their vectors.
    pub fn compared(&self, model: &str, ids: &[&str]) -> Statement {
        let mut params = Params::default();
        let mine = self.mine(&mut params);
        let (ids, model) = (params.bind(json_texts(ids)), params.bind(model));
        let (exif, wanted) = self.tested(&mut params);
        Statement::new(
            format!(
                "select l.id, l.code from (with {mine} select a.id, v.code from json_rows({ids}) k cross join asset a cross join mine m \
                 cross join asset_vector v{exif} where a.id = k.value and v.asset_id = a.id and v.model = {model} and {wanted}) l"
            ),
            params.0,
        )
    }

    /// At most [`FEW`] and one assets that are wanted, whatever they look like, with their vectors.
    pub fn few(&self, model: &str) -> Statement {
        let found = self.some(FEW + 1);
        let Found { sql, mut params } = found;
        let model = params.bind(model);
        Statement::new(
            format!(
                "select v.asset_id as id, v.code from ({sql}) f cross join asset_vector v where v.asset_id = f.id \
                 and v.model = {model}"
            ),
            params.0,
        )
    }
}
