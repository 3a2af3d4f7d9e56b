//! Photos in which the model of these tests sees text.
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// Side in pixels.
pub const SIDE: usize = 640;
/// Width of a character, and of what is between two of them; height of a line.
const CHARACTER: usize = 48;
const BETWEEN: usize = 12;
const HEIGHT: usize = 32;
/// The characters that the model knows. A space comes behind them.
pub const CHARACTERS: [char; 8] = ['S', 'T', 'O', 'P', '東', '京', 'タ', 'ワ'];
/// How blue a character is: 255 less so much for each number.
const STEP: usize = 25;

/// Where a text that begins at `x` and `y` is, in pixels: its right and its lower side.
pub fn end(text: &str, (x, y): (usize, usize)) -> (usize, usize) {
    let width = text.chars().count() * (CHARACTER + BETWEEN) + BETWEEN;
    (x + width, y + HEIGHT)
}

/// A white photo with these texts at these places (x and y of the upper left corner; multiples of 8, as the blocks of JPEG).
pub fn of(texts: &[(&str, (usize, usize))]) -> Vec<u8> {
    let mut pixels = vec![255; SIDE * SIDE * 3];
    for (text, (x, y)) in texts {
        let (right, lower) = end(text, (*x, *y));
        paint(&mut pixels, (*x, *y), (right, lower), 255);
        for (nth, letter) in text.chars().enumerate() {
            let number = CHARACTERS.iter().position(|known| *known == letter);
            let number = number.unwrap_or(CHARACTERS.len()) + 1;
            let left = x + BETWEEN + nth * (CHARACTER + BETWEEN);
            let blue = u8::try_from(255 - number * STEP).unwrap();
            paint(&mut pixels, (left, *y), (left + CHARACTER, lower), blue);
        }
    }
    encoded(&pixels, SIDE, SIDE)
}

/// A photo of one colour.
pub fn plain(width: usize, height: usize, value: u8) -> Vec<u8> {
    encoded(&vec![value; width * height * 3], width, height)
}

/// What is red and not green is text.
fn paint(pixels: &mut [u8], (left, top): (usize, usize), (right, lower): (usize, usize), blue: u8) {
    for y in top..lower {
        for x in left..right {
            let at = (y * SIDE + x) * 3;
            pixels[at..at + 3].copy_from_slice(&[255, 0, blue]);
        }
    }
}

fn encoded(pixels: &[u8], width: usize, height: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, 95);
    encoder.set_sampling_factor(SamplingFactor::R_4_4_4);
    let (width, height) = (
        u16::try_from(width).unwrap(),
        u16::try_from(height).unwrap(),
    );
    encoder
        .encode(pixels, width, height, ColorType::Rgb)
        .unwrap();
    out
}
