//! Graphs and files of the small networks that tests make, of the kinds that installed models have. The tests of the functions for
//! faces, text and searches by meaning take them from here.
use edge_ml::{
    load::checksum,
    manifest::{FORMAT, Manifest, Origin, Part, Role, Stage, Weight},
    onnx::{
        AttributeProto, GraphProto, Message as _, ModelProto, NodeProto, OperatorSetIdProto,
        TensorShapeProto, TypeProto, ValueInfoProto, attribute_proto,
        tensor_shape_proto::{Dimension, dimension},
        type_proto,
    },
};

/// The manifest of a model with these parts.
pub fn manifest<const PARTS: usize>(name: &str, parts: [(Role, Part); PARTS]) -> Manifest {
    let manifest = Manifest {
        format: FORMAT,
        name: name.into(),
        origins: vec![Origin {
            file: "made by the test".into(),
            sha256: checksum(b""),
            licence: "MIT OR Apache-2.0".into(),
        }],
        parts: parts.into(),
    };
    manifest.check().unwrap();
    manifest
}

/// The bytes of a graph; `versions` are those of the format and of the operators.
pub fn encoded(
    file: &str,
    versions: (i64, i64),
    nodes: Vec<NodeProto>,
    inputs: Vec<ValueInfoProto>,
    outputs: Vec<ValueInfoProto>,
) -> Vec<u8> {
    let graph = GraphProto {
        name: file.into(),
        node: nodes,
        input: inputs,
        output: outputs,
        ..GraphProto::default()
    };
    ModelProto {
        ir_version: versions.0,
        opset_import: vec![OperatorSetIdProto {
            version: versions.1,
            ..OperatorSetIdProto::default()
        }],
        graph: Some(graph),
        ..ModelProto::default()
    }
    .encode_to_vec()
}

/// A stage of this graph, with its weights in `blob`.
pub fn stage(
    file: &str,
    (graph, blob): (&[u8], &[u8]),
    input: &str,
    outputs: Vec<String>,
    tensors: Vec<Weight>,
) -> Stage {
    Stage {
        file: file.into(),
        graph_bytes: graph.len() as u64,
        graph_sha256: checksum(graph),
        blob_bytes: blob.len() as u64,
        blob_sha256: checksum(blob),
        inputs: vec![input.into()],
        outputs,
        tensors,
    }
}

/// A node of this kind.
pub fn node(kind: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: kind.into(),
        name: format!("{output}_node"),
        input: inputs.iter().map(|&name| name.to_owned()).collect(),
        output: vec![output.to_owned()],
        ..NodeProto::default()
    }
}

/// An attribute of whole numbers.
pub fn ints(name: &str, ints: &[i64]) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        r#type: attribute_proto::AttributeType::Ints.into(),
        ints: ints.to_vec(),
        ..AttributeProto::default()
    }
}

/// A tensor of these lengths, any where they are 0.
pub fn value(name: &str, shape: &[usize]) -> ValueInfoProto {
    let dim = shape.iter().enumerate().map(|(nth, length)| Dimension {
        value: Some(if *length == 0 {
            dimension::Value::DimParam(format!("{name}_{nth}"))
        } else {
            dimension::Value::DimValue(i64::try_from(*length).unwrap())
        }),
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
