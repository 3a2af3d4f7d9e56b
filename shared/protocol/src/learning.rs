//! What a companion that has the networks is told of a picture, and what it answers, as JSON (docs/companion.md, "Networks").

use serde::{Deserialize, Serialize};

/// Most numbers of a vector: those of the largest model for searches by meaning (api/jobs-ml.md section 6.2).
pub const MOST_NUMBERS: usize = 1_536;
/// How far the length of a vector may be from 1.
const TOLERANCE: f64 = 1e-3;

/// Which model looks at a picture.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Model {
    /// Its name.
    pub name: String,
    /// Another one when the model was installed anew.
    pub version: String,
}

/// What a model sees in a picture.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seen {
    /// As in the task.
    pub model: Model,
    /// The picture's vector, at length 1.
    pub vector: Vec<f32>,
}

impl Seen {
    /// Looks at the numbers, which another program made.
    ///
    /// # Errors
    /// Why no network can have said this.
    pub fn check(&self) -> Result<(), String> {
        let count = self.vector.len();
        if count > MOST_NUMBERS {
            return Err(format!("a vector of {count} numbers"));
        }
        if self.vector.iter().any(|number| !number.is_finite()) {
            return Err("a vector of what are no numbers".to_owned());
        }
        let squares = self.vector.iter().map(|number| f64::from(*number).powi(2));
        let length = squares.sum::<f64>().sqrt();
        if (length - 1.0).abs() > TOLERANCE {
            return Err(format!("a vector of the length {length}"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(vector: Vec<f32>) -> Result<(), String> {
        let model = Model::default();
        Seen { model, vector }.check()
    }

    #[test]
    fn vectors_are_finite_of_length_one_and_of_few_numbers() {
        assert_eq!(checked(vec![0.6, -0.8]), Ok(()));
        let mut longest = vec![0.0; MOST_NUMBERS];
        longest[0] = 1.0;
        assert_eq!(checked(longest.clone()), Ok(()));
        longest.push(0.0);
        for wrong in [
            longest,
            Vec::new(),
            vec![0.0; 8],
            vec![1.0, 1.0],
            vec![1.0, f32::NAN],
            vec![f32::INFINITY],
        ] {
            assert!(checked(wrong.clone()).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn numbers_are_the_same_behind_the_wire() {
        let vector = vec![0.1_f32, -1.0 / 3.0, f32::MIN_POSITIVE, 1.0];
        let text = serde_json::to_string(&vector).unwrap();
        assert_eq!(serde_json::from_str::<Vec<f32>>(&text).unwrap(), vector);
    }
}
