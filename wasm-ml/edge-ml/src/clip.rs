//! Pictures and texts as vectors of one space (CLIP): what goes in before the network.
use crate::manifest::{Part, Port, Role};
use crate::picture::{Fit, Look, Order, Picture, of_bytes};
use crate::staged::Named;
use crate::tensor::{self, Data, Kind};
use crate::tokens::{Reader, Tokens};
use crate::{Error, Tensor};

/// Mean and deviation of OpenAI's CLIP, of numbers between 0 and 1.
pub const OPENAI: ([f64; 3], [f64; 3]) = (
    [0.481_454_66, 0.457_827_5, 0.408_210_73],
    [0.268_629_54, 0.261_302_58, 0.275_777_11],
);

/// What pixels become before a CLIP of OpenAI's family with pictures of `side` pixels.
pub fn look(side: u32) -> Look {
    let (mean, deviation) = of_bytes(OPENAI.0, OPENAI.1);
    Look {
        width: side,
        height: side,
        fit: Fit::Crop,
        order: Order::Rgb,
        mean,
        deviation,
    }
}

/// The input of the visual part for one picture. Errors: the part does not see.
pub fn visual(part: &Part, picture: &Picture) -> Result<Named, Error> {
    let missing = || Error::Manifest(format!("{:?} without pixels or input", Role::Visual));
    let look = part.look.as_ref().ok_or_else(missing)?;
    let input = part.inputs.first().ok_or_else(missing)?;
    let tensor = look.tensor(&look.fitted(picture).0)?;
    Ok(Named::from([(input.name.clone(), tensor)]))
}

/// The vector that the visual part answers, at length 1. Errors: it is none.
pub fn vector(answer: &[Tensor]) -> Result<Vec<f32>, Error> {
    let numbers = answer.first().map_or(Ok(&[][..]), Tensor::singles)?;
    tensor::normalised(numbers)
}

/// What the input of a textual part of this name takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// The tokens.
    Tokens,
    /// 1 where a token is the text's, 0 where it is filling.
    Mask,
    /// Which of two texts a token belongs to: 0, there is one.
    Types,
}

impl Reads {
    /// By the names that exporters give.
    pub fn of(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        if name.contains("mask") {
            Self::Mask
        } else if name.contains("type") {
            Self::Types
        } else {
            Self::Tokens
        }
    }
}

/// What a textual part is given for a text in `language` (as clients name it; some models care), and the tokens in it.
///
/// # Errors
/// The part takes no tokens, or no whole numbers.
pub fn textual(
    part: &Part,
    reader: &Reader,
    text: &str,
    language: Option<&str>,
) -> Result<(Named, Vec<i32>), Error> {
    let missing = || Error::Manifest(format!("{:?} without input", Role::Textual));
    let reads_tokens = |input: &&Port| Reads::of(&input.name) == Reads::Tokens;
    let input = part.inputs.iter().find(reads_tokens);
    let length = input.and_then(|input| input.shape.last().copied());
    let length = length.filter(|length| *length > 1).ok_or_else(missing)?;
    let padding = part.words.as_ref().map_or(0, |words| words.padding);
    let Tokens { ids, own } = reader.tokens(text, language, length, padding);
    let mut named = Named::new();
    for port in &part.inputs {
        let numbers: Vec<i32> = match Reads::of(&port.name) {
            Reads::Tokens => ids.clone(),
            Reads::Mask => (0..length).map(|at| i32::from(at < own)).collect(),
            Reads::Types => vec![0; length],
        };
        let data = match port.kind {
            Kind::I32 => Data::I32(numbers),
            Kind::I64 => Data::I64(numbers.into_iter().map(i64::from).collect()),
            Kind::F32 => return Err(missing()),
        };
        named.insert(port.name.clone(), Tensor::new([1, length], data)?);
    }
    Ok((named, ids))
}
