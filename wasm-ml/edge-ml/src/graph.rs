//! What an ONNX graph may be: whoever made it, running it ends, and it takes no more memory than its sizes say.
use std::collections::HashSet;

use crate::onnx::{AttributeProto, GraphProto, Message as _, ModelProto, TensorProto};
use crate::{Error, tensor};

/// Longest graph without its weights, bytes.
pub const MOST_BYTES: u64 = 8 << 20;
/// Most operations of a graph.
pub const MOST_NODES: usize = 20_000;
/// Most numbers of a constant: tables of 256,000 tokens with 1,536 numbers each come in files. They are as many as the file holds.
const MOST_NUMBERS: usize = 1 << 29;
/// Longest chain of what one operation is told.
const MOST_TOLD: usize = 4096;
/// Operations whose answer may be much larger than what they are given: their sizes, where the graph says them, are looked at.
const SIZED: [&str; 6] = [
    "ConstantOfShape",
    "Expand",
    "Reshape",
    "Tile",
    "Resize",
    "Pad",
];

/// The graph in `bytes`, an ONNX file without outside data.
///
/// # Errors
/// It is no ONNX; it holds graphs in graphs (loops, conditions), functions or training; a name is used before it is there, twice, or
/// not at all where an output should be; a constant's size is wrong or over the limits. A graph that is its own successor
/// is one that uses a name too early.
pub fn check(bytes: &[u8]) -> Result<ModelProto, Error> {
    let model = ModelProto::decode(bytes).map_err(|error| Error::Graph(error.to_string()))?;
    check_model(&model)?;
    Ok(model)
}

/// As [`check`], of a file that has been read; its weights may still be in it.
pub fn check_model(model: &ModelProto) -> Result<(), Error> {
    let graph = model
        .graph
        .as_ref()
        .ok_or_else(|| Error::Graph("no graph in it".into()))?;
    if !model.functions.is_empty() || !model.training_info.is_empty() {
        return refuse("functions and training are not supported");
    }
    if graph.node.len() > MOST_NODES {
        return refuse(format!("more than {MOST_NODES} operations"));
    }
    if !graph.sparse_initializer.is_empty() {
        return refuse("sparse tensors are not supported");
    }
    let mut known = HashSet::new();
    check_inputs(graph, &mut known)?;
    check_nodes(graph, &mut known)?;
    if graph.output.is_empty() {
        return refuse("it has no output");
    }
    for output in &graph.output {
        if !known.contains(output.name.as_str()) {
            return refuse(format!("nothing makes its output {:?}", output.name));
        }
    }
    Ok(())
}

fn refuse<T>(why: impl Into<String>) -> Result<T, Error> {
    Err(Error::Graph(why.into()))
}

/// Its inputs and constants; older files name constants as inputs too.
fn check_inputs<'a>(graph: &'a GraphProto, known: &mut HashSet<&'a str>) -> Result<(), Error> {
    for input in &graph.input {
        if !known.insert(&input.name) {
            return refuse(format!("the input {:?} twice", input.name));
        }
        if input.r#type.is_none() {
            return refuse(format!("the input {:?} has no type", input.name));
        }
    }
    let mut constants = HashSet::new();
    for constant in &graph.initializer {
        if !constants.insert(constant.name.as_str()) {
            return refuse(format!("the constant {:?} twice", constant.name));
        }
        check_tensor(constant)?;
    }
    known.extend(constants);
    Ok(())
}

fn check_nodes<'a>(graph: &'a GraphProto, known: &mut HashSet<&'a str>) -> Result<(), Error> {
    let sizes: HashSet<&str> = graph
        .node
        .iter()
        .filter(|node| SIZED.contains(&node.op_type.as_str()))
        .flat_map(|node| {
            node.input
                .iter()
                .skip(usize::from(node.op_type != "ConstantOfShape"))
        })
        .map(String::as_str)
        .collect();
    for constant in &graph.initializer {
        if sizes.contains(constant.name.as_str()) {
            check_size(constant)?;
        }
    }
    for node in &graph.node {
        let told = node
            .input
            .len()
            .max(node.output.len())
            .max(node.attribute.len());
        if told > MOST_TOLD {
            return refuse(format!("{:?} is told too much", node.name));
        }
        for input in node.input.iter().filter(|name| !name.is_empty()) {
            if !known.contains(input.as_str()) {
                return refuse(format!("{input:?} is used before it is made"));
            }
        }
        for attribute in &node.attribute {
            check_attribute(attribute)?;
            if let Some(constant) = &attribute.t
                && node.output.iter().any(|name| sizes.contains(name.as_str()))
            {
                check_size(constant)?;
            }
        }
        if node.output.iter().all(String::is_empty) {
            return refuse(format!("{:?} has no output", node.name));
        }
        for output in node.output.iter().filter(|name| !name.is_empty()) {
            if !known.insert(output) {
                return refuse(format!("{output:?} is made twice"));
            }
        }
    }
    Ok(())
}

fn check_attribute(attribute: &AttributeProto) -> Result<(), Error> {
    if attribute.g.is_some() || !attribute.graphs.is_empty() {
        return refuse("graphs in graphs (loops, conditions) are not supported");
    }
    if attribute.sparse_tensor.is_some() || !attribute.sparse_tensors.is_empty() {
        return refuse("sparse tensors are not supported");
    }
    attribute
        .t
        .iter()
        .chain(&attribute.tensors)
        .try_for_each(check_tensor)
}

/// The shape of a constant. Errors: negative or over the limits.
pub fn shape(constant: &TensorProto) -> Result<Vec<usize>, Error> {
    let lengths = constant.dims.iter().map(|length| usize::try_from(*length));
    let shape: Vec<usize> = lengths
        .collect::<Result<_, _>>()
        .map_err(|error| Error::Graph(format!("{:?}: {error}", constant.name)))?;
    let count = shape.iter().try_fold(1_usize, |all, length| {
        let all = all.checked_mul(*length)?;
        (all <= MOST_NUMBERS).then_some(all)
    });
    if shape.len() > tensor::MOST_DIMENSIONS || count.is_none() {
        return Err(Error::Shape(format!("{shape:?} is too large")));
    }
    Ok(shape)
}

/// Bytes of one number of ONNX's types as raw data; `None` for types that no network here has.
fn width(data_type: i32) -> Option<usize> {
    // TensorProto.DataType of onnx.proto
    match data_type {
        2 | 3 | 9 => Some(1),
        4 | 5 | 10 | 16 => Some(2),
        1 | 6 | 12 => Some(4),
        7 | 11 | 13 => Some(8),
        _ => None,
    }
}

fn check_tensor(constant: &TensorProto) -> Result<(), Error> {
    let name = &constant.name;
    if constant.data_location.unwrap_or(0) != 0 || !constant.external_data.is_empty() {
        return refuse(format!("{name:?} lies in another file"));
    }
    if constant.segment.is_some() || !constant.string_data.is_empty() {
        return refuse(format!("{name:?} is in pieces or of texts"));
    }
    let count: usize = shape(constant)?.iter().product();
    let Some(width) = width(constant.data_type) else {
        return refuse(format!("{name:?} is of type {}", constant.data_type));
    };
    let typed = [
        constant.float_data.len(),
        constant.int32_data.len(),
        constant.int64_data.len(),
        constant.double_data.len(),
        constant.uint64_data.len(),
    ];
    let fits = if constant.raw_data.is_empty() {
        typed.iter().sum::<usize>() == count
    } else {
        typed.iter().all(|length| *length == 0)
            && constant.raw_data.len() as u64 == count as u64 * width as u64
    };
    if !fits {
        return refuse(format!("{name:?} has not as many numbers as its shape"));
    }
    Ok(())
}

/// A constant that says how large something becomes.
fn check_size(constant: &TensorProto) -> Result<(), Error> {
    let lengths = i64s(constant);
    let product = lengths
        .iter()
        .filter(|length| **length > 0)
        .try_fold(1_i64, |all, length| all.checked_mul(*length));
    if product
        .and_then(|all| usize::try_from(all).ok())
        .is_none_or(|all| all > tensor::MOST)
    {
        return refuse(format!("{:?} asks for {lengths:?}", constant.name));
    }
    Ok(())
}

/// The numbers of a constant of whole numbers of 64 bits; none of another.
pub fn i64s(constant: &TensorProto) -> Vec<i64> {
    if constant.data_type != 7 {
        return Vec::new();
    }
    if constant.raw_data.is_empty() {
        return constant.int64_data.clone();
    }
    let (numbers, _) = constant.raw_data.as_chunks::<8>();
    numbers
        .iter()
        .map(|bytes| i64::from_le_bytes(*bytes))
        .collect()
}
