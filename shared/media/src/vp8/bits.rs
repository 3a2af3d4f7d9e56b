//! The boolean entropy encoder of VP8 (RFC 6386 section 7).

/// Writes decisions, each with the probability (of 256) that it is `false`.
pub struct Writer {
    out: Vec<u8>,
    /// The range less one, 127 to 254 between calls.
    range: u32,
    value: u32,
    /// Bits in `value` that are ready, less eight.
    ready: i32,
    /// Bytes 255 held back, because a carry may still turn them over.
    held: usize,
}

impl Writer {
    /// An empty partition.
    pub fn new() -> Self {
        Self {
            out: Vec::new(),
            range: 254,
            value: 0,
            ready: -8,
            held: 0,
        }
    }

    /// Writes one decision.
    #[inline]
    pub fn bit(&mut self, prob: u8, bit: bool) {
        let split = (self.range * u32::from(prob)) >> 8;
        if bit {
            self.value += split + 1;
            self.range -= split + 1;
        } else {
            self.range = split;
        }
        if self.range < 127 {
            let shift = (self.range + 1).leading_zeros() - 24;
            self.range = ((self.range + 1) << shift) - 1;
            self.value <<= shift;
            self.ready += shift.cast_signed();
            if self.ready > 0 {
                self.flush();
            }
        }
    }

    /// Writes the lowest `count` bits of `value`, highest first, each as likely as not.
    pub fn literal(&mut self, value: u32, count: u32) {
        for bit in (0..count).rev() {
            self.bit(128, (value >> bit) & 1 == 1);
        }
    }

    fn flush(&mut self) {
        let shift = 8 + self.ready;
        let bits = self.value >> shift;
        self.value -= bits << shift;
        self.ready -= 8;
        if bits & 0xff == 0xff {
            self.held += 1;
            return;
        }
        let carry = bits & 0x100 != 0;
        if carry && let Some(last) = self.out.last_mut() {
            *last = last.wrapping_add(1);
        }
        let held = if carry { 0 } else { 0xff };
        self.out.extend(std::iter::repeat_n(held, self.held));
        self.held = 0;
        self.out.push(bits.to_le_bytes()[0]);
    }

    /// The finished partition.
    pub fn finish(mut self) -> Vec<u8> {
        self.literal(0, (9 - self.ready).unsigned_abs());
        self.ready = 0;
        self.flush();
        self.out
    }
}

/// Bits that a decision costs, by 256.
pub fn cost(prob: u8, bit: bool) -> f64 {
    let likely = f64::from(prob) / 256.0;
    -256.0 * (if bit { 1.0 - likely } else { likely }).log2()
}
