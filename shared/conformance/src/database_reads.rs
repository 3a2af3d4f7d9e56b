//! Checks of batches that only read: some adapters send them as one statement.

use edge_platform::{Database, Row, Rows, Statement, stmt};

use crate::{Checked, Outcome, outcome, same, statements::run, text};

/// Rows of every kind of value, as a statement that reads nothing else.
const KINDS: &str = "select 'r1' as id, cast(9007199254740991 as bigint) as whole, cast(-2.5e-8 as double precision) as fraction, \
     'Zürich \"東京\" back\\slash' as words union all \
     select 'r2', cast(null as bigint), cast(3 as double precision), cast(?1 as text) union all \
     select 'r3', cast(-7 as bigint), cast(null as double precision), cast(null as text)";

type Cells = (String, Option<i64>, Option<f64>, Option<String>);

/// Runs all of them.
pub(crate) async fn all(db: &dyn Database) -> [Outcome; 3] {
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
        outcome("columns come as JSON", Box::pin(columns(db))).await,
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
    let with_id = |id: &str| stmt!(format!("select * from ({KINDS}) k where id = ?2"), "12", id);
    let over_kinds = |id: &str, value: &str| {
        let select = format!("select * from ({}) k", KINDS.replace("?1", "?2"));
        let sql = "select * from kinds where id <> ?1 order by id desc";
        stmt!(sql, id).over("kinds", &select, vec![value.into()])
    };
    let statements = [
        ordered("asc"),
        ordered("desc"),
        with_id("none"),
        with_id("r1").single(),
        with_id("none").single(),
        over_kinds("r1", "12"),
        over_kinds("r2", "12"),
        over_kinds("r1", "13"),
    ];
    let mut alone = Vec::new();
    for statement in &statements {
        alone.push(cells(&run(db, statement.clone()).await?)?);
    }
    same(
        "rows of one alone",
        alone.iter().map(Vec::len).collect(),
        vec![3, 3, 0, 1, 0, 2, 2, 2],
    )?;
    let kinds = statements.len();
    // Each at each place beside different others, and a second time on a connection that may know the batch.
    for turn in 0..8 * kinds {
        let step = 1 + turn / kinds % (kinds - 1);
        let order = [turn, turn + step, turn + 2 * step, turn].map(|place| place % kinds);
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
        let mut batch = vec![stmt!("select 1 as whole").single()];
        batch.extend(numbers.map(about));
        let answers = db.batch(batch).await.map_err(text)?;
        let counts: Vec<usize> = answers.iter().map(Rows::len).collect();
        let [first, second] = found;
        same("rows of rare conditions", counts, vec![1, first, second])?;
    }
    Ok(())
}

/// Columns as JSON, in the order of their rows: any values, and texts in which nothing needs an escape.
async fn columns(db: &dyn Database) -> Checked {
    let of = |condition: &str| {
        stmt!(
            format!(
                "select json_column(t.words) as words, text_column(t.id) as ids, \
             text_column(cast(t.whole as text)) as whole \
             from (select * from ({KINDS}) k where {condition} order by id desc) t"
            ),
            "a"
        )
    };
    let (all, one, none) = ("1 = 1", "whole is null", "1 = 0");
    for (condition, expected) in [
        (
            all,
            [
                "[null,\"a\",\"Zürich \\\"東京\\\" back\\\\slash\"]",
                r#"["r3","r2","r1"]"#,
                r#"["-7","","9007199254740991"]"#,
            ],
        ),
        (one, [r#"["a"]"#, r#"["r2"]"#, r#"[""]"#]),
        (none, ["[]", "[]", "[]"]),
    ] {
        let rows = run(db, of(condition)).await?;
        let row = rows.first().ok_or("no row")?;
        let column = |name| row.text(name).map_err(text);
        // PostgreSQL puts spaces between the values of an array.
        let words = column("words")?.replace(", ", ",");
        let found = [
            words,
            column("ids")?.to_owned(),
            column("whole")?.to_owned(),
        ];
        same("columns", found, expected.map(str::to_owned))?;
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
