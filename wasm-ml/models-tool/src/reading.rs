//! Networks that read: which vocabulary they read with, what they are given, and the table of their tokens.
use std::borrow::Cow;

use anyhow::{Context as _, Result, bail, ensure};
use edge_ml::clip::Reads;
use edge_ml::load::encode;
use edge_ml::manifest::{Port, Table};
use edge_ml::onnx::{ModelProto, tensor_proto::DataType};
use edge_ml::staged::Named;
use edge_ml::tensor::{Data, Kind};
use edge_ml::{Tensor, graph};

use crate::beside::{Beside, blob};
use crate::tokenizer::Made;
use crate::{fold, weights};

/// Rows from which a matrix that tokens choose from is a table of them.
const TABLE_ROWS: usize = 1000;
/// Tokens of CLIP's own vocabulary: the rows of the table of every network that reads with it.
const CLIP_TOKENS: usize = 49_408;
/// Tokens of a text of CLIP, for a network that takes any number.
const CLIP_LENGTH: usize = 77;
/// Rows that a table may have beyond the largest token: some are rounded up.
const SPARE_ROWS: usize = 1_000;
/// Why a network that reads is refused.
const OWN_WORDS: &str = "without the tokenizer.json that belongs to it a network must read with CLIP's own vocabulary of 49,408 tokens (openai, laion …): --tokenizer FILE";

/// What lies beside the network; of CLIP's own vocabulary what is known of it. Errors: nothing does.
pub fn spelling(beside: Beside<'_>) -> Result<Cow<'_, Made>> {
    match beside {
        Beside::Tokenizer(made) => Ok(Cow::Borrowed(made)),
        Beside::Lines(bytes) => Ok(Cow::Owned(Made {
            recipe: None,
            bytes: bytes.to_vec(),
            padding: 0,
            largest: i32::try_from(CLIP_TOKENS)? - 1,
            length: CLIP_LENGTH,
        })),
        Beside::Nothing => bail!("CLIP's vocabulary is missing"),
    }
}

/// Gives inputs of any length the `usual` one; the name of the one that takes tokens. Errors: they are not what networks that read take.
pub fn lengthen(inputs: &mut [Port], usual: usize) -> Result<String> {
    for port in inputs.iter_mut() {
        let Port { name, kind, shape } = port;
        ensure!(*kind != Kind::F32, "{name:?} takes no tokens");
        let [_, length] = shape.as_mut_slice() else {
            bail!("{name:?} is no text: {shape:?}")
        };
        if *length == 0 {
            *length = usual;
        }
    }
    let of = |reads: Reads| {
        let ports = inputs.iter().filter(move |it| Reads::of(&it.name) == reads);
        ports.map(|it| it.name.as_str()).collect::<Vec<_>>()
    };
    let (masks, types) = (of(Reads::Mask).len(), of(Reads::Types).len());
    let [tokens] = of(Reads::Tokens)[..] else {
        bail!("it takes {:?} where one text belongs", of(Reads::Tokens))
    };
    ensure!(masks < 2 && types < 2, "it takes several masks");
    let mut lengths = inputs.iter().filter_map(|it| it.shape.last());
    let first = lengths.next();
    ensure!(
        lengths.all(|length| Some(length) == first),
        "its inputs are of different lengths"
    );
    Ok(tokens.to_owned())
}

/// A table of tokens, with its numbers.
pub struct Found {
    tokens: String,
    name: String,
    rows: usize,
    columns: usize,
    numbers: Vec<f32>,
}

/// The table of tokens of a network, taken out of it as [`table`] does.
///
/// # Errors
/// It is not one of the vocabulary's tokens: with another tokenizer's words it would be installed, and its vectors would mean nothing.
pub fn reading_table(model: &mut ModelProto, tokens: &str, made: &Made) -> Result<Found> {
    let table = table(model, tokens)?;
    let known = usize::try_from(made.largest)? + 1;
    if known == CLIP_TOKENS && made.recipe.is_none() {
        let table = table.with_context(|| format!("it has no table of tokens: {OWN_WORDS}"))?;
        ensure!(
            table.rows == CLIP_TOKENS,
            "its table is one of {} tokens: {OWN_WORDS}",
            table.rows
        );
        return Ok(table);
    }
    let table = table.context("it has no table of tokens")?;
    ensure!(
        table.rows >= known && table.rows - known <= SPARE_ROWS,
        "its table is one of {} tokens, its tokenizer.json one of {known}: they do not belong together",
        table.rows
    );
    Ok(table)
}

/// Takes the matrix of which tokens choose rows out of the network; its rows become an input.
fn table(model: &mut ModelProto, tokens: &str) -> Result<Option<Found>> {
    let graph = model.graph.as_mut().context("no graph in it")?;
    let mut same = vec![tokens.to_owned()];
    let mut found = None;
    for (index, node) in graph.node.iter().enumerate() {
        let (Some(first), Some(output)) = (node.input.first(), node.output.first()) else {
            continue;
        };
        if ["Cast", "Identity"].contains(&node.op_type.as_str()) && same.contains(first) {
            same.push(output.clone());
        }
        let is_choice = node.op_type == "Gather"
            && node
                .input
                .get(1)
                .is_some_and(|chosen| same.contains(chosen));
        let is_first = node
            .attribute
            .iter()
            .all(|attribute| attribute.name != "axis" || attribute.i == 0);
        if is_choice
            && is_first
            && let Ok(constant) = weights::constant(graph, first)
            && constant.data_type == DataType::Float as i32
            && let [rows, columns] = graph::shape(constant)?[..]
            && rows >= TABLE_ROWS
        {
            let numbers = fold::singles(constant)?;
            found = Some((index, output.clone(), rows, columns, numbers));
            break;
        }
    }
    let Some((index, name, rows, columns, numbers)) = found else {
        return Ok(None);
    };
    graph.node.remove(index);
    let used: Vec<String> = graph
        .node
        .iter()
        .flat_map(|node| node.input.iter().cloned())
        .collect();
    graph
        .initializer
        .retain(|constant| used.contains(&constant.name));
    graph.input.retain(|input| used.contains(&input.name));
    graph.input.push(weights::value(&name, None));
    Ok(Some(Found {
        tokens: tokens.to_owned(),
        name,
        rows,
        columns,
        numbers,
    }))
}

impl Found {
    /// What the rows are called in the network, and those of `inputs`' tokens. Errors: there are no tokens, or one is no row.
    pub fn rows(&self, inputs: &Named) -> Result<(String, Tensor)> {
        let tokens = inputs.get(&self.tokens).context("no tokens")?;
        let tokens: Vec<i64> = match tokens.data() {
            Data::I32(tokens) => tokens.iter().map(|token| i64::from(*token)).collect(),
            Data::I64(tokens) => tokens.clone(),
            Data::F32(_) => bail!("tokens are whole numbers"),
        };
        let mut numbers = Vec::new();
        for token in &tokens {
            let start = usize::try_from(*token)? * self.columns;
            let row = self.numbers.get(start..start + self.columns);
            numbers.extend(row.with_context(|| format!("token {token} of {}", self.rows))?);
        }
        let rows = Tensor::f32([1, tokens.len(), self.columns], numbers)?;
        Ok((self.name.clone(), rows))
    }

    /// Adds its files of at most `most` bytes (and one row at least) to `files`; what the manifest says of it.
    pub fn written(
        &self,
        folder: &str,
        most: usize,
        files: &mut Vec<(String, Vec<u8>)>,
    ) -> Result<Table> {
        let store = weights::storage(&self.numbers);
        let width = self.columns * store.width();
        ensure!(width > 0, "a table without columns");
        let numbers = (most / width).max(1) * self.columns;
        let mut blobs = Vec::new();
        for (nth, rows) in self.numbers.chunks(numbers).enumerate() {
            let bytes = encode(store, rows);
            let file = match nth {
                0 => format!("{folder}/table"),
                nth => format!("{folder}/table.{nth}"),
            };
            blobs.push(blob(file, &bytes));
            files.push((blobs.last().context("a file")?.file.clone(), bytes));
        }
        let mut blobs = blobs.into_iter();
        Ok(Table {
            blob: blobs.next().context("a table without rows")?,
            more: blobs.collect(),
            tokens: self.tokens.clone(),
            name: self.name.clone(),
            rows: self.rows,
            columns: self.columns,
            store,
        })
    }
}
