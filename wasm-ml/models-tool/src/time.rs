//! `cargo xtask models time`: how long the networks of installed models take on this machine, natively, and how much memory.
use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result};
use edge_ml::faces;
use edge_ml::manifest::{Manifest, Part, Role};
use edge_ml::ocr::{self, Resolution, Settings};
use edge_ml::picture::Picture;
use edge_ml::staged::{self, Named};
use edge_ml::{Tract, clip};
use futures::executor::block_on;

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

/// Says of each part of each model in `bucket` how long one picture takes, its network read, and how long each further one.
pub fn time(bucket: &Path) -> Result<()> {
    let portrait = prove::picture(prove::ASTRONAUT)?;
    let page = prove::picture(prove::PAGE)?;
    say(
        "| model | part | ms with reading | ms each further | MiB at most |\n|---|---|---|---|---|",
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
                let row = measured(&source, part, &input)?;
                say(&format!("| {} | {role:?} | {row} |", manifest.name))?;
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

fn measured(source: &Folder, part: &Part, input: &Named) -> Result<String> {
    let run = |count: usize| -> Result<f64> {
        let began = Instant::now();
        for answer in block_on(staged::run(
            &Tract,
            source,
            part,
            vec![input.clone(); count],
        ))? {
            answer?;
        }
        Ok(began.elapsed().as_secs_f64() * 1000.0)
    };
    // The first one reads files that the system does not hold yet.
    run(1)?;
    forget_memory();
    let (one, many) = (run(1)?, run(MANY)?);
    let memory = most_memory().map_or_else(|| "?".to_owned(), |kib| (kib / 1024).to_string());
    #[expect(clippy::cast_precision_loss, reason = "a few")]
    let further = (many - one) / (MANY - 1) as f64;
    Ok(format!("{one:.0} | {further:.0} | {memory}"))
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
