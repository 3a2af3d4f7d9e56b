//! Where a network can be cut: between two operations of which few results are still needed.
use std::collections::{BTreeSet, HashMap, HashSet};

use anyhow::{Context as _, Result};
use edge_ml::graph::shape;
use edge_ml::onnx::{GraphProto, ModelProto, NodeProto};

/// Most results that may be alive at a cut; inputs of the network do not count, for they stay anyway.
const MOST_ALIVE: usize = 2;

/// Bytes from which on a constant is a weight, which is read once only.
const MOST_REPEATED: usize = 4 * 1024;

/// A piece of a network: its operations, what it needs and what it makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its operations in the graph, in their order; those on tokens alone may be in several pieces.
    pub nodes: Vec<usize>,
    /// Inputs of the network or results of pieces before.
    pub inputs: Vec<String>,
    /// What later pieces need, or the outputs of the network.
    pub outputs: Vec<String>,
}

/// Bytes of each constant as singles.
fn sizes(graph: &GraphProto) -> Result<HashMap<&str, usize>> {
    let size = |constant: &edge_ml::onnx::TensorProto| {
        shape(constant).map(|shape| shape.iter().product::<usize>() * 4)
    };
    let mut sizes = HashMap::new();
    for constant in &graph.initializer {
        sizes.insert(constant.name.as_str(), size(constant)?);
    }
    Ok(sizes)
}

/// Cuts a plain network into pieces of at most `most` bytes of weights as singles, as far as it can be cut.
///
/// # Errors
/// It has no graph, or sizes that cannot be.
pub fn pieces(model: &ModelProto, most: usize) -> Result<Vec<Piece>> {
    let graph = model.graph.as_ref().context("no graph in it")?;
    let sizes = sizes(graph)?;
    let weight = |from: usize, to: usize| {
        let nodes = graph.node.get(from..to).unwrap_or_default();
        let names: HashSet<&str> = nodes
            .iter()
            .flat_map(|node| &node.input)
            .map(String::as_str)
            .collect();
        names
            .iter()
            .filter_map(|name| sizes.get(name))
            .sum::<usize>()
    };
    let repeated = repeated(graph, &sizes);
    let mut pieces = Vec::new();
    let (mut start, mut last) = (0, None);
    for place in places(graph, &sizes, &repeated) {
        if weight(start, place) > most
            && let Some(before) = last
        {
            pieces.push(start..before);
            start = before;
        }
        last = Some(place);
    }
    pieces.push(start..graph.node.len());
    Ok(pieces
        .into_iter()
        .map(|nodes| piece(graph, nodes, &repeated))
        .collect())
}

/// Operations on nothing but tokens, masks and a few constants: where the text ends, which of its tokens count. Every piece that needs
/// their results makes them anew, for whole numbers do not pass a cut, and masks are needed until the last layer.
fn repeated(graph: &GraphProto, constants: &HashMap<&str, usize>) -> BTreeSet<usize> {
    let inputs = graph.input.iter().filter(|input| is_whole(input));
    let mut known: HashSet<&str> = inputs.map(|input| input.name.as_str()).collect();
    let small = constants
        .iter()
        .filter(|(_, bytes)| **bytes < MOST_REPEATED);
    known.extend(small.map(|(name, _)| *name));
    let mut repeated = BTreeSet::new();
    for (index, node) in graph.node.iter().enumerate() {
        let mut inputs = node.input.iter().filter(|name| !name.is_empty());
        if inputs.all(|name| known.contains(name.as_str())) {
            known.extend(node.output.iter().map(String::as_str));
            repeated.insert(index);
        }
    }
    repeated
}

/// Behind which operations the network can be cut; the end is one of them.
fn places(
    graph: &GraphProto,
    constants: &HashMap<&str, usize>,
    repeated: &BTreeSet<usize>,
) -> Vec<usize> {
    let mut last_use: HashMap<&str, usize> = HashMap::new();
    for (index, node) in graph.node.iter().enumerate() {
        last_use.extend(node.input.iter().map(|name| (name.as_str(), index)));
    }
    last_use.extend(
        graph
            .output
            .iter()
            .map(|output| (output.name.as_str(), graph.node.len())),
    );
    let whole = whole_numbers(graph, constants);
    let mut alive: BTreeSet<&str> = BTreeSet::new();
    let mut places = Vec::new();
    for (index, node) in graph.node.iter().enumerate() {
        if !repeated.contains(&index) {
            alive.extend(node.output.iter().map(String::as_str));
        }
        alive.retain(|name| last_use.get(name).is_some_and(|last| *last > index));
        // Numbers of a kind that is not known here do not pass a cut.
        if alive.len() <= MOST_ALIVE
            && !alive.is_empty()
            && !alive.iter().any(|name| whole.contains(name))
        {
            places.push(index + 1);
        }
    }
    if places.last() != Some(&graph.node.len()) {
        places.push(graph.node.len());
    }
    places
}

/// Results that are (or may be) whole numbers or truth values: shapes, places, comparisons, and what is made of them only.
fn whole_numbers<'a>(graph: &'a GraphProto, constants: &HashMap<&str, usize>) -> HashSet<&'a str> {
    const MAKERS: [&str; 12] = [
        "Shape", "Size", "ArgMax", "ArgMin", "NonZero", "Equal", "Less", "Greater", "Not", "And",
        "Or", "Cast",
    ];
    let mut whole: HashSet<&str> = graph
        .input
        .iter()
        .filter(|input| is_whole(input))
        .map(|input| input.name.as_str())
        .collect();
    let typed = graph
        .initializer
        .iter()
        .filter(|constant| constant.data_type != 1);
    whole.extend(typed.map(|constant| constant.name.as_str()));
    for node in &graph.node {
        let mut inputs = node
            .input
            .iter()
            .map(String::as_str)
            .filter(|name| !name.is_empty());
        let of_whole = inputs
            .clone()
            .next()
            .is_some_and(|first| whole.contains(first))
            && inputs.all(|name| whole.contains(name) || constants.contains_key(name));
        let to_singles =
            node.op_type == "Cast" && node.attribute.iter().any(|to| to.name == "to" && to.i == 1);
        let makes = MAKERS.contains(&node.op_type.as_str())
            || node.op_type == "ConstantOfShape"
            || of_whole;
        if makes && !to_singles {
            whole.extend(node.output.iter().map(String::as_str));
        }
    }
    whole
}

fn is_whole(input: &edge_ml::onnx::ValueInfoProto) -> bool {
    use edge_ml::onnx::type_proto::Value;
    let kind = input.r#type.as_ref().and_then(|kind| kind.value.as_ref());
    matches!(kind, Some(Value::TensorType(tensor)) if tensor.elem_type != 1)
}

/// The operations in `range`, with those of `repeated` whose results they need, wherever they stand before; in their order.
fn with_repeated(
    graph: &GraphProto,
    range: &std::ops::Range<usize>,
    repeated: &BTreeSet<usize>,
) -> Vec<usize> {
    let answers: HashSet<&str> = graph.output.iter().map(|it| it.name.as_str()).collect();
    let mut wanted: HashSet<&str> = HashSet::new();
    let mut nodes = Vec::new();
    for (index, node) in graph.node.iter().enumerate().take(range.end).rev() {
        let is_own = range.contains(&index);
        let is_needed = |name: &String| {
            wanted.contains(name.as_str()) || (is_own && answers.contains(name.as_str()))
        };
        let is_there = if repeated.contains(&index) {
            node.output.iter().any(is_needed)
        } else {
            is_own
        };
        if is_there {
            wanted.extend(node.input.iter().map(String::as_str));
            nodes.push(index);
        }
    }
    nodes.reverse();
    nodes
}

/// What these operations make.
fn results(graph: &GraphProto, nodes: impl Iterator<Item = usize>) -> BTreeSet<&str> {
    let nodes = nodes.filter_map(|index| graph.node.get(index));
    let names = nodes.flat_map(|node| &node.output);
    names.map(String::as_str).collect()
}

fn piece(graph: &GraphProto, range: std::ops::Range<usize>, repeated: &BTreeSet<usize>) -> Piece {
    let nodes = with_repeated(graph, &range, repeated);
    let own: Vec<&NodeProto> = nodes.iter().filter_map(|it| graph.node.get(*it)).collect();
    let later = graph.node.get(range.end..).unwrap_or_default();
    let made = results(graph, nodes.iter().copied());
    // What is repeated is handed on as an output of the network only.
    let of_range = nodes.iter().copied().filter(|index| range.contains(index));
    let first_made = results(graph, of_range.clone());
    let handed_on = results(graph, of_range.filter(|index| !repeated.contains(index)));
    let constants: HashSet<&str> = graph
        .initializer
        .iter()
        .map(|constant| constant.name.as_str())
        .collect();
    let mut inputs: Vec<String> = Vec::new();
    for name in own.iter().flat_map(|node| &node.input) {
        let is_open =
            !name.is_empty() && !made.contains(name.as_str()) && !constants.contains(name.as_str());
        if is_open && !inputs.contains(name) {
            inputs.push(name.clone());
        }
    }
    let wanted = later.iter().flat_map(|node| &node.input);
    let wanted = wanted.filter(|name| handed_on.contains(name.as_str()));
    let answers = graph.output.iter().map(|output| &output.name);
    let answers = answers.filter(|name| first_made.contains(name.as_str()));
    let mut outputs: Vec<String> = Vec::new();
    for name in wanted.chain(answers) {
        if !outputs.contains(name) {
            outputs.push(name.clone());
        }
    }
    Piece {
        nodes,
        inputs,
        outputs,
    }
}
