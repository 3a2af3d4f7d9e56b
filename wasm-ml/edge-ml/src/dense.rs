//! A stage whose weights are one large matrix (Gemm, as the last layer of networks for faces) is not loaded: each row is multiplied
//! as it arrives. An engine would hold such a matrix three times.
use futures::TryStreamExt as _;
use sha2::{Digest as _, Sha256};

use crate::engine::{Engine, Fact};
use crate::load;
use crate::manifest::{Stage, Weight};
use crate::onnx::{Message as _, ModelProto, NodeProto};
use crate::source::{Alive, Source};
use crate::tensor::Kind;
use crate::{Error, Tensor, graph};

/// Smaller matrices are loaded: 4 MB as singles.
const LEAST: usize = 1 << 20;
/// What the products are called in the rest of the graph.
const PRODUCTS: &str = "edge:products";

/// Runs `stage` for all inputs if it is of this kind; false: it is not, and nothing has happened.
///
/// # Errors
/// The stage cannot be read or is not what the manifest says.
pub async fn run(
    engine: &dyn Engine,
    source: &dyn Source,
    stage: &Stage,
    alive: &mut [Alive],
) -> Result<bool, Error> {
    let Some((input, weight, rows, columns)) = matrix(stage) else {
        return Ok(false);
    };
    let mut bytes = source.open(&stage.file, None).await?;
    let mut arriving = Arriving::new(stage, columns * weight.store.width());
    let mut rest = None;
    let mut products: Vec<Vec<f32>> = vec![Vec::with_capacity(rows); alive.len()];
    let mut numbers = Vec::with_capacity(columns);
    while let Some(piece) = bytes.try_next().await? {
        let mut piece = arriving.graph(&piece)?;
        if rest.is_none() && arriving.has_graph() {
            let Some(found) = without(&arriving.graph, stage, weight)? else {
                return Ok(false);
            };
            check(stage, columns, alive);
            rest = Some(found);
        }
        while let Some((row, later)) = arriving.row(piece)? {
            piece = later;
            numbers.clear();
            load::decode(weight.store, &row, &mut numbers);
            for (one, products) in alive.iter().zip(&mut products) {
                let left = one.as_ref().ok().and_then(|named| named.get(input));
                if let Some(left) = left {
                    products.push(product(left.singles()?, &numbers));
                }
            }
        }
    }
    arriving.finish()?;
    let rest = rest.ok_or_else(|| Error::Graph("no graph in it".into()))?;
    let fact = Fact {
        name: PRODUCTS.into(),
        kind: Kind::F32,
        shape: vec![1, rows],
    };
    let model = engine.open(&rest)?.finish(&[fact])?;
    for (one, products) in alive.iter_mut().zip(products) {
        let Ok(named) = one else { continue };
        let answers = Tensor::f32([1, rows], products).and_then(|tensor| model.run(&[&tensor]));
        match answers {
            Ok(answers) if answers.len() == stage.outputs.len() => {
                named.extend(stage.outputs.iter().cloned().zip(answers));
            }
            Ok(answers) => {
                let count = answers.len();
                *one = Err(Error::Shape(format!(
                    "{} makes {count} outputs",
                    stage.file
                )));
            }
            Err(error) => *one = Err(error),
        }
    }
    Ok(true)
}

/// The one input and the one large matrix of a stage, its rows and columns.
fn matrix(stage: &Stage) -> Option<(&String, &Weight, usize, usize)> {
    let ([weight], [input]) = (stage.tensors.as_slice(), stage.inputs.as_slice()) else {
        return None;
    };
    let [rows, columns] = *weight.shape.as_slice() else {
        return None;
    };
    (rows.checked_mul(columns)? >= LEAST).then_some((input, weight, rows, columns))
}

/// What cannot be multiplied has no answer.
fn check(stage: &Stage, columns: usize, alive: &mut [Alive]) {
    for one in alive {
        let Ok(named) = one else { continue };
        let input = stage.inputs.first().and_then(|name| named.get(name));
        if input.is_none_or(|input| input.shape() != [1, columns] || input.kind() != Kind::F32) {
            *one = Err(Error::Shape(format!(
                "{} multiplies {columns} numbers",
                stage.file
            )));
        }
    }
}

fn product(one: &[f32], other: &[f32]) -> f32 {
    let pairs = one.iter().zip(other);
    let sum: f64 = pairs.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    #[expect(clippy::cast_possible_truncation, reason = "as precise as all others")]
    let sum = sum as f32;
    sum
}

/// The graph with the products as its input instead of their making; `None`: it does something else with the matrix.
fn without(bytes: &[u8], stage: &Stage, weight: &Weight) -> Result<Option<Vec<u8>>, Error> {
    let mut model: ModelProto = graph::check(bytes)?;
    let (Some(graph), [input]) = (&mut model.graph, stage.inputs.as_slice()) else {
        return Ok(None);
    };
    let names = |node: &NodeProto| {
        let named = |name: &String| name == input || *name == weight.name;
        node.input.iter().filter(|name| named(name)).count()
    };
    let mut users = graph.node.iter_mut().filter(|node| names(node) > 0);
    let (Some(node), None) = (users.next(), users.next()) else {
        return Ok(None);
    };
    let is_gemm = node.op_type == "Gemm"
        && node.input.first() == Some(input)
        && node.input.get(1) == Some(&weight.name)
        && names(node) == 2
        && is_plain(node);
    if !is_gemm || graph.output.iter().any(|output| output.name == *input) {
        return Ok(None);
    }
    let added = node.input.get(2).filter(|name| !name.is_empty()).cloned();
    node.op_type = if added.is_some() { "Add" } else { "Identity" }.into();
    node.input = std::iter::once(PRODUCTS.to_owned()).chain(added).collect();
    node.attribute.clear();
    graph.input.retain(|value| value.name != weight.name);
    for value in graph.input.iter_mut().filter(|value| value.name == *input) {
        value.name = PRODUCTS.into();
    }
    Ok(Some(model.encode_to_vec()))
}

/// The matrix turned, and nothing scaled.
fn is_plain(node: &NodeProto) -> bool {
    let is_turned = node
        .attribute
        .iter()
        .any(|it| it.name == "transB" && it.i == 1);
    let is_one = |number: f32| (number - 1.0).abs() < f32::EPSILON;
    let rest = node.attribute.iter().all(|it| match it.name.as_str() {
        "transA" => it.i == 0,
        "alpha" | "beta" => is_one(it.f),
        _ => true,
    });
    is_turned && rest
}

/// The bytes of a whole row, and what is behind them.
type Row<'a> = (Vec<u8>, &'a [u8]);

/// The file of a stage as it arrives.
struct Arriving<'a> {
    stage: &'a Stage,
    graph: Vec<u8>,
    row: Vec<u8>,
    width: usize,
    hash: Sha256,
    got: u64,
}

impl<'a> Arriving<'a> {
    fn new(stage: &'a Stage, width: usize) -> Self {
        Self {
            stage,
            graph: Vec::new(),
            row: Vec::with_capacity(width),
            width,
            hash: Sha256::new(),
            got: 0,
        }
    }

    fn has_graph(&self) -> bool {
        self.graph.len() as u64 == self.stage.graph_bytes
    }

    /// Takes what belongs to the graph; gives what is behind it. Errors: the graph is another.
    fn graph<'b>(&mut self, piece: &'b [u8]) -> Result<&'b [u8], Error> {
        if self.has_graph() {
            return Ok(piece);
        }
        let (now, later) = load::split(piece, self.stage.graph_bytes - self.graph.len() as u64);
        self.graph.extend_from_slice(now);
        if self.has_graph() {
            let hash = Sha256::digest(&self.graph);
            load::expect(&self.stage.file, &hash, &self.stage.graph_sha256)?;
        }
        Ok(later)
    }

    /// The next whole row, and what is behind it. Errors: there are more bytes than the manifest says.
    fn row<'b>(&mut self, piece: &'b [u8]) -> Result<Option<Row<'b>>, Error> {
        let (now, later) = load::split(piece, (self.width - self.row.len()) as u64);
        self.got += now.len() as u64;
        if self.got > self.stage.blob_bytes {
            let wanted = self.stage.graph_bytes + self.stage.blob_bytes;
            let file = self.stage.file.clone();
            return Err(Error::TooLong { file, wanted });
        }
        self.hash.update(now);
        self.row.extend_from_slice(now);
        if self.row.len() < self.width {
            return Ok(None);
        }
        let row = std::mem::replace(&mut self.row, Vec::with_capacity(self.width));
        Ok(Some((row, later)))
    }

    fn finish(self) -> Result<(), Error> {
        let file = self.stage.file.clone();
        let got = self.graph.len() as u64 + self.got;
        let wanted = self.stage.graph_bytes + self.stage.blob_bytes;
        if got < wanted {
            return Err(Error::CutOff { file, wanted, got });
        }
        load::expect(&file, &self.hash.finalize(), &self.stage.blob_sha256)
    }
}
