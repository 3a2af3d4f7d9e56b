//! The same CLIP with a vocabulary of pieces: texts are of the colour that their language stands for.
use std::collections::BTreeMap;

use edge_ml::{
    manifest::{Manifest, Port, Role, Words},
    tensor::Kind,
    tokens::{Cut, Method, Prefix, Recipe, vocabulary::Draft},
};

use crate::network::{self, TOKENS, blob};

/// Tokens whose rows are red, green and blue (`COLOURS`).
const RED: i32 = 513;
const GREEN: i32 = 517;
const BLUE: i32 = 520;

/// The files of the model, the manifest last.
pub fn files(name: &str) -> Vec<(String, Vec<u8>)> {
    let mut files = network::files(name);
    let (file, text) = files.pop().unwrap();
    let mut manifest: Manifest = serde_json::from_slice(&text).unwrap();
    let part = manifest.parts.get_mut(&Role::Textual).unwrap();
    let draft = Draft {
        pieces: BTreeMap::from([("▁blau".into(), (BLUE, -1.0))]),
        ..Draft::default()
    };
    let bytes = draft.write().unwrap();
    part.words = Some(Words {
        blob: blob("textual/words.bin", &bytes),
        padding: 0,
        recipe: Some(Box::new(recipe())),
    });
    part.inputs.push(Port {
        name: "attention_mask".into(),
        kind: Kind::I64,
        shape: vec![1, TOKENS],
    });
    manifest.check().unwrap();
    files.push(("textual/words.bin".into(), bytes));
    files.push((file, serde_json::to_vec(&manifest).unwrap()));
    files
}

fn recipe() -> Recipe {
    let languages = [("eng_Latn", RED), ("deu_Latn", GREEN)];
    let languages = languages.map(|(code, token)| (code.to_owned(), token));
    Recipe {
        canonical: true,
        steps: Vec::new(),
        cuts: vec![Cut::Mark {
            mark: '▁',
            prefix: Prefix::Always,
            split: true,
        }],
        method: Method::Likeliest {
            unknown: None,
            bytes: false,
        },
        before: vec![RED],
        after: Vec::new(),
        languages: BTreeMap::from(languages),
    }
}
