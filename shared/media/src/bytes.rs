//! Bounds-checked reads of integers from untrusted bytes; every miss is `None`, never a panic.

/// Byte order of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endian {
    /// Intel order (`II`).
    Little,
    /// Motorola and network order (`MM`).
    Big,
}

/// `len` bytes from `at`.
pub fn slice(data: &[u8], at: usize, len: usize) -> Option<&[u8]> {
    data.get(at..at.checked_add(len)?)
}

fn array<const N: usize>(data: &[u8], at: usize) -> Option<[u8; N]> {
    slice(data, at, N)?.try_into().ok()
}

/// The 16-bit integer at `at`.
pub fn u16_at(data: &[u8], at: usize, endian: Endian) -> Option<u16> {
    let raw = array(data, at)?;
    Some(if endian == Endian::Little {
        u16::from_le_bytes(raw)
    } else {
        u16::from_be_bytes(raw)
    })
}

/// The 32-bit integer at `at`.
pub fn u32_at(data: &[u8], at: usize, endian: Endian) -> Option<u32> {
    let raw = array(data, at)?;
    Some(if endian == Endian::Little {
        u32::from_le_bytes(raw)
    } else {
        u32::from_be_bytes(raw)
    })
}

/// Big-endian 16-bit integer, the order of JPEG, PNG and ISO boxes.
pub fn be16(data: &[u8], at: usize) -> Option<u16> {
    u16_at(data, at, Endian::Big)
}

/// Big-endian 32-bit integer.
pub fn be32(data: &[u8], at: usize) -> Option<u32> {
    u32_at(data, at, Endian::Big)
}

/// Little-endian 32-bit integer, the order of RIFF.
pub fn le32(data: &[u8], at: usize) -> Option<u32> {
    u32_at(data, at, Endian::Little)
}

/// A length or offset as an index; on 32-bit targets a larger one is out of any slice anyway.
pub fn index(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

/// Big-endian 64-bit integer.
pub fn be64(data: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_be_bytes(array(data, at)?))
}

/// Where `needle` first occurs at or after `from`.
pub fn find(data: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let rest = data.get(from..)?;
    rest.windows(needle.len().max(1))
        .position(|w| w == needle)
        .map(|at| at + from)
}

/// The samples in bytes that hold several, of 1, 2, 4 or 8 bits each, the upper ones first.
pub fn samples(data: &[u8], bits: usize) -> impl Iterator<Item = u8> {
    data.iter().flat_map(move |byte| {
        let shifts = (1..=8 / bits).map(move |n| 8 - n * bits);
        shifts.map(move |shift| (byte >> shift) & (u8::MAX >> (8 - bits)))
    })
}
