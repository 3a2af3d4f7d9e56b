//! What networks saw in pictures, stored for searches by meaning (docs/smart-search.md), as faces ([`faces`]) and as text ([`text`]): by
//! whoever had them look, our functions, a service or a companion.

pub mod faces;
pub mod text;

use edge_api::enums::JobName;
use edge_platform::{DbError, Statement};
use edge_store::{
    asset_vectors::{self, BLOCK, End, Photo},
    jobs::NewJob,
};
use edge_vectors::{code, signs};
use serde_json::json;

use crate::{App, consumer::Done, vectors};

/// Blocks that one job makes.
const BLOCKS: usize = 4;
/// Blocks are looked for after so many vectors of an owner.
const EACH: i64 = 32;

/// What is stored of a picture; the first of an owner's in a turn of `more` looks for what makes a block. Two round trips at most, where
/// no block is made.
pub async fn keep(
    app: &App,
    model: &str,
    photo: &Photo,
    vector: &[f32],
    more: i64,
) -> Result<Done, DbError> {
    let now = app.now();
    let mut done = Done::with(asset_vectors::store(photo, model, &code::of(vector), now));
    done.results
        .extend(blocks(app, &photo.owner_id, model, more).await?);
    done.next
        .push(asset_vectors::copies_job(app.uuid(), &photo.id, now));
    Ok(done)
}

/// The statements that make blocks of vectors behind the blocks of an owner, to whom `more` come now: none while there are too few.
async fn blocks(app: &App, owner: &str, model: &str, more: i64) -> Result<Vec<Statement>, DbError> {
    if more == 0 {
        return Ok(Vec::new());
    }
    let end = asset_vectors::end(app.db(), owner, model).await?;
    if !(end.newest..end.newest + more).any(|newest| newest % EACH == 0) {
        return Ok(Vec::new());
    }
    make_blocks(app, owner, model, end).await
}

/// The statements that make blocks of an owner's vectors behind `end`, whatever the number of the newest one is.
pub async fn make_blocks(
    app: &App,
    owner: &str,
    model: &str,
    end: End,
) -> Result<Vec<Statement>, DbError> {
    let (mut made, mut after) = (Vec::new(), end.last_seq);
    let least = i64::try_from(BLOCK).unwrap_or(i64::MAX);
    let mut block = end.blocks;
    while made.len() < BLOCKS && end.newest - after >= least {
        let rows = app.db().run(asset_vectors::behind(owner, model, after));
        let loose = asset_vectors::read_loose(&rows.await?)?;
        if loose.len() < BLOCK {
            break;
        }
        after = loose.last().map_or(after, |last| last.seq);
        // A service may have answered with another length in between: each length has a block of its own, so that none keeps the others
        // behind the blocks, where each search reads them.
        for part in vectors::by_length(loose)?.values() {
            let bits = signs::write(&part.words);
            let stored = asset_vectors::store_block(owner, model, block, &part.vectors, &bits);
            made.push(stored);
            block += 1;
        }
    }
    Ok(made)
}

/// The job that finds out what of the things that are new in a picture edits have cut away.
fn edits_again(app: &App, asset_id: &str) -> NewJob {
    let kind = JobName::AssetEditThumbnailGeneration;
    let job = NewJob::new(app.uuid(), kind, json!({ "id": asset_id }), app.now());
    job.once(format!("{kind}:{asset_id}"))
}
