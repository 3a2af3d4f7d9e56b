//! A small model for faces, made here: a face is a red cell of 32 pixels, and the box around it, three cells wide, is what it looks
//! like. Networks and files are of the kinds that installed models have.
use std::collections::BTreeMap;

use edge_ml::{
    load::{checksum, encode},
    manifest::{FORMAT, Manifest, Origin, Part, Port, Reading, Role, Stage, Store, Weight},
    onnx::{
        AttributeProto, GraphProto, Message as _, ModelProto, NodeProto, OperatorSetIdProto,
        TensorShapeProto, TypeProto, ValueInfoProto, attribute_proto,
        tensor_shape_proto::{Dimension, dimension},
        type_proto,
    },
    picture::{Fit, Look, Order},
    tensor::Kind,
};

/// Its name.
pub const NAME: &str = "yunet-sface";
/// Side of the pictures that faces are looked for in, pixels.
const SIDE: usize = 640;
/// Eyes, nose and mouth in a straightened face of 112 pixels.
const TEMPLATE: [f32; 10] = [
    38.2946, 51.6963, 73.5318, 51.5014, 56.0252, 71.7366, 41.5493, 92.3655, 70.7299, 92.2041,
];

/// The files of the model under this name, by their names below its folder; the manifest is the last.
pub fn files(name: &str) -> Vec<(String, Vec<u8>)> {
    let (detection, found) = detection();
    let (recognition, straight) = recognition();
    let manifest = Manifest {
        format: FORMAT,
        name: name.into(),
        origins: vec![Origin {
            file: "made by the test".into(),
            sha256: checksum(b""),
            licence: "MIT OR Apache-2.0".into(),
        }],
        parts: BTreeMap::from([
            (Role::FaceDetection, detection),
            (Role::FaceRecognition, recognition),
        ]),
    };
    manifest.check().unwrap();
    let text = serde_json::to_vec(&manifest).unwrap();
    vec![
        ("detection/0.stage".into(), found),
        ("recognition/0.stage".into(), straight),
        ("manifest.json".into(), text),
    ]
}

/// Weights of a stage as they are collected.
#[derive(Default)]
struct Weights {
    inputs: Vec<ValueInfoProto>,
    tensors: Vec<Weight>,
    blob: Vec<u8>,
}

impl Weights {
    fn add(&mut self, name: &str, shape: &[usize], numbers: &[f32]) {
        self.inputs.push(value(name, shape));
        self.tensors.push(Weight {
            name: name.into(),
            store: Store::F32,
            shape: shape.to_vec(),
        });
        self.blob.extend(encode(Store::F32, numbers));
    }
}

/// Numbers of a cell's box and landmarks: three cells around its middle.
fn around() -> ([f32; 4], [f32; 10]) {
    let points = TEMPLATE.map(|at| (at - 56.0) / 112.0 * 3.0 + 0.5);
    ([0.5, 0.5, 3.0_f32.ln(), 3.0_f32.ln()], points)
}

fn detection() -> (Part, Vec<u8>) {
    let (mut nodes, mut weights, mut outputs) = (Vec::new(), Weights::default(), Vec::new());
    let mut names = Vec::new();
    for (stride, from, pool) in [
        (8, "pixels".to_owned(), 8),
        (16, "p8".to_owned(), 2),
        (32, "p16".to_owned(), 2),
    ] {
        let side = SIDE / stride;
        let pooled = format!("p{stride}");
        nodes.push(pooling(&from, &pooled, pool));
        let red = if stride == 32 {
            [1.0 / 255.0, -1.0 / 255.0, 0.0]
        } else {
            [0.0; 3]
        };
        let (frame, points) = around();
        let object = format!("obj_{stride}");
        weights.add(&format!("{object}_w"), &[1, 3, 1, 1], &red);
        weights.add(&format!("{object}_b"), &[1], &[0.0]);
        nodes.push(node(
            "Conv",
            &[&pooled, &format!("{object}_w"), &format!("{object}_b")],
            &object,
        ));
        let class = format!("cls_{stride}");
        nodes.push(node("Relu", &[&object], &class));
        for (what, numbers) in [("bbox", frame.as_slice()), ("kps", points.as_slice())] {
            let name = format!("{what}_{stride}");
            let (w, b, flat) = (
                format!("{name}_w"),
                format!("{name}_b"),
                format!("{name}_n"),
            );
            weights.add(&w, &[numbers.len(), 3, 1, 1], &vec![0.0; numbers.len() * 3]);
            weights.add(&b, &[numbers.len()], numbers);
            nodes.push(node("Conv", &[&pooled, &w, &b], &flat));
            let mut turned = node("Transpose", &[&flat], &name);
            turned.attribute.push(ints("perm", &[0, 2, 3, 1]));
            nodes.push(turned);
            outputs.push(value(&name, &[1, side, side, numbers.len()]));
            names.push(name);
        }
        for name in [object, class] {
            outputs.push(value(&name, &[1, 1, side, side]));
            names.push(name);
        }
    }
    let look = look(SIDE, Fit::Letterbox, 0.0, 1.0);
    part(
        "detection/0.stage",
        Reading::Yunet,
        ("pixels", SIDE),
        look,
        (nodes, weights, outputs, names),
    )
}

fn recognition() -> (Part, Vec<u8>) {
    let mut flat = node("Flatten", &["pooled"], "vector");
    flat.attribute.push(AttributeProto {
        name: "axis".into(),
        r#type: attribute_proto::AttributeType::Int.into(),
        i: 1,
        ..AttributeProto::default()
    });
    let nodes = vec![pooling("pixels", "pooled", 28), flat];
    let outputs = vec![value("vector", &[1, 48])];
    let look = look(112, Fit::None, 127.5, 127.5);
    let graph = (
        nodes,
        Weights::default(),
        outputs,
        vec!["vector".to_owned()],
    );
    part(
        "recognition/0.stage",
        Reading::Vector,
        ("pixels", 112),
        look,
        graph,
    )
}

fn look(side: usize, fit: Fit, mean: f32, deviation: f32) -> Look {
    let side = u32::try_from(side).unwrap();
    Look {
        width: side,
        height: side,
        fit,
        order: Order::Rgb,
        mean: [mean; 3],
        deviation: [deviation; 3],
    }
}

fn part(
    file: &str,
    reading: Reading,
    (input, side): (&str, usize),
    look: Look,
    (nodes, weights, outputs, names): (Vec<NodeProto>, Weights, Vec<ValueInfoProto>, Vec<String>),
) -> (Part, Vec<u8>) {
    let mut inputs = vec![value(input, &[1, 3, side, side])];
    inputs.extend(weights.inputs);
    let graph = GraphProto {
        name: file.into(),
        node: nodes,
        input: inputs,
        output: outputs,
        ..GraphProto::default()
    };
    let graph = ModelProto {
        ir_version: 8,
        opset_import: vec![OperatorSetIdProto {
            version: 13,
            ..OperatorSetIdProto::default()
        }],
        graph: Some(graph),
        ..ModelProto::default()
    }
    .encode_to_vec();
    let stage = Stage {
        file: file.into(),
        graph_bytes: graph.len() as u64,
        graph_sha256: checksum(&graph),
        blob_bytes: weights.blob.len() as u64,
        blob_sha256: checksum(&weights.blob),
        inputs: vec![input.into()],
        outputs: names.clone(),
        tensors: weights.tensors,
    };
    let part = Part {
        reading,
        inputs: vec![Port {
            name: input.into(),
            kind: Kind::F32,
            shape: vec![1, 3, side, side],
        }],
        outputs: names,
        look: Some(look),
        words: None,
        table: None,
        stages: vec![stage],
    };
    (part, [graph, weights.blob].concat())
}

fn pooling(input: &str, output: &str, side: i64) -> NodeProto {
    let mut pooling = node("AveragePool", &[input], output);
    pooling.attribute.push(ints("kernel_shape", &[side, side]));
    pooling.attribute.push(ints("strides", &[side, side]));
    pooling
}

fn ints(name: &str, ints: &[i64]) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        r#type: attribute_proto::AttributeType::Ints.into(),
        ints: ints.to_vec(),
        ..AttributeProto::default()
    }
}

fn node(kind: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: kind.into(),
        name: format!("{output}_node"),
        input: inputs.iter().map(|&name| name.to_owned()).collect(),
        output: vec![output.to_owned()],
        ..NodeProto::default()
    }
}

fn value(name: &str, shape: &[usize]) -> ValueInfoProto {
    let dim = shape.iter().map(|length| Dimension {
        value: Some(dimension::Value::DimValue(i64::try_from(*length).unwrap())),
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
