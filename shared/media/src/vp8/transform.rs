//! The transforms of VP8: the inverse ones as the format prescribes them (RFC 6386 section 14), the forward ones to match.

/// Sixteen numbers of a 4 x 4 block, row by row.
pub type Block = [i32; 16];

/// Coefficients of a block of differences.
pub fn forward(difference: &Block) -> Block {
    let mut rows = [0; 16];
    for (d, out) in difference
        .as_chunks::<4>()
        .0
        .iter()
        .zip(rows.as_chunks_mut::<4>().0)
    {
        let (a0, a1, a2, a3) = (d[0] + d[3], d[1] + d[2], d[1] - d[2], d[0] - d[3]);
        *out = [
            (a0 + a1) * 8,
            (a2 * 2217 + a3 * 5352 + 1812) >> 9,
            (a0 - a1) * 8,
            (a3 * 2217 - a2 * 5352 + 937) >> 9,
        ];
    }
    let mut out = [0; 16];
    for i in 0..4 {
        let (a0, a1) = (rows[i] + rows[12 + i], rows[4 + i] + rows[8 + i]);
        let (a2, a3) = (rows[4 + i] - rows[8 + i], rows[i] - rows[12 + i]);
        out[i] = (a0 + a1 + 7) >> 4;
        out[4 + i] = ((a2 * 2217 + a3 * 5352 + 12_000) >> 16) + i32::from(a3 != 0);
        out[8 + i] = (a0 - a1 + 7) >> 4;
        out[12 + i] = (a3 * 2217 - a2 * 5352 + 51_000) >> 16;
    }
    out
}

/// Coefficients of the first coefficients of the sixteen blocks of a macroblock.
pub fn forward_walsh(dc: &Block) -> Block {
    let mut rows = [0; 16];
    for (d, out) in dc
        .as_chunks::<4>()
        .0
        .iter()
        .zip(rows.as_chunks_mut::<4>().0)
    {
        let (a0, a1, a2, a3) = (d[0] + d[2], d[1] + d[3], d[1] - d[3], d[0] - d[2]);
        *out = [a0 + a1, a3 + a2, a3 - a2, a0 - a1];
    }
    let mut out = [0; 16];
    for i in 0..4 {
        let (a0, a1) = (rows[i] + rows[8 + i], rows[4 + i] + rows[12 + i]);
        let (a2, a3) = (rows[4 + i] - rows[12 + i], rows[i] - rows[8 + i]);
        out[i] = (a0 + a1) >> 1;
        out[4 + i] = (a3 + a2) >> 1;
        out[8 + i] = (a3 - a2) >> 1;
        out[12 + i] = (a0 - a1) >> 1;
    }
    out
}

/// Back from [`forward_walsh`], exactly as decoders do it.
pub fn inverse_walsh(coefficients: &Block) -> Block {
    let mut rows = [0; 16];
    for i in 0..4 {
        let c = |row: usize| coefficients[row * 4 + i];
        let (a0, a1, a2, a3) = (c(0) + c(3), c(1) + c(2), c(1) - c(2), c(0) - c(3));
        rows[i] = a0 + a1;
        rows[8 + i] = a0 - a1;
        rows[4 + i] = a3 + a2;
        rows[12 + i] = a3 - a2;
    }
    let mut out = [0; 16];
    for (r, out) in rows
        .as_chunks::<4>()
        .0
        .iter()
        .zip(out.as_chunks_mut::<4>().0)
    {
        let dc = r[0] + 3;
        let (a0, a1, a2, a3) = (dc + r[3], r[1] + r[2], r[1] - r[2], dc - r[3]);
        *out = [
            (a0 + a1) >> 3,
            (a3 + a2) >> 3,
            (a0 - a1) >> 3,
            (a3 - a2) >> 3,
        ];
    }
    out
}

/// Back from [`forward`], exactly as decoders do it.
#[expect(
    clippy::many_single_char_names,
    reason = "the names of the format's description"
)]
pub fn inverse(coefficients: &Block) -> Block {
    let one = |a: i32| ((a * 20_091) >> 16) + a;
    let two = |a: i32| (a * 35_468) >> 16;
    // transposed: `columns[column * 4 + row]`
    let mut columns = [0; 16];
    for (i, out) in columns.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let (a, b) = (
            coefficients[i] + coefficients[8 + i],
            coefficients[i] - coefficients[8 + i],
        );
        let (p, q) = (coefficients[4 + i], coefficients[12 + i]);
        let (c, d) = (two(p) - one(q), one(p) + two(q));
        *out = [a + d, b + c, b - c, a - d];
    }
    let mut out = [0; 16];
    for (i, row) in out.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        let dc = columns[i] + 4;
        let (a, b) = (dc + columns[8 + i], dc - columns[8 + i]);
        let (p, q) = (columns[4 + i], columns[12 + i]);
        let (c, d) = (two(p) - one(q), one(p) + two(q));
        *row = [(a + d) >> 3, (b + c) >> 3, (b - c) >> 3, (a - d) >> 3];
    }
    out
}
