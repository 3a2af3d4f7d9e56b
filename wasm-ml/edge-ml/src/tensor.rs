//! Numbers with a shape: what goes into a network and comes out.
use serde::{Deserialize, Serialize};

use crate::Error;

/// Most numbers of one tensor: 512 MB as singles.
pub const MOST: usize = 1 << 27;
/// Most dimensions of one tensor.
pub const MOST_DIMENSIONS: usize = 8;

/// What the numbers of a tensor are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// IEEE singles.
    F32,
    /// Whole numbers of 32 bits.
    I32,
    /// Whole numbers of 64 bits.
    I64,
}

/// The numbers of a tensor, the last dimension the quickest.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// IEEE singles.
    F32(Vec<f32>),
    /// Whole numbers of 32 bits.
    I32(Vec<i32>),
    /// Whole numbers of 64 bits.
    I64(Vec<i64>),
}

/// Numbers with a shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    data: Data,
}

/// How many numbers a tensor of this shape has. Errors: more than [`MOST`], or more dimensions than [`MOST_DIMENSIONS`].
pub fn volume(shape: &[usize]) -> Result<usize, Error> {
    let too_large = || Error::Shape(format!("{shape:?} is too large"));
    if shape.len() > MOST_DIMENSIONS {
        return Err(too_large());
    }
    let mut all = 1_usize;
    for length in shape {
        all = all.checked_mul(*length).ok_or_else(too_large)?;
    }
    if all > MOST || shape.iter().any(|length| *length > MOST) {
        return Err(too_large());
    }
    Ok(all)
}

impl Tensor {
    /// A tensor of these numbers. Errors: there are not as many as `shape` says.
    pub fn new(shape: impl Into<Vec<usize>>, data: Data) -> Result<Self, Error> {
        let shape = shape.into();
        let count = match &data {
            Data::F32(numbers) => numbers.len(),
            Data::I32(numbers) => numbers.len(),
            Data::I64(numbers) => numbers.len(),
        };
        if volume(&shape)? != count {
            return Err(Error::Shape(format!("{count} numbers for {shape:?}")));
        }
        Ok(Self { shape, data })
    }

    /// A tensor of singles; errors as [`Tensor::new`].
    pub fn f32(shape: impl Into<Vec<usize>>, numbers: Vec<f32>) -> Result<Self, Error> {
        Self::new(shape, Data::F32(numbers))
    }

    /// Its lengths, outermost first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Its numbers.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// What its numbers are.
    pub fn kind(&self) -> Kind {
        match self.data {
            Data::F32(_) => Kind::F32,
            Data::I32(_) => Kind::I32,
            Data::I64(_) => Kind::I64,
        }
    }

    /// Its singles. Errors: they are whole numbers.
    pub fn singles(&self) -> Result<&[f32], Error> {
        match &self.data {
            Data::F32(numbers) => Ok(numbers),
            _ => Err(Error::Shape("whole numbers where singles belong".into())),
        }
    }
}

/// How alike two vectors are: the cosine of the angle between them; 0 when one of them is zero or the lengths differ.
pub fn cosine(a: &[f32], b: &[f32]) -> f64 {
    if a.len() != b.len() {
        return 0.0;
    }
    let (mut dot, mut of_a, mut of_b) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (f64::from(*a), f64::from(*b));
        dot += a * b;
        of_a += a * a;
        of_b += b * b;
    }
    let lengths = (of_a * of_b).sqrt();
    if lengths > 0.0 { dot / lengths } else { 0.0 }
}

/// `vector` at length 1. Errors: it is zero, or holds what is no number.
pub fn normalised(vector: &[f32]) -> Result<Vec<f32>, Error> {
    let length = vector
        .iter()
        .map(|x| f64::from(*x) * f64::from(*x))
        .sum::<f64>()
        .sqrt();
    if !length.is_finite() || length == 0.0 {
        return Err(Error::Shape("a vector without direction".into()));
    }
    Ok(vector
        .iter()
        .map(|x| crate::num::single(f64::from(*x) / length))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_that_overflow_or_do_not_fit_are_refused() {
        for shape in [
            vec![usize::MAX, 2],
            vec![MOST + 1],
            vec![MOST + 1, 0],
            vec![1; MOST_DIMENSIONS + 1],
        ] {
            assert!(volume(&shape).is_err(), "{shape:?}");
        }
        assert_eq!(volume(&[]), Ok(1));
        assert!(Tensor::f32([2, 2], vec![0.0; 3]).is_err());
    }

    #[test]
    fn vectors_have_a_direction_or_none() {
        assert!((cosine(&[1.0, 0.0], &[2.0, 2.0]) - 0.5_f64.sqrt()).abs() < 1e-6);
        assert!(cosine(&[0.0, 0.0], &[2.0, 2.0]).abs() < 1e-9);
        assert_eq!(normalised(&[3.0, 4.0]), Ok(vec![0.6, 0.8]));
        assert!(normalised(&[0.0]).is_err() && normalised(&[f32::NAN]).is_err());
    }
}
