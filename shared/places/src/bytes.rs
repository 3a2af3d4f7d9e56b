//! Reading and writing the little-endian parts of the object.

/// What is left to read. Reading behind the end gives `None`.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    pub fn u8(&mut self) -> Option<u8> {
        self.take().map(|[byte]: [u8; 1]| byte)
    }

    pub fn u16(&mut self) -> Option<u16> {
        self.take().map(u16::from_le_bytes)
    }

    pub fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_le_bytes)
    }

    /// Degrees, kept as hundred-thousandths.
    pub fn degrees(&mut self) -> Option<f64> {
        self.take()
            .map(|bytes| f64::from(i32::from_le_bytes(bytes)) / 1e5)
    }

    fn of_length(&mut self, length: usize) -> Option<&'a str> {
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }

    /// A text of up to 255 bytes.
    pub fn text(&mut self) -> Option<&'a str> {
        let length = self.u8()?;
        self.of_length(usize::from(length))
    }

    /// A text of up to 65,535 bytes.
    pub fn long_text(&mut self) -> Option<&'a str> {
        let length = self.u16()?;
        self.of_length(usize::from(length))
    }
}

/// The first and the last number of a piece of a list of places: where its entries begin and end.
pub fn ends(list: &[u8]) -> Option<(u64, u64)> {
    let (first, last) = (list.first_chunk::<4>()?, list.last_chunk::<4>()?);
    Some((
        u64::from(u32::from_le_bytes(*first)),
        u64::from(u32::from_le_bytes(*last)),
    ))
}
