//! Vectors as they are stored: numbers of 8 bits. Only directions are compared, so how long a vector is does not matter.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::Damaged;

/// The largest number of a code.
const MOST: f32 = 127.0;

/// A vector scaled so that its largest number is 127.
pub fn numbers(vector: &[f32]) -> Vec<i8> {
    let most = vector
        .iter()
        .fold(f32::MIN_POSITIVE, |most, x| most.max(x.abs()));
    #[expect(clippy::cast_possible_truncation, reason = "from -127 to 127")]
    let byte = |x: &f32| (x / most * MOST).round().clamp(-MOST, MOST) as i8;
    vector.iter().map(byte).collect()
}

/// The same in base64.
pub fn of(vector: &[f32]) -> String {
    join(&[numbers(vector)])
}

/// The numbers of a code, or of several behind each other. Errors: it is no base64.
pub fn read(text: &str) -> Result<Vec<i8>, Damaged> {
    let bytes = STANDARD.decode(text);
    let bytes = bytes.map_err(|error| Damaged(error.to_string()))?;
    Ok(bytes.into_iter().map(u8::cast_signed).collect())
}

/// The text of codes behind each other.
pub fn join(codes: &[Vec<i8>]) -> String {
    let bytes: Vec<u8> = codes.iter().flatten().map(|x| x.cast_unsigned()).collect();
    STANDARD.encode(bytes)
}

/// Numbers of a code and its length as a vector, which is worked out once.
#[derive(Debug, Clone, Copy)]
pub struct Code<'a> {
    numbers: &'a [i8],
    length: f64,
}

impl<'a> Code<'a> {
    /// Of these numbers.
    pub fn new(numbers: &'a [i8]) -> Self {
        Self {
            numbers,
            length: product(numbers, numbers).sqrt(),
        }
    }

    /// The cosine distance: 0 the same direction, 1 nothing in common, 2 opposite ones. Vectors of different lengths are of different
    /// models, installed under one name, and have nothing in common.
    pub fn distance(self, other: Self) -> f64 {
        let lengths = self.length * other.length;
        if lengths > 0.0 && self.numbers.len() == other.numbers.len() {
            1.0 - product(self.numbers, other.numbers) / lengths
        } else {
            1.0
        }
    }
}

fn product(one: &[i8], other: &[i8]) -> f64 {
    let pairs = one.iter().zip(other);
    f64::from(
        pairs
            .map(|(a, b)| i32::from(*a) * i32::from(*b))
            .sum::<i32>(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_keep_directions() {
        let vector: Vec<f32> = (0..128_u8)
            .map(|i| (f32::from(i) * 0.7).sin() * 0.09)
            .collect();
        let numbers = read(&of(&vector)).unwrap_or_default();
        assert_eq!(numbers.len(), 128);
        assert_eq!(
            read(&join(std::slice::from_ref(&numbers))).unwrap_or_default(),
            numbers
        );
        let larger: Vec<f32> = vector.iter().map(|x| x * 100.0).collect();
        assert_eq!(of(&larger), of(&vector));
        let back: Vec<f64> = numbers.iter().map(|x| f64::from(*x)).collect();
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let vector: Vec<f64> = vector.iter().map(|x| f64::from(*x)).collect();
        let cosine = dot(&vector, &back) / (dot(&vector, &vector) * dot(&back, &back)).sqrt();
        assert!(cosine > 0.9999, "{cosine}");
    }

    #[test]
    fn distances_are_those_of_cosines() {
        let distance = |one: &[i8], other: &[i8]| Code::new(one).distance(Code::new(other));
        assert!(distance(&[3, 4], &[6, 8]).abs() < 1e-12);
        assert!((distance(&[3, 4], &[-4, 3]) - 1.0).abs() < 1e-12);
        assert!((distance(&[3, 4], &[-3, -4]) - 2.0).abs() < 1e-12);
        assert!((distance(&[0, 0], &[1, 0]) - 1.0).abs() < 1e-12);
        assert!((distance(&[1, 0], &[1, 0, 0]) - 1.0).abs() < 1e-12);
    }
}
