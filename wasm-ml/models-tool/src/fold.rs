//! A network as it came, made plain: what can be known without an input is known, so that only weights and operations are left.
use std::collections::{HashMap, HashSet};

use anyhow::{Context as _, Result, bail, ensure};
use edge_ml::graph::{i64s, shape};
use edge_ml::onnx::{
    AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto, tensor_proto::DataType,
    type_proto,
};

/// Makes constants of constant operations, singles of quantised weights and of halves, and drops what nobody asks for.
///
/// # Errors
/// Weights are quantised in a way that is not known here.
pub fn fold(model: &mut ModelProto) -> Result<()> {
    let graph = model.graph.as_mut().context("no graph in it")?;
    widen(graph);
    let mut constants: HashMap<String, TensorProto> = graph
        .initializer
        .drain(..)
        .map(|constant| (constant.name.clone(), constant))
        .collect();
    let mut kept = Vec::new();
    for node in std::mem::take(&mut graph.node) {
        match folded(&node, &constants)
            .with_context(|| format!("{} ({})", node.name, node.op_type))?
        {
            Some(mut constant) => {
                let name = node.output.first().context("an operation without output")?;
                constant.name.clone_from(name);
                constants.insert(name.clone(), constant);
            }
            None => kept.push(node),
        }
    }
    graph.node = kept;
    drop_unused(graph);
    sink(graph);
    let used: HashSet<String> = graph
        .node
        .iter()
        .flat_map(|node| node.input.iter().cloned())
        .collect();
    let outputs = graph.output.iter().map(|output| output.name.clone());
    let used: HashSet<String> = used.into_iter().chain(outputs).collect();
    graph
        .input
        .retain(|input| !constants.contains_key(&input.name) && used.contains(&input.name));
    graph.initializer = constants
        .into_values()
        .filter(|constant| used.contains(&constant.name))
        .collect();
    graph.initializer.sort_by(|a, b| a.name.cmp(&b.name));
    graph.value_info.clear();
    graph.quantization_annotation.clear();
    for (index, node) in graph.node.iter_mut().enumerate() {
        node.doc_string.clear();
        // The engine finds nodes by name; some exporters give none, or one to many.
        node.name = format!("{}_{index}", node.op_type);
    }
    Ok(())
}

/// Inputs of 32 bits that the network makes 64 of at once become inputs of 64: tract takes such a cast for the making of a size, and
/// then knows no largest token.
fn widen(graph: &mut GraphProto) {
    let long = DataType::Int64 as i32;
    for input in &mut graph.input {
        let kind = input.r#type.as_mut().and_then(|kind| kind.value.as_mut());
        let Some(type_proto::Value::TensorType(tensor)) = kind else {
            continue;
        };
        let is_widening = |node: &NodeProto| {
            let to = attribute(node, "to").map(|to| to.i);
            node.op_type == "Cast" && node.input == [input.name.as_str()] && to == Some(long.into())
        };
        if tensor.elem_type != DataType::Int32 as i32 && tensor.elem_type != long {
            continue;
        }
        let (casts, rest) = std::mem::take(&mut graph.node)
            .into_iter()
            .partition::<Vec<_>, _>(is_widening);
        graph.node = rest;
        let outputs: Vec<&String> = casts.iter().flat_map(|node| &node.output).collect();
        if !outputs.is_empty() {
            tensor.elem_type = long;
        }
        let uses = graph.node.iter_mut().flat_map(|node| &mut node.input);
        for name in uses.filter(|name| outputs.contains(&&**name)) {
            name.clone_from(&input.name);
        }
    }
}

/// Moves the search for a place among the tokens to where the place is needed: what lies between would not be cut otherwise.
fn sink(graph: &mut GraphProto) {
    let inputs: HashSet<String> = graph.input.iter().map(|input| input.name.clone()).collect();
    let is_search = |node: &NodeProto| {
        node.op_type == "ArgMax" && node.input.iter().all(|name| inputs.contains(name))
    };
    let (searches, mut rest) = std::mem::take(&mut graph.node)
        .into_iter()
        .partition::<Vec<_>, _>(is_search);
    for node in searches {
        let needs = |other: &NodeProto| other.input.iter().any(|name| node.output.contains(name));
        let at = rest.iter().position(needs).unwrap_or(rest.len());
        rest.insert(at, node);
    }
    graph.node = rest;
}

/// Operations behind which no output lies.
fn drop_unused(graph: &mut GraphProto) {
    let mut wanted: HashSet<String> = graph
        .output
        .iter()
        .map(|output| output.name.clone())
        .collect();
    let mut kept: Vec<NodeProto> = Vec::new();
    for node in std::mem::take(&mut graph.node).into_iter().rev() {
        if node.output.iter().any(|name| wanted.contains(name)) {
            wanted.extend(node.input.iter().cloned());
            kept.push(node);
        }
    }
    kept.reverse();
    graph.node = kept;
}

/// What an operation on constants gives, for those operations that weights pass.
fn folded(
    node: &NodeProto,
    constants: &HashMap<String, TensorProto>,
) -> Result<Option<TensorProto>> {
    let inputs: Option<Vec<&TensorProto>> =
        node.input.iter().map(|name| constants.get(name)).collect();
    let Some(inputs) = inputs else {
        return Ok(None);
    };
    Ok(match (node.op_type.as_str(), inputs.as_slice()) {
        ("Constant", []) => attribute(node, "value").and_then(|value| value.t.clone()),
        ("Identity", [input]) => Some((*input).clone()),
        ("DequantizeLinear", [values, scale]) => Some(dequantised(node, values, scale, None)?),
        ("DequantizeLinear", [values, scale, zero]) => {
            Some(dequantised(node, values, scale, Some(zero))?)
        }
        // Only of weights: what is small is as good where it stands.
        ("Reshape", [values, to]) if values.data_type == DataType::Float as i32 => {
            Some(reshaped(values, to)?)
        }
        ("Cast", [values])
            if values.data_type == DataType::Float16 as i32
                && attribute(node, "to").is_some_and(|to| to.i == DataType::Float as i64) =>
        {
            Some(TensorProto::singles(values.dims.clone(), &singles(values)?))
        }
        _ => None,
    })
}

fn attribute<'a>(node: &'a NodeProto, name: &str) -> Option<&'a AttributeProto> {
    node.attribute
        .iter()
        .find(|attribute| attribute.name == name)
}

/// Making tensors of ONNX.
pub trait Make {
    /// A tensor of singles.
    fn singles(dims: Vec<i64>, numbers: &[f32]) -> Self;
}

impl Make for TensorProto {
    fn singles(dims: Vec<i64>, numbers: &[f32]) -> Self {
        Self {
            dims,
            data_type: DataType::Float as i32,
            raw_data: numbers
                .iter()
                .flat_map(|number| number.to_le_bytes())
                .collect(),
            ..Self::default()
        }
    }
}

/// The numbers of a constant as singles: singles, halves, and bytes (as quantised weights are).
pub fn singles(constant: &TensorProto) -> Result<Vec<f32>> {
    let raw = &constant.raw_data;
    Ok(if constant.data_type == DataType::Float as i32 {
        if raw.is_empty() {
            constant.float_data.clone()
        } else {
            let (numbers, _) = raw.as_chunks::<4>();
            numbers
                .iter()
                .map(|bytes| f32::from_le_bytes(*bytes))
                .collect()
        }
    } else if constant.data_type == DataType::Float16 as i32 && !raw.is_empty() {
        let mut numbers = Vec::new();
        edge_ml::load::decode(edge_ml::manifest::Store::F16, raw, &mut numbers);
        numbers
    } else if constant.data_type == DataType::Int8 as i32 {
        bytes(constant, |byte| f32::from(byte.cast_signed()))
    } else if constant.data_type == DataType::Uint8 as i32 {
        bytes(constant, f32::from)
    } else {
        bail!(
            "{:?} has numbers of type {}",
            constant.name,
            constant.data_type
        )
    })
}

fn bytes(constant: &TensorProto, number: impl Fn(u8) -> f32) -> Vec<f32> {
    if constant.raw_data.is_empty() {
        let typed = constant.int32_data.iter();
        return typed.map(|value| number(value.to_le_bytes()[0])).collect();
    }
    constant.raw_data.iter().map(|byte| number(*byte)).collect()
}

/// (values - zero) * scale; scale and zero are one number, one for each index along an axis, or one for each block along it.
fn dequantised(
    node: &NodeProto,
    values: &TensorProto,
    scale: &TensorProto,
    zero: Option<&&TensorProto>,
) -> Result<TensorProto> {
    let lengths = shape(values)?;
    let whole = |name: &str, otherwise: i64| {
        attribute(node, name).map_or(otherwise, |attribute| attribute.i)
    };
    let axis = whole("axis", 1);
    let rank = i64::try_from(lengths.len())?;
    let axis = usize::try_from(if axis < 0 { axis + rank } else { axis })?;
    let block = usize::try_from(whole("block_size", 0))?.max(1);
    let numbers = singles(values)?;
    let scales = singles(scale)?;
    let zeros = zero
        .map(|zero| singles(zero))
        .transpose()?
        .unwrap_or_else(|| vec![0.0; scales.len()]);
    ensure!(
        zeros.len() == scales.len() && !scales.is_empty(),
        "as many scales as zero points"
    );
    let along = lengths.get(axis).copied().unwrap_or(1);
    let behind: usize = lengths.iter().skip(axis + 1).product();
    let is_blocked = attribute(node, "block_size").is_some_and(|block| block.i > 0);
    let steps = along.div_ceil(block);
    let place = |index: usize| {
        let at = index / behind.max(1) % along.max(1);
        match (scales.len(), is_blocked) {
            (1, _) => 0,
            (_, false) => at,
            (_, true) => {
                (index / (behind * along).max(1) * steps + at / block) * behind
                    + index % behind.max(1)
            }
        }
    };
    let number = |(index, value): (usize, &f32)| {
        let place = place(index);
        Some((value - zeros.get(place)?) * scales.get(place)?)
    };
    let plain: Option<Vec<f32>> = numbers.iter().enumerate().map(number).collect();
    Ok(TensorProto::singles(
        values.dims.clone(),
        &plain.context("fewer scales than its shape needs")?,
    ))
}

/// With other lengths: 0 keeps one, -1 takes what is left.
fn reshaped(values: &TensorProto, to: &TensorProto) -> Result<TensorProto> {
    let count: i64 = values.dims.iter().product();
    let mut dims = i64s(to);
    for (index, length) in dims.iter_mut().enumerate() {
        if *length == 0 {
            *length = values.dims.get(index).copied().unwrap_or(0);
        }
    }
    let known: i64 = dims.iter().filter(|length| **length > 0).product();
    for length in dims.iter_mut().filter(|length| **length == -1) {
        *length = count / known.max(1);
    }
    ensure!(
        dims.iter().product::<i64>() == count,
        "{:?} cannot become {dims:?}",
        values.dims
    );
    Ok(TensorProto::singles(dims, &singles(values)?))
}
