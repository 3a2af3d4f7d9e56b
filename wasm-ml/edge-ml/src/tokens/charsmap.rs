//! SentencePiece's table of characters: a trie of byte sequences (a double array of darts-clone) and the texts that take their place.

/// Most bytes of several characters that are looked up together. Hugging Face's library, with which networks are taught and served,
/// takes longer ones apart, which SentencePiece itself does not.
const MOST_TOGETHER: usize = 5;

/// Most bytes that take the place of others; the longest of Unicode's are 33 (U+FDFA). A table of a stranger makes no text longer than
/// that many times.
const MOST_TEXT: usize = 64;

/// The table in bytes: the length of the trie in bytes, its units of 32 bits, then texts that end with NUL.
pub struct Charsmap<'a> {
    units: &'a [u8],
    texts: &'a [u8],
}

impl<'a> Charsmap<'a> {
    /// `None`: these bytes are no table.
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        if length == 0 || !length.is_multiple_of(4) {
            return None;
        }
        let (units, texts) = rest.split_at_checked(length)?;
        std::str::from_utf8(texts).ok()?;
        Some(Self { units, texts })
    }

    /// `text` with everything that the table knows in other words, the longest first.
    pub fn apply(&self, text: &str) -> String {
        let mut made = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (length, known) = self.longest(rest).unwrap_or((0, ""));
            if length == 0 {
                made.push(first);
            } else {
                made.push_str(known);
            }
            rest = rest.get(length.max(first.len_utf8())..).unwrap_or_default();
        }
        made
    }

    /// What takes the place of the longest sequence that `text` begins with, and the length of that.
    fn longest(&self, text: &str) -> Option<(usize, &'a str)> {
        let mut found = None;
        let mut node = offset(self.unit(0)?);
        for (at, byte) in text.bytes().enumerate().take(MOST_TOGETHER) {
            node ^= usize::from(byte);
            let Some(unit) = self.unit(node) else { break };
            // Of a leaf the highest bit is set, so it is the label of no byte.
            if byte == 0 || unit & 0x8000_00ff != u32::from(byte) {
                break;
            }
            node ^= offset(unit);
            if unit & 0x100 != 0 && text.is_char_boundary(at + 1) {
                let leaf = self.unit(node).map(|leaf| leaf & 0x7fff_ffff);
                let known = leaf.and_then(|leaf| self.text(leaf as usize));
                found = known.map(|known| (at + 1, known)).or(found);
            }
        }
        found
    }

    fn unit(&self, node: usize) -> Option<u32> {
        let four = self.units.get(node.checked_mul(4)?..)?.first_chunk::<4>()?;
        Some(u32::from_le_bytes(*four))
    }

    fn text(&self, start: usize) -> Option<&'a str> {
        let rest = self.texts.get(start..)?;
        let text = rest.get(..=MOST_TEXT).unwrap_or(rest);
        let text = text.split(|byte| *byte == 0).next()?;
        let text = Some(text).filter(|text| text.len() <= MOST_TEXT)?;
        std::str::from_utf8(text).ok()
    }
}

fn offset(unit: u32) -> usize {
    ((unit >> 10) << ((unit & 0x200) >> 6)) as usize
}
