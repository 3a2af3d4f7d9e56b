//! Decisions about downloads: what goes into which archive, and under which name.

use std::collections::HashSet;

use edge_api::{
    download::{ArchiveInfo, DownloadResponse},
    id::AssetId,
};
use edge_store::download::Original;

/// Motion parts that were cut out of a still have keys that begin so.
const EMBEDDED: &str = "encoded-video/";
/// Name of a file whose own name has no usable letter.
const NAMELESS: &str = "file";

/// Divides originals, with the motion parts behind their stills, into archives; one is closed as soon as it is larger
/// than `size`, bytes.
pub fn archives(originals: &[Original], size: i64, with_embedded: bool) -> DownloadResponse {
    let mut response = DownloadResponse {
        total_size: 0,
        archives: Vec::new(),
    };
    let mut open = false;
    for original in originals {
        let motion = original.motion.as_ref();
        let motion = motion.filter(|(_, path, _)| with_embedded || !path.starts_with(EMBEDDED));
        let parts = [(&original.id, original.size)].into_iter();
        let parts = parts.chain(motion.map(|(id, _, size)| (id, *size)));
        if !open {
            response.archives.push(ArchiveInfo {
                size: 0,
                asset_ids: Vec::new(),
            });
        }
        for (id, bytes) in parts {
            response.total_size += bytes;
            if let Some(archive) = response.archives.last_mut() {
                archive.size += bytes;
                archive.asset_ids.push(AssetId::from_trusted(id.as_str()));
            }
        }
        open = response
            .archives
            .last()
            .is_some_and(|archive| archive.size <= size);
    }
    response
}

/// Gives each file of an archive a name of its own: `name+1.ext` for the second `name.ext`.
#[derive(Debug, Default)]
pub struct Names(HashSet<String>);

impl Names {
    /// A name that no file before has. Letters that file systems refuse become `_`; folders are not made.
    pub fn take(&mut self, name: &str) -> String {
        let clean = sanitized(name);
        let (stem, extension) = match clean.rfind('.') {
            Some(dot) if dot > 0 => clean.split_at(dot),
            _ => (clean.as_str(), ""),
        };
        let mut chosen = clean.clone();
        let mut number = 0;
        // File systems of many devices do not tell letters of different case apart.
        while !self.0.insert(chosen.to_lowercase()) {
            number += 1;
            chosen = format!("{stem}+{number}{extension}");
        }
        chosen
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
    use super::*;

    fn original(id: &str, size: i64) -> Original {
        Original {
            id: id.to_owned(),
            file_name: format!("{id}.jpg"),
            path: id.to_owned(),
            size,
            local_date_time: 0,
            edited: None,
            motion: None,
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
        let mut live = original("still", 10);
        live.motion = Some(("film".to_owned(), "upload/film".to_owned(), 5));
        let mut motion = original("pixel", 10);
        motion.motion = Some(("cut".to_owned(), "encoded-video/cut".to_owned(), 5));
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
}
