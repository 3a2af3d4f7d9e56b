//! Coefficients as tokens: counted first, so that their probabilities can be adapted, then written (RFC 6386 section 13).

use super::bits::{Writer, cost};
use super::macroblock::{Luma, Macroblock};
use super::quant::Levels;
use super::tables::{BANDS, DEFAULT_PROBS, TokenProbs, UPDATE_PROBS};

/// Kinds of blocks: luma without its first coefficient, the block of those, chroma, luma with it.
const WITHOUT_FIRST: usize = 0;
const SECOND: usize = 1;
const CHROMA: usize = 2;
const FULL: usize = 3;

/// Lowest level and probabilities of the extra bits of the six categories of large levels.
const CATEGORIES: [(i32, &[u8]); 6] = [
    (5, &[159]),
    (7, &[165, 145]),
    (11, &[173, 148, 140]),
    (19, &[176, 155, 140, 135]),
    (35, &[180, 157, 141, 134, 130]),
    (67, &[254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129]),
];

/// Kind, band and context of a token.
type Place = (usize, usize, usize);

/// Takes the decisions that tokens are made of.
pub trait Sink {
    /// A decision of the tree, with the adaptive probability `node` of its place.
    fn decide(&mut self, place: Place, node: usize, bit: bool);
    /// A decision with a fixed probability.
    fn fixed(&mut self, prob: u8, bit: bool);
}

/// How often each adaptive decision was `false`, and how often `true`.
pub struct Counts(Vec<[[[[u32; 2]; 11]; 3]; 8]>);

impl Counts {
    /// Nothing counted.
    pub fn new() -> Self {
        Self(vec![[[[[0; 2]; 11]; 3]; 8]; 4])
    }

    /// The probabilities that make the file smallest, those that are not worth their update left as they are.
    pub fn probabilities(&self) -> TokenProbs {
        let mut probs = DEFAULT_PROBS;
        for (kind, counts) in self.0.iter().enumerate() {
            for (band, counts) in counts.iter().enumerate() {
                for (context, counts) in counts.iter().enumerate() {
                    for (node, [zeros, ones]) in counts.iter().enumerate() {
                        let prob = &mut probs[kind][band][context][node];
                        *prob = better(
                            *prob,
                            UPDATE_PROBS[kind][band][context][node],
                            *zeros,
                            *ones,
                        );
                    }
                }
            }
        }
        probs
    }
}

fn better(default: u8, update: u8, zeros: u32, ones: u32) -> u8 {
    let total = zeros + ones;
    if total == 0 {
        return default;
    }
    let share = u64::from(ones) * 255 / u64::from(total);
    let new = u8::try_from(255 - share).unwrap_or(1).max(1);
    let all = |prob| f64::from(zeros) * cost(prob, false) + f64::from(ones) * cost(prob, true);
    let kept = all(default) + cost(update, false);
    let replaced = all(new) + cost(update, true) + 8.0 * 256.0;
    if replaced < kept { new } else { default }
}

impl Sink for Counts {
    fn decide(&mut self, (kind, band, context): Place, node: usize, bit: bool) {
        self.0[kind][band][context][node][usize::from(bit)] += 1;
    }

    fn fixed(&mut self, _prob: u8, _bit: bool) {}
}

/// Writes tokens.
pub struct Output<'a> {
    /// The partition.
    pub writer: Writer,
    /// The probabilities in force.
    pub probs: &'a TokenProbs,
}

impl Sink for Output<'_> {
    fn decide(&mut self, (kind, band, context): Place, node: usize, bit: bool) {
        self.writer.bit(self.probs[kind][band][context][node], bit);
    }

    fn fixed(&mut self, prob: u8, bit: bool) {
        self.writer.bit(prob, bit);
    }
}

/// Whether blocks at an edge of a macroblock have tokens: four luma, two and two chroma, one of first coefficients.
#[derive(Clone, Copy, Default)]
struct Context {
    luma: [bool; 4],
    chroma: [[bool; 2]; 2],
    second: bool,
}

impl Context {
    fn clear(&mut self, with_second: bool) {
        let second = self.second && !with_second;
        *self = Self {
            second,
            ..Self::default()
        };
    }
}

/// Walks over all tokens of a picture, `across` macroblocks in a row.
pub fn walk(macroblocks: &[Macroblock], across: usize, sink: &mut impl Sink) {
    let mut above = vec![Context::default(); across];
    for row in macroblocks.chunks(across) {
        let mut left = Context::default();
        for (macroblock, above) in row.iter().zip(&mut above) {
            let has_second = matches!(macroblock.luma, Luma::Whole(_));
            if !macroblock.any {
                above.clear(has_second);
                left.clear(has_second);
                continue;
            }
            tokens_of(macroblock, above, &mut left, sink);
        }
    }
}

fn tokens_of(
    macroblock: &Macroblock,
    above: &mut Context,
    left: &mut Context,
    sink: &mut impl Sink,
) {
    let mut kind = FULL;
    if matches!(macroblock.luma, Luma::Whole(_)) {
        let (a, l) = (&mut above.second, &mut left.second);
        code(sink, SECOND, &macroblock.second, (a, l));
        kind = WITHOUT_FIRST;
    }
    for (row, left) in macroblock
        .luma_levels
        .as_chunks::<4>()
        .0
        .iter()
        .zip(&mut left.luma)
    {
        for (levels, above) in row.iter().zip(&mut above.luma) {
            code(sink, kind, levels, (above, left));
        }
    }
    let planes = macroblock
        .chroma_levels
        .iter()
        .zip(&mut above.chroma)
        .zip(&mut left.chroma);
    for ((levels, above), left) in planes {
        for (row, left) in levels.as_chunks::<2>().0.iter().zip(left) {
            for (levels, above) in row.iter().zip(above.iter_mut()) {
                code(sink, CHROMA, levels, (above, left));
            }
        }
    }
}

/// The tokens of a block; whether there are any is the context of later ones.
fn code(sink: &mut impl Sink, kind: usize, levels: &Levels, (above, left): (&mut bool, &mut bool)) {
    let first = usize::from(kind == WITHOUT_FIRST);
    let context = usize::from(*above) + usize::from(*left);
    let end = levels
        .iter()
        .rposition(|level| *level != 0)
        .map_or(0, |last| last + 1);
    let any = end > first;
    (*above, *left) = (any, any);
    let mut place = (kind, BANDS[first], context);
    sink.decide(place, 0, any);
    if !any {
        return;
    }
    for n in first..end {
        let magnitude = i32::from(levels[n]).abs();
        sink.decide(place, 1, magnitude != 0);
        if magnitude == 0 {
            place = (kind, BANDS[n + 1], 0);
            continue;
        }
        magnitude_of(sink, place, magnitude);
        sink.fixed(128, levels[n] < 0);
        place = (kind, BANDS[n + 1], if magnitude == 1 { 1 } else { 2 });
        if n + 1 < 16 {
            sink.decide(place, 0, n + 1 < end);
        }
    }
}

fn magnitude_of(sink: &mut impl Sink, place: Place, magnitude: i32) {
    sink.decide(place, 2, magnitude > 1);
    if magnitude == 1 {
        return;
    }
    sink.decide(place, 3, magnitude > 4);
    if magnitude <= 4 {
        sink.decide(place, 4, magnitude > 2);
        if magnitude > 2 {
            sink.decide(place, 5, magnitude > 3);
        }
        return;
    }
    let category = CATEGORIES
        .iter()
        .rposition(|(lowest, _)| magnitude >= *lowest)
        .unwrap_or(0);
    sink.decide(place, 6, category >= 2);
    if category < 2 {
        sink.decide(place, 7, category == 1);
    } else {
        sink.decide(place, 8, category >= 4);
        sink.decide(place, if category < 4 { 9 } else { 10 }, category % 2 == 1);
    }
    let (lowest, probs) = CATEGORIES[category];
    for (n, prob) in probs.iter().enumerate() {
        sink.fixed(
            *prob,
            ((magnitude - lowest) >> (probs.len() - 1 - n)) & 1 == 1,
        );
    }
}
