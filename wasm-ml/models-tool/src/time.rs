//! `cargo xtask models time`: how long the networks of installed models, and the stages of each, take on this machine, natively, and how
//! much memory.
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context as _, Result};
use async_trait::async_trait;
use bytes::Bytes;
use edge_ml::Error;
use edge_ml::faces;
use edge_ml::manifest::{Manifest, Part, Role};
use edge_ml::ocr::{self, Resolution, Settings};
use edge_ml::picture::Picture;
use edge_ml::staged::{self, Named, Source};
use edge_ml::{Tract, clip};
use futures::executor::block_on;
use futures::stream::BoxStream;

use crate::folder::{Folder, MANIFEST, manifest};
use crate::{prove, say};

/// Inputs of the longer run.
const MANY: usize = 8;

/// The pictures of the catalogue, a portrait and a printed page, as files in `folder`.
pub fn samples(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    for (name, file) in [
        ("astronaut.png", prove::ASTRONAUT),
        ("page.png", prove::PAGE),
    ] {
        fs::write(folder.join(name), crate::packages::read(file)?)?;
    }
    Ok(())
}

/// Says of each part of each model in `bucket`, and of each stage of it, how long one picture takes, the network read, and how long each
/// further one.
pub fn time(bucket: &Path) -> Result<()> {
    let portrait = prove::picture(prove::ASTRONAUT)?;
    let page = prove::picture(prove::PAGE)?;
    say(
        "| model | part | stage | ms with reading | ms each further | MiB at most |\n|---|---|---|---|---|---|",
    )?;
    let models = bucket.join("models");
    let entries = fs::read_dir(&models).with_context(|| models.display().to_string())?;
    let mut folders = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    folders.sort();
    for folder in folders
        .iter()
        .filter(|folder| folder.join(MANIFEST).exists())
    {
        let manifest = manifest(folder)?;
        let source = Folder(folder.clone());
        for (role, part) in &manifest.parts {
            if let Some(input) = input(&manifest, &source, *role, &portrait, &page)? {
                for row in measured(&source, part, &input)? {
                    say(&format!("| {} | {role:?} | {row} |", manifest.name))?;
                }
            }
        }
    }
    Ok(())
}

/// What a part sees of a picture; `None`: it sees none.
fn input(
    manifest: &Manifest,
    source: &Folder,
    role: Role,
    portrait: &Picture,
    page: &Picture,
) -> Result<Option<Named>> {
    let part = manifest.part(role)?;
    let resolution = Resolution {
        shorter: 736,
        area: 640 * 640,
    };
    Ok(match role {
        Role::Visual => Some(clip::visual(part, portrait)?),
        Role::FaceDetection => Some(faces::detect_input(part, portrait)?.0),
        Role::FaceRecognition => {
            let detection = manifest.part(Role::FaceDetection)?;
            let (input, scale) = faces::detect_input(detection, portrait)?;
            let answer = answer(source, detection, input)?;
            let found = faces::detected(detection, &answer, scale, 0.7)?;
            let face = found.first().context("a face in the portrait")?;
            Some(faces::embed_input(part, portrait, face)?)
        }
        Role::TextDetection => ocr::detect_input(part, page, resolution)?,
        Role::TextRecognition => {
            let detection = manifest.part(Role::TextDetection)?;
            let input = ocr::detect_input(detection, page, resolution)?;
            let answer = answer(
                source,
                detection,
                input.context("the page is large enough")?,
            )?;
            let size = (page.width(), page.height());
            let lines = ocr::detected(&answer, size, &Settings::default())?;
            let mut lines = lines.iter().filter_map(|line| ocr::line(page, line));
            let line = lines.next().context("a line on the page")?;
            Some(ocr::read_input(part, &line)?)
        }
        Role::Textual => None,
    })
}

fn answer(source: &Folder, part: &Part, input: Named) -> Result<Vec<edge_ml::Tensor>> {
    let mut answers = block_on(staged::run(&Tract, source, part, vec![input]))?;
    Ok(answers.pop().context("an answer")??)
}

/// The cells of a row for the whole part, and of one for each stage.
pub fn measured(source: &Folder, part: &Part, input: &Named) -> Result<Vec<String>> {
    let run = |count: usize| -> Result<Vec<Took>> {
        let watched = Watched {
            folder: source,
            stages: Mutex::default(),
        };
        let batch = vec![input.clone(); count];
        for answer in block_on(staged::run(&Tract, &watched, part, batch))? {
            answer?;
        }
        let stages = watched.stages.into_inner();
        let mut stages = stages.unwrap_or_else(PoisonError::into_inner);
        stages.end();
        Ok(stages.over)
    };
    // The first one reads files that the system does not hold yet.
    run(1)?;
    let (one, many) = (run(1)?, run(MANY)?);
    let mut rows = vec![row(&whole(&one), &whole(&many))];
    rows.extend(one.iter().zip(&many).map(|(one, many)| row(one, many)));
    Ok(rows)
}

/// What a stage took, or all of them.
struct Took {
    name: String,
    ms: f64,
    /// Most memory of this process meanwhile; `None`: this system does not say.
    kib: Option<u64>,
}

fn whole(stages: &[Took]) -> Took {
    Took {
        name: "all".to_owned(),
        ms: stages.iter().map(|stage| stage.ms).sum(),
        kib: stages.iter().filter_map(|stage| stage.kib).max(),
    }
}

/// The cells of what was taken for one input and for [`MANY`].
fn row(one: &Took, many: &Took) -> String {
    let kib = one.kib.max(many.kib);
    let memory = kib.map_or_else(|| "?".to_owned(), |kib| (kib / 1024).to_string());
    #[expect(clippy::cast_precision_loss, reason = "a few")]
    let further = (many.ms - one.ms) / (MANY - 1) as f64;
    format!("{} | {:.1} | {further:.1} | {memory}", one.name, one.ms)
}

/// The files of a model, and what each stage takes from the moment at which its file is opened: that is the first that is done for it,
/// and for inputs of one shape it is done once.
struct Watched<'a> {
    folder: &'a Folder,
    stages: Mutex<Stages>,
}

impl Watched<'_> {
    fn begin(&self, file: &str) {
        let mut stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        stages.begin(file);
    }
}

#[derive(Default)]
struct Stages {
    /// The file of the one at work, and since when it is.
    current: Option<(String, Instant)>,
    over: Vec<Took>,
}

impl Stages {
    /// The stage in this file is at work from now on; one that is opened again goes on.
    fn begin(&mut self, file: &str) {
        let is_same = |(name, _): &(String, Instant)| name == file;
        if self.current.as_ref().is_some_and(is_same) {
            return;
        }
        self.end();
        forget_memory();
        self.current = Some((file.to_owned(), Instant::now()));
    }

    fn end(&mut self) {
        if let Some((name, since)) = self.current.take() {
            let ms = since.elapsed().as_secs_f64() * 1000.0;
            let kib = most_memory();
            self.over.push(Took { name, ms, kib });
        }
    }
}

#[async_trait]
impl Source for Watched<'_> {
    async fn open(
        &self,
        file: &str,
        range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, Result<Bytes, Error>>, Error> {
        self.begin(file);
        self.folder.open(file, range).await
    }
}

/// Lets the system measure the most memory from now on (Linux: proc(5), `clear_refs`).
fn forget_memory() {
    drop(fs::write("/proc/self/clear_refs", "5"));
}

/// The most memory of this process, KiB; `None`: this system does not say.
fn most_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
