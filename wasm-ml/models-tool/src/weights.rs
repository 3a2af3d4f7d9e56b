//! A piece as it is stored: a graph whose large constants are inputs, and their numbers behind it.
use std::collections::HashSet;

use anyhow::{Context as _, Result};
use edge_ml::graph::shape;
use edge_ml::load::{checksum, encode};
use edge_ml::manifest::{Stage, Store, Weight};
use edge_ml::onnx::tensor_proto::DataType;
use edge_ml::onnx::tensor_shape_proto::{Dimension, dimension};
use edge_ml::onnx::{
    GraphProto, Message as _, ModelProto, NodeProto, TensorProto, TensorShapeProto, TypeProto,
    ValueInfoProto, type_proto,
};

use crate::cut::Piece;
use crate::fold::singles;

/// Constants of fewer numbers stay in the graph, as they are.
const LEAST: usize = 1024;
/// Largest finite half.
const LARGEST_HALF: f32 = 65_504.0;

/// What leaves the graph of a stage: constants that stay, and those whose numbers lie behind it.
#[derive(Default)]
struct Constants {
    kept: Vec<TensorProto>,
    inputs: Vec<ValueInfoProto>,
    weights: Vec<Weight>,
    blob: Vec<u8>,
}

impl Constants {
    fn of(graph: &GraphProto, used: &HashSet<&str>) -> Result<Self> {
        let mut all = Self::default();
        for constant in &graph.initializer {
            if !used.contains(constant.name.as_str()) {
                continue;
            }
            let lengths = shape(constant)?;
            let count: usize = lengths.iter().product();
            if constant.data_type != DataType::Float as i32 || count < LEAST {
                all.kept.push(constant.clone());
                continue;
            }
            let numbers = singles(constant)?;
            let store = storage(&numbers);
            all.blob.extend(encode(store, &numbers));
            all.inputs.push(value(&constant.name, Some(&constant.dims)));
            let (name, shape) = (constant.name.clone(), lengths);
            all.weights.push(Weight { name, store, shape });
        }
        Ok(all)
    }
}

/// The bytes of a stage's file and what the manifest says of it.
///
/// # Errors
/// A constant is of a kind that is not known here.
pub fn stage(model: &ModelProto, piece: &Piece, file: &str) -> Result<(Stage, Vec<u8>)> {
    let graph = model.graph.as_ref().context("no graph in it")?;
    let node = piece.nodes.iter().filter_map(|at| graph.node.get(*at));
    let node: Vec<NodeProto> = node.cloned().collect();
    let names = node.iter().flat_map(|node| &node.input).map(String::as_str);
    let constants = Constants::of(graph, &names.collect())?;
    let given = |name: &String| {
        let known = graph.input.iter().find(|input| input.name == *name);
        known.map_or_else(|| value(name, None), Clone::clone)
    };
    let bytes = ModelProto {
        ir_version: 8,
        opset_import: model.opset_import.clone(),
        graph: Some(GraphProto {
            name: "stage".into(),
            input: piece
                .inputs
                .iter()
                .map(given)
                .chain(constants.inputs)
                .collect(),
            output: piece.outputs.iter().map(|name| value(name, None)).collect(),
            initializer: constants.kept,
            node,
            ..GraphProto::default()
        }),
        ..ModelProto::default()
    }
    .encode_to_vec();
    let blob = constants.blob;
    let stage = Stage {
        file: file.to_owned(),
        graph_bytes: bytes.len() as u64,
        graph_sha256: checksum(&bytes),
        blob_bytes: blob.len() as u64,
        blob_sha256: checksum(&blob),
        inputs: piece.inputs.clone(),
        outputs: piece.outputs.clone(),
        tensors: constants.weights,
    };
    Ok((stage, [bytes, blob].concat()))
}

/// Halves, unless a number is too large for them.
pub fn storage(numbers: &[f32]) -> Store {
    let fits = numbers.iter().all(|number| number.abs() <= LARGEST_HALF);
    if fits { Store::F16 } else { Store::F32 }
}

/// Singles of this name, of any shape without `dims`.
pub fn value(name: &str, dims: Option<&[i64]>) -> ValueInfoProto {
    let dim = |length: &i64| Dimension {
        value: Some(dimension::Value::DimValue(*length)),
        ..Dimension::default()
    };
    let shape = dims.map(|dims| TensorShapeProto {
        dim: dims.iter().map(dim).collect(),
    });
    let tensor = type_proto::Tensor {
        elem_type: DataType::Float as i32,
        shape,
    };
    let kind = TypeProto {
        value: Some(type_proto::Value::TensorType(tensor)),
        ..TypeProto::default()
    };
    ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(kind),
        ..ValueInfoProto::default()
    }
}

/// A constant of this name. Errors: there is none.
pub fn constant<'a>(graph: &'a GraphProto, name: &str) -> Result<&'a TensorProto> {
    let mut constants = graph.initializer.iter();
    constants
        .find(|constant| constant.name == name)
        .with_context(|| format!("no constant {name:?}"))
}
