//! The form of a dump: members of gzip, one behind the other (RFC 1952 section 2.2), each of whole lines of JSON, so that it can be
//! read on from the beginning of any of them.
//!
//! Lines: the header `{"immich-edge-backup":1,…}`; for each part `{"table":…,"columns":[…]}` and its rows, arrays; at the end
//! `{"end":rows}`. It is no SQL: an uploaded file is read as values, and never run.

use std::io::{ErrorKind, Read as _, Write as _};

use edge_api::server::VERSION;
use flate2::{Compression, bufread::GzDecoder, write::GzEncoder};
use serde_json::{Value, json};

/// The version of this form.
const FORMAT: i64 = 1;

/// The key of the header that says so.
const KEY: &str = "immich-edge-backup";

/// Bytes of a member at most, unpacked: one is held in memory.
pub const MEMBER: u64 = 16 << 20;

/// Bytes of a header at most.
const HEADER: u64 = 4096;

/// Why a file is no dump that can be restored, in words for the administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage(pub String);

impl Damage {
    /// A reason.
    pub fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }

    fn foreign() -> Self {
        Self::new("Not a database backup of this kind of server")
    }
}

/// One member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its lines.
    pub text: String,
    /// How long it is in the file.
    pub length: usize,
}

/// The first line of a dump made at `now`, epoch ms.
pub fn header(now: i64) -> String {
    format!(
        "{}\n",
        json!({ KEY: FORMAT, "version": VERSION.to_string(), "createdAt": now })
    )
}

/// Whether a line is the header of a dump. Errors: it is not, or of a later version.
pub fn is_header(line: &str) -> Result<(), Damage> {
    let header: Value = serde_json::from_str(line).unwrap_or_default();
    match header.get(KEY).and_then(Value::as_i64) {
        Some(FORMAT) => Ok(()),
        Some(_) => Err(Damage::new(
            "The backup is of a later version of this server",
        )),
        None => Err(Damage::foreign()),
    }
}

/// Packs lines into a member.
pub fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // A vector takes everything.
    drop(encoder.write_all(text.as_bytes()));
    encoder.finish().unwrap_or_default()
}

/// The first line of a file that begins like this. Errors: it is not packed.
pub fn first_line(bytes: &[u8]) -> Result<String, Damage> {
    let mut text = Vec::new();
    let read = GzDecoder::new(bytes).take(HEADER).read_to_end(&mut text);
    if read.is_err() && text.is_empty() {
        return Err(Damage::foreign());
    }
    let line = text.split(|byte| *byte == b'\n').next();
    Ok(String::from_utf8_lossy(line.unwrap_or_default()).into_owned())
}

/// The member that begins here; `None`: more bytes are needed. Errors: it is damaged, or too large.
pub fn member(bytes: &[u8]) -> Result<Option<Member>, Damage> {
    let mut decoder = GzDecoder::new(bytes);
    let mut text = Vec::new();
    match (&mut decoder).take(MEMBER + 1).read_to_end(&mut text) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(Damage::new(format!("The backup is damaged: {error}"))),
    }
    if u64::try_from(text.len()).is_ok_and(|length| length > MEMBER) {
        return Err(Damage::new(
            "The backup was packed again: a part of it is too large",
        ));
    }
    let length = bytes.len() - decoder.into_inner().len();
    let text = String::from_utf8(text);
    let text = text.map_err(|error| Damage::new(format!("The backup is damaged: {error}")))?;
    Ok(Some(Member { text, length }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_read_one_by_one() {
        let (one, two) = (gzip("a\nb\n"), gzip("c\n"));
        let both = [one.clone(), two].concat();
        let first = member(&both).unwrap().unwrap();
        assert_eq!((first.text.as_str(), first.length), ("a\nb\n", one.len()));
        let second = member(&both[first.length..]).unwrap().unwrap();
        assert_eq!(
            (second.text.as_str(), second.length),
            ("c\n", both.len() - one.len())
        );
        assert_eq!(member(&one[..one.len() - 1]), Ok(None));
        let mut broken = one.clone();
        let at = broken.len() - 6;
        broken[at] ^= 1;
        assert!(member(&broken).is_err(), "its checksum is wrong");
        assert!(member(b"drop table users; drop table asset;").is_err());
    }

    #[test]
    fn a_member_is_not_unpacked_beyond_its_limit() {
        let large = "a".repeat(usize::try_from(MEMBER).unwrap() + 1);
        assert!(member(&gzip(&large)).is_err());
    }

    #[test]
    fn headers_are_known() {
        let packed = gzip(&(header(1) + "more\n"));
        assert_eq!(is_header(&first_line(&packed).unwrap()), Ok(()));
        assert!(is_header("{\"immich-edge-backup\":2}").is_err());
        assert!(is_header("-- PostgreSQL database dump").is_err());
        assert!(first_line(b"-- PostgreSQL database dump").is_err());
        assert!(is_header(&first_line(&gzip(&"x".repeat(10_000))).unwrap()).is_err());
    }
}
