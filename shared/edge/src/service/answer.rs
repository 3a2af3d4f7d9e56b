//! What the external service answers, read with bounds: it is another program, and what it says is stored (api/jobs-ml.md section 6.1). What
//! companions found has the same bounds ([`Faces::check`], [`check_lines`]).

use serde::{Deserialize, de::DeserializeOwned};

/// Lengths of the vectors of the models for searches by meaning (api/jobs-ml.md section 6.2).
const CLIP: [usize; 6] = [512, 640, 768, 1024, 1152, 1536];
/// Length of the vectors of the models for faces.
const FACE: usize = 512;
/// Faces of one picture.
const MOST_FACES: usize = 500;
/// Lines of one picture, as detection finds at most (api/jobs-ml.md section 6.2).
const MOST_LINES: usize = 1_000;
/// Characters of one line.
const MOST_CHARACTERS: usize = 2_000;
/// Characters of all lines of one picture: D1 takes two megabytes a value, and their words stand in one.
const MOST_IN_ALL: usize = 100_000;
/// Longest side of a picture, pixels.
const LONGEST_SIDE: u32 = 1 << 16;

/// The faces in a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Faces {
    /// Width and height of the picture as the service saw it, pixels.
    pub size: (u32, u32),
    /// In the order of the answer.
    pub faces: Vec<Face>,
}

/// A face in a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Face {
    /// Left, upper, right and lower edge, pixels; they may lie outside of the picture.
    pub edges: [f64; 4],
    /// How sure the service is.
    pub score: f64,
    /// What the face looks like; it has a direction.
    pub vector: Vec<f32>,
}

/// A line of text in a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// x and y of its corners, clockwise from the upper left one, as parts (0 to 1) of the picture.
    pub corners: [(f64, f64); 4],
    /// How likely its pixels are text, 0 to 1.
    pub box_score: f64,
    /// How sure the service is of its characters, 0 to 1.
    pub text_score: f64,
    /// What it says.
    pub text: String,
}

#[derive(Deserialize)]
struct ClipAnswer {
    clip: String,
}

#[derive(Deserialize)]
struct FacesAnswer {
    #[serde(rename = "facial-recognition")]
    faces: Vec<FoundFace>,
    #[serde(rename = "imageWidth")]
    width: u32,
    #[serde(rename = "imageHeight")]
    height: u32,
}

#[derive(Deserialize)]
struct FoundFace {
    #[serde(rename = "boundingBox")]
    frame: Frame,
    embedding: String,
    score: f64,
}

#[derive(Deserialize)]
struct Frame {
    x1: f64,
    y1: f64,
    x2: f64,
    y2: f64,
}

#[derive(Deserialize)]
struct LinesAnswer {
    ocr: FoundLines,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FoundLines {
    text: Vec<String>,
    r#box: Vec<f64>,
    box_score: Vec<f64>,
    text_score: Vec<f64>,
}

/// The vector of a picture or a text. Errors: what is wrong with the answer.
pub fn clip(bytes: &[u8]) -> Result<Vec<f32>, String> {
    let answer: ClipAnswer = json(bytes)?;
    let vector = vector(&answer.clip)?;
    if !CLIP.contains(&vector.len()) {
        return Err(format!("a vector of {} numbers", vector.len()));
    }
    Ok(vector)
}

/// The faces in a picture. Errors: what is wrong with the answer.
pub fn faces(bytes: &[u8]) -> Result<Faces, String> {
    let answer: FacesAnswer = json(bytes)?;
    let size = (answer.width, answer.height);
    check_size(size, answer.faces.len())?;
    let faces = answer.faces.iter().map(face);
    let faces = Faces {
        size,
        faces: faces.collect::<Result<_, _>>()?,
    };
    faces.check(|length| length == FACE)?;
    Ok(faces)
}

fn face(found: &FoundFace) -> Result<Face, String> {
    let Frame { x1, y1, x2, y2 } = found.frame;
    Ok(Face {
        edges: [x1, y1, x2, y2],
        score: found.score,
        vector: numbers(&found.embedding)?,
    })
}

fn check_size(size: (u32, u32), faces: usize) -> Result<(), String> {
    let sides = 1..=LONGEST_SIDE;
    if !sides.contains(&size.0) || !sides.contains(&size.1) {
        return Err(format!("a picture of {} x {}", size.0, size.1));
    }
    if faces > MOST_FACES {
        return Err(format!("{faces} faces"));
    }
    Ok(())
}

impl Faces {
    /// Looks at the numbers, which another program made.
    ///
    /// # Errors
    /// Why no network can have said this: no size, too many faces, vectors without direction or with more or fewer numbers than `is_length`
    /// has them.
    pub fn check(&self, is_length: impl Fn(usize) -> bool) -> Result<(), String> {
        check_size(self.size, self.faces.len())?;
        for face in &self.faces {
            check_direction(&face.vector)?;
            let length = face.vector.len();
            if !is_length(length) {
                return Err(format!("a vector of {length} numbers"));
            }
        }
        Ok(())
    }
}

impl Line {
    /// A line with these corners (x and y of each, clockwise from the upper left one) and scores, all brought between 0 and 1.
    pub fn new(corners: [f64; 8], (box_score, text_score): (f64, f64), text: String) -> Self {
        let part = |value: f64| value.clamp(0.0, 1.0);
        let [x1, y1, x2, y2, x3, y3, x4, y4] = corners.map(part);
        Self {
            corners: [(x1, y1), (x2, y2), (x3, y3), (x4, y4)],
            box_score: part(box_score),
            text_score: part(text_score),
            text,
        }
    }
}

/// The lines of text in a picture, in the order of the answer. Errors: what is wrong with the answer.
pub fn lines(bytes: &[u8]) -> Result<Vec<Line>, String> {
    let LinesAnswer { ocr } = json(bytes)?;
    let count = ocr.text.len();
    let (boxes, rest) = ocr.r#box.as_chunks::<8>();
    let counts = [boxes.len(), ocr.box_score.len(), ocr.text_score.len()];
    if counts != [count; 3] || !rest.is_empty() {
        return Err(format!(
            "{count} texts, and other numbers of boxes or scores"
        ));
    }
    let scores = ocr.box_score.iter().copied().zip(ocr.text_score);
    let lines = ocr.text.into_iter().zip(boxes).zip(scores);
    let lines = lines.map(|((text, corners), scores)| Line::new(*corners, scores, text));
    let lines: Vec<Line> = lines.collect();
    check_lines(&lines)?;
    Ok(lines)
}

/// Looks at lines that another program read.
///
/// # Errors
/// They are too many or too long for one picture.
pub fn check_lines(lines: &[Line]) -> Result<(), String> {
    let count = lines.len();
    if count > MOST_LINES {
        return Err(format!("{count} lines"));
    }
    if lines
        .iter()
        .any(|line| line.text.chars().nth(MOST_CHARACTERS).is_some())
    {
        return Err(format!("a line of more than {MOST_CHARACTERS} characters"));
    }
    let in_all: usize = lines.iter().map(|line| line.text.chars().count()).sum();
    if in_all > MOST_IN_ALL {
        return Err(format!("lines of {in_all} characters in all"));
    }
    Ok(())
}

/// Where reading stopped, without what stands there.
fn unreadable(error: &serde_json::Error) -> String {
    format!(
        "a vector that cannot be read, at character {}",
        error.column()
    )
}

/// The vector that comes as the text of a JSON array.
fn vector(text: &str) -> Result<Vec<f32>, String> {
    let numbers = numbers(text)?;
    check_direction(&numbers)?;
    Ok(numbers)
}

fn numbers(text: &str) -> Result<Vec<f32>, String> {
    serde_json::from_str(text).map_err(|error| unreadable(&error))
}

fn check_direction(numbers: &[f32]) -> Result<(), String> {
    let is_finite = numbers.iter().all(|number| number.is_finite());
    if !is_finite || numbers.iter().all(|number| *number == 0.0) {
        return Err("a vector without direction".to_owned());
    }
    Ok(())
}

fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    // Where, not what: it may be somebody's text, and of any length.
    serde_json::from_slice(bytes).map_err(|error| {
        format!(
            "an answer that is none (line {}, column {})",
            error.line(),
            error.column()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn listed(count: usize, value: f64) -> String {
        Value::from(vec![value; count]).to_string()
    }

    fn read<T>(of: fn(&[u8]) -> Result<T, String>, answer: &Value) -> Result<T, String> {
        of(answer.to_string().as_bytes())
    }

    #[test]
    fn vectors_have_the_length_of_a_model_and_a_direction() {
        let of = |text: String| read(clip, &json!({ "clip": text, "imageHeight": 1 }));
        assert_eq!(of(listed(512, 0.5)), Ok(vec![0.5; 512]));
        for text in [
            listed(3, 0.5),
            listed(513, 0.5),
            listed(512, 0.0),
            listed(512, 1e39),
            listed(512, 0.5).replace("0.5]", "null]"),
            String::new(),
        ] {
            assert!(of(text.clone()).is_err(), "{text:.40}");
        }
        for bytes in [&b"<html>"[..], b"", b"{}", b"{\"clip\":[1]}"] {
            assert!(clip(bytes).is_err());
        }
    }

    #[test]
    fn faces_are_counted_and_their_picture_has_a_size() {
        let one = |length: usize| json!({ "boundingBox": { "x1": 1, "y1": 2, "x2": 3.5, "y2": 4 }, "embedding": listed(length, 0.1), "score": 0.9 });
        let of = |faces: Vec<Value>, width: i64| {
            let answer =
                json!({ "facial-recognition": faces, "imageWidth": width, "imageHeight": 9 });
            read(super::faces, &answer)
        };
        let found = of(vec![one(512)], 8).unwrap();
        assert_eq!(
            (found.size, found.faces[0].edges),
            ((8, 9), [1.0, 2.0, 3.5, 4.0])
        );
        assert!(of(Vec::new(), 8).unwrap().faces.is_empty());
        assert!(of(vec![one(128)], 8).is_err());
        assert!(of(vec![one(512); 501], 8).is_err());
        for width in [0, -1, 1 << 17] {
            assert!(of(Vec::new(), width).is_err());
        }
    }

    #[test]
    fn lines_have_eight_numbers_and_two_scores_each() {
        let of = |text: &[&str], numbers: usize, scores: usize| {
            let answer = json!({ "ocr": {
                "text": text, "box": vec![1.5; numbers], "boxScore": vec![0.9; scores], "textScore": vec![0.8; scores],
            } });
            read(lines, &answer)
        };
        let two = of(&["a", "b"], 16, 2).unwrap();
        assert_eq!(
            (two.len(), two[1].text.as_str(), two[0].corners[3]),
            (2, "b", (1.0, 1.0))
        );
        assert_eq!(of(&[], 0, 0), Ok(Vec::new()));
        assert!(of(&["a"], 7, 1).is_err());
        assert!(of(&["a"], 9, 1).is_err());
        assert!(of(&["a"], 8, 2).is_err());
        assert!(of(&["a"; 1_001], 8_008, 1_001).is_err());
        assert!(of(&["a".repeat(2_001).as_str()], 8, 1).is_err());
        let long = "\u{1F408}".repeat(2_000);
        assert_eq!(of(&[long.as_str(); 50], 400, 50).unwrap().len(), 50);
        assert!(of(&[long.as_str(); 51], 408, 51).is_err());
    }
}
