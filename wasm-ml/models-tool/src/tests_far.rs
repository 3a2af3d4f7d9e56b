//! Models with tokenizers of their own, from folders and addresses.
use std::fs;
use std::path::{Path, PathBuf};

use edge_ml::clip;
use edge_ml::load::checksum;
use edge_ml::manifest::Role;
use edge_ml::onnx::{Message as _, ModelProto, StringStringEntryProto};
use edge_ml::tensor::Data;
use edge_ml::tokens::Reader;
use futures::executor::block_on;
use serde_json::{Value, json};
use url::Url;

use crate::beside::Beside;
use crate::bring::bring;
use crate::convert;
use crate::fetch::{Fetcher, shown};
use crate::folder::{Folder, manifest};
use crate::options::{Command, Wanted, parse};
use crate::testing::{masked, reading, visual};
use crate::testing_server::serve;
use crate::tokenizer::{Settings, made};
use crate::{external, install, verify};

fn case(name: &str) -> Value {
    let text = include_str!("tokenizer/reference.json");
    let all: Vec<Value> = serde_json::from_str(text).expect("JSON");
    let case = all.into_iter().find(|case| case["name"] == name);
    case.expect("a case")
}

fn file(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(&path, bytes).expect("a file");
    path
}

/// A model as hubs have them: XLM-Roberta's tokenizer, a mask, pictures that are squashed.
fn repository(folder: &Path) {
    let case = case("xlm-roberta");
    file(folder, "visual/model.onnx", &visual());
    let look = json!({ "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25], "resize_mode": "squash", "size": [32, 32], "mode": "RGB" });
    file(
        folder,
        "visual/preprocess_cfg.json",
        look.to_string().as_bytes(),
    );
    file(folder, "textual/model.onnx", &masked(1_050));
    let mut tokenizer = case["tokenizer"].clone();
    // As many tokens as the table has rows, or nearly.
    let added = tokenizer["added_tokens"].as_array_mut().expect("a list");
    added.push(json!({ "id": 1_040, "content": "<last>", "special": true }));
    file(
        folder,
        "textual/tokenizer.json",
        tokenizer.to_string().as_bytes(),
    );
    file(
        folder,
        "textual/tokenizer_config.json",
        br#"{"pad_token": "<pad>"}"#,
    );
    let config = json!({ "text_cfg": { "context_length": 24 } });
    file(folder, "config.json", config.to_string().as_bytes());
}

fn wanted(name: &str, base: &str) -> Wanted {
    Wanted {
        base: Some(PathBuf::from(base)),
        licence: "MIT".into(),
        ..Wanted::named(name)
    }
}

/// What is installed of `repository` reads texts with its own tokenizer.
fn check(model: &Path, origins: usize) {
    let made = manifest(model).expect("a manifest");
    assert_eq!(made.origins.len(), origins, "{:?}", made.origins);
    let part = made.part(Role::Textual).expect("it reads");
    let shapes: Vec<_> = part
        .inputs
        .iter()
        .map(|port| (port.name.as_str(), &port.shape[..]))
        .collect();
    assert_eq!(
        shapes,
        [
            ("input_ids", &[1, 24][..]),
            ("attention_mask", &[1, 24][..])
        ]
    );
    let words = part.words.as_ref().expect("words");
    assert_eq!(words.padding, 1);
    let folder = Folder(model.to_owned());
    let bytes = block_on(edge_ml::staged::read(&folder, &words.blob)).expect("a file");
    let reader = Reader::new(words.recipe.as_deref(), bytes).expect("a reader");
    let (named, tokens) =
        clip::textual(part, &reader, "a photo of a cat", Some("de")).expect("tokens");
    assert_eq!(tokens[..12], [0, 8, 25, 29, 26, 13, 4, 19, 8, 44, 2, 1]);
    let mask: Vec<i64> = (0..24).map(|at| i64::from(at < 11)).collect();
    assert_eq!(named["attention_mask"].data(), &Data::I64(mask));
    let look = made
        .part(Role::Visual)
        .expect("it sees")
        .look
        .clone()
        .expect("a look");
    assert_eq!(
        (look.fit, look.mean),
        (edge_ml::picture::Fit::Squash, [127.5; 3])
    );
}

#[test]
fn a_folder_as_hubs_have_them_is_installed() {
    let folder = tempfile::tempdir().expect("a folder");
    let bucket = tempfile::tempdir().expect("a folder");
    repository(folder.path());
    let base = folder.path().to_str().expect("a name");
    install::add(bucket.path(), &wanted("XLM-Roberta-small", base)).expect("installed");
    check(&bucket.path().join("models/XLM-Roberta-small"), 3);
    // Another model's tokenizer.
    file(folder.path(), "textual/model.onnx", &masked(9_000));
    let error = install::add(bucket.path(), &wanted("other", base)).expect_err("refused");
    assert!(
        format!("{error:#}").contains("do not belong together"),
        "{error:#}"
    );
    assert!(!bucket.path().join("models/other").exists());
    fs::remove_dir_all(folder.path().join("textual")).expect("removed");
    fs::remove_dir_all(folder.path().join("visual")).expect("removed");
    assert!(install::add(bucket.path(), &wanted("other", base)).is_err());
}

#[test]
fn an_address_as_hubs_have_them_is_installed() {
    let folder = tempfile::tempdir().expect("a folder");
    let bucket = tempfile::tempdir().expect("a folder");
    let fetched = tempfile::tempdir().expect("a folder");
    repository(folder.path());
    let base = serve(folder.path().to_owned());
    let mut far = wanted(
        "XLM-Roberta-small",
        base.join("to").expect("an address").as_str(),
    );
    let sums = ["visual", "textual"].map(|name| {
        checksum(&fs::read(folder.path().join(name).join("model.onnx")).expect("a file"))
    });
    far.sums = sums.to_vec();
    let brought = bring(&far, fetched.path(), &Fetcher::of_tests()).expect("fetched");
    install::put_brought(bucket.path(), &brought).expect("installed");
    let model = bucket.path().join("models/XLM-Roberta-small");
    check(&model, 3);
    let origins = manifest(&model).expect("a manifest").origins;
    assert!(
        origins[0].file.ends_with("/to/visual/model.onnx"),
        "{origins:?}"
    );
    assert_eq!(
        (&origins[0].sha256, origins[0].licence.as_str()),
        (&sums[0], "MIT")
    );
}

#[test]
fn what_is_not_as_said_is_not_taken_from_an_address() {
    let folder = tempfile::tempdir().expect("a folder");
    let fetched = tempfile::tempdir().expect("a folder");
    repository(folder.path());
    let base = serve(folder.path().to_owned());
    let good = checksum(&visual());
    let far = wanted("XLM-Roberta-small", base.as_str());
    // Others than said, or fewer.
    for sums in [vec![good.clone()], vec![good.clone(), checksum(b"")]] {
        let far = Wanted {
            sums,
            ..far.clone()
        };
        let error = bring(&far, fetched.path(), &Fetcher::of_tests())
            .err()
            .expect("refused");
        assert!(
            error.to_string().contains("other networks than said"),
            "{error:#}"
        );
    }
    let unnamed = Wanted {
        licence: Wanted::UNKNOWN.into(),
        ..far.clone()
    };
    let error = bring(&unnamed, fetched.path(), &Fetcher::of_tests())
        .err()
        .expect("refused");
    assert!(error.to_string().contains("--licence"), "{error:#}");
    // Without encryption nothing is fetched but by tests.
    let error = bring(&far, fetched.path(), &Fetcher::new())
        .err()
        .expect("refused");
    assert!(
        format!("{error:#}").contains("only addresses of https"),
        "{error:#}"
    );
    let nowhere = wanted("a", base.join("nowhere").expect("an address").as_str());
    assert!(bring(&nowhere, fetched.path(), &Fetcher::of_tests()).is_err());
    let local = Wanted {
        base: None,
        sums: vec![good],
        ..far
    };
    assert!(
        bring(&local, fetched.path(), &Fetcher::new()).is_err(),
        "--sha256 without an address"
    );
}

#[test]
fn files_are_fetched_within_bounds() {
    let folder = tempfile::tempdir().expect("a folder");
    file(folder.path(), "a", &[7; 1000]);
    let base = serve(folder.path().to_owned());
    let to = folder.path().join("got/a");
    let get = |path: &str, most| {
        Fetcher::of_tests().get(&base.join(path).expect("an address"), &to, most)
    };
    let sum = get("to/a", 1000).expect("fetched").expect("a file");
    assert_eq!(
        (sum, fs::read(&to).expect("a file")),
        (checksum(&[7; 1000]), vec![7; 1000])
    );
    assert!(get("a", 999).is_err(), "too long");
    assert_eq!(get("none", 999).expect("an answer"), None);
    for path in ["around", "away", "busy"] {
        assert!(get(path, 1000).is_err(), "{path}");
    }
    let secret = Url::parse("https://me:word@hub.example:8443/a/b?token=1#x").expect("an address");
    assert_eq!(shown(&secret), "https://hub.example:8443/a/b");
}

/// `visual()` with its largest weights in a file beside it.
fn outside(folder: &Path) -> Vec<u8> {
    let mut model = ModelProto::decode(visual().as_slice()).expect("a network");
    let graph = model.graph.as_mut().expect("a graph");
    let mut weights = vec![0; 16];
    for constant in graph
        .initializer
        .iter_mut()
        .filter(|it| it.raw_data.len() > 8_000)
    {
        let entry = |key: &str, value: String| StringStringEntryProto {
            key: key.into(),
            value,
        };
        constant.external_data = vec![
            entry("location", "model.onnx.data".into()),
            entry("offset", weights.len().to_string()),
            entry("length", constant.raw_data.len().to_string()),
        ];
        constant.data_location = Some(1);
        weights.append(&mut constant.raw_data);
    }
    file(folder, "model.onnx.data", &weights);
    model.encode_to_vec()
}

#[test]
fn weights_in_a_file_beside_it_are_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let bytes = outside(folder.path());
    let whole = external::whole(bytes.clone(), folder.path()).expect("whole");
    let decode = |bytes: &[u8]| ModelProto::decode(bytes).expect("a network");
    assert_eq!(decode(&whole), decode(&visual()));
    assert_eq!(
        external::whole(visual(), folder.path()).expect("whole"),
        visual()
    );
    fs::write(folder.path().join("model.onnx.data"), [0; 100]).expect("a file");
    assert!(
        external::whole(bytes.clone(), folder.path()).is_err(),
        "too short"
    );
    fs::remove_file(folder.path().join("model.onnx.data")).expect("removed");
    assert!(
        external::whole(bytes.clone(), folder.path()).is_err(),
        "missing"
    );
    let mut odd = decode(&bytes);
    for constant in &mut odd.graph.as_mut().expect("a graph").initializer {
        for entry in constant
            .external_data
            .iter_mut()
            .filter(|it| it.key == "location")
        {
            entry.value = "../../etc/passwd".into();
        }
    }
    assert!(external::files(&odd.encode_to_vec()).is_err());
}

#[test]
fn sums_are_those_of_weights_beside_a_network_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let fetched = tempfile::tempdir().expect("a folder");
    let network = outside(&folder.path().join("visual"));
    file(folder.path(), "visual/model.onnx", &network);
    let look = br#"{"mode": "RGB"}"#;
    file(folder.path(), "visual/preprocess_cfg.json", look);
    let weights = fs::read(folder.path().join("visual/model.onnx.data")).expect("a file");
    let [network, weights] = [&network, &weights].map(|bytes| checksum(bytes));
    let base = serve(folder.path().to_owned());
    let brought = |sums: &[&String]| {
        let far = Wanted {
            sums: sums.iter().copied().cloned().collect(),
            ..wanted("outside", base.as_str())
        };
        bring(&far, fetched.path(), &Fetcher::of_tests())
    };
    assert!(brought(&[&network, &weights]).is_ok());
    // What else lies beside it may be named, and has to be there then.
    let [look, other] = [&look[..], b"other"].map(checksum);
    assert!(brought(&[&network, &weights, &look]).is_ok());
    for wrong in [
        &[&network][..],
        &[&weights],
        &[&network, &other],
        &[&network, &weights, &other],
    ] {
        assert!(brought(wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn masks_are_made_anew_in_each_stage_and_tables_lie_in_several_files() {
    let case = case("labse");
    let settings = Settings {
        length: Some(16),
        ..Settings::default()
    };
    let mut tokenizer = case["tokenizer"].clone();
    let added = tokenizer["added_tokens"].as_array_mut().expect("a list");
    added.push(json!({ "id": 1_100, "content": "[LAST]", "special": true }));
    let made = made(&tokenizer, &settings).expect("a tokenizer");
    let wanted = Wanted {
        stage_bytes: 300,
        table_bytes: 5_000,
        ..Wanted::named("LABSE-small")
    };
    let bytes = masked(1_101);
    let converted = convert::network(&bytes, Role::Textual, &wanted, Beside::Tokenizer(&made));
    let converted = converted.expect("a network");
    let stages = &converted.part.stages;
    assert!(stages.len() >= 3, "{}", stages.len());
    for stage in &stages[..stages.len() - 1] {
        // Nothing but singles is handed on.
        assert_eq!(stage.outputs.len(), 1, "{:?}", stage.outputs);
    }
    let last = stages.last().expect("a stage");
    assert!(
        last.inputs.contains(&"attention_mask".to_owned()),
        "{:?}",
        last.inputs
    );
    let table = converted.part.table.as_ref().expect("a table");
    assert_eq!((table.rows, table.more.len()), (1_101, 3));
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in &converted.files {
        file(folder.path(), name, bytes);
    }
    let folder = Folder(folder.path().to_owned());
    let difference = verify::verify(Role::Textual, &converted, &folder).expect("the same answers");
    assert!(difference < 1e-5, "{difference}");
    let place = |row| {
        table
            .place(row)
            .map(|(blob, start)| (blob.file.as_str(), start))
    };
    assert_eq!(place(0), Ok(("textual/table", 0)));
    assert_eq!(place(312), Ok(("textual/table.1", 0)));
    assert_eq!(place(1_100), Ok(("textual/table.3", 16 * (1_100 - 936))));
    assert!(place(1_101).is_err());
    // What takes something else than one text is refused.
    let rows = reading(1_101);
    let refused = convert::network(&rows, Role::Textual, &wanted, Beside::Nothing);
    assert!(refused.is_err());
}

#[test]
fn addresses_and_tokenizers_may_be_asked_for() {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let sum = checksum(b"");
    let asked = format!(
        "add a https://hub.example/a --licence MIT --sha256 {sum} --tokenizer t.json --context 64 --canonical"
    );
    let Ok(Command::Add { wanted, .. }) = parse(&words(&asked)) else {
        panic!("not understood");
    };
    assert_eq!(wanted.base, Some(PathBuf::from("https://hub.example/a")));
    assert_eq!(
        (wanted.sums, wanted.context, wanted.canonical),
        (vec![sum], Some(64), true)
    );
    for wrong in [
        "add a https://x b",
        "add a nowhere-on-this-disk",
        "add a --sha256 12",
        "add a --context x",
    ] {
        assert!(parse(&words(wrong)).is_err(), "{wrong}");
    }
}
