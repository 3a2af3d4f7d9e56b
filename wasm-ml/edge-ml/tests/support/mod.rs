//! A network of two layers and where its files are: y = relu(x w1 + b1) w2, cut behind the first layer.
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use edge_ml::Error;
use edge_ml::load::{checksum, encode};
use edge_ml::manifest::{
    FORMAT, Manifest, Origin, Part, Port, Reading, Role, Stage, Store, Weight,
};
use edge_ml::onnx::{
    AttributeProto, GraphProto, Message as _, ModelProto, NodeProto, OperatorSetIdProto,
    TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, attribute_proto,
    tensor_shape_proto::{Dimension, dimension},
    type_proto,
};
use edge_ml::staged::Source;
use edge_ml::tensor::Kind;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};

/// Width of the layer between.
pub const HIDDEN: usize = 3;
// All of them are halves, so that nothing is lost.
const W1: [[f32; HIDDEN]; 2] = [[1.0, -0.5, 0.25], [2.0, 0.125, -1.0]];
const B1: [f32; HIDDEN] = [0.5, 0.0, -0.25];
const W2: [f32; HIDDEN] = [1.0, 2.0, -4.0];

/// What the network makes of `input`.
pub fn expected(input: [f32; 2]) -> [f32; 1] {
    let hidden = (0..HIDDEN).map(|i| (input[0] * W1[0][i] + input[1] * W1[1][i] + B1[i]).max(0.0));
    [hidden.zip(W2).map(|(h, w)| h * w).sum()]
}

/// Files in memory.
#[derive(Default)]
pub struct Folder {
    files: BTreeMap<String, Vec<u8>>,
    reads: AtomicUsize,
}

impl Folder {
    pub fn bytes(&self, file: &str) -> Vec<u8> {
        self.files[file].clone()
    }

    /// The same with one file changed.
    pub fn with(&self, file: &str, bytes: &[u8]) -> Self {
        let mut files = self.files.clone();
        files.insert(file.to_owned(), bytes.to_vec());
        Self {
            files,
            ..Self::default()
        }
    }

    /// How many files were opened.
    pub fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Source for Folder {
    async fn open(
        &self,
        file: &str,
        range: Option<Range<u64>>,
    ) -> Result<BoxStream<'static, Result<Bytes, Error>>, Error> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let missing = || Error::Source {
            file: file.to_owned(),
            reason: "it is not there".into(),
        };
        let bytes = self.files.get(file).ok_or_else(missing)?;
        let bytes = match range {
            Some(range) => {
                &bytes[usize::try_from(range.start).expect("small")
                    ..usize::try_from(range.end).expect("small")]
            }
            None => bytes,
        };
        let pieces: Vec<_> = bytes
            .chunks(13)
            .map(|piece| Ok(Bytes::copy_from_slice(piece)))
            .collect();
        Ok(stream::iter(pieces).boxed())
    }
}

pub fn value(name: &str, shape: &[i64]) -> ValueInfoProto {
    let dim = shape.iter().map(|length| Dimension {
        value: Some(dimension::Value::DimValue(*length)),
        ..Dimension::default()
    });
    let shape = Some(TensorShapeProto { dim: dim.collect() });
    let value = type_proto::Value::TensorType(type_proto::Tensor {
        elem_type: 1,
        shape,
    });
    ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto {
            value: Some(value),
            ..TypeProto::default()
        }),
        ..ValueInfoProto::default()
    }
}

pub fn node(kind: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: kind.into(),
        name: format!("{output}_node"),
        input: inputs.iter().map(|&name| name.to_owned()).collect(),
        output: vec![output.to_owned()],
        ..NodeProto::default()
    }
}

pub fn model(graph: GraphProto) -> ModelProto {
    let opset = OperatorSetIdProto {
        version: 13,
        ..OperatorSetIdProto::default()
    };
    ModelProto {
        ir_version: 8,
        opset_import: vec![opset],
        graph: Some(graph),
        ..ModelProto::default()
    }
}

/// The first layer, weights as inputs.
pub fn first_graph() -> Vec<u8> {
    let graph = GraphProto {
        name: "first".into(),
        node: vec![
            node("MatMul", &["x", "w1"], "m"),
            node("Add", &["m", "b1"], "a"),
            node("Relu", &["a"], "h"),
        ],
        input: vec![value("x", &[1, 2]), value("w1", &[2, 3]), value("b1", &[3])],
        output: vec![value("h", &[1, 3])],
        ..GraphProto::default()
    };
    model(graph).encode_to_vec()
}

fn second_graph() -> Vec<u8> {
    let graph = GraphProto {
        name: "second".into(),
        node: vec![node("MatMul", &["h", "w2"], "y")],
        input: vec![value("h", &[1, 3]), value("w2", &[3, 1])],
        output: vec![value("y", &[1, 1])],
        ..GraphProto::default()
    };
    model(graph).encode_to_vec()
}

fn weight(name: &str, store: Store, shape: &[usize]) -> Weight {
    Weight {
        name: name.into(),
        store,
        shape: shape.to_vec(),
    }
}

fn stage(
    file: &str,
    graph: &[u8],
    blob: &[u8],
    tensors: Vec<Weight>,
    [input, output]: [&str; 2],
) -> (Stage, Vec<u8>) {
    let stage = Stage {
        file: file.into(),
        graph_bytes: graph.len() as u64,
        graph_sha256: checksum(graph),
        blob_bytes: blob.len() as u64,
        blob_sha256: checksum(blob),
        inputs: vec![input.into()],
        outputs: vec![output.into()],
        tensors,
    };
    (stage, [graph, blob].concat())
}

fn stages() -> [(Stage, Vec<u8>); 2] {
    let first = [
        encode(Store::F16, W1.as_flattened()),
        encode(Store::F32, &B1),
    ]
    .concat();
    let first_weights = vec![
        weight("w1", Store::F16, &[2, HIDDEN]),
        weight("b1", Store::F32, &[HIDDEN]),
    ];
    let second = encode(Store::F16, &W2);
    let second_weights = vec![weight("w2", Store::F16, &[HIDDEN, 1])];
    let (one, two) = ("visual/0.stage", "visual/1.stage");
    [
        stage(one, &first_graph(), &first, first_weights, ["x", "h"]),
        stage(two, &second_graph(), &second, second_weights, ["h", "y"]),
    ]
}

/// The network as it is installed.
pub fn manifest() -> (Manifest, Folder) {
    let mut folder = Folder::default();
    let mut list = Vec::new();
    for (stage, bytes) in stages() {
        folder.files.insert(stage.file.clone(), bytes);
        list.push(stage);
    }
    let part = Part {
        reading: Reading::Vector,
        inputs: vec![Port {
            name: "x".into(),
            kind: Kind::F32,
            shape: vec![1, 2],
        }],
        outputs: vec!["y".into()],
        look: None,
        words: None,
        table: None,
        stages: list,
    };
    let origin = Origin {
        file: "made by the test".into(),
        sha256: checksum(b""),
        licence: "MIT OR Apache-2.0".into(),
    };
    let manifest = Manifest {
        format: FORMAT,
        name: "small".into(),
        origins: vec![origin],
        parts: BTreeMap::from([(Role::Visual, part)]),
    };
    (manifest, folder)
}

/// A stage of one matrix of 8 rows, which are 0 to 7 everywhere: y = x matrix' + 1.
pub fn dense(columns: usize) -> (Stage, Vec<u8>) {
    let mut gemm = node("Gemm", &["x", "w", "c"], "y");
    gemm.attribute.push(AttributeProto {
        name: "transB".into(),
        r#type: attribute_proto::AttributeType::Int.into(),
        i: 1,
        ..AttributeProto::default()
    });
    let one = TensorProto {
        name: "c".into(),
        dims: vec![8],
        data_type: 1,
        float_data: vec![1.0; 8],
        ..TensorProto::default()
    };
    let width = i64::try_from(columns).unwrap_or(i64::MAX);
    let graph = GraphProto {
        name: "dense".into(),
        node: vec![gemm],
        initializer: vec![one],
        input: vec![value("x", &[1, width]), value("w", &[8, width])],
        output: vec![value("y", &[1, 8])],
        ..GraphProto::default()
    };
    let rows = (0..8_u8).flat_map(|row| std::iter::repeat_n(f32::from(row), columns));
    let blob = encode(Store::F16, &rows.collect::<Vec<_>>());
    let weights = vec![weight("w", Store::F16, &[8, columns])];
    stage(
        "visual/dense.stage",
        &model(graph).encode_to_vec(),
        &blob,
        weights,
        ["x", "y"],
    )
}
