//! Texts of the pages in each language: one file a language in `texts`, a line `name = text` for each text, as those of the web page
//! (docs/web.md). `{}` stands for a value.

use http::{HeaderMap, header};

/// The languages: code and texts. The first is for everybody whose language is missing.
const LANGUAGES: [(&str, &str); 2] = [
    ("en", include_str!("../texts/en.txt")),
    ("de", include_str!("../texts/de.txt")),
];

/// The texts of one language.
#[derive(Debug, Clone, Copy)]
pub struct Texts {
    code: &'static str,
    file: &'static str,
}

impl Texts {
    /// For the first language of `Accept-Language` that we have: browsers name the one that is liked best first.
    pub fn of(headers: &HeaderMap) -> Self {
        let wanted = headers
            .get(header::ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let find = |tag: &str| {
            let language = tag.trim().split(['-', ';']).next().unwrap_or_default();
            LANGUAGES
                .into_iter()
                .find(|(code, _)| code.eq_ignore_ascii_case(language))
        };
        let [first, ..] = LANGUAGES;
        let (code, file) = wanted.split(',').find_map(find).unwrap_or(first);
        Self { code, file }
    }

    /// Code of the language, as the attribute `lang` wants it.
    pub fn code(self) -> &'static str {
        self.code
    }

    /// The text of this name; the name itself when there is none.
    pub fn get(self, name: &'static str) -> &'static str {
        let text = |line: &'static str| line.strip_prefix(name)?.strip_prefix(" = ");
        self.file.lines().find_map(text).unwrap_or(name)
    }

    /// The text of this name with `value` for its `{}`.
    pub fn say(self, name: &'static str, value: &str) -> String {
        self.get(name).replace("{}", value)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use http::HeaderValue;

    use super::*;

    fn table(file: &'static str) -> BTreeMap<&'static str, &'static str> {
        let lines = file.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| line.split_once(" = ").unwrap()).collect()
    }

    #[test]
    fn every_language_has_every_text_with_the_same_values() {
        let [(_, english), ..] = LANGUAGES;
        let english = table(english);
        for (code, file) in LANGUAGES {
            let other = table(file);
            assert!(other.keys().eq(english.keys()), "{code}");
            for (name, text) in other {
                let values = |text: &str| text.matches("{}").count();
                assert_eq!(values(text), values(english[name]), "{code}: {name}");
            }
        }
    }

    #[test]
    fn every_text_is_on_a_page() {
        let pages = [
            include_str!("page.rs"),
            include_str!("html.rs"),
            include_str!("html/gallery.rs"),
            include_str!("html/photo.rs"),
        ];
        for name in table(LANGUAGES[0].1).keys() {
            let quoted = format!("\"{name}\"");
            assert!(pages.iter().any(|page| page.contains(&quoted)), "{name}");
        }
    }

    #[test]
    fn the_first_language_that_is_there_is_spoken() {
        for (wanted, code) in [
            ("de", "de"),
            ("de-AT,de;q=0.9,en;q=0.8", "de"),
            ("fr, de;q=0.5", "de"),
            ("en-GB,de", "en"),
            ("fr", "en"),
            ("", "en"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(wanted));
            assert_eq!(Texts::of(&headers).code(), code, "{wanted}");
        }
        let texts = Texts::of(&HeaderMap::new());
        assert_eq!(texts.code(), "en");
        assert_eq!(texts.say("link.count", "3"), "3 shared photos & videos");
        assert_eq!(texts.get("link.nothing"), "link.nothing");
    }
}
