//! For tests only: runs the jobs of a [`TestApp`] with the real functions.
//!
//! A crate of its own, so that only tests which need it compile the picture decoders.
#![allow(
    clippy::missing_panics_doc,
    clippy::expect_used,
    reason = "everything here panics: that is how a test fails"
)]

use edge_api::enums::JobName;
use edge_platform::{Consumer, stmt};
use edge_store::jobs::{self, NewJob};
use edge_testkit::{NewUser, TestApp};
use serde_json::{Value, json};

/// Jobs after which a test counts as going round in circles.
const MOST: usize = 10_000;

/// Runs jobs of a [`TestApp`].
#[allow(async_fn_in_trait, reason = "tests use one thread")]
pub trait RunJobs {
    /// Runs all due jobs, and those they lead to, until none is due. Gives how many there were to run.
    async fn run_jobs(&self) -> usize;

    /// The same with a function that only its own tests compile: `own` takes one turn of it and says whether a job was due.
    async fn run_jobs_and(&self, own: impl AsyncFnMut() -> bool);

    /// Takes one turn, as if a message had arrived: the next job, whichever the message names, and what follows from it.
    /// Gives the job's id; `None`: none was due.
    async fn deliver(&self, consumer: Consumer) -> Option<String>;

    /// Runs the cron trigger once.
    async fn tick(&self);
}

impl RunJobs for TestApp {
    async fn run_jobs(&self) -> usize {
        let mut count = 0;
        loop {
            let mut ran = 0;
            for consumer in [Consumer::Media, Consumer::Tasks, Consumer::Storage] {
                while self.deliver(consumer).await.is_some() {
                    ran += 1;
                    assert!(count + ran < MOST, "jobs without end");
                }
            }
            if ran == 0 {
                return count;
            }
            count += ran;
        }
    }

    async fn run_jobs_and(&self, mut own: impl AsyncFnMut() -> bool) {
        let mut turns = 0;
        loop {
            let mut ran = self.run_jobs().await;
            while own().await {
                ran += 1;
            }
            turns += 1;
            assert!(turns < 100, "jobs without end");
            if ran == 0 {
                return;
            }
        }
    }

    async fn deliver(&self, consumer: Consumer) -> Option<String> {
        let ran = match consumer {
            Consumer::Media => fn_media::run(&self.app).await,
            Consumer::Tasks => fn_scheduler::run(&self.app).await,
            Consumer::Storage => fn_storage::run(&self.app).await,
            // They bring a whole inference engine: only their own tests compile them.
            Consumer::Faces | Consumer::Ocr | Consumer::Clip => Ok(None),
        };
        ran.expect("the job's fate is stored")
    }

    async fn tick(&self) {
        fn_scheduler::tick(&self.app).await.expect("the tick ends");
    }
}

/// Puts the files of a model into the bucket: `files` have names below its folder.
pub async fn install(app: &TestApp, model: &str, files: Vec<(String, Vec<u8>)>) {
    for (name, bytes) in files {
        put(app, &format!("models/{model}/{name}"), bytes).await;
    }
}

/// An upload of a photo as the area assets leaves it: object, rows, job. Gives its id.
pub async fn upload(app: &TestApp, owner: &NewUser, name: &str, bytes: Vec<u8>) -> String {
    let key = format!("upload/{}/{name}", owner.id);
    put(app, &key, bytes).await;
    let asset = app
        .asset(owner)
        .with("original_path", key)
        .with("original_file_name", name);
    let asset = asset.with("type", "IMAGE").insert().await;
    let payload = json!({ "id": asset, "source": "upload" });
    store(app, JobName::AssetExtractMetadata, payload).await;
    asset
}

/// An asset that has a preview of these bytes, object and row. Gives its id.
pub async fn previewed(app: &TestApp, owner: &NewUser, preview: Vec<u8>) -> String {
    let key = format!("thumbs/{}/{}_preview.jpeg", owner.id, app.app.uuid());
    put(app, &key, preview).await;
    let asset = app.asset(owner).with("type", "IMAGE").insert().await;
    app.sql(stmt!(
        "insert into asset_file (asset_id, type, id, path, mime_type, size_in_byte, created_at, updated_at) \
         values (?1, 'preview', ?2, ?3, 'image/jpeg', 10, 0, 0)",
        &asset,
        app.app.uuid(),
        key
    ))
    .await;
    asset
}

/// Stores a job.
pub async fn store(app: &TestApp, kind: JobName, payload: Value) {
    let now = app.app.now();
    let job = NewJob::new(app.app.uuid(), kind, payload, now);
    app.sql(jobs::insert(&job, now)).await;
}

async fn put(app: &TestApp, key: &str, bytes: Vec<u8>) {
    let objects = &app.app.objects;
    let put = objects.put(key, bytes.into(), "application/octet-stream");
    put.await.expect("the bucket takes it");
}
