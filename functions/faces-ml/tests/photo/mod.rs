//! Photos in which the model of these tests sees faces.
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

/// Side in pixels, and of a cell.
const SIDE: usize = 640;
const CELL: usize = 32;

/// A photo with these people around these cells (columns and rows from 1 to 18).
pub fn of(faces: &[(u32, usize, usize)]) -> Vec<u8> {
    let mut pixels = vec![128; SIDE * SIDE * 3];
    let mut paint = |x: usize, y: usize, side: usize, colour: [u8; 3]| {
        for row in y..y + side {
            for column in x..x + side {
                let at = (row * SIDE + column) * 3;
                pixels[at..at + 3].copy_from_slice(&colour);
            }
        }
    };
    for (who, column, row) in faces {
        let (left, top) = ((column - 1) * CELL, (row - 1) * CELL);
        for block in 0..16 {
            let (grey, blue) = (bit(*who, 2 * block), bit(*who, 2 * block + 1));
            paint(
                left + (block % 4) * 24,
                top + (block / 4) * 24,
                24,
                [grey, grey, blue],
            );
        }
        paint(left + CELL, top + CELL, CELL, [255, 0, 0]);
    }
    encoded(&pixels, SIDE, SIDE)
}

/// A photo of one grey, with nobody on it.
pub fn plain(width: usize, height: usize, value: u8) -> Vec<u8> {
    encoded(&vec![value; width * height * 3], width, height)
}

fn encoded(pixels: &[u8], width: usize, height: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, 95);
    encoder.set_sampling_factor(SamplingFactor::R_4_4_4);
    let (width, height) = (width.try_into().unwrap(), height.try_into().unwrap());
    encoder
        .encode(pixels, width, height, ColorType::Rgb)
        .unwrap();
    out
}

/// White or black, by a bit of a number that stands for somebody.
fn bit(who: u32, nth: usize) -> u8 {
    if who >> nth & 1 == 1 { 255 } else { 0 }
}
