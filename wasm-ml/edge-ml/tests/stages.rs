//! A small network, made here, through everything that a real one passes: cut into stages, stored as halves, fed in pieces, run.
#![allow(clippy::expect_used, reason = "tests")]

#[path = "support/mod.rs"]
mod support;

use edge_ml::engine::{Engine as _, Fact};
use edge_ml::load::Loader;
use edge_ml::manifest::{Manifest, Role};
use edge_ml::staged::{Named, run};
use edge_ml::tensor::Kind;
use edge_ml::{Error, Tensor, Tract};
use futures::FutureExt as _;

use support::{Folder, HIDDEN, expected, manifest};

/// Files in memory never make anybody wait.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("nothing to wait for")
}

fn fact(name: &str, shape: &[usize]) -> Fact {
    Fact {
        name: name.into(),
        kind: Kind::F32,
        shape: shape.to_vec(),
    }
}

fn named(values: &[f32]) -> Named {
    let tensor = Tensor::f32([1, values.len()], values.to_vec()).expect("a tensor");
    Named::from([("x".to_owned(), tensor)])
}

#[test]
fn stages_give_what_the_network_gives() {
    let (manifest, folder) = manifest();
    manifest.check().expect("a manifest");
    let part = manifest.part(Role::Visual).expect("a part");
    assert_eq!(part.stages.len(), 2);
    let inputs = [[1.0, -2.0], [0.5, 0.25], [0.0, 0.0]];
    let batch = inputs.iter().map(|values| named(values)).collect();
    let answers = block_on(run(&Tract, &folder, part, batch)).expect("answers");
    for (answer, input) in answers.into_iter().zip(inputs) {
        let answer = answer.expect("an answer");
        assert_eq!(answer[0].singles().expect("singles"), expected(input));
    }
    // Each stage was read once for the whole batch.
    assert_eq!(folder.reads(), 2);
}

#[test]
fn pieces_of_any_length_make_the_same_network() {
    let (manifest, folder) = manifest();
    let part = manifest.part(Role::Visual).expect("a part");
    let input = Tensor::f32([1, 2], vec![1.0, -2.0]).expect("a tensor");
    for length in [1, 2, 3, 7, 64, 100_000] {
        let mut alive = input.clone();
        for stage in &part.stages {
            let mut loader = Loader::new(&Tract, stage);
            for piece in folder.bytes(&stage.file).chunks(length) {
                loader.feed(piece).expect("a piece");
            }
            let facts = [fact(&stage.inputs[0], alive.shape())];
            let model = loader.finish(&facts).expect("a stage");
            alive = model.run(&[&alive]).expect("an answer").remove(0);
        }
        assert_eq!(
            alive.singles().expect("singles"),
            expected([1.0, -2.0]),
            "{length}"
        );
    }
}

#[test]
fn one_wrong_input_spoils_only_its_own_answer() {
    let (manifest, folder) = manifest();
    let part = manifest.part(Role::Visual).expect("a part");
    let batch = vec![
        named(&[1.0, 1.0]),
        named(&[1.0, 1.0, 1.0]),
        Named::new(),
        named(&[2.0, 0.0]),
    ];
    let answers = block_on(run(&Tract, &folder, part, batch)).expect("answers");
    let fine: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(fine, [true, false, false, true]);
}

#[test]
fn files_that_are_cut_off_changed_or_longer_are_refused() {
    let (manifest, folder) = manifest();
    let part = manifest.part(Role::Visual).expect("a part");
    let file = &part.stages[0].file;
    let whole = folder.bytes(file);
    let attempt = |bytes: &[u8]| {
        let folder = folder.with(file, bytes);
        let answers = block_on(run(&Tract, &folder, part, vec![named(&[1.0, 1.0])]));
        answers.map(drop)
    };
    assert_eq!(attempt(&whole), Ok(()));
    for length in [0, 1, whole.len() / 2, whole.len() - 1] {
        let cut = attempt(&whole[..length]);
        assert!(
            matches!(cut, Err(Error::CutOff { .. })),
            "{length}: {cut:?}"
        );
    }
    for at in [0, 10, whole.len() - 1] {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        let changed = attempt(&changed);
        assert!(
            matches!(changed, Err(Error::Checksum { .. })),
            "{at}: {changed:?}"
        );
    }
    let longer = attempt(&[whole.as_slice(), &[0]].concat());
    assert!(matches!(longer, Err(Error::TooLong { .. })), "{longer:?}");
    let missing = block_on(run(
        &Tract,
        &Folder::default(),
        part,
        vec![named(&[1.0, 1.0])],
    ));
    assert!(matches!(missing, Err(Error::Source { .. })));
}

#[test]
fn manifests_that_contradict_themselves_are_refused() {
    type Change = fn(&mut Manifest);
    let (good, _) = manifest();
    let wrong: [(&str, Change); 12] = [
        ("format", |it| it.format = 2),
        ("name", |it| it.name = "../other".into()),
        ("no parts", |it| it.parts.clear()),
        ("file", |it| stage(it).file = "a/../../b".into()),
        ("absolute file", |it| stage(it).file = "/etc/passwd".into()),
        ("checksum", |it| stage(it).blob_sha256 = "abc".into()),
        ("graph", |it| stage(it).graph_bytes = 1 << 40),
        ("length", |it| stage(it).blob_bytes += 1),
        ("shape", |it| {
            stage(it).tensors[0].shape = vec![usize::MAX, 3];
        }),
        ("input", |it| stage(it).inputs = vec!["nobody".into()]),
        ("twice", |it| {
            stage(it).tensors[1].name = stage(it).tensors[0].name.clone();
        }),
        ("output", |it| visual(it).outputs = vec!["nobody".into()]),
    ];
    for (what, change) in wrong {
        let mut manifest = good.clone();
        change(&mut manifest);
        assert!(
            matches!(manifest.check(), Err(Error::Manifest(_))),
            "{what}"
        );
    }
    let text = serde_json::to_string(&good).expect("JSON");
    assert_eq!(
        serde_json::from_str::<Manifest>(&text).expect("a manifest"),
        good
    );
    assert!(serde_json::from_str::<Manifest>(&text[..text.len() / 2]).is_err());
}

fn visual(manifest: &mut Manifest) -> &mut edge_ml::manifest::Part {
    manifest.parts.get_mut(&Role::Visual).expect("a part")
}

fn stage(manifest: &mut Manifest) -> &mut edge_ml::manifest::Stage {
    &mut visual(manifest).stages[0]
}

#[test]
fn the_engine_says_no_rather_than_break() {
    let graph = support::first_graph();
    let weight = |shape: &[usize]| {
        let count = shape.iter().product();
        Tensor::f32(shape, vec![0.5; count]).expect("a tensor")
    };
    let mut draft = Tract.open(&graph).expect("a graph");
    assert!(draft.fill("nobody", weight(&[2])).is_err());
    assert!(draft.fill("h", weight(&[2])).is_err());
    draft.fill("w1", weight(&[3, HIDDEN])).expect("an input");
    draft.fill("b1", weight(&[HIDDEN])).expect("an input");
    assert!(
        draft.fill("w1", weight(&[3, HIDDEN])).is_err(),
        "filled already"
    );
    // 2 numbers do not go through 3 rows.
    let unfit = draft.finish(&[fact("x", &[1, 2])]);
    assert!(matches!(unfit.err(), Some(Error::Engine(_))));
    let mut draft = Tract.open(&graph).expect("a graph");
    draft.fill("w1", weight(&[2, HIDDEN])).expect("an input");
    draft.fill("b1", weight(&[HIDDEN])).expect("an input");
    let model = draft.finish(&[fact("x", &[1, 2])]).expect("a model");
    assert!(model.run(&[&weight(&[1, 5])]).is_err());
    assert!(model.run(&[]).is_err());
    assert!(model.run(&[&weight(&[1, 2])]).is_ok());
}

#[test]
fn a_large_matrix_is_multiplied_row_by_row() {
    const COLUMNS: usize = 1 << 17;
    let (stage, bytes) = support::dense(COLUMNS);
    let folder = Folder::default().with(&stage.file, &bytes);
    let (manifest, _) = manifest();
    let mut part = manifest.part(Role::Visual).expect("a part").clone();
    part.inputs[0].shape = vec![1, COLUMNS];
    part.stages = vec![stage];
    let numbers: Vec<f32> = (0..COLUMNS)
        .map(|at| if at % 3 == 0 { 1.0 } else { -0.5 })
        .collect();
    // What is of another length has no answer, and the others have theirs.
    let short = named(&[1.0, 2.0]);
    part.inputs[0].shape = vec![1, 0];
    let answers =
        block_on(run(&Tract, &folder, &part, vec![named(&numbers), short])).expect("answers");
    assert!(matches!(&answers[1], Err(Error::Shape(_))));
    let answer = answers[0].as_ref().expect("an answer")[0]
        .singles()
        .expect("singles");
    let sum: f32 = numbers.iter().sum();
    // Row r of the matrix is r everywhere, to which one is added.
    let wanted: Vec<f32> = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]
        .iter()
        .map(|row| row * sum + 1.0)
        .collect();
    assert_eq!(answer, wanted);
    for (file, wrong) in [
        ("short", &bytes[..bytes.len() - 1]),
        ("changed", &[&bytes[..bytes.len() - 1], &[1]].concat()),
    ] {
        let folder = folder.with(&part.stages[0].file, wrong);
        let refused = block_on(run(&Tract, &folder, &part, vec![named(&numbers)]));
        assert!(
            matches!(refused, Err(Error::CutOff { .. } | Error::Checksum { .. })),
            "{file}"
        );
    }
}
