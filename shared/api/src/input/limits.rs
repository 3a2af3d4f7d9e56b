//! How much JSON a request may hold. It is counted while the bytes arrive, before anything is built of them: a value takes
//! 32 bytes of memory and more, in JSON it may be written with two.

/// What a body may hold at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes.
    pub bytes: usize,
    /// Values and keys, counted together.
    pub values: usize,
    /// Arrays and objects inside each other.
    pub depth: usize,
}

impl Limits {
    /// Of a request about one thing. The largest we know is the system configuration, about 500 values and keys in 15 KB.
    pub const PLAIN: Self = Self {
        bytes: 1024 * 1024,
        values: 5_000,
        depth: 32,
    };
    /// Of a request that lists things: 10,000 assets with a checksum each are 50,000 values and keys. The bytes are the
    /// official server's limit of all bodies (api/auth.md section 11).
    pub const BULK: Self = Self {
        bytes: 10 * 1024 * 1024,
        values: 100_000,
        ..Self::PLAIN
    };
}

/// What there is too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooMuch {
    /// [`Limits::bytes`].
    Bytes,
    /// [`Limits::values`].
    Values,
    /// [`Limits::depth`].
    Depth,
}

/// Counts what JSON holds, piece by piece. Of a text that is no JSON it counts something; the parser refuses it afterwards.
#[derive(Debug)]
pub struct Scan {
    limits: Limits,
    bytes: usize,
    values: usize,
    depth: usize,
    inside: Inside,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Inside {
    Nothing,
    Scalar,
    Text,
    Escape,
}

impl Scan {
    /// Nothing counted yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            bytes: 0,
            values: 0,
            depth: 0,
            inside: Inside::Nothing,
        }
    }

    /// Counts the next bytes. Errors: there is too much; what comes afterwards need not be read.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), TooMuch> {
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.bytes > self.limits.bytes {
            return Err(TooMuch::Bytes);
        }
        bytes.iter().try_for_each(|byte| self.next(*byte))
    }

    fn next(&mut self, byte: u8) -> Result<(), TooMuch> {
        self.inside = match (self.inside, byte) {
            (Inside::Text, b'\\') => Inside::Escape,
            (Inside::Text, b'"') => Inside::Nothing,
            (Inside::Text | Inside::Escape, _) => Inside::Text,
            (_, b'"') => self.begins(Inside::Text)?,
            (_, b'[' | b'{') => {
                self.depth += 1;
                if self.depth > self.limits.depth {
                    return Err(TooMuch::Depth);
                }
                self.begins(Inside::Nothing)?
            }
            (_, b']' | b'}') => {
                self.depth = self.depth.saturating_sub(1);
                Inside::Nothing
            }
            (_, b',' | b':' | b' ' | b'\t' | b'\n' | b'\r') => Inside::Nothing,
            (Inside::Scalar, _) => Inside::Scalar,
            (Inside::Nothing, _) => self.begins(Inside::Scalar)?,
        };
        Ok(())
    }

    fn begins(&mut self, inside: Inside) -> Result<Inside, TooMuch> {
        self.values += 1;
        if self.values > self.limits.values {
            return Err(TooMuch::Values);
        }
        Ok(inside)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(text: &str, values: usize, depth: usize) -> Result<(), TooMuch> {
        let limits = Limits {
            bytes: 100,
            values,
            depth,
        };
        // Byte by byte: pieces may end anywhere.
        let mut scan = Scan::new(limits);
        text.bytes().try_for_each(|byte| scan.feed(&[byte]))
    }

    #[test]
    fn values_and_keys_are_counted_and_texts_are_not_looked_into() {
        for (text, count) in [
            ("0", 1),
            ("[]", 1),
            ("[0,0 , -1.5e3]", 4),
            (r#"{"a":[true,null],"b":{}}"#, 7),
            (r#""[[[,,,\"[[[\\""#, 1),
            (r#"["a\\","b"]"#, 3),
            ("", 0),
        ] {
            assert_eq!(scan(text, count, 9), Ok(()), "{text}");
            if count > 0 {
                assert_eq!(scan(text, count - 1, 9), Err(TooMuch::Values), "{text}");
            }
        }
    }

    #[test]
    fn depth_and_bytes_are_limited() {
        assert_eq!(scan("[[],[{}]]", 9, 3), Ok(()));
        assert_eq!(scan("[[],[{}]]", 9, 2), Err(TooMuch::Depth));
        assert_eq!(
            scan("]]]]", 9, 1),
            Ok(()),
            "what closes nothing is the parser's"
        );
        assert_eq!(scan(&" ".repeat(100), 9, 1), Ok(()));
        assert_eq!(scan(&" ".repeat(101), 9, 1), Err(TooMuch::Bytes));
    }
}
