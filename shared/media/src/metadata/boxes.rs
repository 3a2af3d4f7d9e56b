//! Walks ISO base media boxes (MP4, MOV, HEIF, AVIF, JPEG XL containers).

use crate::bytes::{be32, be64, index, slice};

/// One box: its type and what is inside.
#[derive(Debug, Clone, Copy)]
pub struct Box<'a> {
    /// Four-character type.
    pub kind: [u8; 4],
    /// Contents without the header.
    pub body: &'a [u8],
}

impl<'a> Box<'a> {
    /// Contents behind version and flags.
    pub fn full(&self) -> Option<(u8, &'a [u8])> {
        Some((*self.body.first()?, self.body.get(4..)?))
    }
}

/// The boxes in `data`, one after the other; a box that is cut off ends the walk but is given with
/// what is there of it.
pub fn boxes(data: &[u8]) -> impl Iterator<Item = Box<'_>> {
    let mut at = 0_usize;
    std::iter::from_fn(move || {
        let (header, size) = header(data.get(at..)?)?;
        let kind = slice(data, at + 4, 4)?.try_into().ok()?;
        let end = if size == 0 {
            data.len()
        } else {
            at.saturating_add(index(size)).min(data.len())
        };
        let body = data.get(at + header..end)?;
        at = end;
        Some(Box { kind, body })
    })
}

/// Header length and total size of the box that starts here; size 0 means up to the end.
/// `None` for less than eight bytes or a size smaller than the header.
pub fn header(data: &[u8]) -> Option<(usize, u64)> {
    let (header, size) = match be32(data, 0)? {
        1 => (16, be64(data, 8)?),
        size => (8, u64::from(size)),
    };
    (data.len() >= 8 && (size == 0 || size >= header as u64)).then_some((header, size))
}

/// The first box of a type.
pub fn find<'a>(data: &'a [u8], kind: &[u8]) -> Option<Box<'a>> {
    boxes(data).find(|b| b.kind == kind)
}

/// The first box at the end of a path of types.
pub fn find_path<'a>(data: &'a [u8], path: &[&[u8; 4]]) -> Option<Box<'a>> {
    let (last, parents) = path.split_last()?;
    let mut data = data;
    for kind in parents {
        data = find(data, *kind)?.body;
    }
    find(data, *last)
}
