//! Graphs that nobody should run.
#![allow(clippy::expect_used, reason = "tests")]

#[path = "support/mod.rs"]
#[expect(dead_code, reason = "the other test uses the rest")]
mod support;

use edge_ml::onnx::{
    AttributeProto, GraphProto, Message as _, ModelProto, TensorProto, tensor_proto,
};
use edge_ml::{Error, graph};

use support::{model, node, value};

fn constant(name: &str, dims: &[i64], data_type: tensor_proto::DataType) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: dims.to_vec(),
        data_type: data_type as i32,
        ..TensorProto::default()
    }
}

fn plain() -> GraphProto {
    GraphProto {
        node: vec![node("Relu", &["x"], "y")],
        input: vec![value("x", &[1, 2])],
        output: vec![value("y", &[1, 2])],
        ..GraphProto::default()
    }
}

fn refused(what: &str, change: impl FnOnce(&mut GraphProto)) {
    let mut graph = plain();
    change(&mut graph);
    let checked = graph::check(&model(graph).encode_to_vec());
    assert!(
        matches!(checked, Err(Error::Graph(_) | Error::Shape(_))),
        "{what}: {checked:?}"
    );
}

#[test]
fn a_plain_graph_passes() {
    assert!(graph::check(&model(plain()).encode_to_vec()).is_ok());
}

#[test]
fn bytes_that_are_no_graph_are_refused() {
    let whole = model(plain()).encode_to_vec();
    for bytes in [
        &b""[..],
        b"\x00",
        b"<html>",
        &[0xff; 1000],
        &whole[..whole.len() - 3],
    ] {
        assert!(
            matches!(graph::check(bytes), Err(Error::Graph(_))),
            "{bytes:?}"
        );
    }
    // A graph in a graph in a graph: reading stops at a depth.
    let mut nested = plain();
    for _ in 0..200 {
        let inner = AttributeProto {
            g: Some(nested),
            ..AttributeProto::default()
        };
        nested = plain();
        nested.node[0].attribute.push(inner);
    }
    assert!(graph::check(&model(nested).encode_to_vec()).is_err());
    let functions = ModelProto {
        functions: vec![edge_ml::onnx::FunctionProto::default()],
        ..model(plain())
    };
    assert!(graph::check(&functions.encode_to_vec()).is_err());
}

#[test]
fn loops_and_circles_are_refused() {
    refused("a loop", |graph| {
        let body = AttributeProto {
            name: "body".into(),
            g: Some(plain()),
            ..AttributeProto::default()
        };
        graph.node[0].attribute.push(body);
        graph.node[0].op_type = "Loop".into();
    });
    refused("branches", |graph| {
        let branches = AttributeProto {
            graphs: vec![plain()],
            ..AttributeProto::default()
        };
        graph.node[0].attribute.push(branches);
    });
    refused("a circle", |graph| {
        graph.node = vec![
            node("Add", &["x", "b"], "a"),
            node("Relu", &["a"], "b"),
            node("Relu", &["b"], "y"),
        ];
    });
    refused("its own input", |graph| {
        graph.node = vec![node("Add", &["x", "y"], "y")];
    });
}

#[test]
fn names_that_lead_nowhere_are_refused() {
    refused("an input", |graph| graph.node[0].input[0] = "nobody".into());
    refused("an output", |graph| graph.output[0].name = "nobody".into());
    refused("no output", |graph| graph.output.clear());
    refused("nothing made", |graph| graph.node[0].output.clear());
    refused("made twice", |graph| {
        graph.node.push(node("Relu", &["x"], "y"));
    });
    refused("input twice", |graph| graph.input.push(value("x", &[1])));
    refused("no type", |graph| graph.input[0].r#type = None);
}

#[test]
fn constants_that_are_not_what_they_say_are_refused() {
    let with =
        |constant: TensorProto| move |graph: &mut GraphProto| graph.initializer.push(constant);
    refused(
        "nothing in it",
        with(constant("c", &[4], tensor_proto::DataType::Float)),
    );
    refused(
        "negative",
        with(constant("c", &[-1], tensor_proto::DataType::Float)),
    );
    refused(
        "huge",
        with(constant(
            "c",
            &[1 << 40, 1 << 40],
            tensor_proto::DataType::Float,
        )),
    );
    refused(
        "too short",
        with(TensorProto {
            raw_data: vec![0; 15],
            ..constant("c", &[4], tensor_proto::DataType::Float)
        }),
    );
    refused(
        "of text",
        with(constant("c", &[0], tensor_proto::DataType::String)),
    );
    refused(
        "of another file",
        with(TensorProto {
            data_location: Some(1),
            external_data: vec![edge_ml::onnx::StringStringEntryProto {
                key: "location".into(),
                value: "/etc/passwd".into(),
            }],
            ..constant("c", &[4], tensor_proto::DataType::Float)
        }),
    );
}

#[test]
fn sizes_over_the_limit_are_refused() {
    let sizes = |sizes: &[i64]| TensorProto {
        int64_data: sizes.to_vec(),
        ..constant(
            "sizes",
            &[i64::try_from(sizes.len()).expect("a few")],
            tensor_proto::DataType::Int64,
        )
    };
    for kind in ["Expand", "Tile", "Reshape"] {
        refused(kind, |graph| {
            graph.initializer.push(sizes(&[1 << 20, 1 << 20]));
            graph.node = vec![node(kind, &["x", "sizes"], "y")];
        });
    }
    refused("ConstantOfShape", |graph| {
        graph.initializer.push(sizes(&[i64::MAX, 2]));
        graph.node = vec![node("ConstantOfShape", &["sizes"], "y")];
    });
    refused("a constant made by an operation", |graph| {
        let mut made = node("Constant", &[], "sizes");
        made.attribute.push(AttributeProto {
            name: "value".into(),
            t: Some(sizes(&[1 << 40])),
            ..AttributeProto::default()
        });
        graph.node = vec![made, node("Expand", &["x", "sizes"], "y")];
    });
}
