//! Pictures and texts as vectors of one space (CLIP): what goes in before the network.
use crate::manifest::{Part, Role};
use crate::picture::{Fit, Look, Order, Picture, of_bytes};
use crate::staged::Named;
use crate::tensor::{self, Data, Kind};
use crate::text::Tokenizer;
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

/// The tokens of a text as the textual part takes them, and their numbers. Errors: the part takes no tokens.
pub fn textual(part: &Part, tokenizer: &Tokenizer, text: &str) -> Result<(Named, Vec<i32>), Error> {
    let missing = || Error::Manifest(format!("{:?} without input", Role::Textual));
    let input = part.inputs.first().ok_or_else(missing)?;
    let length = input.shape.last().copied().filter(|length| *length > 1);
    let length = length.ok_or_else(missing)?;
    let padding = part.words.as_ref().map_or(0, |words| words.padding);
    let tokens = tokenizer.tokens(text, length, padding);
    let data = match input.kind {
        Kind::I32 => Data::I32(tokens.clone()),
        Kind::I64 => Data::I64(tokens.iter().map(|token| i64::from(*token)).collect()),
        Kind::F32 => return Err(missing()),
    };
    let tensor = Tensor::new([1, length], data)?;
    Ok((Named::from([(input.name.clone(), tensor)]), tokens))
}
