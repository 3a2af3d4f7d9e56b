//! A band of rows that is put together from tiles side by side, then handed on row by row.

use super::shrink::Shrinker;

/// One row of tiles, three or four channels.
pub struct Band {
    width: usize,
    channels: usize,
    pixels: Vec<u8>,
}

impl Band {
    /// A band as wide as the picture and as high as its tiles.
    pub fn new(width: u32, height: u32, channels: usize) -> Self {
        let width = width as usize;
        Self {
            width,
            channels,
            pixels: vec![0; width * height as usize * channels],
        }
    }

    /// Copies a tile with rows of `tile_width` pixels to column `x`; what sticks out is cut off.
    pub fn place(&mut self, x: usize, tile: &[u8], tile_width: usize) {
        let wanted = tile_width.min(self.width.saturating_sub(x)) * self.channels;
        let rows = self
            .pixels
            .chunks_exact_mut((self.width * self.channels).max(1));
        for (row, source) in rows.zip(tile.chunks_exact((tile_width * self.channels).max(1))) {
            let start = x * self.channels;
            if let (Some(target), Some(source)) =
                (row.get_mut(start..start + wanted), source.get(..wanted))
            {
                target.copy_from_slice(source);
            }
        }
    }

    /// Hands the first `rows` rows on and blackens the band for the next ones.
    pub fn flush(&mut self, rows: usize, shrinker: &mut Shrinker) {
        for row in self
            .pixels
            .chunks_exact((self.width * self.channels).max(1))
            .take(rows)
        {
            shrinker.push(row);
        }
        self.pixels.fill(0);
    }
}
