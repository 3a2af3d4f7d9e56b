//! Mapping of keys to files, what is refused, and lists.
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::time::{Duration, SystemTime};

use super::*;

/// A library `nas` with these files.
fn library(files: &[&str]) -> (tempfile::TempDir, Libraries) {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    }
    let libraries = Libraries::read(&[format!("nas={}", folder.path().display())]).unwrap();
    (folder, libraries)
}

fn keys(objects: Vec<Object>) -> Vec<String> {
    objects
        .into_iter()
        .map(|object| object.key.unwrap())
        .collect()
}

/// All keys with a prefix, asked for in pages of `limit`.
fn pages(libraries: &Libraries, prefix: &str, limit: usize) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    loop {
        let after = all.last().cloned().unwrap_or_default();
        let page = keys(libraries.list(prefix, &after, limit).unwrap());
        assert!(page.len() <= limit);
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// Whether an object is there.
fn is_there(libraries: &Libraries, key: &str) -> bool {
    let (library, within) = libraries.find(key).unwrap();
    match library.head(within) {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(*error.code(), S3ErrorCode::NoSuchKey, "{key}");
            false
        }
    }
}

#[test]
fn names_are_folders_of_a_bucket_that_are_not_ours() {
    let read = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        Libraries::read(&words)
    };
    assert!(read(&["nas=/mnt/nas", "old_2.photos-x=/mnt=old"]).is_ok());
    for wrong in [
        "nas",
        "=/mnt",
        "nas=",
        "a/b=/mnt",
        ".nas=/mnt",
        "..=/mnt",
        "upload=/mnt",
        "models=/mnt",
        "external=/mnt",
        "ä=/mnt",
    ] {
        assert!(read(&[wrong]).is_err(), "{wrong}");
    }
    assert!(read(&["nas=/a", "nas=/b"]).is_err());
}

#[test]
fn keys_are_found_by_their_first_part() {
    let (_folder, libraries) = library(&[]);
    let within = |key| libraries.find(key).map(|(_, within)| within.to_owned());
    assert_eq!(within("nas/a/b.jpg").as_deref(), Some("a/b.jpg"));
    assert_eq!(within("nas").as_deref(), Some(""));
    assert_eq!(within("nas2/a.jpg"), None);
    assert_eq!(within("upload/nas/a.jpg"), None);
    assert!(libraries.below("na").hold("nas/a") && !libraries.below("na").hold("na"));
    assert!(libraries.below("upload/").is_empty() && !libraries.below("").is_empty());
}

#[test]
fn an_object_is_the_file() {
    let (folder, libraries) = library(&["a/b.jpg"]);
    let (library, within) = libraries.find("nas/a/b.jpg").unwrap();
    let before = library.head(within).unwrap();
    assert_eq!(before.content_length, Some(7));
    let part = Range::parse("bytes=2-4").unwrap();
    let part = library.get(within, Some(part)).unwrap();
    assert_eq!(part.content_range.as_deref(), Some("bytes 2-4/7"));
    assert_eq!(part.e_tag, before.e_tag);
    assert!(
        library
            .get(within, Some(Range::parse("bytes=7-").unwrap()))
            .is_err()
    );
    assert!(library.get(within, None).unwrap().content_range.is_none());

    let file = File::options()
        .write(true)
        .open(folder.path().join("a/b.jpg"))
        .unwrap();
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    file.set_modified(time).unwrap();
    let after = library.head(within).unwrap();
    assert_eq!(after.last_modified, Some(Timestamp::from(time)));
    assert_ne!(after.e_tag, before.e_tag);
}

#[test]
fn nothing_outside_of_the_folder_is_an_object() {
    let (folder, libraries) = library(&["a/b.jpg"]);
    let (outside, _) = library(&["secret.jpg"]);
    symlink(outside.path(), folder.path().join("away")).unwrap();
    symlink(
        outside.path().join("secret.jpg"),
        folder.path().join("a/link.jpg"),
    )
    .unwrap();
    assert!(is_there(&libraries, "nas/a/b.jpg"));
    let absolute = format!("nas/{}/secret.jpg", outside.path().display());
    let up = format!(
        "nas/../{}/secret.jpg",
        outside.path().file_name().unwrap().display()
    );
    for key in [
        absolute.as_str(),
        up.as_str(),
        "nas",
        "nas/",
        "nas/a",
        "nas/a/",
        "nas//a/b.jpg",
        "nas/./a/b.jpg",
        "nas/a/../a/b.jpg",
        "nas/a/link.jpg",
        "nas/away/secret.jpg",
        "nas/a/b.jpg/c",
        "nas/a/b\0.jpg",
        "nas/none.jpg",
    ] {
        assert!(!is_there(&libraries, key), "{key:?}");
    }
    assert_eq!(pages(&libraries, "", 10), ["nas/a/b.jpg"]);
}

#[test]
fn names_that_no_key_can_have_are_passed_over() {
    let (folder, libraries) = library(&["a.jpg", "b\n.jpg"]);
    fs::write(
        folder
            .path()
            .join(std::ffi::OsStr::from_bytes(b"c\xff.jpg")),
        "c",
    )
    .unwrap();
    assert_eq!(pages(&libraries, "nas/", 10), ["nas/a.jpg"]);
}

#[test]
fn lists_are_in_the_order_of_keys_in_pages() {
    let files = [
        "a.jpg",
        "a/z.jpg",
        "a0.jpg",
        "a/b/c.jpg",
        "b/1.jpg",
        "B.jpg",
        "ä/ö.jpg",
        "a-b/x.jpg",
    ];
    let (folder, libraries) = library(&files);
    fs::create_dir_all(folder.path().join("a/empty/empty")).unwrap();
    let mut sorted: Vec<String> = files.iter().map(|file| format!("nas/{file}")).collect();
    sorted.sort();
    for limit in 1..=9 {
        assert_eq!(pages(&libraries, "", limit), sorted, "{limit}");
        assert_eq!(
            pages(&libraries, "nas/a/", limit),
            ["nas/a/b/c.jpg", "nas/a/z.jpg"]
        );
    }
    let below = [
        "nas/a-b/x.jpg",
        "nas/a.jpg",
        "nas/a/b/c.jpg",
        "nas/a/z.jpg",
        "nas/a0.jpg",
    ];
    assert_eq!(pages(&libraries, "nas/a", 2), below);
    assert_eq!(pages(&libraries, "nas/c", 2), [""; 0]);
}

#[test]
fn a_folder_may_have_more_files_than_are_kept() {
    let names: Vec<String> = (0..2500)
        .map(|number| format!("many/{number:04}.jpg"))
        .collect();
    let files: Vec<&str> = names.iter().map(String::as_str).collect();
    let (_folder, libraries) = library(&files);
    let all: Vec<String> = names.iter().map(|name| format!("nas/{name}")).collect();
    assert_eq!(pages(&libraries, "nas/", 1000), all);
    assert_eq!(keys(libraries.list("", "", 2400).unwrap()), all[..2400]);
}

#[test]
fn a_folder_that_is_away_has_no_files_and_comes_back() {
    let (folder, libraries) = library(&["photos/a.jpg"]);
    let (objects, bucket) = (tempfile::tempdir().unwrap(), "bucket");
    let photos = format!("nas={}", folder.path().join("photos").display());
    let photos = Libraries::read(&[photos]).unwrap();
    assert!(photos.check(objects.path(), bucket).is_ok());
    fs::rename(folder.path().join("photos"), folder.path().join("away")).unwrap();
    assert!(photos.check(objects.path(), bucket).is_ok());
    assert!(!is_there(&photos, "nas/a.jpg"));
    assert_eq!(pages(&photos, "", 10), [""; 0]);
    fs::rename(folder.path().join("away"), folder.path().join("photos")).unwrap();
    assert!(is_there(&photos, "nas/a.jpg"));
    assert_eq!(pages(&libraries, "", 10), ["nas/photos/a.jpg"]);
}

#[test]
fn a_library_and_our_own_folder_do_not_lie_in_each_other() {
    let (folder, libraries) = library(&["data/objects/bucket/upload/a.jpg"]);
    let objects = folder.path().join("data/objects");
    assert!(libraries.check(&objects, "bucket").is_err(), "ours in it");
    let inner = format!("nas={}", objects.join("bucket/upload").display());
    assert!(
        Libraries::read(&[inner])
            .unwrap()
            .check(&objects, "bucket")
            .is_err(),
        "it in ours"
    );
    let (_other, libraries) = library(&["a.jpg"]);
    assert!(libraries.check(&objects, "bucket").is_ok());
    fs::create_dir(objects.join("bucket/nas")).unwrap();
    assert!(
        libraries.check(&objects, "bucket").is_err(),
        "the same name"
    );
    let file = format!("photos={}", objects.join("bucket/upload/a.jpg").display());
    assert!(
        Libraries::read(&[file])
            .unwrap()
            .check(&folder.path().join("new"), "bucket")
            .is_err()
    );
}
