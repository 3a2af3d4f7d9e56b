//! Checks of batches that only read: some adapters send them as one statement.

use edge_platform::{Database, Row, Rows, Statement, stmt};

use crate::{Checked, Outcome, database::run, outcome, same, text};

/// Rows of every kind of value, as a statement that reads nothing else.
const KINDS: &str = "select 'r1' as id, cast(9007199254740991 as bigint) as whole, cast(-2.5e-8 as double precision) as fraction, \
     'Zürich \"東京\" back\\slash' as words union all \
     select 'r2', cast(null as bigint), cast(3 as double precision), cast(?1 as text) union all \
     select 'r3', cast(-7 as bigint), cast(null as double precision), cast(null as text)";

type Cells = (String, Option<i64>, Option<f64>, Option<String>);

/// Runs all of them.
pub(crate) async fn all(db: &dyn Database) -> [Outcome; 2] {
    [
        outcome(
            "reading batches give what their statements give alone",
            Box::pin(places(db)),
        )
        .await,
        outcome(
            "what is rarely true counts where it is",
            Box::pin(rare_conditions(db)),
        )
        .await,
    ]
}

/// Whatever its place in a batch, a statement gives the rows that it gives alone, in its order.
async fn places(db: &dyn Database) -> Checked {
    let ordered = |direction| {
        stmt!(
            format!("select * from ({KINDS}) k order by id {direction}"),
            "12"
        )
    };
    let none = || {
        stmt!(
            format!("select * from ({KINDS}) k where id = ?2"),
            "12",
            "none"
        )
    };
    let statements = [ordered("asc"), ordered("desc"), none()];
    let mut alone = Vec::new();
    for statement in &statements {
        alone.push(cells(&run(db, statement.clone()).await?)?);
    }
    same(
        "rows of one alone",
        alone.iter().map(Vec::len).collect(),
        vec![3, 3, 0],
    )?;
    // Each at each place, and a second time on a connection that may know the batch.
    for turn in 0..6 {
        let order = [turn % 3, (turn + 1) % 3, (turn + 2) % 3, turn % 3];
        let batch: Vec<Statement> = order.iter().map(|at| statements[*at].clone()).collect();
        let answers = db.batch(batch).await.map_err(text)?;
        same("answers", answers.len(), order.len())?;
        for (rows, at) in answers.iter().zip(order) {
            same("rows in a batch", cells(rows)?, alone[at].clone())?;
        }
    }
    Ok(())
}

/// What is `rarely` true counts where it is, also beside a statement of which it is never asked.
async fn rare_conditions(db: &dyn Database) -> Checked {
    let about = |number: i64| {
        stmt!(
            "select n.whole from (select cast(?1 as bigint) as whole) n where n.whole = 1 or rarely(n.whole = 2)",
            number
        )
    };
    for (numbers, found) in [([1, 1], [1, 1]), ([1, 2], [1, 1]), ([2, 3], [1, 0])] {
        let mut batch = vec![stmt!("select 1 as whole")];
        batch.extend(numbers.map(about));
        let answers = db.batch(batch).await.map_err(text)?;
        let counts: Vec<usize> = answers.iter().skip(1).map(Rows::len).collect();
        same("rows of rare conditions", counts, found.to_vec())?;
    }
    Ok(())
}

fn cells(rows: &Rows) -> Result<Vec<Cells>, String> {
    let read = |row: Row<'_>| {
        Ok((
            row.get("id")?,
            row.get("whole")?,
            row.get("fraction")?,
            row.get("words")?,
        ))
    };
    let cells: Result<Vec<Cells>, edge_platform::DbError> = rows.iter().map(read).collect();
    cells.map_err(text)
}
