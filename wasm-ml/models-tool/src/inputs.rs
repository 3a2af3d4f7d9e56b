//! The files of which a model is made: networks, what lies beside them, and where all of it came from.
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use edge_ml::load::checksum;
use edge_ml::manifest::{Origin, Role};
use serde_json::Value;

use crate::bring::Brought;
use crate::catalogue::{self, CLIP_WORDS, MODELS};
use crate::options::Wanted;
use crate::tokenizer::{self, Made, Settings};
use crate::{beside, external, fetch, packages, say};

/// Largest file of settings.
const MOST_SETTINGS: u64 = 1 << 20;

/// What lies beside a network.
pub enum Beside {
    /// Nothing.
    Nothing,
    /// A file of lines.
    Lines(Vec<u8>),
    /// A `tokenizer.json`.
    Tokenizer(Box<Made>),
}

impl Beside {
    /// As a conversion takes it.
    pub fn borrowed(&self) -> beside::Beside<'_> {
        match self {
            Self::Nothing => beside::Beside::Nothing,
            Self::Lines(bytes) => beside::Beside::Lines(bytes),
            Self::Tokenizer(made) => beside::Beside::Tokenizer(made),
        }
    }
}

/// A network to convert.
pub struct Input {
    /// Its ONNX file, with all weights in it.
    pub bytes: Vec<u8>,
    /// What to call it.
    pub file: String,
    /// What lies beside it.
    pub beside: Beside,
    /// Where it all came from.
    pub origins: Vec<Origin>,
}

/// The networks of a model of the catalogue. Errors: there is none of this name, or its packages cannot be had.
pub fn from_packages(wanted: &Wanted) -> Result<BTreeMap<Role, Input>> {
    let Some(model) = catalogue::find(&wanted.name) else {
        let names: Vec<&str> = MODELS.iter().map(|model| model.name).collect();
        bail!(
            "{} is in no package; give its files, or one of {}",
            wanted.name,
            names.join(", ")
        );
    };
    let mut inputs = BTreeMap::new();
    for network in model.networks {
        let file = network.file;
        let origin = Origin {
            file: format!(
                "PyPI {} {}: {}",
                file.package.name, file.package.version, file.path
            ),
            sha256: file.sha256.to_owned(),
            licence: file.licence.to_owned(),
        };
        let words = network.dictionary.map(packages::read).transpose()?;
        let input = Input {
            bytes: packages::read(file)?,
            file: origin.file.clone(),
            beside: words.map_or(Beside::Nothing, Beside::Lines),
            origins: vec![origin],
        };
        inputs.insert(network.role, input);
    }
    Ok(inputs)
}

/// The networks of files of this machine, and what is wanted with what lies beside them in mind.
///
/// # Errors
/// A file cannot be read, or says what is not known here.
pub fn from_files(brought: &Brought) -> Result<(Wanted, BTreeMap<Role, Input>)> {
    let mut wanted = brought.wanted.clone();
    let mut inputs = BTreeMap::new();
    for (role, path) in &brought.wanted.files {
        let bytes = fs::read(path).with_context(|| path.display().to_string())?;
        let origin = brought.origin(path, checksum(&bytes));
        let file = origin.file.clone();
        let mut origins = vec![origin];
        let folder = path.parent().context("a file in a folder")?;
        // What is no ONNX is refused with its reason later.
        for name in external::files(&bytes).unwrap_or_default() {
            let path = folder.join(name);
            origins.push(brought.origin(&path, fetch::sum(&path)?));
        }
        let bytes = match origins.len() {
            1 => bytes,
            _ => external::whole(bytes, folder)?,
        };
        let beside = match role {
            Role::Textual => textual(brought, path, &mut origins)?,
            Role::TextRecognition => {
                let lines = wanted.dictionary.as_ref().map(fs::read).transpose()?;
                lines.map_or(Beside::Nothing, Beside::Lines)
            }
            Role::Visual => {
                visual(&path.with_file_name("preprocess_cfg.json"), &mut wanted)?;
                Beside::Nothing
            }
            _ => Beside::Nothing,
        };
        let input = Input {
            bytes,
            file,
            beside,
            origins,
        };
        inputs.insert(*role, input);
    }
    Ok((wanted, inputs))
}

impl Brought {
    fn origin(&self, path: &Path, sha256: String) -> Origin {
        let name = || path.file_name().unwrap_or_default().to_string_lossy();
        let address = self.addresses.get(path).cloned();
        Origin {
            file: address.unwrap_or_else(|| name().into_owned()),
            sha256,
            licence: self.wanted.licence.clone(),
        }
    }
}

/// What the network at `path` reads with: the tokenizer that was named, or the one beside it, or CLIP's own vocabulary.
fn textual(brought: &Brought, path: &Path, origins: &mut Vec<Origin>) -> Result<Beside> {
    let wanted = &brought.wanted;
    let near = Some(path.with_file_name("tokenizer.json")).filter(|near| near.is_file());
    let Some(file) = wanted.tokenizer.clone().or(near) else {
        return Ok(Beside::Lines(clip_words()?));
    };
    let mut settings = Settings::beside(&file)?;
    settings.length = wanted.context;
    // Of SigLIP all are taught without punctuation, where its settings do not say.
    let is_siglip = !settings.has_texts() && wanted.name.contains("SigLIP");
    settings.canonical = wanted.canonical || is_siglip;
    let made = tokenizer::read(&file, &settings)?;
    origins.push(brought.origin(&file, fetch::sum(&file)?));
    say(&format!(
        "{}: texts of {} tokens where the network takes any number, filled with {}{}",
        file.display(),
        made.length,
        made.padding,
        if made.is_canonical() {
            ", without punctuation"
        } else {
            ""
        }
    ))?;
    Ok(Beside::Tokenizer(Box::new(made)))
}

/// What the file at `path` says about pictures, as open_clip writes it, where the user says nothing. Errors: it is no such file, or says what is not known
/// here.
fn visual(path: &Path, wanted: &mut Wanted) -> Result<()> {
    if !path.is_file() {
        return Ok(());
    }
    let settings = tokenizer::read_json(path, MOST_SETTINGS)?;
    let told = |name: &str| settings.get(name).and_then(Value::as_str);
    let shown = path.display();
    match told("resize_mode").unwrap_or("shortest") {
        "shortest" => {}
        "squash" => wanted.squash = true,
        other => bail!("{shown}: pictures are resized by {other:?}, which is not known here"),
    }
    let mode = told("mode").unwrap_or("RGB");
    ensure!(mode == "RGB", "{shown}: colours of the mode {mode:?}");
    let interpolation = told("interpolation").unwrap_or("bicubic");
    if interpolation != "bicubic" {
        say(&format!(
            "{shown}: pictures are scaled bicubic, not {interpolation}"
        ))?;
    }
    let three = |name: &str| {
        let numbers = settings.get(name).and_then(Value::as_array)?;
        let numbers: Vec<f64> = numbers.iter().filter_map(Value::as_f64).collect();
        <[f64; 3]>::try_from(numbers).ok()
    };
    wanted.mean = wanted.mean.or_else(|| three("mean"));
    wanted.deviation = wanted.deviation.or_else(|| three("std"));
    let size = settings.get("size");
    let side = size.and_then(|size| size.as_u64().or_else(|| size.get(0)?.as_u64()));
    let side = side.map(u32::try_from).transpose()?;
    wanted.side = wanted.side.or(side);
    Ok(())
}

/// CLIP's vocabulary, unpacked.
pub fn clip_words() -> Result<Vec<u8>> {
    let packed = packages::read(CLIP_WORDS)?;
    let mut words = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice())
        .take(8 << 20)
        .read_to_end(&mut words)?;
    Ok(words)
}
