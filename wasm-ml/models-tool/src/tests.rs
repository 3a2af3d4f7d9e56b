//! Converting and installing, with networks that are made here.
use std::fs;
use std::path::{Path, PathBuf};

use edge_ml::graph::check;
use edge_ml::manifest::{Role, Store};
use edge_ml::onnx::tensor_proto::DataType;
use edge_ml::onnx::{GraphProto, TensorProto};
use edge_ml::text::Tokenizer;

use crate::beside::Beside;
use crate::fold::{Make as _, fold, singles};
use crate::folder::{Folder, manifest};
use crate::options::{Command, Wanted, parse};
use crate::testing::{constant, model, node, numbers, reading, textual, told, visual, whole};
use crate::weights::{storage, value};
use crate::{convert, cut, install, time, verify};

fn wanted(name: &str, stage_bytes: usize) -> Wanted {
    Wanted {
        stage_bytes,
        ..Wanted::named(name)
    }
}

/// CLIP's 48,894 merges are not here; a vocabulary of as many lines that merge next to nothing is.
fn vocabulary() -> Vec<u8> {
    let letters: Vec<char> = ('a'..='z').chain('A'..='Z').collect();
    let pairs = letters
        .iter()
        .flat_map(|left| letters.iter().map(move |right| (left, right)));
    let lines = pairs.map(|(left, right)| format!("{left} {right}\n"));
    let text = std::iter::once("#version\n".to_owned()).chain(lines);
    text.collect::<String>().into_bytes()
}

fn written(folder: &Path, files: &[(String, Vec<u8>)]) -> Folder {
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, bytes).expect("a file");
    }
    Folder(folder.to_path_buf())
}

#[test]
fn stages_of_any_size_answer_as_the_whole() {
    for (most, stages) in [
        (usize::MAX, 1..=1),
        (45_000, 2..=3),
        (12_000, 4..=6),
        (1, 10..=14),
    ] {
        let converted = convert::network(
            &visual(),
            Role::Visual,
            &wanted("small", most),
            Beside::Nothing,
        )
        .expect("a network");
        let count = converted.part.stages.len();
        assert!(stages.contains(&count), "{most}: {count}");
        let folder = tempfile::tempdir().expect("a folder");
        let folder = written(folder.path(), &converted.files);
        let difference =
            verify::verify(Role::Visual, &converted, &folder).expect("the same answers");
        assert!(difference < 1e-5, "{difference}");
    }
}

#[test]
fn the_time_of_each_stage_is_told() {
    let converted = convert::network(
        &visual(),
        Role::Visual,
        &wanted("small", 12_000),
        Beside::Nothing,
    )
    .expect("a network");
    let part = &converted.part;
    let folder = tempfile::tempdir().expect("a folder");
    let folder = written(folder.path(), &converted.files);
    let input = verify::sample(Role::Visual, part, &folder).expect("a picture");
    let rows = time::measured(&folder, part, &input).expect("figures");
    let stages = part.stages.iter().map(|stage| stage.file.as_str());
    let names: Vec<&str> = std::iter::once("all").chain(stages).collect();
    let told: Vec<&str> = rows
        .iter()
        .filter_map(|row| row.split(" | ").next())
        .collect();
    assert_eq!(told, names);
}

#[test]
fn a_table_of_tokens_stays_outside() {
    let words = vocabulary();
    Tokenizer::new(&words).expect("a vocabulary");
    let converted = convert::network(
        &textual(),
        Role::Textual,
        &wanted("small", 1 << 20),
        Beside::Lines(&words),
    )
    .expect("a network");
    let table = converted.part.table.as_ref().expect("a table");
    assert_eq!(
        (table.rows, table.columns, table.store),
        (49_408, 8, Store::F16)
    );
    let weights: u64 = converted
        .part
        .stages
        .iter()
        .map(|stage| stage.graph_bytes + stage.blob_bytes)
        .sum();
    assert!(weights < 10_000, "{weights} bytes without the table");
    let folder = tempfile::tempdir().expect("a folder");
    let folder = written(folder.path(), &converted.files);
    let difference = verify::verify(Role::Textual, &converted, &folder).expect("the same answers");
    assert!(difference < 1e-5, "{difference}");
    // The place of the last mark, which is found first and used last, does not keep the layers together.
    let cut = convert::network(
        &textual(),
        Role::Textual,
        &wanted("small", 300),
        Beside::Lines(&words),
    )
    .expect("a network");
    let inputs = |nth: usize| cut.part.stages[nth].inputs.as_slice();
    assert_eq!(inputs(0), ["rows"], "the layers before do not need it");
    assert_eq!(inputs(1), ["y1", "text"]);
}

#[test]
fn what_reads_with_another_vocabulary_is_refused() {
    let words = vocabulary();
    for (rows, reason) in [
        (32_000, "of 32000 tokens"),
        (250_002, "of 250002 tokens"),
        (999, "no table of tokens"),
    ] {
        let converted = convert::network(
            &reading(rows),
            Role::Textual,
            &wanted("ViT-B-16-SigLIP__webli", 1 << 20),
            Beside::Lines(&words),
        );
        let error = converted.err().expect("another vocabulary").to_string();
        assert!(error.contains(reason), "{rows}: {error}");
        assert!(error.contains("CLIP's own vocabulary"), "{rows}: {error}");
    }
}

#[test]
fn a_wrong_conversion_is_noticed() {
    let mut converted = convert::network(
        &visual(),
        Role::Visual,
        &wanted("small", usize::MAX),
        Beside::Nothing,
    )
    .expect("a network");
    let graph = converted.plain.graph.as_mut().expect("a graph");
    let head = graph
        .initializer
        .iter_mut()
        .find(|constant| constant.name == "head")
        .expect("a constant");
    *head = constant("head", &[48, 16], 77);
    let folder = tempfile::tempdir().expect("a folder");
    let folder = written(folder.path(), &converted.files);
    let error = verify::verify(Role::Visual, &converted, &folder).expect_err("another network");
    assert!(error.to_string().contains("differs"), "{error}");
}

fn quantised(name: &str, dims: &[i64], bytes: &[i8]) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: dims.to_vec(),
        data_type: DataType::Int8 as i32,
        raw_data: bytes.iter().map(|byte| byte.cast_unsigned()).collect(),
        ..TensorProto::default()
    }
}

/// A multiplication by quantised weights of 2 x 4, as OpenCV's quantiser writes it.
fn with_quantised(scale: TensorProto, axis: i64, block: i64) -> GraphProto {
    let mut plain = node("DequantizeLinear", &["q", "s"], "d");
    plain.attribute = vec![told("axis", axis), told("block_size", block)];
    let bytes = [10, -20, 30, -40, 50, -60, 70, -80];
    GraphProto {
        input: vec![value("x", Some(&[1, 2])), value("q", Some(&[2, 4]))],
        output: vec![value("y", None)],
        initializer: vec![
            quantised("q", &[2, 4], &bytes),
            scale,
            whole("to", &[-1, 4]),
        ],
        node: vec![
            plain,
            node("Reshape", &["d", "to"], "w"),
            node("MatMul", &["x", "w"], "y"),
            node("Relu", &["y"], "unused"),
        ],
        ..GraphProto::default()
    }
}

#[test]
fn quantised_weights_become_singles() {
    type Case<'a> = (&'a [i64], &'a [f32], i64, i64, [f32; 8]);
    let one_scale = [5.0, -10.0, 15.0, -20.0, 25.0, -30.0, 35.0, -40.0];
    let rows = [5.0, -10.0, 15.0, -20.0, 100.0, -120.0, 140.0, -160.0];
    let columns = [10.0, -10.0, 60.0, -4.0, 50.0, -30.0, 140.0, -8.0];
    let blocks_of_two = [10.0, -20.0, 15.0, -20.0, 100.0, -120.0, 7.0, -8.0];
    let cases: [Case<'_>; 4] = [
        (&[], &[0.5], 1, 0, one_scale),
        (&[2], &[0.5, 2.0], 0, 0, rows),
        (&[4], &[1.0, 0.5, 2.0, 0.1], -1, 0, columns),
        (&[2, 2], &[1.0, 0.5, 2.0, 0.1], 1, 2, blocks_of_two),
    ];
    for (dims, scales, axis, block, expected) in cases {
        let scale = TensorProto {
            name: "s".into(),
            ..TensorProto::singles(dims.to_vec(), scales)
        };
        let mut network = model(with_quantised(scale, axis, block));
        fold(&mut network).expect("a network");
        let graph = network.graph.expect("a graph");
        assert_eq!((graph.node.len(), graph.input.len()), (1, 1), "{dims:?}");
        let [weights] = graph.initializer.as_slice() else {
            panic!("{dims:?}: {} constants", graph.initializer.len())
        };
        assert_eq!(weights.dims, [2, 4]);
        for (got, expected) in singles(weights).expect("singles").iter().zip(expected) {
            assert!(
                (got - expected).abs() < 1e-4,
                "{dims:?}: {got} instead of {expected}"
            );
        }
    }
}

#[test]
fn numbers_too_large_for_halves_are_stored_as_singles() {
    assert_eq!(storage(&[1.0, -65_504.0]), Store::F16);
    for large in [65_505.0, f32::MIN, f32::INFINITY, f32::NAN] {
        assert_eq!(storage(&[1.0, large]), Store::F32, "{large}");
    }
}

#[test]
fn whole_numbers_do_not_pass_a_cut() {
    let network = check(&textual()).expect("a network");
    for piece in cut::pieces(&network, 1).expect("pieces") {
        assert!(!piece.outputs.iter().any(|name| name == "at"), "{piece:?}");
    }
}

#[test]
fn a_model_is_installed_whole_or_not_at_all() {
    let bucket = tempfile::tempdir().expect("a folder");
    let file = |name: &str, bytes: &[u8]| -> PathBuf {
        let path = bucket.path().join(name);
        fs::write(&path, bytes).expect("a file");
        path
    };
    let good = visual();
    let mut request = wanted("ViT-small__test", 12_000);
    request.files.insert(Role::Visual, file("good.onnx", &good));
    install::add(bucket.path(), &request).expect("installed");
    let folder = bucket.path().join("models/ViT-small__test");
    let installed = manifest(&folder).expect("a manifest");
    assert_eq!(installed.name, "ViT-small__test");
    // Broken files leave what was there, and nothing half.
    for (name, bytes) in [
        ("cut.onnx", &good[..good.len() / 2]),
        ("empty.onnx", &[]),
        ("text.onnx", b"<html>"),
    ] {
        request.files.insert(Role::Visual, file(name, bytes));
        assert!(install::add(bucket.path(), &request).is_err(), "{name}");
        assert_eq!(manifest(&folder).expect("a manifest"), installed);
        let names = fs::read_dir(bucket.path().join("models"))
            .expect("a folder")
            .count();
        assert_eq!(names, 1, "{name}");
    }
    // A network that does not see where one that sees belongs.
    request
        .files
        .insert(Role::Visual, file("textual.onnx", &textual()));
    assert!(install::add(bucket.path(), &request).is_err());
    install::list(bucket.path()).expect("a list");
    install::remove(bucket.path(), "ViT-small__test").expect("removed");
    assert!(!folder.exists());
    assert!(install::remove(bucket.path(), "ViT-small__test").is_err());
    assert!(install::add(bucket.path(), &wanted("in-no-package", 1)).is_err());
}

#[test]
fn what_one_may_ask_for() {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let Ok(Command::Add { folder, wanted }) = parse(&words(
        "add a-b --visual v.onnx --stage-mb 2.5 --squash --mean 0.5,0.5,0.5 --in x",
    )) else {
        panic!("not understood");
    };
    assert_eq!(folder, PathBuf::from("x"));
    assert_eq!(
        (wanted.name.as_str(), wanted.stage_bytes, wanted.squash),
        ("a-b", 2_500_000, true)
    );
    assert_eq!(
        wanted.files.get(&Role::Visual),
        Some(&PathBuf::from("v.onnx"))
    );
    for wrong in [
        "add",
        "add ../x",
        "add a b",
        "remove",
        "remove /etc",
        "list x",
        "add a --stage-mb 0",
        "add a --mean 1,2",
        "add a --odd 1",
        "add a --visual",
    ] {
        assert!(parse(&words(wrong)).is_err(), "{wrong}");
    }
}

#[test]
fn numbers_for_tests_are_spread() {
    let numbers = numbers(1, 1000);
    let sum: f32 = numbers.iter().sum();
    assert!(sum.abs() < 50.0 && numbers.iter().any(|number| *number > 0.4));
}
