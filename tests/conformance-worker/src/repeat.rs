//! One operation many times, to be timed from outside.

use bytes::Bytes;
use edge_platform::{ByteRange, ObjectBody, Statement, cloudflare::Ports, stmt};
use worker::{Error, Response, Result};

const KEY: &str = "repeat/object";
const SIZE: usize = 20_000;

/// Runs `what` so many `times` and answers `done`.
pub async fn repeat(ports: &Ports, what: &str, times: &str) -> Result<Response> {
    let times: u32 = times.parse().map_err(failed)?;
    if what.starts_with("r2") {
        ports
            .objects
            .put(KEY, vec![7; SIZE].into(), "image/webp")
            .await
            .map_err(failed)?;
    }
    for _ in 0..times {
        match what {
            "nothing" => {}
            "d1-1" => batch(ports, 1).await?,
            "d1-3" => batch(ports, 3).await?,
            "d1-rows" => rows(ports).await?,
            "r2-head" => drop(ports.objects.head(KEY).await.map_err(failed)?),
            "r2-get" => drop(get(ports, None).await?),
            "r2-read" => drop(
                get(ports, None)
                    .await?
                    .collect(SIZE)
                    .await
                    .map_err(failed)?,
            ),
            "r2-range" => {
                drop(
                    get(
                        ports,
                        Some(ByteRange::FromTo {
                            first: 0,
                            last: Some(99),
                        }),
                    )
                    .await?,
                );
            }
            "r2-put" => {
                let bytes = Bytes::from(vec![7; SIZE]);
                ports
                    .objects
                    .put(KEY, bytes, "image/webp")
                    .await
                    .map_err(failed)?;
            }
            _ => return Response::error("no such operation", 404),
        }
    }
    Response::ok("done")
}

async fn batch(ports: &Ports, statements: usize) -> Result<()> {
    let sql = "select ?1 as id, ?2 as name, db_now() as now";
    let statement = || stmt!(sql, "00000000-0000-4000-8000-000000000000", 5);
    let batch = std::iter::repeat_with(statement).take(statements).collect();
    ports.db.batch(batch).await.map_err(failed)?;
    Ok(())
}

/// A result as large as a timeline bucket.
async fn rows(ports: &Ports) -> Result<()> {
    let sql = "with recursive n (n) as (select 1 union all select n + 1 from n where n < 278) \
               select n, uuid7() as id, uuid7() as owner, 'IMG_' || n || '.jpg' as name, n * 1.5 as \
               ratio, null as city, 0 as favorite, db_now() as taken from n";
    let rows = ports
        .db
        .run(Statement::new(sql, vec![]))
        .await
        .map_err(failed)?;
    if rows.len() == 278 {
        Ok(())
    } else {
        Err(failed("wrong number of rows"))
    }
}

async fn get(ports: &Ports, range: Option<ByteRange>) -> Result<ObjectBody> {
    let object = ports.objects.get(KEY, range).await.map_err(failed)?;
    object
        .map(|object| object.body)
        .ok_or_else(|| failed("the object is missing"))
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn failed(error: impl ToString) -> Error {
    Error::RustError(error.to_string())
}
