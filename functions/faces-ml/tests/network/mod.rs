//! A small model for faces, made here: a face is a red cell of 32 pixels, and the box around it, three cells wide, is what it looks
//! like. Networks and files are of the kinds that installed models have.
#[path = "../../../../wasm-ml/edge-ml/tests/graphs/mod.rs"]
mod graphs;

use edge_ml::{
    load::encode,
    manifest::{Part, Port, Reading, Role, Store, Weight},
    onnx::{AttributeProto, NodeProto, ValueInfoProto, attribute_proto},
    picture::{Fit, Look, Order},
    tensor::Kind,
};

use self::graphs::{ints, node, value};

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
    let parts = [
        (Role::FaceDetection, detection),
        (Role::FaceRecognition, recognition),
    ];
    let manifest = graphs::manifest(name, parts);
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
    let graph = graphs::encoded(file, (8, 13), nodes, inputs, outputs);
    let files = (graph.as_slice(), weights.blob.as_slice());
    let stage = graphs::stage(file, files, input, names.clone(), weights.tensors);
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
