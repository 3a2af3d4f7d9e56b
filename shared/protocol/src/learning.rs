//! What a companion that has the networks is told of a picture, and what it answers, as JSON (docs/companion.md, "Networks").

use serde::{Deserialize, Serialize};

/// Most numbers of a vector: those of the largest model for searches by meaning (api/jobs-ml.md section 6.2).
pub const MOST_NUMBERS: usize = 1_536;
/// Fewest numbers of a vector: the first one of a model says how many all others have, so it must not be nonsense. Models have 128 and more.
pub const LEAST_NUMBERS: usize = 8;
/// Most faces of a picture: as many as the server takes of a service.
pub const MOST_FACES: usize = 500;
/// Longest [`Found`], bytes: five hundred faces with vectors of 512 numbers take 3 MB.
pub const LONGEST_FOUND: usize = 4 << 20;
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
        if !(LEAST_NUMBERS..=MOST_NUMBERS).contains(&count) {
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

/// Body of `POST …/networks/{id}/finish`: what networks found in a picture. The server looks at it as at the answers of an external service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "type",
    try_from = "Told",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Found {
    /// Of the task `faces`.
    Faces {
        /// As in the task.
        model: Model,
        /// Width and height of the picture as the network saw it, pixels.
        size: (u32, u32),
        /// The surest first.
        faces: Vec<Face>,
    },
    /// Of the task `text`.
    Text {
        /// As in the task.
        model: Model,
        /// In reading order.
        lines: Vec<Line>,
    },
}

/// [`Found`] as it is read: serde would keep all of a tagged enum as values of 32 bytes first, which for so many numbers is more than an
/// isolate has.
#[derive(Deserialize)]
struct Told {
    #[serde(rename = "type")]
    kind: Kind,
    model: Model,
    size: Option<(u32, u32)>,
    faces: Option<Vec<Face>>,
    lines: Option<Vec<Line>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Kind {
    Faces,
    Text,
}

impl TryFrom<Told> for Found {
    type Error = &'static str;

    fn try_from(told: Told) -> Result<Self, Self::Error> {
        let model = told.model;
        match (told.kind, told.size, told.faces, told.lines) {
            (Kind::Faces, Some(size), Some(faces), _) => Ok(Self::Faces { model, size, faces }),
            (Kind::Text, _, _, Some(lines)) => Ok(Self::Text { model, lines }),
            (Kind::Faces, ..) => Err("missing `size` or `faces`"),
            (Kind::Text, ..) => Err("missing `lines`"),
        }
    }
}

/// A face in a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Face {
    /// Left, upper, right and lower edge, pixels; they may lie outside of the picture.
    pub edges: [f64; 4],
    /// How sure the network is, 0 to 1.
    pub score: f64,
    /// What the face looks like.
    pub vector: Vec<f32>,
}

/// A line of text in a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// x and y of its corners, clockwise from the upper left one, as parts (0 to 1) of the picture.
    pub corners: [f64; 8],
    /// How likely its pixels are text, 0 to 1.
    pub box_score: f64,
    /// How sure the network is of its characters, 0 to 1.
    pub text_score: f64,
    /// What it says.
    pub text: String,
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
        assert_eq!(
            checked(vec![0.5, 0.5, 0.5, -0.5, 0.0, 0.0, 0.0, 0.0]),
            Ok(())
        );
        let mut longest = vec![0.0; MOST_NUMBERS];
        longest[0] = 1.0;
        assert_eq!(checked(longest.clone()), Ok(()));
        longest.push(0.0);
        for wrong in [
            longest,
            Vec::new(),
            vec![0.0; 8],
            vec![0.5, 0.5, 0.5, -0.5, 0.0, 0.0, 0.0],
            vec![1.0; 8],
            vec![f32::NAN; 8],
            vec![f32::INFINITY; 8],
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

    #[test]
    fn what_was_found_is_named_as_the_protocol_has_it() {
        let model = Model {
            name: "m".to_owned(),
            version: "1".to_owned(),
        };
        let found = Found::Text {
            model,
            lines: vec![Line {
                corners: [0.0; 8],
                box_score: 0.5,
                text_score: 1.0,
                text: "STOP".to_owned(),
            }],
        };
        let text = serde_json::to_value(&found).unwrap();
        let expected = serde_json::json!({
            "type": "text", "model": {"name": "m", "version": "1"},
            "lines": [{"corners": [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], "boxScore": 0.5, "textScore": 1.0, "text": "STOP"}],
        });
        assert_eq!(text, expected);
        assert_eq!(serde_json::from_value::<Found>(text).unwrap(), found);
    }

    #[test]
    fn what_was_found_is_whole_and_the_most_of_it_is_short_enough() {
        let face = Face {
            edges: [1_234.5; 4],
            score: 0.5,
            vector: vec![-1.0 / 81.0; 512],
        };
        let found = Found::Faces {
            model: Model::default(),
            size: (10_000, 10_000),
            faces: vec![face; MOST_FACES],
        };
        let text = serde_json::to_string(&found).unwrap();
        assert!(text.len() < LONGEST_FOUND, "{}", text.len());
        assert_eq!(serde_json::from_str::<Found>(&text).unwrap(), found);
        for wrong in [
            r#"{"type":"faces","model":{"name":"m","version":"1"},"faces":[]}"#,
            r#"{"type":"faces","model":{"name":"m","version":"1"},"size":[1,1],"lines":[]}"#,
            r#"{"type":"text","model":{"name":"m","version":"1"},"faces":[]}"#,
            r#"{"type":"text","lines":[]}"#,
            r#"{"type":"other","model":{"name":"m","version":"1"},"lines":[]}"#,
            r#"{"model":{"name":"m","version":"1"},"lines":[]}"#,
        ] {
            assert!(serde_json::from_str::<Found>(wrong).is_err(), "{wrong}");
        }
    }
}
