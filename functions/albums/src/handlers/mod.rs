//! HTTP in, HTTP out of albums. Reads take one database round trip, writes two: what the answer depends
//! on comes with the authentication, then one batch writes and reads the result.

mod album;
mod assets;
mod members;

pub use album::{create, delete, info, list, statistics, update};
pub use assets::{add_assets, add_assets_to_albums, map_markers, remove_assets};
pub use members::{invite, remove_user, set_role};

use edge_api::albums::AlbumResponse;
use edge_http::{App, Error, Result};
use edge_platform::{DbError, Rows, Statement};
use edge_store::{
    albums::{self, Which},
    caller::Caller,
};

/// Puts the caller in front of statements that name it.
fn scoped(caller: &Caller, statements: Vec<Statement>) -> impl Iterator<Item = Statement> {
    statements
        .into_iter()
        .map(|statement| caller.scoped(statement))
}

/// Runs a batch and reads an album after it. The caller must be a member of the album by then.
async fn run_and_read(
    app: &App,
    caller: &Caller,
    mut batch: Vec<Statement>,
    album_id: &str,
) -> Result<AlbumResponse> {
    batch.extend(scoped(caller, albums::statements(Which::One(album_id))));
    let results = app.db().batch(batch).await.map_err(gone)?;
    app.announce_notifications(&results).await;
    let [.., facts, members] = results.as_slice() else {
        return Err(short());
    };
    let album = albums::read_albums(facts, members)?.pop();
    album.ok_or_else(|| Error::bad_request("Album not found"))
}

/// What was deleted between the look at it and the write is the same as what never was.
fn gone(error: DbError) -> Error {
    match error {
        DbError::ForeignKey(_) => Error::bad_request("Album not found"),
        other => other.into(),
    }
}

fn split<const N: usize>(results: Vec<Rows>) -> Result<[Rows; N]> {
    results.try_into().map_err(|results: Vec<Rows>| {
        Error::internal(format!("{} results instead of {N}", results.len()))
    })
}

fn short() -> Error {
    Error::internal("the batch gave fewer results than statements")
}
