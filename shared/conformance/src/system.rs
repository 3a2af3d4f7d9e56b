//! Checks of clock and random ports, and of what using a missing binding gives.

use edge_platform::{Clock, Database, DbError, ObjectError, ObjectStore, Random, stmt};

use crate::{Checked, Outcome, holds, same};

/// Runs all checks.
pub fn system(clock: &dyn Clock, random: &dyn Random) -> Vec<Outcome> {
    vec![
        Outcome {
            check: "the clock shows epoch milliseconds",
            failure: time(clock).err(),
        },
        Outcome {
            check: "uuids are v4 and differ",
            failure: uuids(random).err(),
        },
    ]
}

fn time(clock: &dyn Clock) -> Checked {
    let now = clock.now();
    // Between the years 2025 and 2100.
    holds(
        &format!("{now} is now"),
        (1_735_000_000_000..4_102_000_000_000).contains(&now),
    )
}

fn uuids(random: &dyn Random) -> Checked {
    let (one, other) = (random.uuid(), random.uuid());
    holds("they differ", one != other)?;
    same("length", one.len(), 36)?;
    same("version", one.get(14..15), Some("4"))?;
    same("lower case", one.to_lowercase(), one.clone())
}

/// For adapters made without their binding: every use is a clear error.
pub async fn unbound(db: &dyn Database, store: &dyn ObjectStore) -> Vec<Outcome> {
    let found = db.run(stmt!("select 1 as one")).await.err();
    let told = matches!(&found, Some(DbError::Other(text)) if text.contains("binding DB"));
    let database = holds(&format!("the database gave {found:?}"), told);
    let found = store.head("key").await.err();
    let told = matches!(&found, Some(ObjectError::Other(text)) if text.contains("binding BUCKET"));
    let objects = holds(&format!("the objects gave {found:?}"), told);
    vec![Outcome {
        check: "missing bindings are named",
        failure: database.and(objects).err(),
    }]
}
