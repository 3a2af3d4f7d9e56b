//! One small file of every format.

use jpeg_encoder::SamplingFactor;

use edge_media::color::ColorSpace;
use edge_media::decode::Picture;
use edge_media::render::{RenditionSpec, render};

use super::exif::{V, jpeg_with_exif, tiff};
use super::{jpeg, rgb, sample, small_jpeg};

/// One small file of every kind, with a name.
pub fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let mut all = made();
    let cases = [
        &include_bytes!("../cases/tiff-jpeg.tif")[..],
        include_bytes!("../cases/tiff-pal.tif"),
        include_bytes!("../cases/tiff-plane.tif"),
    ];
    all.extend(cases.map(|bytes| ("case.tif", bytes.to_vec())));
    all
}

/// Those that need no file.
fn made() -> Vec<(&'static str, Vec<u8>)> {
    let block = tiff(
        vec![
            (0x010f, V::Text("A maker with a long name")),
            (0x0112, V::Short(6)),
        ],
        vec![
            (0x9003, V::Text("2024:05:06 07:08:09")),
            (0x829a, V::Fractions(vec![(1, 250)])),
        ],
        vec![
            (2, V::Fractions(vec![(1, 1), (2, 1), (3, 1)])),
            (4, V::Fractions(vec![(1, 1), (2, 1), (3, 1)])),
        ],
    );
    let mut png = Vec::new();
    let mut encoder = png::Encoder::new(&mut png, 16, 16);
    encoder.set_color(png::ColorType::Rgb);
    encoder
        .write_header()
        .unwrap()
        .write_image_data(&rgb(16, 16))
        .unwrap();
    let picture = Picture {
        width: 16,
        height: 16,
        pixels: rgb(16, 16),
        alpha: false,
        space: ColorSpace::Srgb,
    };
    let webp = render(&picture, RenditionSpec::THUMBNAIL, None)
        .unwrap()
        .bytes;
    let mut tif = std::io::Cursor::new(Vec::new());
    let mut encoder = ::tiff::encoder::TiffEncoder::new(&mut tif).unwrap();
    encoder
        .write_image::<::tiff::encoder::colortype::RGB8>(16, 16, &rgb(16, 16))
        .unwrap();
    let mut gif = Vec::new();
    let frame = gif::Frame {
        width: 16,
        height: 16,
        buffer: vec![1; 256].into(),
        ..gif::Frame::default()
    };
    gif::Encoder::new(&mut gif, 16, 16, &[0, 0, 0, 9, 9, 9])
        .unwrap()
        .write_frame(&frame)
        .unwrap();
    vec![
        ("a.jpg", jpeg_with_exif(&small_jpeg(), &block)),
        ("b.jpg", jpeg(32, 32, true, SamplingFactor::R_4_2_0)),
        ("a.png", png),
        ("a.webp", webp),
        ("a.tif", tif.into_inner()),
        ("a.gif", gif),
        ("a.heic", sample::bytes(sample::HEIC)),
        ("a.jxl", sample::bytes(sample::JXL)),
        ("a.avif", sample::bytes(sample::AVIF)),
        ("a.dng", block),
    ]
}
