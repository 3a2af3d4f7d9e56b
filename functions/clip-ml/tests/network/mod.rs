//! A small CLIP, made here: a picture is the mean colours of its 16 cells, and so is a text that names colours. Networks and files are of
//! the kinds that installed models have.
#[path = "../../../../wasm-ml/edge-ml/tests/graphs/mod.rs"]
mod graphs;

use edge_ml::{
    load::{checksum, encode},
    manifest::{Blob, Part, Port, Reading, Role, Stage, Store, Table, Words},
    onnx::{AttributeProto, NodeProto, attribute_proto},
    picture::{Fit, Look, Order},
    tensor::Kind,
};

use self::graphs::{ints, node, value};

/// The name that is configured unless somebody says otherwise.
pub const NAME: &str = "ViT-B-32__openai";
/// Side of the pictures, pixels, and of a cell.
const SIDE: usize = 64;
const CELL: i64 = 16;
/// Numbers of a vector: three of each of 16 cells.
const NUMBERS: usize = 48;
/// Tokens of a text.
pub const TOKENS: usize = 77;
/// What the vocabulary makes of words that name colours: one token each.
const MERGES: &str =
    "#version: test\nr e\nre d</w>\ng r\ngr e\ngre e\ngree n</w>\nb l\nbl u\nblu e</w>\n";
/// Merges, and which of them are whole words with their colours.
const COUNT: usize = 9;
const COLOURS: [(usize, [f32; 3]); 3] = [
    (1, [1.0, -1.0, -1.0]),
    (5, [-1.0, 1.0, -1.0]),
    (8, [-1.0, -1.0, 1.0]),
];

/// The files of the model, by their names below its folder; the manifest is the last.
pub fn files(name: &str) -> Vec<(String, Vec<u8>)> {
    let (visual, seen) = visual();
    let (textual, read) = textual();
    let parts = [(Role::Visual, visual), (Role::Textual, textual)];
    let manifest = graphs::manifest(name, parts);
    vec![
        ("visual/0.stage".into(), seen),
        ("textual/0.stage".into(), read),
        ("textual/words.txt".into(), MERGES.into()),
        ("textual/table.bin".into(), encode(Store::F32, &table())),
        (
            "manifest.json".into(),
            serde_json::to_vec(&manifest).unwrap(),
        ),
    ]
}

/// The rows of all tokens; those that name no colour say nothing, but the first mark of a text, so that it has a direction.
fn table() -> Vec<f32> {
    let mut rows = vec![0.0; (512 + COUNT + 2) * NUMBERS];
    rows[(512 + COUNT) * NUMBERS..(512 + COUNT + 1) * NUMBERS].fill(0.01);
    for (merge, colour) in COLOURS {
        let start = (512 + merge) * NUMBERS;
        for (channel, value) in colour.iter().enumerate() {
            rows[start + channel * 16..start + (channel + 1) * 16].fill(*value);
        }
    }
    rows
}

pub fn blob(file: &str, bytes: &[u8]) -> Blob {
    Blob {
        file: file.into(),
        bytes: bytes.len() as u64,
        sha256: checksum(bytes),
    }
}

fn visual() -> (Part, Vec<u8>) {
    let mut flat = node("Flatten", &["pooled"], "vector");
    flat.attribute.push(int("axis", 1));
    let mut pool = node("AveragePool", &["pixels"], "pooled");
    pool.attribute.push(ints("kernel_shape", &[CELL, CELL]));
    pool.attribute.push(ints("strides", &[CELL, CELL]));
    let side = u32::try_from(SIDE).unwrap();
    let look = Look {
        width: side,
        height: side,
        fit: Fit::Crop,
        order: Order::Rgb,
        mean: [127.5; 3],
        deviation: [127.5; 3],
    };
    let port = Port {
        name: "pixels".into(),
        kind: Kind::F32,
        shape: vec![1, 3, SIDE, SIDE],
    };
    let (stage, bytes) = stage(
        "visual/0.stage",
        ("pixels", &[1, 3, SIDE, SIDE]),
        vec![pool, flat],
    );
    let mut part = part(port, stage);
    part.look = Some(look);
    (part, bytes)
}

fn textual() -> (Part, Vec<u8>) {
    let mut mean = node("ReduceMean", &["rows"], "vector");
    mean.attribute
        .extend([ints("axes", &[1]), int("keepdims", 0)]);
    let port = Port {
        name: "text".into(),
        kind: Kind::I32,
        shape: vec![1, TOKENS],
    };
    let (stage, bytes) = stage(
        "textual/0.stage",
        ("rows", &[1, TOKENS, NUMBERS]),
        vec![mean],
    );
    let mut part = part(port, stage);
    part.words = Some(Words {
        blob: blob("textual/words.txt", MERGES.as_bytes()),
        padding: 0,
        recipe: None,
    });
    let rows = encode(Store::F32, &table());
    part.table = Some(Table {
        blob: blob("textual/table.bin", &rows),
        more: Vec::new(),
        tokens: "text".into(),
        name: "rows".into(),
        rows: 512 + COUNT + 2,
        columns: NUMBERS,
        store: Store::F32,
    });
    (part, bytes)
}

fn part(input: Port, stage: Stage) -> Part {
    Part {
        reading: Reading::Vector,
        inputs: vec![input],
        outputs: vec!["vector".into()],
        look: None,
        words: None,
        table: None,
        stages: vec![stage],
    }
}

fn stage(file: &str, (input, shape): (&str, &[usize]), nodes: Vec<NodeProto>) -> (Stage, Vec<u8>) {
    let graph = graphs::encoded(
        file,
        (8, 13),
        nodes,
        vec![value(input, shape)],
        vec![value("vector", &[1, NUMBERS])],
    );
    let outputs = vec!["vector".into()];
    let stage = graphs::stage(file, (&graph, &[]), input, outputs, Vec::new());
    (stage, graph)
}

fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        r#type: attribute_proto::AttributeType::Int.into(),
        i: value,
        ..AttributeProto::default()
    }
}
