//! Texts in each language: one file a language in `web/core/texts`, a line `name = text` for each text. To add a language, add a
//! file and a line in `LANGUAGES`. `{}` stands for a value.
use std::collections::HashMap;

/// The languages: code and texts. The first is for everybody whose language is missing.
const LANGUAGES: [(&str, &str); 2] = [
    ("en", include_str!("../texts/en.txt")),
    ("de", include_str!("../texts/de.txt")),
];

/// The texts of one language.
pub struct Texts {
    code: &'static str,
    texts: HashMap<&'static str, &'static str>,
}

impl Texts {
    /// For the first of a person's languages (`de-AT`, `en`) that we have.
    pub fn of<'a>(mut wanted: impl Iterator<Item = &'a str>) -> Self {
        let find = |tag: &str| {
            let language = tag.split('-').next().unwrap_or_default();
            LANGUAGES
                .iter()
                .find(|(code, _)| code.eq_ignore_ascii_case(language))
        };
        let (code, file) = *wanted.find_map(find).unwrap_or(&LANGUAGES[0]);
        let texts = lines(file).collect();
        Self { code, texts }
    }

    /// Code of the language, as the attribute `lang` wants it.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The text of this name; the name itself when there is none.
    pub fn get(&self, name: &'static str) -> &'static str {
        self.texts.get(name).copied().unwrap_or(name)
    }
}

fn lines(file: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    file.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" = "))
}

/// `text` with `values` for its `{}`.
pub fn fill(text: &str, values: &[&str]) -> String {
    let mut pieces = text.split("{}");
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    let mut values = values.iter();
    for piece in pieces {
        filled.push_str(values.next().unwrap_or(&""));
        filled.push_str(piece);
    }
    filled
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::{fs, path::Path};

    use super::*;

    fn table(file: &'static str) -> BTreeMap<&'static str, &'static str> {
        let table: BTreeMap<_, _> = lines(file).collect();
        assert_eq!(table.len(), lines(file).count(), "a name is there twice");
        table
    }

    #[test]
    fn every_language_has_every_text_with_the_same_values() {
        let english = table(LANGUAGES[0].1);
        for (code, file) in LANGUAGES {
            let other = table(file);
            assert_eq!(
                english.keys().collect::<Vec<_>>(),
                other.keys().collect::<Vec<_>>(),
                "{code}"
            );
            for (name, text) in &other {
                let values = |text: &str| text.matches("{}").count();
                assert_eq!(values(text), values(english[name]), "{code}: {name}");
            }
        }
    }

    /// The names in `t("…")` and `say("…"` of a source file.
    fn used(source: &str) -> impl Iterator<Item = &str> {
        let calls = ["t(\"", "say(\"", "name(\""];
        calls.into_iter().flat_map(move |call| {
            let found = source.match_indices(call);
            found.filter_map(move |(at, _)| {
                let before = source[..at].chars().next_back();
                let name = source[at + call.len()..].split('"').next()?;
                let is_call = !before.is_some_and(|it| it.is_alphanumeric() || it == '_');
                (is_call && name.contains('.')).then_some(name)
            })
        })
    }

    #[test]
    fn the_page_uses_every_text_and_no_other() {
        let english: BTreeSet<&str> = lines(LANGUAGES[0].1).map(|(name, _)| name).collect();
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/src")];
        let mut sources = include_str!("errors.rs").to_owned();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    sources.push_str(&fs::read_to_string(path).unwrap());
                }
            }
        }
        let used: BTreeSet<&str> = used(&sources).collect();
        let missing: Vec<_> = used.difference(&english).collect();
        assert!(missing.is_empty(), "no text for {missing:?}");
        let idle: Vec<_> = english
            .iter()
            .filter(|name| !sources.contains(&format!("\"{name}\"")))
            .collect();
        assert!(idle.is_empty(), "nobody shows {idle:?}");
    }

    #[test]
    fn languages_are_found_by_their_first_part() {
        assert_eq!(Texts::of(["de-AT", "en"].into_iter()).code(), "de");
        assert_eq!(Texts::of(["fr", "DE"].into_iter()).code(), "de");
        assert_eq!(Texts::of(["fr"].into_iter()).code(), "en");
        assert_eq!(Texts::of(std::iter::empty()).code(), "en");
    }

    #[test]
    fn values_take_the_place_of_braces() {
        assert_eq!(fill("{} of {}", &["1", "2"]), "1 of 2");
        assert_eq!(fill("{} of {}", &["1"]), "1 of ");
        assert_eq!(fill("none", &["1"]), "none");
    }
}
