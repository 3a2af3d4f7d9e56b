//! Image file directories, the tables of which TIFF and EXIF are made.

use super::text::utf8_or_latin;
use crate::bytes::{Endian, index, slice, u16_at, u32_at};

/// More entries than any camera writes; a damaged count must not cost time.
const MAX_ENTRIES: u16 = 2048;
/// Longest text or number list that is looked at.
const MAX_VALUE: usize = 1 << 20;
/// Longest text that is read, bytes.
const MAX_TEXT: usize = 1 << 16;

/// One directory entry with its bytes.
pub struct Entry<'a> {
    /// What the value is.
    pub tag: u16,
    /// Type of the value by number.
    pub kind: u16,
    /// The bytes of the value.
    pub data: &'a [u8],
    /// Where they lie in the block.
    pub start: usize,
    /// Their order.
    pub endian: Endian,
}

impl Entry<'_> {
    /// Text up to the first NUL; of absurdly long ones the beginning.
    pub fn text(&self) -> String {
        let data = self.data.get(..MAX_TEXT).unwrap_or(self.data);
        utf8_or_latin(data.split(|b| *b == 0).next().unwrap_or_default())
    }

    /// Steps that reading the text takes.
    pub fn steps(&self) -> usize {
        self.data.len().min(MAX_TEXT)
    }

    /// Numbers, rationals divided; undefined ones (x/0) are not finite and never stored.
    pub fn numbers(&self) -> impl Iterator<Item = f64> {
        let size = type_size(self.kind).max(1);
        self.data
            .chunks_exact(size)
            .map(|raw| self.number(raw).unwrap_or(f64::NAN))
    }

    fn number(&self, raw: &[u8]) -> Option<f64> {
        let u16 = || u16_at(raw, 0, self.endian);
        let u32 = |at| u32_at(raw, at, self.endian);
        Some(match self.kind {
            1 | 7 => f64::from(*raw.first()?),
            6 => f64::from(raw.first()?.cast_signed()),
            3 => f64::from(u16()?),
            8 => f64::from(u16()?.cast_signed()),
            4 | 13 => f64::from(u32(0)?),
            9 => f64::from(u32(0)?.cast_signed()),
            5 => f64::from(u32(0)?) / f64::from(u32(4)?),
            10 => f64::from(u32(0)?.cast_signed()) / f64::from(u32(4)?.cast_signed()),
            11 => f64::from(f32::from_bits(u32(0)?)),
            _ => return None,
        })
    }

    /// The first number.
    pub fn first(&self) -> Option<f64> {
        self.numbers().next()
    }

    /// The value as an offset into the block.
    pub fn offset(&self) -> Option<usize> {
        u32_at(self.data, 0, self.endian).map(|o| index(o.into()))
    }
}

fn type_size(kind: u16) -> usize {
    match kind {
        1 | 2 | 6 | 7 => 1,
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 => 8,
        _ => 0,
    }
}

/// An entry as it stands in its directory: its value may lie outside of the data.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// What the value is.
    pub tag: u16,
    /// Type of the value by number.
    pub kind: u16,
    /// How many values of that type.
    pub count: u32,
    /// Where the value stands, if it has at most four bytes, else its offset.
    pub at: usize,
}

/// The entries of the directory at `at`, wherever their values lie.
pub fn fields(data: &[u8], at: usize, endian: Endian) -> impl Iterator<Item = Field> {
    let count = u16_at(data, at, endian).unwrap_or(0).min(MAX_ENTRIES);
    (0..usize::from(count)).filter_map(move |i| {
        let at = at.checked_add(2 + i * 12)?;
        Some(Field {
            tag: u16_at(data, at, endian)?,
            kind: u16_at(data, at + 2, endian)?,
            count: u32_at(data, at + 4, endian)?,
            at: at + 8,
        })
    })
}

/// The entries of the directory at `at`; whatever lies outside the data is left out.
pub fn entries(data: &[u8], at: usize, endian: Endian) -> impl Iterator<Item = Entry<'_>> {
    fields(data, at, endian).filter_map(move |field| {
        let Field { tag, kind, at, .. } = field;
        let length = type_size(kind).checked_mul(index(field.count.into()))?;
        let start = if length <= 4 {
            at
        } else {
            index(u32_at(data, at, endian)?.into())
        };
        let data = slice(data, start, length).filter(|d| !d.is_empty() && d.len() <= MAX_VALUE)?;
        Some(Entry {
            tag,
            kind,
            data,
            start,
            endian,
        })
    })
}

/// Byte order and first directory of a TIFF block.
pub fn header(data: &[u8]) -> Option<(Endian, usize)> {
    let endian = match slice(data, 0, 2)? {
        b"II" => Endian::Little,
        b"MM" => Endian::Big,
        _ => return None,
    };
    Some((endian, index(u32_at(data, 4, endian)?.into())))
}

/// The TIFF block in a container's box or chunk: behind an offset of four bytes as HEIF and JPEG XL demand,
/// behind `Exif\0\0` as in JPEG, or at once. Programs write each of them into each container.
pub fn block(data: &[u8]) -> &[u8] {
    const BEGINNING: usize = 64;
    let is_block = |at: usize| {
        matches!(
            slice(data, at, 4),
            Some([b'I', b'I', b'*', 0] | [b'M', b'M', 0, b'*'])
        )
    };
    let declared =
        u32_at(data, 0, Endian::Big).map(|offset| index(offset.into()).saturating_add(4));
    let mut places = declared.into_iter().chain(0..BEGINNING);
    let start = places.find(|at| is_block(*at));
    start.and_then(|at| data.get(at..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_behind_every_prefix() {
        for prefix in [
            &b""[..],
            b"\0\0\0\0",
            b"Exif\0\0",
            b"\0\0\0\x06Exif\0\0",
            b"\0\0\0\x05abcde",
        ] {
            let data = [prefix, b"MM\0*rest"].concat();
            assert_eq!(block(&data), b"MM\0*rest");
        }
        assert_eq!(block(b"\xff\xff\xff\xffMM"), b"");
        assert_eq!(block(b""), b"");
    }
}
