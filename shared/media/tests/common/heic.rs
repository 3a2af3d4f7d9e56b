//! HEIC files made on the spot.

/// A box of ISO/IEC 14496-12; full boxes bring their version and flags along.
fn boxed(kind: [u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let size = u32::try_from(body.len() + 8).unwrap();
    [&size.to_be_bytes()[..], &kind, &body].concat()
}

/// A HEIC grid of `width` x `height` whose only tile is a picture of 2400 x 1800 without data.
pub fn heic_grid(width: u16, height: u16) -> Vec<u8> {
    let other = include_bytes!("../cases/heic-one-piece-2400x1800.heic");
    let at = other.windows(4).position(|w| w == b"hvcC").unwrap() - 4;
    let size = u32::from_be_bytes(other[at..at + 4].try_into().unwrap()) as usize;
    let config = &other[at..at + size];
    let sides = [
        u32::from(width).to_be_bytes(),
        u32::from(height).to_be_bytes(),
    ]
    .concat();
    let grid = [
        &[0, 0, 0, 0][..],
        &width.to_be_bytes(),
        &height.to_be_bytes(),
    ]
    .concat();
    let item = |id: u8, kind: [u8; 4]| boxed(*b"infe", &[&[2, 0, 0, 0, 0, id, 0, 0], &kind, &[0]]);
    // both items lie in the idat box
    let place =
        |id: u8, from: u8, length: u8| [0, id, 0, 1, 0, 0, 0, 1, 0, 0, 0, from, 0, 0, 0, length];
    let meta = boxed(
        *b"meta",
        &[
            &[0; 4],
            &boxed(*b"hdlr", &[&[0; 8], b"pict", &[0; 13]]),
            &boxed(*b"pitm", &[&[0, 0, 0, 0, 0, 1]]),
            &boxed(
                *b"iinf",
                &[&[0, 0, 0, 0, 0, 2], &item(1, *b"grid"), &item(2, *b"hvc1")],
            ),
            &boxed(
                *b"iref",
                &[&[0; 4], &boxed(*b"dimg", &[&[0, 1, 0, 1, 0, 2]])],
            ),
            &boxed(
                *b"iprp",
                &[
                    &boxed(*b"ipco", &[config, &boxed(*b"ispe", &[&[0; 4], &sides])]),
                    &boxed(
                        *b"ipma",
                        &[&[0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 1, 2, 0, 2, 2, 1, 2]],
                    ),
                ],
            ),
            &boxed(
                *b"iloc",
                &[
                    &[1, 0, 0, 0, 0x44, 0, 0, 2],
                    &place(1, 0, 8),
                    &place(2, 8, 4),
                ],
            ),
            &boxed(*b"idat", &[&grid, &[0; 4]]),
        ],
    );
    [boxed(*b"ftyp", &[b"heic", &[0; 4], b"mif1heic"]), meta].concat()
}
