//! `SmartSearch`: the vector of a picture (api/jobs-ml.md section 6.2).

use std::collections::BTreeMap;

use edge_http::{
    App,
    consumer::{Done, Failure, id_of, keep, renew},
    vectors,
};
use edge_installed::{Folder, picture};
use edge_ml::{
    Error, Tract, clip,
    manifest::{Part, Role},
    staged::{self, Named},
    tensor::{self, Tensor},
};
use edge_platform::Statement;
use edge_store::{
    asset_vectors::{self, BLOCK, Photo},
    jobs::Job,
};
use edge_vectors::{code, signs};

/// Blocks that one job makes.
const BLOCKS: usize = 4;
/// Blocks are looked for after so many vectors of an owner.
const EACH: i64 = 32;

/// A picture and its vector; `None`: there is no such asset any more.
pub type Looked = Result<Option<(Photo, Vec<f32>)>, Failure>;

/// What is looked at, and the network that looks.
struct Network {
    folder: Folder,
    part: Part,
}

impl Network {
    async fn open(app: &App, model: &str) -> Result<Self, Failure> {
        let (folder, manifest) = Folder::open(app, model).await?;
        let part = manifest.part(Role::Visual).cloned();
        let part = part.map_err(|error| folder.refused(&error))?;
        Ok(Self { folder, part })
    }

    fn refused(&self, error: &Error) -> Failure {
        self.folder.refused(error)
    }

    /// The asset of a job and its picture as the network takes it; `None`: there is no such asset any more.
    async fn input(&self, app: &App, job: &Job) -> Result<Option<(Photo, Named)>, Failure> {
        let Some(photo) = photo(app, job).await? else {
            return Ok(None);
        };
        let picture = picture::read(app, preview(&photo)?).await?;
        let input = clip::visual(&self.part, &picture).map_err(|error| self.refused(&error))?;
        Ok(Some((photo, input)))
    }

    /// The answers to pictures, in their order. Errors: the model cannot be used.
    async fn look(&self, batch: Vec<Named>) -> Result<Vec<Result<Vec<Tensor>, Error>>, Failure> {
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        let answers = staged::run(&Tract, &self.folder, &self.part, batch).await;
        answers.map_err(|error| self.refused(&error))
    }

    /// The vector of an answer, at length 1.
    fn vector(&self, answer: Option<Result<Vec<Tensor>, Error>>) -> Result<Vec<f32>, Failure> {
        let answer = answer.ok_or_else(|| Failure::Final("no answer".to_owned()))?;
        let answer = answer.map_err(|error| self.refused(&error))?;
        let numbers = answer.first().map_or(Ok(&[][..]), Tensor::singles);
        let numbers = numbers.map_err(|error| self.refused(&error))?;
        tensor::normalised(numbers).map_err(|error| self.refused(&error))
    }
}

/// The asset of a job; `None`: there is no such asset any more.
pub async fn photo(app: &App, job: &Job) -> Result<Option<Photo>, Failure> {
    let id = id_of(job)?;
    Ok(asset_vectors::find(app.db(), id).await?)
}

/// The object key of a photo's preview. Errors: it has none.
pub fn preview(photo: &Photo) -> Result<&str, Failure> {
    let preview = photo.preview.as_deref();
    preview.ok_or_else(|| Failure::Final("the asset has no preview".to_owned()))
}

/// Stores what was seen in the pictures of several jobs. The fate of each, in their order.
pub async fn keep_all(app: &App, model: &str, looked: Vec<Looked>) -> Vec<Result<Done, Failure>> {
    let mut seen: BTreeMap<String, i64> = BTreeMap::new();
    for (photo, _) in looked.iter().flatten().flatten() {
        *seen.entry(photo.owner_id.clone()).or_default() += 1;
    }
    let mut fates = Vec::new();
    for looked in looked {
        fates.push(match looked {
            Err(failure) => Err(failure),
            Ok(None) => Ok(Done::nothing()),
            Ok(Some((photo, vector))) => {
                let more = seen.remove(&photo.owner_id).unwrap_or_default();
                store(app, model, &photo, &vector, more).await
            }
        });
    }
    fates
}

/// What our own network sees in the previews of the assets of these jobs: it is read once for all.
pub async fn here(app: &App, jobs: &[Job], model: &str) -> Vec<Looked> {
    let network = match Network::open(app, model).await {
        Ok(network) => network,
        Err(failure) => return jobs.iter().map(|_| Err(failure.clone())).collect(),
    };
    let (mut photos, mut batch) = (Vec::new(), Vec::new());
    let mut since = app.now();
    for job in jobs {
        let photo = network.input(app, job).await;
        photos.push(photo.map(|found| {
            found.map(|(photo, input)| {
                batch.push(input);
                photo
            })
        }));
        keep(app, jobs, &mut since).await;
    }
    renew(app, jobs).await;
    let mut answers = network.look(batch).await.map(Vec::into_iter);
    let with_vector = |photo: Result<Option<Photo>, Failure>| -> Looked {
        let Some(photo) = photo? else {
            return Ok(None);
        };
        let answers = answers.as_mut().map_err(|failure| failure.clone())?;
        let vector = network.vector(answers.next())?;
        Ok(Some((photo, vector)))
    };
    photos.into_iter().map(with_vector).collect()
}

/// What is stored of a picture; the first of an owner's in a turn of `more` looks for what makes a block.
async fn store(
    app: &App,
    model: &str,
    photo: &Photo,
    vector: &[f32],
    more: i64,
) -> Result<Done, Failure> {
    let now = app.now();
    let mut done = Done::with(asset_vectors::store(photo, model, &code::of(vector), now));
    done.results
        .extend(blocks(app, &photo.owner_id, model, more).await?);
    done.next
        .push(asset_vectors::copies_job(app.uuid(), &photo.id, now));
    Ok(done)
}

/// The statements that make blocks of vectors behind the blocks of an owner, to whom `more` come now: none while there are too few.
async fn blocks(app: &App, owner: &str, model: &str, more: i64) -> Result<Vec<Statement>, Failure> {
    if more == 0 {
        return Ok(Vec::new());
    }
    let end = asset_vectors::end(app.db(), owner, model).await?;
    if !(end.newest..end.newest + more).any(|newest| newest % EACH == 0) {
        return Ok(Vec::new());
    }
    make_blocks(app, owner, model, end).await
}

/// As `blocks`, whatever the number of the newest vector is.
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
