//! A small model for text, made here: what is red and not green is text, and how blue it is says which character. Networks and files
//! are of the kinds that installed models have.
//!
//! Both networks see 0 for white and 1 for what has nothing of a colour, and so is what lines are filled up with.
#[path = "../../../../wasm-ml/edge-ml/tests/graphs/mod.rs"]
mod graphs;

use edge_ml::{
    load::{checksum, encode},
    manifest::{Blob, Part, Port, Reading, Role, Store, Weight, Words},
    onnx::{NodeProto, ValueInfoProto},
    picture::{Fit, Look, Order},
    tensor::Kind,
};

use self::graphs::{ints, value};
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
    let parts = [
        (Role::TextDetection, detection),
        (Role::TextRecognition, recognition),
    ];
    let manifest = graphs::manifest(name, parts);
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
        let mut node = graphs::node(kind, inputs, output);
        let attributes = attributes.iter();
        node.attribute
            .extend(attributes.map(|(name, numbers)| ints(name, numbers)));
        self.nodes.push(node);
    }

    fn weight(&mut self, name: &str, shape: &[usize], numbers: &[f32]) {
        self.inputs.push(value(name, shape));
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
        let mut inputs = vec![value("pixels", &shape)];
        inputs.extend(self.inputs);
        let rank = if reading == Reading::Ctc { 3 } else { 4 };
        let outputs = vec![value(output, &vec![0; rank])];
        let graph = graphs::encoded(file, (6, 11), self.nodes, inputs, outputs);
        let files = (graph.as_slice(), self.blob.as_slice());
        let stage = graphs::stage(file, files, "pixels", vec![output.into()], self.tensors);
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
