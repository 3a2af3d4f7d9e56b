//! Which JSON file of a Google Takeout belongs to which photo. The format is not documented; these rules are what Takeouts show:
//!
//! - `IMG_1.jpg` has `IMG_1.jpg.json`, since 2024 `IMG_1.jpg.supplemental-metadata.json`.
//! - A JSON file's name without `.json` is cut to 46 characters: `….supplemental-meta.json`, `….jp.json`.
//! - The second of two files of one name is `IMG_1(1).jpg`, its JSON `IMG_1.jpg(1).json` or `IMG_1.jpg.supplemental-metadata(1).json`.
//! - An edited copy is `IMG_1-edited.jpg`, in the language of the account, and shares the JSON of `IMG_1.jpg`.
//! - The video of a live photo, `IMG_1.MP4` beside `IMG_1.HEIC`, often has no JSON of its own.

use std::collections::BTreeMap;

/// Follows the file's name.
const SUPPLEMENT: &str = ".supplemental-metadata";
/// How long names may be that are cut, in characters: Takeouts differ by one.
const CUT: [usize; 3] = [47, 46, 45];
/// Ends of the names of edited copies, by languages.
const EDITED: [&str; 13] = [
    "-edited",
    "-bearbeitet",
    "-modifié",
    "-editado",
    "-editada",
    "-modificato",
    "-bewerkt",
    "-edytowane",
    "-redigerad",
    "-redigeret",
    "-muokattu",
    "-編集済み",
    "-수정됨",
];

/// The JSON files of a folder, by what their names say.
#[derive(Debug, Default)]
pub struct Index<T>(BTreeMap<(String, u32), T>);

impl<T> Index<T> {
    /// Adds a JSON file of this name.
    pub fn add(&mut self, name: &str, value: T) {
        let stem = name.strip_suffix(".json").unwrap_or(name);
        let (stem, number) = counted(stem);
        self.0.insert((stem.to_owned(), number), value);
    }

    /// The JSON of a photo or video, which may be that of the photo it was edited from.
    pub fn find(&self, media: &str) -> Option<&T> {
        let (stem, kind) = split(media);
        let (plain, number) = counted(stem);
        let own = self.of(media, 0);
        let own = own.or_else(|| self.of(&format!("{plain}{kind}"), number));
        own.or_else(|| {
            let original = original(media)?;
            let (stem, kind) = split(&original);
            let (plain, number) = counted(stem);
            let known = self.of(&original, 0);
            known.or_else(|| self.of(&format!("{plain}{kind}"), number))
        })
    }

    /// The JSON of the `number`-th file that was called `name`.
    fn of(&self, name: &str, number: u32) -> Option<&T> {
        let whole: Vec<char> = name.chars().chain(SUPPLEMENT.chars()).collect();
        let length = name.chars().count();
        // The whole name, with more or less of what follows it; then names that were cut.
        let lengths = (length..=whole.len()).rev();
        let cut = CUT.into_iter().filter(|cut| *cut < length);
        let mut stems = lengths
            .chain(cut)
            .map(|end| whole.iter().take(end).collect::<String>());
        let found = stems.find_map(|stem| self.0.get(&(stem, number)));
        found.or_else(|| self.0.get(&(split(name).0.to_owned(), number)))
    }
}

/// A name without and with its extension's dot: `a.jpg` is `a` and `.jpg`.
pub fn split(name: &str) -> (&str, &str) {
    name.split_at(name.rfind('.').unwrap_or(name.len()))
}

/// `a(2)` is `a`, 2; `a` is `a`, 0.
fn counted(stem: &str) -> (&str, u32) {
    let inner = stem
        .strip_suffix(')')
        .and_then(|stem| stem.rsplit_once('('));
    let counted = inner.and_then(|(stem, number)| Some((stem, number.parse().ok()?)));
    counted.unwrap_or((stem, 0))
}

/// What an edited copy was edited from: `a-edited(1).jpg` from `a(1).jpg`.
pub fn original(media: &str) -> Option<String> {
    let (stem, kind) = split(media);
    let (plain, number) = counted(stem);
    let plain = EDITED.into_iter().find_map(|end| plain.strip_suffix(end))?;
    Some(match number {
        0 => format!("{plain}{kind}"),
        number => format!("{plain}({number}){kind}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(names: &[&str]) -> Index<String> {
        let mut index = Index::default();
        for name in names {
            index.add(name, (*name).to_owned());
        }
        index
    }

    #[test]
    fn every_way_of_naming_is_found() {
        for (media, json) in [
            ("a.jpg", "a.jpg.json"),
            ("a.jpg", "a.jpg.supplemental-metadata.json"),
            ("a.jpg", "a.jpg.suppl.json"),
            ("a(1).jpg", "a.jpg(1).json"),
            ("a(1).jpg", "a.jpg.supplemental-metadata(1).json"),
            ("a(1).jpg", "a(1).jpg.json"),
            ("a-edited.jpg", "a.jpg.json"),
            ("a-bearbeitet(2).jpg", "a.jpg.supplemental-metadata(2).json"),
            ("a.jpg", "a.json"),
            (
                "a name of more characters than a Takeout has f.jpg",
                "a name of more characters than a Takeout has f.json",
            ),
            (
                "a name of more characters than a Takeout gives.jpg",
                "a name of more characters than a Takeout gives.json",
            ),
            (
                "a name of more characters than a Takeout giv.jpg",
                "a name of more characters than a Takeout giv.j.json",
            ),
            (
                "PXL_20240101_000000000.NIGHT.jpg",
                "PXL_20240101_000000000.NIGHT.jpg.supplemental-.json",
            ),
        ] {
            assert_eq!(
                index(&[json]).find(media).map(String::as_str),
                Some(json),
                "{media}"
            );
        }
    }

    #[test]
    fn no_file_gets_the_json_of_another() {
        let index = index(&[
            "a.jpg.json",
            "a.jpg(1).json",
            "abc.jpg.supplemental-metadata.json",
        ]);
        assert_eq!(index.find("a(1).jpg").unwrap(), "a.jpg(1).json");
        assert_eq!(index.find("a.jpg").unwrap(), "a.jpg.json");
        for media in ["a(2).jpg", "ab.jpg", "b.jpg", "a.jp", ".jpg", ""] {
            assert!(index.find(media).is_none(), "{media}");
        }
    }

    #[test]
    fn edited_copies_name_their_originals() {
        assert_eq!(original("a-edited.jpg").unwrap(), "a.jpg");
        assert_eq!(original("a-edited(1).jpg").unwrap(), "a(1).jpg");
        assert!(original("edited.jpg").is_none());
    }
}
