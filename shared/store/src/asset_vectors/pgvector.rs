//! Searches by meaning where PostgreSQL has pgvector: it compares all vectors of the owners exactly (docs/decisions/0040-pgvector.md).
//! What keeps its table: migrations/postgres/pgvector.sql.

use edge_platform::{DbError, Dialect, Rows, Statement, stmt};

use crate::{params::Params, search::Search};

/// What is found among the nearest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nearest {
    /// Their ids, the nearest first, of equally near ones in the order of the ids.
    pub ids: Vec<String>,
    /// There were no others to look at.
    pub is_all: bool,
}

/// Whether this database can answer [`Search::nearest`], to be asked along with something else; read with [`read_state`]. `None`
/// for one that never can.
pub fn state(dialect: Dialect) -> Option<Statement> {
    // The index comes when all vectors are there, and goes with the extension.
    let sql = "select case when to_regclass('asset_pgvector_owner_idx') is null then 0 else 1 end as is_kept";
    (dialect == Dialect::Postgres).then(|| stmt!(sql).single())
}

/// Reads the row of [`state`]; without rows it cannot.
pub fn read_state(rows: Option<&Rows>) -> Result<bool, DbError> {
    let row = rows.and_then(Rows::first);
    Ok(row.map_or(Ok(0_i64), |row| row.get("is_kept"))? != 0)
}

impl Search {
    /// The first `first` that are wanted among the `most` vectors nearest to `numbers`; read with [`read_nearest`].
    ///
    /// Who is near is known before the filters are looked at, so that assets are looked up only for these. A vector without a direction
    /// and one of another length have nothing in common with others, as in `edge_vectors::code::Code`.
    pub fn nearest(&self, model: &str, numbers: &[i8], most: i64, first: i64) -> Statement {
        let mut params = Params::default();
        let mine = self.mine(&mut params);
        let numbers = params.bind(serde_json::Value::from(numbers).to_string());
        let model = params.bind(model);
        let (exif, wanted) = self.tested(&mut params);
        let first = params.bind(first);
        // How many there are at most is a number in the text: PostgreSQL takes a parameter for a tenth of all.
        Statement::new(
            format!(
                "select l.id, l.looked from (with {mine}, asked(numbers) as materialized (select cast(cast({numbers} as text) as halfvec)), \
                 near(id, far) as materialized (select v.asset_id, coalesce(case when vector_dims(v.numbers) = vector_dims(q.numbers) \
                 then nullif(v.numbers <=> q.numbers, 'NaN') end, 1) from mine m cross join asked q cross join asset_pgvector v \
                 where v.owner_id = m.id and v.model = {model} and v.numbers is not null order by 2, 1 limit {most}), \
                 found(id, far) as (select a.id, n.far from near n cross join looked_up(asset a, a.id = n.id) cross join mine m{exif} \
                 where a.id = n.id and {wanted} order by n.far, a.id limit {first}) \
                 select f.id, f.far, n.looked from (select count(*) as looked from near) n left join found f on 1 = 1) l \
                 order by l.far, l.id"
            ),
            params.0,
        )
    }
}

/// Reads the rows of [`Search::nearest`], which looked at `most`.
pub fn read_nearest(rows: &Rows, most: i64) -> Result<Nearest, DbError> {
    let ids = rows.iter().map(|row| row.get::<Option<String>>("id"));
    let looked: i64 = rows.first().map_or(Ok(0), |row| row.get("looked"))?;
    Ok(Nearest {
        ids: ids
            .filter_map(Result::transpose)
            .collect::<Result<_, _>>()?,
        is_all: looked < most,
    })
}
