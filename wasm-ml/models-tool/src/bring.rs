//! The files of a model, from a folder or an address that has them where hubs do, and those that lie beside one that was named.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use edge_ml::manifest::Role;
use url::Url;

use crate::external;
use crate::fetch::{Fetcher, MOST_BYTES, shown};
use crate::options::Wanted;

/// What may lie beside a `tokenizer.json`.
const BESIDE_WORDS: [&str; 2] = ["tokenizer_config.json", "../config.json"];
/// Largest file beside a network.
const MOST_BESIDE: u64 = 128 << 20;

/// What is wanted, with nothing but files of this machine in it.
pub struct Brought {
    /// The same with paths for addresses.
    pub wanted: Wanted,
    /// Where files came from that were fetched.
    pub addresses: BTreeMap<PathBuf, String>,
    /// SHA-256 of all of those.
    sums: BTreeSet<String>,
    /// Of those that are networks, or weights beside them.
    weights: BTreeSet<String>,
}

/// Whether a path is an address.
fn address(path: &Path) -> Option<&str> {
    path.to_str().filter(|text| text.contains("://"))
}

/// Where the networks of a model lie below its folder: for pictures and texts, or for what `name` finds and reads.
fn layout(name: &str) -> [(Role, &'static str); 4] {
    let (finds, reads) = if name.contains("OCR") {
        (Role::TextDetection, Role::TextRecognition)
    } else {
        (Role::FaceDetection, Role::FaceRecognition)
    };
    [
        (Role::Visual, "visual"),
        (Role::Textual, "textual"),
        (finds, "detection"),
        (reads, "recognition"),
    ]
}

/// What may lie beside a network.
fn beside(role: Role) -> &'static [&'static str] {
    match role {
        Role::Visual => &["preprocess_cfg.json"],
        Role::Textual => &["tokenizer.json", "tokenizer_config.json", "../config.json"],
        _ => &[],
    }
}

/// Whether files are to be fetched.
pub fn is_far(wanted: &Wanted) -> bool {
    let named = wanted.files.values().chain(&wanted.tokenizer);
    named
        .chain(&wanted.base)
        .any(|path| address(path).is_some())
}

/// Fetches what is at addresses into `folder`.
///
/// # Errors
/// An address has no network, or networks or weights of other bytes than `--sha256` says, or there is none of such bytes; nobody has said under which licence the weights are.
pub fn bring(wanted: &Wanted, folder: &Path, fetcher: &Fetcher) -> Result<Brought> {
    let mut brought = Brought {
        wanted: Wanted {
            base: None,
            ..wanted.clone()
        },
        addresses: BTreeMap::new(),
        sums: BTreeSet::new(),
        weights: BTreeSet::new(),
    };
    if let Some(base) = wanted
        .base
        .as_deref()
        .filter(|base| address(base).is_none())
    {
        below(base, &mut brought.wanted)?;
    }
    if !is_far(wanted) {
        ensure!(wanted.sums.is_empty(), "--sha256 is for addresses");
        return Ok(brought);
    }
    ensure!(
        wanted.licence != Wanted::UNKNOWN,
        "under which licence are the weights? An address does not say: --licence TEXT"
    );
    networks(wanted, folder, fetcher, &mut brought)?;
    if let Some(at) = wanted.tokenizer.as_deref().and_then(address) {
        brought.wanted.tokenizer = Some(words(&Url::parse(at)?, folder, fetcher, &mut brought)?);
    }
    ensure!(
        !brought.wanted.files.is_empty(),
        "no network at this address: visual/model.onnx, textual/model.onnx, detection/model.onnx or recognition/model.onnx"
    );
    if !wanted.sums.is_empty() {
        let expected: BTreeSet<String> = wanted.sums.iter().cloned().collect();
        // What lies beside a network, as a tokenizer does, may be named as well.
        let is_said = brought.weights.is_subset(&expected) && expected.is_subset(&brought.sums);
        let weights = &brought.weights;
        ensure!(
            is_said,
            "other networks than said: SHA-256 {weights:?} instead of {expected:?}"
        );
    }
    Ok(brought)
}

/// A `tokenizer.json` with what lies beside it.
fn words(at: &Url, folder: &Path, fetcher: &Fetcher, brought: &mut Brought) -> Result<PathBuf> {
    let folder = folder.join("words").join("tokenizer");
    let to = folder.join("tokenizer.json");
    let there = file(at, &to, MOST_BESIDE, fetcher, brought)?;
    ensure!(there.is_some(), "{}: there is no file", shown(at));
    for name in BESIDE_WORDS {
        let (at, to) = (at.join(name)?, folder.join(name));
        file(&at, &to, MOST_BESIDE, fetcher, brought)?;
    }
    Ok(to)
}

/// All networks that are far.
fn networks(
    wanted: &Wanted,
    folder: &Path,
    fetcher: &Fetcher,
    brought: &mut Brought,
) -> Result<()> {
    if let Some(base) = wanted.base.as_deref().and_then(address) {
        // What comes behind the last / would give way to what is below.
        let base = Url::parse(&format!("{}/", base.trim_end_matches('/')))?;
        for (role, name) in layout(&wanted.name) {
            if !wanted.files.contains_key(&role) {
                let at = base.join(&format!("{name}/model.onnx"))?;
                network(role, &at, folder, fetcher, brought)?;
            }
        }
    }
    for (role, path) in &wanted.files {
        let Some(at) = address(path) else { continue };
        let at = Url::parse(at)?;
        let there = network(*role, &at, folder, fetcher, brought)?;
        ensure!(there, "{}: there is no file", shown(&at));
    }
    Ok(())
}

/// The networks of a folder.
fn below(base: &Path, wanted: &mut Wanted) -> Result<()> {
    for (role, name) in layout(&wanted.name) {
        let path = base.join(name).join("model.onnx");
        if path.is_file() {
            wanted.files.entry(role).or_insert(path);
        }
    }
    ensure!(
        !wanted.files.is_empty(),
        "{}: neither visual/model.onnx nor textual/model.onnx, detection/model.onnx or recognition/model.onnx in it",
        base.display()
    );
    Ok(())
}

/// A network with what lies beside it; whether there is one.
fn network(
    role: Role,
    at: &Url,
    folder: &Path,
    fetcher: &Fetcher,
    brought: &mut Brought,
) -> Result<bool> {
    let folder = folder.join(format!("{role:?}")).join("network");
    let to = folder.join("model.onnx");
    let Some(sum) = file(at, &to, MOST_BYTES, fetcher, brought)? else {
        return Ok(false);
    };
    brought.weights.insert(sum);
    for name in external::files(&fs::read(&to)?)? {
        let (at, to) = (at.join(&name)?, folder.join(&name));
        let sum = file(&at, &to, MOST_BYTES, fetcher, brought)?;
        let sum = sum.with_context(|| format!("{}: there is no file", shown(&at)))?;
        brought.weights.insert(sum);
    }
    for name in beside(role) {
        file(
            &at.join(name)?,
            &folder.join(name),
            MOST_BESIDE,
            fetcher,
            brought,
        )?;
    }
    brought.wanted.files.insert(role, to);
    Ok(true)
}

fn file(
    at: &Url,
    to: &Path,
    most: u64,
    fetcher: &Fetcher,
    brought: &mut Brought,
) -> Result<Option<String>> {
    let sum = fetcher.get(at, to, most)?;
    if let Some(sum) = &sum {
        brought.sums.insert(sum.clone());
        brought.addresses.insert(to.to_owned(), shown(at));
    }
    Ok(sum)
}
