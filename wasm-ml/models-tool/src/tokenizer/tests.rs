//! Tokenizers as Hugging Face's library writes them; what it makes of texts is in `reference.json` (spellings.py).
use edge_ml::load::checksum;
use edge_ml::manifest::{Blob, Words};
use edge_ml::tokens::Reader;
use serde_json::json;

use super::*;

/// What it was asked for and answered.
fn reference() -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("reference.json")).expect("JSON");
    all.as_array().expect("a list").clone()
}

fn case(name: &str) -> Value {
    let mut all = reference().into_iter();
    all.find(|case| case["name"] == name).expect("a case")
}

fn settings(case: &Value) -> Settings {
    Settings {
        tokenizer: json!({ "pad_token": case["padding"] }),
        ..Settings::default()
    }
}

fn reader(made: &Made) -> Reader {
    let words = Words {
        blob: Blob {
            file: "textual/words.bin".into(),
            bytes: made.bytes.len() as u64,
            sha256: checksum(&made.bytes),
        },
        padding: made.padding,
        recipe: made.recipe.clone().map(Box::new),
    };
    Reader::new(words.recipe.as_deref(), made.bytes.clone()).expect("a reader")
}

#[test]
fn texts_become_the_tokens_that_the_reference_makes_of_them() {
    let mut compared = 0;
    for case in reference() {
        let name = &case["name"];
        let made = made(&case["tokenizer"], &settings(&case)).expect("a tokenizer");
        let reader = reader(&made);
        let length = usize::try_from(case["length"].as_u64().expect("a length")).expect("small");
        for pair in case["texts"].as_array().expect("texts") {
            let text = pair[0].as_str().expect("a text");
            let expected: Vec<i32> = serde_json::from_value(pair[1].clone()).expect("tokens");
            let tokens = reader.tokens(text, None, length, made.padding);
            assert_eq!(tokens.ids, expected, "{name}: {text:?}");
            assert!(tokens.ids.iter().all(|id| *id <= made.largest), "{name}");
            compared += 1;
        }
    }
    assert_eq!(compared, 6 * 16);
}

#[test]
fn the_language_takes_the_place_of_the_usual_one() {
    let case = case("nllb");
    let made = made(&case["tokenizer"], &settings(&case)).expect("a tokenizer");
    let reader = reader(&made);
    let first = |language| reader.tokens("a cat", language, 8, made.padding).ids[0];
    let recipe = made.recipe.as_ref().expect("a recipe");
    for (language, code) in [
        (None, "eng_Latn"),
        (Some("de"), "deu_Latn"),
        (Some("zh_Hant"), "zho_Hant"),
        (Some("fr"), "eng_Latn"),
    ] {
        assert_eq!(first(language), recipe.languages[code], "{language:?}");
    }
    let of = |language| reader.tokens("a cat", language, 8, made.padding).ids;
    assert_eq!(of(None)[1..], of(Some("de"))[1..]);
    // Where no mark names a language, one comes in front.
    let mut plain = case["tokenizer"].clone();
    plain["post_processor"] = Value::Null;
    let made = super::made(&plain, &settings(&case)).expect("a tokenizer");
    let recipe = made.recipe.expect("a recipe");
    assert_eq!(recipe.before, [recipe.languages["eng_Latn"]]);
}

#[test]
fn marks_that_a_text_spells_out_are_letters() {
    for case in reference() {
        let made = made(&case["tokenizer"], &settings(&case)).expect("a tokenizer");
        let reader = reader(&made);
        let recipe = made.recipe.as_ref().expect("a recipe");
        let tokens = reader.tokens("<s> </s> <eos> [SEP] eng_Latn", None, 64, made.padding);
        let marks = recipe.before.len();
        let own = &tokens.ids[marks..tokens.own - recipe.after.len()];
        for mark in recipe.before.iter().chain(&recipe.after) {
            assert!(!own.contains(mark), "{}: {own:?}", case["name"]);
        }
    }
}

#[test]
fn settings_beside_it_are_followed() {
    let case = case("xlm-roberta");
    let canonical = json!({ "model_cfg": { "text_cfg": {
        "context_length": 64, "tokenizer_kwargs": { "clean": "canonicalize" } } } });
    let settings = Settings {
        model: canonical,
        ..settings(&case)
    };
    let told = made(&case["tokenizer"], &settings).expect("a tokenizer");
    assert_eq!(told.length, 64);
    let reader = reader(&told);
    let of = |text| reader.tokens(text, None, 16, 1).ids;
    assert_eq!(of("A Photo, of_a cat!"), of("a photo of a cat"));
    let by_user = Settings {
        length: Some(32),
        ..settings
    };
    let told = made(&case["tokenizer"], &by_user).expect("a tokenizer");
    assert_eq!(told.length, 32);
    let endless = Settings {
        tokenizer: json!({ "pad_token": { "content": "<pad>" }, "model_max_length": 1e30 }),
        ..Settings::default()
    };
    let told = made(&case["tokenizer"], &endless).expect("a tokenizer");
    assert_eq!((told.length, told.padding), (77, 1));
    let too_long = Settings {
        length: Some(100_000),
        ..Settings::default()
    };
    assert!(made(&case["tokenizer"], &too_long).is_err());
}

/// What is said about the tokenizer `name` with `change` made to it.
fn refusal(name: &str, change: impl FnOnce(&mut Value)) -> String {
    let case = case(name);
    let mut changed = case["tokenizer"].clone();
    change(&mut changed);
    let error = made(&changed, &settings(&case)).expect_err("it is refused");
    format!("{error:#}")
}

#[test]
fn what_is_not_known_here_is_refused_by_its_name() {
    let normalizer = |it: &mut Value| it["normalizer"] = json!({ "type": "Odd" });
    assert!(refusal("siglip", normalizer).contains("Odd"));
    let pattern = json!({ "type": "Replace", "pattern": { "Regex": "(a|b)+" }, "content": "" });
    let said = refusal("siglip", |it| it["normalizer"] = pattern);
    assert!(said.contains("(a|b)+"), "{said}");
    let cut = |it: &mut Value| it["pre_tokenizer"] = json!({ "type": "ByteLevel" });
    assert!(refusal("siglip2", cut).contains("ByteLevel"));
    let split = json!({ "type": "Split", "pattern": { "Regex": "\\d" }, "behavior": "Isolated" });
    let said = refusal("siglip2", |it| it["pre_tokenizer"] = split);
    assert!(said.contains("patterns"), "{said}");
    let model = |it: &mut Value| it["model"]["type"] = json!("WordLevel");
    assert!(refusal("labse", model).contains("WordLevel"));
    let marks = |it: &mut Value| it["post_processor"] = json!({ "type": "Odd" });
    assert!(refusal("labse", marks).contains("Odd"));
    let suffix = |it: &mut Value| it["model"]["end_of_word_suffix"] = json!("_");
    assert!(refusal("siglip2", suffix).contains("end_of_word_suffix"));
    let other_clip = |it: &mut Value| it["model"]["end_of_word_suffix"] = json!("</w>");
    assert!(refusal("siglip2", other_clip).contains("CLIP's own"));
    let padding = made(&case("labse")["tokenizer"], &Settings::default());
    assert!(padding.is_ok(), "[PAD] is the usual one");
}

#[test]
fn hostile_files_are_refused() {
    let vocabulary =
        |vocabulary: Value| refusal("xlm-roberta", |it| it["model"]["vocab"] = vocabulary);
    assert!(vocabulary(json!([["a", 0.0], ["a", 0.0]])).contains("twice"));
    assert!(vocabulary(json!([["a", "b"]])).contains("no number"));
    assert!(vocabulary(json!([["a", 1e300]])).contains("no number"));
    assert!(vocabulary(json!([["a"]])).contains("no text with a score"));
    assert!(vocabulary(json!([["x".repeat(600), 0.0]])).contains("600 bytes"));
    assert!(vocabulary(json!({})).contains("list of pieces"));
    let many: Vec<Value> = (0..700_001)
        .map(|nth| json!([nth.to_string(), 0.0]))
        .collect();
    assert!(vocabulary(Value::Array(many)).contains("more than 700000"));
    let pairs = |merges: Value| refusal("nllb", |it| it["model"]["merges"] = merges);
    // A circle would need a pair that becomes one of its halves: what it becomes is longer.
    assert!(pairs(json!([["a", ""]])).contains("no merge"));
    assert!(pairs(json!([["a", "no such piece"]])).contains("no piece"));
    assert!(pairs(json!(["a"])).contains("no merge"));
    assert!(pairs(json!([7])).contains("no merge"));
    let twice = |it: &mut Value| it["model"]["vocab"] = json!({ "<unk>": 0, "a": 0 });
    assert!(refusal("nllb", twice).contains("twice"));
    let negative = |it: &mut Value| it["model"]["vocab"] = json!({ "<unk>": -1 });
    assert!(refusal("nllb", negative).contains("no token"));
    let unknown = |it: &mut Value| it["model"]["unk_id"] = json!(1_000_000);
    assert!(refusal("xlm-roberta", unknown).contains("unknown token"));
    let table = json!({ "type": "Precompiled", "precompiled_charsmap": "AAAA" });
    assert!(refusal("xlm-roberta", |it| it["normalizer"] = table).contains("table"));
    let mut deep = json!({ "type": "Lowercase" });
    for _ in 0..10 {
        deep = json!({ "type": "Sequence", "normalizers": [deep] });
    }
    assert!(refusal("xlm-roberta", |it| it["normalizer"] = deep).contains("sequences"));
    let long = json!({ "type": "Prepend", "prepend": "x".repeat(1000) });
    assert!(refusal("xlm-roberta", |it| it["normalizer"] = long).contains("limit"));
    let word = |it: &mut Value| it["model"]["max_input_chars_per_word"] = json!(1_000_000);
    assert!(refusal("labse", word).contains("limit"));
    for json in [json!(null), json!([]), json!({ "model": {} }), json!("x")] {
        assert!(made(&json, &Settings::default()).is_err(), "{json}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tokenizer.json");
    for bytes in [
        &b""[..],
        b"<html>",
        b"{\"model\": {\"vocab\": [[\"a\", NaN]]}}",
    ] {
        fs::write(&path, bytes).expect("a file");
        assert!(read(&path, &Settings::default()).is_err());
    }
    let sparse = fs::File::create(&path).expect("a file");
    sparse.set_len(MOST_BYTES + 1).expect("a length");
    let said = read(&path, &Settings::default()).expect_err("too large");
    assert!(format!("{said:#}").contains("too large"), "{said:#}");
}
