//! Decisions about downloads: what goes into which archive, and under which name.

use std::collections::HashMap;

use edge_api::{
    download::{ArchiveInfo, DownloadResponse},
    id::AssetId,
};
use edge_store::download::Part;

/// Name of a file whose own name has no usable letter.
const NAMELESS: &str = "file";

/// Divides originals, with the motion parts behind their stills, into archives.
pub struct Archives {
    size: i64,
    with_embedded: bool,
    is_open: bool,
    response: DownloadResponse,
}

impl Archives {
    /// Each is closed as soon as it is larger than `size`, bytes.
    pub fn new(size: i64, with_embedded: bool) -> Self {
        Self {
            size,
            with_embedded,
            is_open: false,
            response: DownloadResponse {
                total_size: 0,
                archives: Vec::new(),
            },
        }
    }

    /// Adds what comes next.
    pub fn add(&mut self, parts: &[Part]) {
        let response = &mut self.response;
        for part in parts {
            let motion = part.motion.as_ref();
            let motion = motion.filter(|motion| self.with_embedded || !motion.is_embedded);
            let files = [(&part.id, part.size)].into_iter();
            let files = files.chain(motion.map(|motion| (&motion.id, motion.size)));
            if !self.is_open {
                response.archives.push(ArchiveInfo {
                    size: 0,
                    asset_ids: Vec::new(),
                });
            }
            for (id, bytes) in files {
                response.total_size += bytes;
                if let Some(archive) = response.archives.last_mut() {
                    archive.size += bytes;
                    archive.asset_ids.push(AssetId::from_trusted(id.as_str()));
                }
            }
            let last = response.archives.last();
            self.is_open = last.is_some_and(|archive| archive.size <= self.size);
        }
    }

    /// All of them.
    pub fn finish(self) -> DownloadResponse {
        self.response
    }
}

/// Gives each file of an archive a name of its own: `name+1.ext` for the second `name.ext`.
#[derive(Debug, Default)]
pub struct Names {
    /// The names that were given, folded, with the number that the next file of this name tries first: who tried all those before
    /// anew would make an archive of equal names cost their square.
    next: HashMap<String, usize>,
    /// Names that were looked up.
    #[cfg(test)]
    tries: usize,
}

impl Names {
    /// A name that no file before has. Letters that file systems refuse become `_`; folders are not made.
    pub fn take(&mut self, name: &str) -> String {
        let clean = sanitized(name);
        let (stem, extension) = match clean.rfind('.') {
            Some(dot) if dot > 0 => clean.split_at(dot),
            _ => (clean.as_str(), ""),
        };
        // File systems of many devices do not tell letters of different case apart.
        let folded = clean.to_lowercase();
        let Some(mut number) = self.asked(&folded) else {
            self.next.insert(folded, 1);
            return clean;
        };
        loop {
            let chosen = format!("{stem}+{number}{extension}");
            number += 1;
            let other = chosen.to_lowercase();
            if self.asked(&other).is_none() {
                self.next.insert(folded, number);
                self.next.insert(other, 1);
                return chosen;
            }
        }
    }

    /// The number that the next file of this name tries first; `None`: nobody has the name.
    fn asked(&mut self, folded: &str) -> Option<usize> {
        #[cfg(test)]
        {
            self.tries += 1;
        }
        self.next.get(folded).copied()
    }
}

fn sanitized(name: &str) -> String {
    let clean = |letter: char| match letter {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
        letter if letter.is_control() => '_',
        letter => letter,
    };
    let name: String = name.chars().map(clean).collect();
    let name = name.trim_matches([' ', '.']);
    if name.is_empty() { NAMELESS } else { name }.to_owned()
}

#[cfg(test)]
mod tests {
    use edge_store::download::Motion;

    use super::*;

    fn original(id: &str, size: i64) -> Part {
        Part::of(id, size, None)
    }

    fn archives(parts: &[Part], size: i64, with_embedded: bool) -> DownloadResponse {
        let mut archives = Archives::new(size, with_embedded);
        for part in parts {
            archives.add(std::slice::from_ref(part));
        }
        archives.finish()
    }

    fn motion(id: &str, is_embedded: bool) -> Motion {
        Motion {
            id: id.to_owned(),
            size: 5,
            is_embedded,
        }
    }

    fn ids(response: &DownloadResponse) -> Vec<Vec<&str>> {
        response
            .archives
            .iter()
            .map(|archive| archive.asset_ids.iter().map(AsRef::as_ref).collect())
            .collect()
    }

    #[test]
    fn an_archive_is_closed_when_it_is_larger_than_the_target() {
        let all = [original("a", 60), original("b", 60), original("c", 60)];
        let response = archives(&all, 100, false);
        assert_eq!(ids(&response), [vec!["a", "b"], vec!["c"]]);
        assert_eq!((response.total_size, response.archives[0].size), (180, 120));
        assert!(archives(&[], 100, false).archives.is_empty());
    }

    #[test]
    fn motion_parts_come_along_embedded_ones_on_demand() {
        let live = Part::of("still", 10, Some(motion("film", false)));
        let motion = Part::of("pixel", 10, Some(motion("cut", true)));
        let all = [live, motion];
        assert_eq!(
            ids(&archives(&all, 1000, false)),
            [["still", "film", "pixel"].to_vec()]
        );
        let with = archives(&all, 1000, true);
        assert_eq!(ids(&with), [["still", "film", "pixel", "cut"].to_vec()]);
        assert_eq!(with.total_size, 30);
    }

    #[test]
    fn names_are_given_once_and_stay_in_the_archive() {
        let mut names = Names::default();
        let taken = [
            "a.jpg",
            "a.jpg",
            "A.JPG",
            "a+1.jpg",
            "../../etc/passwd",
            "",
            ".",
            "größe.png",
            "a\0b\n.jpg",
        ]
        .map(|name| names.take(name));
        assert_eq!(
            taken,
            [
                "a.jpg",
                "a+1.jpg",
                "A+2.JPG",
                "a+1+1.jpg",
                "_.._etc_passwd",
                "file",
                "file+1",
                "größe.png",
                "a_b_.jpg"
            ]
        );
    }

    #[test]
    fn equal_names_are_looked_up_twice_and_not_each_with_all_before() {
        let mut names = Names::default();
        // Those that have a number already are in the way of the first that needs one.
        for number in 1..=5_000 {
            names.take(&format!("IMG+{number}.JPG"));
        }
        let mut last = String::new();
        for _ in 0..5_000 {
            last = names.take("img.jpg");
        }
        assert_eq!(last, "img+9999.jpg");
        assert!(names.tries < 25_000, "{}", names.tries);
    }
}
