//! Signs, and whether what is alike is found by them.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "made-up numbers"
)]
use std::collections::BTreeSet;

use super::*;
use crate::code::{self, Code};

#[test]
fn signs_are_written_and_read() {
    let numbers: Vec<i8> = (0..130).map(|n| if n % 3 == 0 { 5 } else { -5 }).collect();
    let words = of(&numbers);
    assert_eq!(words.len(), 3);
    assert_eq!(words.iter().map(|word| word.count_ones()).sum::<u32>(), 44);
    assert_eq!(read(&write(&words)), Ok(words));
    assert!(read("~").is_err());
}

#[test]
fn the_most_alike_come_first_and_no_more_than_are_wanted() {
    let vectors: Vec<Vec<i8>> = (0..20)
        .map(|n| (0..64).map(|at| if at < n { -1 } else { 1 }).collect())
        .collect();
    let words: Vec<u64> = vectors.iter().flat_map(|vector| of(vector)).collect();
    let ids: Vec<String> = (0..20).map(|n| format!("{n:02}")).collect();
    let mut ranking = Ranking::new(&[1; 64], 3);
    ranking.look(&ids[10..], &words[10..]);
    ranking.look(&ids[..10], &words[..10]);
    // Another model's, and nothing at all.
    ranking.look(&["other"], &[0, 0]);
    ranking.look(&["none"], &[]);
    assert!(!ranking.has_all());
    assert_eq!(ranking.ranked(), ["00", "01", "02"]);
}

/// Random numbers that are always the same (xorshift).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// About normal: the sum of eight bytes around zero.
    fn normal(&mut self) -> f32 {
        let bytes = self.next().to_le_bytes();
        bytes
            .iter()
            .map(|byte| f32::from(*byte) - 127.5)
            .sum::<f32>()
            / 209.0
    }
}

/// Pictures are in clusters: 1,000 of 100, of which each differs from its middle by somewhat more than it is long.
fn clustered(numbers: &mut Numbers) -> (Vec<Vec<f32>>, Vec<Vec<i8>>) {
    let normal = |numbers: &mut Numbers| (0..512).map(|_| numbers.normal()).collect::<Vec<f32>>();
    let middles: Vec<Vec<f32>> = (0..1_000).map(|_| normal(numbers)).collect();
    let mut codes = Vec::with_capacity(100_000);
    for nth in 0..100_000 {
        let own = normal(numbers);
        let vector: Vec<f32> = middles[nth % 1_000]
            .iter()
            .zip(&own)
            .map(|(middle, own)| middle + own * 1.2)
            .collect();
        codes.push(code::numbers(&vector));
    }
    (middles, codes)
}

#[test]
fn a_hundred_of_100_000_clustered_vectors_are_found_as_if_all_were_compared() {
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    let (middles, codes) = clustered(&mut numbers);
    let ids: Vec<String> = (0..codes.len()).map(|nth| format!("{nth:06}")).collect();
    let signs: Vec<u64> = codes.iter().flat_map(|code| of(code)).collect();
    let (mut right, mut all) = (0, 0);
    for nth in 0..20 {
        // A text is beside its pictures, not among them.
        let query: Vec<f32> = middles[nth * 37]
            .iter()
            .map(|x| x + numbers.normal() * 1.5)
            .collect();
        let query = code::numbers(&query);
        let wanted = Code::new(&query);
        let mut exact: Vec<(f64, usize)> = codes
            .iter()
            .enumerate()
            .map(|(at, code)| (wanted.distance(Code::new(code)), at))
            .collect();
        exact.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let exact: BTreeSet<usize> = exact.iter().take(100).map(|(_, at)| *at).collect();
        let mut ranking = Ranking::new(&query, 2_000);
        for block in 0..codes.len().div_ceil(2_048) {
            let range = block * 2_048..((block + 1) * 2_048).min(codes.len());
            ranking.look(&ids[range.clone()], &signs[range.start * 8..range.end * 8]);
        }
        let mut found: Vec<(f64, usize)> = ranking
            .ranked()
            .iter()
            .map(|id| {
                let at: usize = id.parse().unwrap_or_default();
                (wanted.distance(Code::new(&codes[at])), at)
            })
            .collect();
        assert_eq!(found.len(), 2_000);
        found.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        right += found
            .iter()
            .take(100)
            .filter(|(_, at)| exact.contains(at))
            .count();
        all += exact.len();
    }
    let recall = right as f64 / f64::from(all as u32);
    assert!(recall >= 0.99, "recall@100 {recall}");
}
