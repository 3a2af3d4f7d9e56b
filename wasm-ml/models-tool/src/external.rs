//! Weights of an ONNX file that lie in files beside it, as those of more than 2 GB must.
use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use edge_ml::manifest::is_name;
use edge_ml::onnx::{Message as _, ModelProto, TensorProto};

/// `TensorProto.DataLocation` of onnx.proto.
const OUTSIDE: i32 = 1;

/// The names of the files beside it. Errors: it is no ONNX, or one leads elsewhere.
pub fn files(bytes: &[u8]) -> Result<BTreeSet<String>> {
    let model = ModelProto::decode(bytes)?;
    let graph = model.graph.as_ref().context("no graph in it")?;
    let outside = graph.initializer.iter().filter(|it| is_outside(it));
    outside.map(|it| Ok(place(it)?.file)).collect()
}

/// The same ONNX file with all weights in it. Errors: a file beside it is missing or too short.
pub fn whole(bytes: Vec<u8>, folder: &Path) -> Result<Vec<u8>> {
    if files(&bytes)?.is_empty() {
        return Ok(bytes);
    }
    let mut model = ModelProto::decode(bytes.as_slice())?;
    drop(bytes);
    let graph = model.graph.as_mut().context("no graph in it")?;
    for constant in graph.initializer.iter_mut().filter(|it| is_outside(it)) {
        let place = place(constant)?;
        constant.raw_data = read(folder, &place).with_context(|| constant.name.clone())?;
        constant.data_location = None;
        constant.external_data.clear();
    }
    Ok(model.encode_to_vec())
}

fn is_outside(constant: &TensorProto) -> bool {
    constant.data_location == Some(OUTSIDE)
}

struct Place {
    file: String,
    start: u64,
    length: Option<u64>,
}

fn place(constant: &TensorProto) -> Result<Place> {
    let told = |key: &str| {
        let entry = constant.external_data.iter().find(|entry| entry.key == key);
        entry.map(|entry| entry.value.as_str())
    };
    let file = told("location").context("weights that lie nowhere")?;
    // Some exporters write ./ before it.
    let file = file.strip_prefix("./").unwrap_or(file);
    ensure!(
        is_name(file),
        "{file:?}: weights lie beside the file that names them, not elsewhere"
    );
    let number = |key: &str| told(key).map(str::parse::<u64>).transpose();
    Ok(Place {
        file: file.to_owned(),
        start: number("offset")?.unwrap_or(0),
        length: number("length")?,
    })
}

fn read(folder: &Path, place: &Place) -> Result<Vec<u8>> {
    let path = folder.join(&place.file);
    let shown = || path.display().to_string();
    let mut file = fs::File::open(&path).with_context(shown)?;
    let there = file.metadata().with_context(shown)?.len();
    let rest = there.saturating_sub(place.start);
    let length = place.length.unwrap_or(rest);
    ensure!(length <= rest, "{}: too short", shown());
    file.seek(SeekFrom::Start(place.start))
        .with_context(shown)?;
    let mut bytes = Vec::new();
    file.take(length)
        .read_to_end(&mut bytes)
        .with_context(shown)?;
    Ok(bytes)
}
