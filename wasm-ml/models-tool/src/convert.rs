//! One ONNX file to one part of a model.
use anyhow::{Context as _, Result, bail, ensure};
use edge_ml::manifest::{Part, Port, Role, Words};
use edge_ml::onnx::tensor_shape_proto::dimension;
use edge_ml::onnx::{GraphProto, Message as _, ModelProto, ValueInfoProto, type_proto};
use edge_ml::picture::{Fit, Look, Order, of_bytes};
use edge_ml::tensor::Kind;
use edge_ml::{clip, graph};

use crate::beside::{Beside, blob};
use crate::options::Wanted;
use crate::reading::{Found, lengthen, reading_table, spelling};
use crate::tokenizer::Made;
use crate::{catalogue, cut, fold, weights};

/// Side of pictures for a network that takes any.
const USUAL_SIDE: u32 = 224;

/// A converted network.
pub struct Converted {
    /// What the manifest says of it.
    pub part: Part,
    /// Its files by their names below the model's folder.
    pub files: Vec<(String, Vec<u8>)>,
    /// The same network whole and with singles, for comparing; without the table of its tokens.
    pub plain: ModelProto,
    /// That table, with singles.
    pub table: Option<Found>,
}

/// Converts the ONNX file in `bytes`.
///
/// # Errors
/// It is no ONNX, one that is refused ([`graph::check`]), one that is not of the kind that `role` asks for, or one that reads with
/// other words than those that lie beside it.
pub fn network(bytes: &[u8], role: Role, wanted: &Wanted, beside: Beside<'_>) -> Result<Converted> {
    let mut model = graph::check(bytes)?;
    let own_words = model
        .metadata_props
        .iter()
        .find(|property| property.key == "character")
        .map(|property| property.value.clone());
    fold::fold(&mut model)?;
    let mut inputs = ports(model.graph.as_ref().context("no graph in it")?)?;
    ensure!(!inputs.is_empty(), "it has no input");
    let outputs = outputs(&model);
    let reading = catalogue::reading(role, outputs.len());
    let is_sface = first_operation(&model, &inputs) == Some("Sub");
    let look = match role {
        Role::Textual => None,
        Role::Visual => Some(visual_look(&mut inputs, wanted)?),
        _ => catalogue::look(role, reading, size(&mut inputs, role)?, is_sface),
    };
    let folder = folder(role);
    let mut files = Vec::new();
    let mut found = None;
    let (words, table) = match role {
        Role::Textual => {
            let made = spelling(beside)?;
            let tokens = lengthen(&mut inputs, made.length)?;
            let rows = reading_table(&mut model, &tokens, &made)?;
            let table = rows.written(&folder, wanted.table_bytes, &mut files)?;
            found = Some(rows);
            let words = vocabulary(made.into_owned(), &folder, &mut files);
            (Some(words), Some(table))
        }
        Role::TextRecognition => {
            let bytes = characters(own_words.as_deref(), beside, &model)?;
            (Some(lines(bytes, 0, &folder, &mut files)), None)
        }
        _ => (None, None),
    };
    let mut stages = Vec::new();
    for (index, piece) in cut::pieces(&model, wanted.stage_bytes)?.iter().enumerate() {
        let (stage, bytes) = weights::stage(&model, piece, &format!("{folder}/{index}.stage"))?;
        files.push((stage.file.clone(), bytes));
        stages.push(stage);
    }
    let part = Part {
        reading,
        inputs,
        outputs,
        look,
        words,
        table,
        stages,
    };
    Ok(Converted {
        part,
        files,
        plain: model,
        table: found,
    })
}

/// What a textual network reads with: its file and what the manifest says of it.
fn vocabulary(made: Made, folder: &str, files: &mut Vec<(String, Vec<u8>)>) -> Words {
    let Some(recipe) = made.recipe else {
        return lines(made.bytes, made.padding, folder, files);
    };
    let blob = blob(format!("{folder}/words.bin"), &made.bytes);
    files.push((blob.file.clone(), made.bytes));
    Words {
        blob,
        padding: made.padding,
        recipe: Some(Box::new(recipe)),
    }
}

/// The same for a file of lines.
fn lines(bytes: Vec<u8>, padding: i32, folder: &str, files: &mut Vec<(String, Vec<u8>)>) -> Words {
    let blob = blob(format!("{folder}/words.txt"), &bytes);
    files.push((blob.file.clone(), bytes));
    Words {
        blob,
        padding,
        recipe: None,
    }
}

fn folder(role: Role) -> String {
    let name = serde_json::to_value(role)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned));
    name.unwrap_or_default()
}

fn first_operation<'a>(model: &'a ModelProto, inputs: &[Port]) -> Option<&'a str> {
    let input = inputs.first()?;
    let mut nodes = model.graph.as_ref()?.node.iter();
    let first = nodes.find(|node| node.input.contains(&input.name));
    first.map(|node| node.op_type.as_str())
}

/// The names of what it answers.
fn outputs(model: &ModelProto) -> Vec<String> {
    let outputs = model.graph.iter().flat_map(|graph| &graph.output);
    outputs.map(|output| output.name.clone()).collect()
}

/// Its open inputs; one picture or text at a time.
fn ports(graph: &GraphProto) -> Result<Vec<Port>> {
    graph.input.iter().map(port).collect()
}

fn port(input: &ValueInfoProto) -> Result<Port> {
    let name = input.name.clone();
    let kind = input.r#type.as_ref().and_then(|kind| kind.value.as_ref());
    let Some(type_proto::Value::TensorType(tensor)) = kind else {
        bail!("{name:?} is no tensor")
    };
    let numbers = match tensor.elem_type {
        1 => Kind::F32,
        6 => Kind::I32,
        7 => Kind::I64,
        other => bail!("{name:?} is of type {other}"),
    };
    let dims = tensor.shape.iter().flat_map(|shape| &shape.dim);
    let length = |dim: &edge_ml::onnx::tensor_shape_proto::Dimension| match &dim.value {
        Some(dimension::Value::DimValue(length)) => usize::try_from(*length).unwrap_or(0),
        _ => 0,
    };
    let mut shape: Vec<usize> = dims.map(length).collect();
    if let Some(batch) = shape.first_mut() {
        *batch = 1;
    }
    Ok(Port {
        name,
        kind: numbers,
        shape,
    })
}

/// Width and height of its pictures, 0 where any will do; of faces the usual ones.
fn size(inputs: &mut [Port], role: Role) -> Result<(u32, u32)> {
    let usual = match role {
        Role::FaceDetection => 640,
        Role::FaceRecognition => 112,
        _ => 0,
    };
    let Some(Port { shape, name, .. }) = inputs.first_mut() else {
        bail!("it has no input")
    };
    let [_, 3, height, width] = shape.as_mut_slice() else {
        bail!("{name:?} is no picture: {shape:?}")
    };
    for side in [&mut *height, &mut *width] {
        if *side == 0 {
            *side = usual;
        }
    }
    Ok((u32::try_from(*width)?, u32::try_from(*height)?))
}

fn visual_look(inputs: &mut [Port], wanted: &Wanted) -> Result<Look> {
    let Some(Port { shape, name, .. }) = inputs.first_mut() else {
        bail!("it has no input")
    };
    let [_, 3, height, width] = shape.as_mut_slice() else {
        bail!("{name:?} is no picture: {shape:?}")
    };
    for side in [&mut *height, &mut *width] {
        if *side == 0 {
            *side = wanted.side.unwrap_or(USUAL_SIDE) as usize;
        }
    }
    let (mean, deviation) = of_bytes(
        wanted.mean.unwrap_or(clip::OPENAI.0),
        wanted.deviation.unwrap_or(clip::OPENAI.1),
    );
    let fit = if wanted.squash {
        Fit::Squash
    } else {
        Fit::Crop
    };
    ensure!(
        wanted.squash || width == height,
        "pictures of {width} x {height} are not cropped: --squash"
    );
    Ok(Look {
        width: u32::try_from(*width)?,
        height: u32::try_from(*height)?,
        fit,
        order: Order::Rgb,
        mean,
        deviation,
    })
}

/// The characters of a recognising network, one a line, without the first (none) and the last (a space).
fn characters(own: Option<&str>, beside: Beside<'_>, plain: &ModelProto) -> Result<Vec<u8>> {
    let text = match (own, beside) {
        (_, Beside::Lines(bytes)) => std::str::from_utf8(bytes)?,
        (Some(own), _) => own,
        (None, _) => bail!("its characters are missing: --dictionary FILE"),
    };
    let mut lines: Vec<&str> = text
        .strip_suffix('\n')
        .unwrap_or(text)
        .split('\n')
        .collect();
    if let (Some(known), [first, middle @ .., last]) = (known_characters(plain), lines.as_slice())
        && lines.len() == known
    {
        // Some lists name these two as well.
        ensure!(
            *last == " " && first.len() != 1,
            "the list of characters ends with {last:?}"
        );
        lines = middle.to_vec();
    }
    Ok((lines.join("\n") + "\n").into_bytes())
}

/// How many characters the last matrix or bias of a network tells apart.
fn known_characters(plain: &ModelProto) -> Option<usize> {
    let graph = plain.graph.as_ref()?;
    let shapes = graph
        .initializer
        .iter()
        .filter_map(|constant| graph::shape(constant).ok());
    shapes
        .filter(|shape| shape.len() == 1)
        .filter_map(|shape| shape.first().copied())
        .max()
}

/// The network whole, as ONNX.
pub fn whole(plain: &ModelProto) -> Vec<u8> {
    plain.encode_to_vec()
}
