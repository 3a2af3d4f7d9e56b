//! Small networks for tests, with weights that are always the same.
use edge_ml::onnx::tensor_proto::DataType;
use edge_ml::onnx::{
    AttributeProto, GraphProto, Message as _, ModelProto, NodeProto, OperatorSetIdProto,
    TensorProto, ValueInfoProto,
};

use crate::fold::Make as _;
use crate::weights::value;

/// Numbers between -0.5 and 0.5, never the same twice in a row.
pub fn numbers(seed: u32, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f32::from(u16::try_from(state >> 16).unwrap_or(0)) / 65_536.0 - 0.5
    };
    (0..count).map(|_| next()).collect()
}

/// A constant of singles.
pub fn constant(name: &str, dims: &[i64], seed: u32) -> TensorProto {
    let count = dims.iter().product::<i64>();
    let numbers = numbers(seed, usize::try_from(count).expect("a few"));
    TensorProto {
        name: name.into(),
        ..TensorProto::singles(dims.to_vec(), &numbers)
    }
}

/// Whole numbers of 64 bits.
pub fn whole(name: &str, numbers: &[i64]) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: vec![i64::try_from(numbers.len()).expect("a few")],
        data_type: DataType::Int64 as i32,
        int64_data: numbers.to_vec(),
        ..TensorProto::default()
    }
}

/// An operation.
pub fn node(kind: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        op_type: kind.into(),
        input: inputs.iter().map(|&name| name.to_owned()).collect(),
        output: vec![output.to_owned()],
        ..NodeProto::default()
    }
}

/// A whole number that an operation is told.
pub fn told(name: &str, number: i64) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        i: number,
        r#type: 2,
        ..AttributeProto::default()
    }
}

/// A network.
pub fn model(graph: GraphProto) -> ModelProto {
    let opset = OperatorSetIdProto {
        version: 13,
        ..OperatorSetIdProto::default()
    };
    ModelProto {
        ir_version: 8,
        opset_import: vec![opset],
        graph: Some(graph),
        ..ModelProto::default()
    }
}

/// An input of whole numbers.
fn tokens(name: &str, dims: &[i64]) -> ValueInfoProto {
    use edge_ml::onnx::type_proto::Value;
    let mut input = value(name, Some(dims));
    if let Some(Value::TensorType(tensor)) =
        input.r#type.as_mut().and_then(|kind| kind.value.as_mut())
    {
        tensor.elem_type = DataType::Int32 as i32;
    }
    input
}

/// Like a CLIP that sees: a convolution of pictures of 32, layers with a way around each, and a vector.
pub fn visual() -> Vec<u8> {
    let mut graph = GraphProto {
        input: vec![value("image", Some(&[1, 3, 32, 32]))],
        output: vec![value("vector", Some(&[1, 16]))],
        initializer: vec![
            constant("patch", &[48, 3, 8, 8], 1),
            whole("rows", &[1, 48, 16]),
            constant("head", &[48, 16], 9),
        ],
        ..GraphProto::default()
    };
    let mut strides = node("Conv", &["image", "patch"], "patches");
    strides.attribute.push(AttributeProto {
        name: "strides".into(),
        ints: vec![8, 8],
        r#type: 7,
        ..AttributeProto::default()
    });
    let mut turned = node("Transpose", &["row"], "x0");
    turned.attribute.push(AttributeProto {
        name: "perm".into(),
        ints: vec![0, 2, 1],
        r#type: 7,
        ..AttributeProto::default()
    });
    graph.node = vec![
        strides,
        node("Reshape", &["patches", "rows"], "row"),
        turned,
    ];
    for layer in 0..4 {
        let name = |what: &str| format!("{what}{layer}");
        let (before, after) = (name("x"), format!("x{}", layer + 1));
        graph
            .initializer
            .push(constant(&name("w"), &[48, 48], 10 + layer));
        graph
            .node
            .push(node("MatMul", &[&before, &name("w")], &name("m")));
        graph.node.push(node("Tanh", &[&name("m")], &name("t")));
        graph.node.push(node("Add", &[&before, &name("t")], &after));
    }
    let mut mean = node("ReduceMean", &["x4"], "mean");
    mean.attribute.push(AttributeProto {
        name: "axes".into(),
        ints: vec![1],
        r#type: 7,
        ..AttributeProto::default()
    });
    mean.attribute.push(told("keepdims", 0));
    graph
        .node
        .extend([mean, node("MatMul", &["mean", "head"], "vector")]);
    model(graph).encode_to_vec()
}

/// Like a CLIP that reads: a table of 49,408 tokens, a layer, and the vector at the largest token.
pub fn textual() -> Vec<u8> {
    reading(49_408)
}

/// The same with a table of so many tokens.
pub fn reading(rows: i64) -> Vec<u8> {
    let mut wide = node("Cast", &["text"], "long");
    wide.attribute.push(told("to", DataType::Int64 as i64));
    let mut at = node("ArgMax", &["long"], "at");
    at.attribute.extend([told("axis", 1), told("keepdims", 0)]);
    let mut chosen = node("Gather", &["x", "at"], "chosen");
    chosen.attribute.push(told("axis", 1));
    let mut squeezed = node("Squeeze", &["chosen", "one"], "vector");
    squeezed.name = "last".into();
    model(GraphProto {
        input: vec![tokens("text", &[1, 77])],
        output: vec![value("vector", Some(&[1, 8]))],
        initializer: vec![
            constant("table", &[rows, 8], 3),
            constant("w", &[8, 8], 4),
            constant("w2", &[8, 8], 5),
            whole("one", &[1]),
        ],
        node: vec![
            wide,
            node("Gather", &["table", "long"], "rows"),
            at,
            node("MatMul", &["rows", "w"], "y0"),
            node("Tanh", &["y0"], "y1"),
            node("MatMul", &["y1", "w2"], "x"),
            chosen,
            squeezed,
        ],
        ..GraphProto::default()
    })
    .encode_to_vec()
}

/// Like a CLIP of another family: any number of tokens of a table of `rows`, with a mask by which their mean is taken at the end.
pub fn masked(rows: i64) -> Vec<u8> {
    let long = |name: &str| {
        use edge_ml::onnx::{tensor_shape_proto::dimension, type_proto::Value};
        let mut input = tokens(name, &[1, 1]);
        if let Some(Value::TensorType(tensor)) =
            input.r#type.as_mut().and_then(|kind| kind.value.as_mut())
        {
            tensor.elem_type = DataType::Int64 as i32;
            let dims = tensor.shape.iter_mut().flat_map(|shape| &mut shape.dim);
            for (dim, name) in dims.zip(["batch", "length"]) {
                dim.value = Some(dimension::Value::DimParam(name.into()));
            }
        }
        input
    };
    let mut wide = node("Unsqueeze", &["attention_mask", "two"], "wide");
    wide.name = "mask".into();
    let mut weights = node("Cast", &["wide"], "weights");
    weights.attribute.push(told("to", DataType::Float as i64));
    let mut nodes = vec![wide, weights, node("Gather", &["table", "input_ids"], "x0")];
    let mut constants = vec![constant("table", &[rows, 8], 3), whole("two", &[2])];
    for layer in 0..3 {
        let name = |what: &str| format!("{what}{layer}");
        constants.push(constant(&name("w"), &[8, 8], 20 + layer));
        nodes.push(node("MatMul", &[&name("x"), &name("w")], &name("m")));
        nodes.push(node("Tanh", &[&name("m")], &format!("x{}", layer + 1)));
    }
    let mut sum = node("ReduceSum", &["counted", "one"], "vector");
    sum.attribute.push(told("keepdims", 0));
    constants.push(whole("one", &[1]));
    nodes.extend([node("Mul", &["x3", "weights"], "counted"), sum]);
    model(GraphProto {
        input: vec![long("input_ids"), long("attention_mask")],
        output: vec![value("vector", Some(&[1, 8]))],
        initializer: constants,
        node: nodes,
        ..GraphProto::default()
    })
    .encode_to_vec()
}
