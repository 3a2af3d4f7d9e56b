//! `SmartSearch`: the vector of a picture (api/jobs-ml.md section 6.2).

use edge_http::{
    App,
    consumer::{Done, Failure},
    vectors,
};
use edge_installed::{Folder, picture};
use edge_ml::{
    Tract, clip,
    manifest::Role,
    picture::Picture,
    staged,
    tensor::{self, Tensor},
};
use edge_platform::Statement;
use edge_store::{
    asset_vectors::{self, BLOCK},
    jobs::Job,
};
use edge_vectors::{code, signs};

/// Blocks that one job makes.
const BLOCKS: usize = 4;
/// Blocks are looked for after so many vectors of an owner.
const EACH: i64 = 32;

/// Looks at the preview of an asset.
pub async fn run(app: &App, job: &Job, model: &str) -> Result<Done, Failure> {
    let id = job
        .text("id")
        .ok_or_else(|| Failure::Final("payload without id".to_owned()))?;
    let Some(photo) = asset_vectors::find(app.db(), id).await? else {
        return Ok(Done::nothing());
    };
    let preview = photo.preview.as_deref();
    let preview = preview.ok_or_else(|| Failure::Final("the asset has no preview".to_owned()))?;
    let picture = picture::read(app, preview).await?;
    let vector = vector(app, model, &picture).await?;
    let now = app.now();
    let mut done = Done::with(asset_vectors::store(&photo, model, &code::of(&vector), now));
    done.results
        .extend(blocks(app, &photo.owner_id, model).await?);
    done.next
        .push(asset_vectors::copies_job(app.uuid(), &photo.id, now));
    Ok(done)
}

/// The vector of a picture, at length 1. Errors: the model cannot be used.
async fn vector(app: &App, model: &str, picture: &Picture) -> Result<Vec<f32>, Failure> {
    let (folder, manifest) = Folder::open(app, model).await?;
    let refused = |error| folder.refused(&error);
    let part = manifest.part(Role::Visual).map_err(refused)?;
    let input = clip::visual(part, picture).map_err(refused)?;
    let answers = staged::run(&Tract, &folder, part, vec![input]).await;
    let answer = answers.map_err(refused)?.into_iter().next();
    let answer = answer.ok_or_else(|| Failure::Final("no answer".to_owned()))?;
    let answer = answer.map_err(refused)?;
    let numbers = answer.first().map_or(Ok(&[][..]), Tensor::singles);
    tensor::normalised(numbers.map_err(refused)?).map_err(refused)
}

/// The statements that make blocks of vectors behind the blocks of an owner: none while there are too few.
pub async fn blocks(app: &App, owner: &str, model: &str) -> Result<Vec<Statement>, Failure> {
    let end = asset_vectors::end(app.db(), owner, model).await?;
    if end.newest % EACH != 0 {
        return Ok(Vec::new());
    }
    make_blocks(app, owner, model, end).await
}

/// [`blocks`] whatever the number of the newest vector is.
pub async fn make_blocks(
    app: &App,
    owner: &str,
    model: &str,
    end: asset_vectors::End,
) -> Result<Vec<Statement>, Failure> {
    let (mut made, mut after) = (Vec::new(), end.last_seq);
    let least = i64::try_from(BLOCK).unwrap_or(i64::MAX);
    let mut block = end.blocks;
    while made.len() < BLOCKS && end.newest - after >= least {
        let rows = app.db().run(asset_vectors::behind(owner, model, after));
        let loose = asset_vectors::read_loose(&rows.await?)?;
        let (words, is_even) = vectors::signs_of(&loose)?;
        // One of several lengths would make no block.
        if loose.len() < BLOCK || !is_even {
            break;
        }
        after = loose.last().map_or(after, |last| last.seq);
        let bits = signs::write(&words);
        let stored = asset_vectors::store_block(owner, model, block, &loose, &bits);
        made.push(stored);
        block += 1;
    }
    Ok(made)
}
