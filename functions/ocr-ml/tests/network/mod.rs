//! A small model for text, made here: what is red and not green is text, and how blue it is says which character. Networks and files
//! are of the kinds that installed models have.
//!
//! Both networks see 0 for white and 1 for what has nothing of a colour, and so is what lines are filled up with.
use std::collections::BTreeMap;

use edge_ml::{
    load::{checksum, encode},
    manifest::{
        Blob, FORMAT, Manifest, Origin, Part, Port, Reading, Role, Stage, Store, Weight, Words,
    },
    onnx::{
        AttributeProto, GraphProto, Message as _, ModelProto, NodeProto, OperatorSetIdProto,
        TensorShapeProto, TypeProto, ValueInfoProto, attribute_proto,
        tensor_shape_proto::{Dimension, dimension},
        type_proto,
    },
    picture::{Fit, Look, Order},
    tensor::Kind,
};

use crate::photo::CHARACTERS;

/// Its name.
pub const NAME: &str = "PP-OCRv5_mobile";
/// How much less blue each next character is.
const STEP: f32 = 25.0 / 255.0;
/// Nothing, the characters and a space.
const CLASSES: usize = CHARACTERS.len() + 2;

/// The files of the model under this name, by their names below its folder; the manifest is the last.
pub fn files(name: &str) -> Vec<(String, Vec<u8>)> {
    let characters = CHARACTERS.map(String::from).join("\n") + "\n";
    let (detection, found) = detection();
    let (mut recognition, read) = recognition();
    recognition.words = Some(Words {
        blob: Blob {
            file: "recognition/characters.txt".into(),
            bytes: characters.len() as u64,
            sha256: checksum(characters.as_bytes()),
        },
        padding: 0,
        recipe: None,
    });
    let manifest = Manifest {
        format: FORMAT,
        name: name.into(),
        origins: vec![Origin {
            file: "made by the test".into(),
            sha256: checksum(b""),
            licence: "MIT OR Apache-2.0".into(),
        }],
        parts: BTreeMap::from([
            (Role::TextDetection, detection),
            (Role::TextRecognition, recognition),
        ]),
    };
    manifest.check().unwrap();
    let text = serde_json::to_vec(&manifest).unwrap();
    vec![
        ("detection/0.stage".into(), found),
        ("recognition/0.stage".into(), read),
        ("recognition/characters.txt".into(), characters.into_bytes()),
        ("manifest.json".into(), text),
    ]
}

/// A graph as it is put together.
#[derive(Default)]
struct Graph {
    nodes: Vec<NodeProto>,
    inputs: Vec<ValueInfoProto>,
    tensors: Vec<Weight>,
    blob: Vec<u8>,
}

impl Graph {
    fn node(&mut self, kind: &str, inputs: &[&str], output: &str, attributes: &[(&str, &[i64])]) {
        let attributes = attributes.iter().map(|(name, ints)| AttributeProto {
            name: (*name).to_owned(),
            r#type: attribute_proto::AttributeType::Ints.into(),
            ints: ints.to_vec(),
            ..AttributeProto::default()
        });
        self.nodes.push(NodeProto {
            op_type: kind.into(),
            name: format!("{output}_node"),
            input: inputs.iter().map(|&name| name.to_owned()).collect(),
            output: vec![output.to_owned()],
            attribute: attributes.collect(),
            ..NodeProto::default()
        });
    }

    fn weight(&mut self, name: &str, shape: &[usize], numbers: &[f32]) {
        let lengths: Vec<i64> = shape.iter().map(|n| i64::try_from(*n).unwrap()).collect();
        self.inputs.push(value(name, &lengths));
        self.tensors.push(Weight {
            name: name.into(),
            store: Store::F32,
            shape: shape.to_vec(),
        });
        self.blob.extend(encode(Store::F32, numbers));
    }

    /// A layer `to` x `from` x `rows` x 1 with a bias.
    fn conv(
        &mut self,
        input: &str,
        output: &str,
        shape: [usize; 3],
        weights: &[f32],
        bias: &[f32],
    ) {
        let (w, b) = (format!("{output}_w"), format!("{output}_b"));
        let [to, from, rows] = shape;
        self.weight(&w, &[to, from, rows, 1], weights);
        self.weight(&b, &[to], bias);
        self.node("Conv", &[input, &w, &b], output, &[]);
    }

    fn part(
        self,
        file: &str,
        reading: Reading,
        (height, width): (usize, usize),
        output: &str,
    ) -> (Part, Vec<u8>) {
        let shape = [1, 3, height, width];
        // 0 where any length will do.
        let lengths: Vec<i64> = shape.iter().map(|n| i64::try_from(*n).unwrap()).collect();
        let mut inputs = vec![value("pixels", &lengths)];
        inputs.extend(self.inputs);
        let rank = if reading == Reading::Ctc { 3 } else { 4 };
        let graph = GraphProto {
            name: file.into(),
            node: self.nodes,
            input: inputs,
            output: vec![value(output, &vec![0; rank])],
            ..GraphProto::default()
        };
        let graph = ModelProto {
            ir_version: 6,
            opset_import: vec![OperatorSetIdProto {
                version: 11,
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
            blob_bytes: self.blob.len() as u64,
            blob_sha256: checksum(&self.blob),
            inputs: vec!["pixels".into()],
            outputs: vec![output.into()],
            tensors: self.tensors,
        };
        let part = Part {
            reading,
            inputs: vec![Port {
                name: "pixels".into(),
                kind: Kind::F32,
                shape: shape.to_vec(),
            }],
            outputs: vec![output.into()],
            look: Some(Look {
                width: 0,
                height: 0,
                fit: Fit::None,
                order: Order::Rgb,
                mean: [255.0; 3],
                deviation: [-255.0; 3],
            }),
            words: None,
            table: None,
            stages: vec![stage],
        };
        (part, [graph, self.blob].concat())
    }
}

/// How much redder than green each pixel is.
fn detection() -> (Part, Vec<u8>) {
    let mut graph = Graph::default();
    graph.conv("pixels", "redder", [1, 3, 1], &[-1.0, 1.0, 0.0], &[0.0]);
    graph.node("Relu", &["redder"], "map", &[]);
    graph.part("detection/0.stage", Reading::TextMap, (0, 0), "map")
}

/// In places of 8 x 8 pixels in the middle of the line: how near each is to the blue of a character; nothing where it is not of one
/// colour.
fn recognition() -> (Part, Vec<u8>) {
    let mut graph = Graph::default();
    let place: [(&str, &[i64]); 2] = [("kernel_shape", &[8, 8]), ("strides", &[8, 8])];
    graph.node("MaxPool", &["pixels"], "most", &place);
    graph.node("Neg", &["pixels"], "negative", &[]);
    graph.node("MaxPool", &["negative"], "less", &place);
    // Over and under the blue of each class but the first, and the range: of the third of six rows.
    let levels: Vec<f32> = (1..CLASSES).map(|class| STEP * small(class)).collect();
    let hidden = 2 * levels.len() + 1;
    let row = |blue: f32| {
        let mut weights = vec![0.0; 3 * 6];
        weights[2 * 6 + 2] = blue;
        weights
    };
    let (mut of_most, mut of_less, mut bias) = (Vec::new(), Vec::new(), Vec::new());
    for sign in [1.0, -1.0] {
        for level in &levels {
            of_most.extend(row(sign / STEP));
            of_less.extend(row(0.0));
            bias.push(-sign * level / STEP);
        }
    }
    of_most.extend(row(1.0 / STEP));
    of_less.extend(row(1.0 / STEP));
    bias.push(0.0);
    graph.conv("most", "above", [hidden, 3, 6], &of_most, &bias);
    graph.conv(
        "less",
        "below",
        [hidden, 3, 6],
        &of_less,
        &vec![0.0; hidden],
    );
    graph.node("Add", &["above", "below"], "sum", &[]);
    graph.node("Relu", &["sum"], "hidden", &[]);
    let mut weights = vec![0.0; CLASSES * hidden];
    weights[hidden - 1] = 1.0;
    for class in 1..CLASSES {
        for of in [class - 1, class - 1 + levels.len()] {
            weights[class * hidden + of] = -1.0;
        }
    }
    let mut bias = vec![1.0; CLASSES];
    bias[0] = 0.6;
    graph.conv("hidden", "classes", [CLASSES, hidden, 1], &weights, &bias);
    graph.node(
        "Transpose",
        &["classes"],
        "places",
        &[("perm", &[0, 3, 2, 1])],
    );
    graph.node("Squeeze", &["places"], "text", &[("axes", &[2])]);
    graph.part("recognition/0.stage", Reading::Ctc, (48, 0), "text")
}

fn small(n: usize) -> f32 {
    f32::from(u8::try_from(n).unwrap())
}

/// A tensor of these lengths, any where they are 0.
fn value(name: &str, shape: &[i64]) -> ValueInfoProto {
    let dim = shape.iter().enumerate().map(|(nth, length)| Dimension {
        value: Some(if *length == 0 {
            dimension::Value::DimParam(format!("{name}_{nth}"))
        } else {
            dimension::Value::DimValue(*length)
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
