//! Which keys lie in other buckets.

pub use edge_api::libraries::EXTERNAL as FOLDER;

/// Longest name of a bucket.
const LONGEST: usize = 40;

/// Name of the bucket of a key, and what is behind it; `None`: it lies in our own.
pub fn split(key: &str) -> Option<(&str, &str)> {
    let rest = key.strip_prefix(FOLDER)?.strip_prefix('/')?;
    Some(rest.split_once('/').unwrap_or((rest, "")))
}

/// Whether a bucket may be called so: small letters, digits and hyphens, at most forty.
pub fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty() && name.len() <= LONGEST && name.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_its_bucket() {
        for (key, found) in [
            ("external/nas/a/b.jpg", Some(("nas", "a/b.jpg"))),
            ("external/nas/", Some(("nas", ""))),
            ("external/nas", Some(("nas", ""))),
            ("external/", Some(("", ""))),
            ("external//a", Some(("", "a"))),
            ("external", None),
            ("externals/nas/a", None),
            ("photos/external/nas/a", None),
            ("/external/nas/a", None),
            ("upload/a.jpg", None),
        ] {
            assert_eq!(split(key), found, "{key}");
        }
    }

    #[test]
    fn names_are_plain() {
        assert!(is_name("nas") && is_name("old-photos-2") && is_name(&"a".repeat(40)));
        for name in ["", "NAS", "a_b", "a.b", "é", "a/b", "..", &"a".repeat(41)] {
            assert!(!is_name(name), "{name}");
        }
    }
}
