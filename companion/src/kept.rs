//! When packets come, in little memory: a film of eight hours has two million of them.

/// Most bytes of them, as they are kept: a day of sixty frames a second takes 20 to 30 MB.
const MOST: usize = 48 << 20;

/// Times and lengths of packets, as differences in as few bytes as each takes.
#[derive(Debug, Default)]
pub struct Kept {
    /// How many there are.
    pub count: i64,
    /// Whether some found no room.
    pub is_full: bool,
    last: i64,
    bytes: Vec<u8>,
}

impl Kept {
    /// Takes one.
    pub fn push(&mut self, at: i64, length: i64) {
        if self.bytes.len() >= MOST {
            self.is_full = true;
            return;
        }
        self.write(at.wrapping_sub(self.last));
        self.write(length);
        self.last = at;
        self.count += 1;
    }

    /// Time and length of each, in the order in which they came.
    pub fn all(&self) -> impl Iterator<Item = (i64, i64)> {
        let mut bytes = self.bytes.iter();
        let mut at = 0_i64;
        std::iter::from_fn(move || {
            at = at.wrapping_add(read(&mut bytes)?);
            Some((at, read(&mut bytes)?))
        })
    }

    /// Seven bits a byte, the lowest ones first; the sign is the lowest bit (as in Protocol Buffers).
    fn write(&mut self, number: i64) {
        let mut rest = ((number << 1) ^ (number >> 63)).cast_unsigned();
        while rest > 0x7F {
            self.bytes.push(rest.to_le_bytes()[0] | 0x80);
            rest >>= 7;
        }
        self.bytes.push(rest.to_le_bytes()[0]);
    }
}

/// A number that [`Kept::write`] wrote.
fn read<'a>(bytes: &mut impl Iterator<Item = &'a u8>) -> Option<i64> {
    let mut all = 0_u64;
    for shift in (0..u64::BITS).step_by(7) {
        let byte = *bytes.next()?;
        all |= u64::from(byte & 0x7F) << shift;
        if byte <= 0x7F {
            break;
        }
    }
    Some((all >> 1).cast_signed() ^ -(all & 1).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back() {
        let all = [
            (0, 0),
            (-1, 1),
            (i64::MAX, i64::MAX),
            (i64::MIN, 63),
            (i64::MIN + 1, 64),
            (300, 1 << 40),
        ];
        let mut kept = Kept::default();
        for (at, length) in all {
            kept.push(at, length);
        }
        assert_eq!(kept.all().collect::<Vec<_>>(), all);
        assert_eq!(kept.count, 6);
    }

    #[test]
    fn a_film_of_a_night_takes_a_few_megabytes_and_what_never_ends_no_more() {
        let mut kept = Kept::default();
        for number in 0..8 * 3_600 * 60 {
            kept.push(number * 1_500, 1_500);
        }
        assert!(kept.bytes.len() < 8 << 20, "{}", kept.bytes.len());
        assert!(!kept.is_full);
        for number in 0..4 << 20 {
            kept.push(
                if number % 2 == 0 {
                    i64::MIN
                } else {
                    i64::MAX / 2
                },
                i64::MAX,
            );
        }
        assert!(kept.is_full && kept.bytes.len() < MOST + 20);
    }
}
