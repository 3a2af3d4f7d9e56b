//! A part of a model run stage by stage: each is loaded once for all inputs of a batch, run for each of them, and dropped before the
//! next is loaded. What is held is one stage and what is alive between two.
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _};

use crate::engine::{Engine, Fact, Model};
use crate::load::{self, Loader};
use crate::manifest::{Blob, Part, Port, Stage, Table};
use crate::source::Alive;
pub use crate::source::{Named, Source};
use crate::{Error, Tensor, dense};

/// Most bytes that are made room for before they come.
const MOST_AT_ONCE: usize = 40 << 20;

/// The answers of `part` to each of `batch`, in the order of its outputs. What is wrong with one input is the answer to that one.
/// Inputs of one shape belong behind each other: another shape is another plan, for which the stage is read again.
///
/// # Errors
/// A stage cannot be read or is not what the manifest says; then no input has an answer.
pub async fn run(
    engine: &dyn Engine,
    source: &dyn Source,
    part: &Part,
    batch: Vec<Named>,
) -> Result<Vec<Result<Vec<Tensor>, Error>>, Error> {
    let mut all = Vec::with_capacity(batch.len());
    run_each(engine, source, part, batch, |answer| all.push(answer)).await?;
    Ok(all)
}

/// As [`run`], but hands the answers to each input over as soon as they are there: those of networks that read are megabytes each.
///
/// # Errors
/// As [`run`]; answers that were handed over before are right.
pub async fn run_each(
    engine: &dyn Engine,
    source: &dyn Source,
    part: &Part,
    batch: Vec<Named>,
    mut take: impl FnMut(Result<Vec<Tensor>, Error>),
) -> Result<(), Error> {
    let mut alive: Vec<Alive> = batch
        .into_iter()
        .map(|inputs| check_inputs(&part.inputs, inputs))
        .collect();
    for (index, stage) in part.stages.iter().enumerate() {
        let is_done = dense::run(engine, source, stage, &mut alive).await?;
        let later = part.stages.get(index + 1..).unwrap_or_default();
        let mut ready = Ready::default();
        for one in &mut alive {
            if !is_done && let Ok(named) = one {
                match facts(stage, named) {
                    Ok(facts) => {
                        let model = ready.model(engine, source, stage, facts).await?;
                        if let Err(error) = advance(model, stage, named) {
                            *one = Err(error);
                        }
                    }
                    Err(error) => *one = Err(error),
                }
            }
            if later.is_empty() {
                let named = std::mem::replace(one, Ok(Named::new()));
                take(named.and_then(|named| answers(part, named)));
            }
        }
        for named in alive.iter_mut().flatten() {
            named.retain(|name, _| is_needed(name, later, part));
        }
    }
    Ok(())
}

/// The stage as it was last made ready: inputs of another shape need another plan.
#[derive(Default)]
struct Ready {
    last: Option<(Vec<Fact>, Arc<dyn Model>)>,
}

impl Ready {
    async fn model(
        &mut self,
        engine: &dyn Engine,
        source: &dyn Source,
        stage: &Stage,
        facts: Vec<Fact>,
    ) -> Result<&dyn Model, Error> {
        let last = match self.last.take() {
            Some(last) if last.0 == facts => last,
            old => {
                // Never two at a time.
                drop(old);
                let model = ready(engine, source, stage, &facts).await?;
                (facts, model)
            }
        };
        Ok(&*self.last.insert(last).1)
    }
}

/// One stage, ready for inputs like `facts`: what the engine has kept, or read anew.
async fn ready(
    engine: &dyn Engine,
    source: &dyn Source,
    stage: &Stage,
    facts: &[Fact],
) -> Result<Arc<dyn Model>, Error> {
    let key = format!("{} {}", stage.graph_sha256, stage.blob_sha256);
    if let Some(model) = engine.kept(&key, facts) {
        return Ok(model);
    }
    let model: Arc<dyn Model> = load(engine, source, stage, facts).await?.into();
    // Halves are singles in memory.
    let bytes = (stage.graph_bytes + stage.blob_bytes).saturating_mul(2);
    engine.keep(&key, facts, &model, bytes);
    Ok(model)
}

/// One stage, read and ready for inputs like `facts`. Errors: as [`Loader`] and [`Source`].
pub async fn load(
    engine: &dyn Engine,
    source: &dyn Source,
    stage: &Stage,
    facts: &[Fact],
) -> Result<Box<dyn Model>, Error> {
    let mut bytes = source.open(&stage.file, None).await?;
    let mut loader = Loader::new(engine, stage);
    while let Some(piece) = bytes.try_next().await? {
        loader.feed(&piece)?;
    }
    loader.finish(facts)
}

/// All bytes of a small file, as the manifest says them. Errors: they are others.
pub async fn read(source: &dyn Source, blob: &Blob) -> Result<Vec<u8>, Error> {
    let mut bytes = source.open(&blob.file, None).await?;
    // Vocabularies have up to 15 MB, which growing would take twice.
    let expected = usize::try_from(blob.bytes).unwrap_or(0).min(MOST_AT_ONCE);
    let mut all = Vec::with_capacity(expected);
    while let Some(piece) = bytes.next().await {
        all.extend_from_slice(&piece?);
        if all.len() as u64 > blob.bytes {
            break;
        }
    }
    load::verify(blob, &all)?;
    Ok(all)
}

/// The rows of `table` for `tokens`, one range read for each different token: a text has few.
///
/// # Errors
/// A token is no row, or a row cannot be read whole.
pub async fn rows(source: &dyn Source, table: &Table, tokens: &[i32]) -> Result<Tensor, Error> {
    let mut rows: BTreeMap<i32, Vec<f32>> = BTreeMap::new();
    for token in tokens {
        if let Entry::Vacant(free) = rows.entry(*token) {
            free.insert(row(source, table, *token).await?);
        }
    }
    let numbers = tokens.iter().filter_map(|token| rows.get(token));
    let numbers: Vec<f32> = numbers.flatten().copied().collect();
    Tensor::f32([1, tokens.len(), table.columns], numbers)
}

async fn row(source: &dyn Source, table: &Table, token: i32) -> Result<Vec<f32>, Error> {
    let index = usize::try_from(token).ok().filter(|row| *row < table.rows);
    let index = index.ok_or_else(|| Error::Shape(format!("token {token} of {}", table.rows)))?;
    let width = table.width();
    let (blob, start) = table.place(index)?;
    let range = start..start + width as u64;
    let mut bytes = source.open(&blob.file, Some(range)).await?;
    let mut all = Vec::with_capacity(width);
    while let Some(piece) = bytes.try_next().await? {
        all.extend_from_slice(&piece);
    }
    if all.len() != width {
        let (wanted, got) = (width as u64, all.len() as u64);
        let file = blob.file.clone();
        return Err(Error::CutOff { file, wanted, got });
    }
    let mut numbers = Vec::with_capacity(table.columns);
    load::decode(table.store, &all, &mut numbers);
    Ok(numbers)
}

fn check_inputs(ports: &[Port], inputs: Named) -> Alive {
    for port in ports {
        let Some(tensor) = inputs.get(&port.name) else {
            return Err(Error::Shape(format!("{:?} is missing", port.name)));
        };
        let lengths = || port.shape.iter().zip(tensor.shape());
        let fits = port.kind == tensor.kind()
            && port.shape.len() == tensor.shape().len()
            && lengths().all(|(wanted, got)| *wanted == 0 || wanted == got);
        if !fits || tensor.shape().contains(&0) {
            let (name, got) = (&port.name, tensor.shape());
            return Err(Error::Shape(format!(
                "{name:?} is {got:?} instead of {:?}",
                port.shape
            )));
        }
    }
    Ok(inputs)
}

fn facts(stage: &Stage, named: &Named) -> Result<Vec<Fact>, Error> {
    let fact = |name: &String| {
        let tensor = input(named, name)?;
        let (kind, shape) = (tensor.kind(), tensor.shape().to_vec());
        Ok(Fact {
            name: name.clone(),
            kind,
            shape,
        })
    };
    stage.inputs.iter().map(fact).collect()
}

fn input<'a>(named: &'a Named, name: &str) -> Result<&'a Tensor, Error> {
    let tensor = named.get(name);
    tensor.ok_or_else(|| Error::Shape(format!("{name:?} is missing")))
}

fn advance(model: &dyn Model, stage: &Stage, named: &mut Named) -> Result<(), Error> {
    let inputs: Result<Vec<&Tensor>, Error> =
        stage.inputs.iter().map(|name| input(named, name)).collect();
    let outputs = model.run(&inputs?)?;
    if outputs.len() != stage.outputs.len() {
        return Err(Error::Shape(format!(
            "{} makes {} outputs",
            stage.file,
            outputs.len()
        )));
    }
    named.extend(stage.outputs.iter().cloned().zip(outputs));
    Ok(())
}

fn is_needed(name: &str, later: &[Stage], part: &Part) -> bool {
    let is_used = |stage: &Stage| stage.inputs.iter().any(|input| input == name);
    part.outputs.iter().any(|output| output == name) || later.iter().any(is_used)
}

fn answers(part: &Part, mut named: Named) -> Result<Vec<Tensor>, Error> {
    let take = |name: &String| {
        named
            .remove(name)
            .ok_or_else(|| Error::Shape(format!("{name:?} is missing")))
    };
    part.outputs.iter().map(take).collect()
}
