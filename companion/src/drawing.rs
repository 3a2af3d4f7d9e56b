//! SVG, drawn by resvg. Nothing outside the file is looked at: no other file, no address. Scripts and animations are not known to it.

use edge_media::color::ColorSpace;
use edge_media::decode::{Checked, LoadOptions, Picture};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{ImageHrefResolver, Options, Tree};

use crate::order::{Next, Refusal};

/// Bytes of memory for each pixel: the canvas, the layers of groups with effects, and the picture that is made of it.
const PER_PIXEL: f64 = 16.0;

/// Draws it in its own size, or smaller when less is wanted.
#[expect(
    clippy::cast_precision_loss,
    reason = "sizes are small, limits are round"
)]
pub fn draw(bytes: &[u8], options: &LoadOptions) -> Result<Checked, Refusal> {
    let refused = |reason: String| (reason, Next::Nobody);
    let tree = Tree::from_data(bytes, &reading(bytes));
    let tree = tree.map_err(|error| refused(format!("damaged SVG: {error}")))?;
    let size = tree.size();
    let (width, height) = (f64::from(size.width()), f64::from(size.height()));
    let scale = (f64::from(options.short_side.max(1)) / width.min(height)).min(1.0);
    let (wide, high) = (side(width * scale), side(height * scale));
    let pixels = f64::from(wide) * f64::from(high);
    let too_large = || refused(format!("refused drawing of {width}x{height} pixels"));
    if pixels * PER_PIXEL > options.limits.memory as f64 {
        return Err(too_large());
    }
    let mut canvas = Pixmap::new(wide, high).ok_or_else(too_large)?;
    let transform = Transform::from_scale(wide as f32 / size.width(), high as f32 / size.height());
    resvg::render(&tree, transform, &mut canvas.as_mut());
    let picture = Picture {
        width: wide,
        height: high,
        pixels: canvas.take_demultiplied(),
        alpha: true,
        space: ColorSpace::Srgb,
    };
    Ok(Checked {
        picture,
        upright: (side(width), side(height)),
        damage: None,
    })
}

/// How it is read: embedded pictures are shown, others are not, and fonts are this machine's.
fn reading(bytes: &[u8]) -> Options<'static> {
    let mut reading = Options {
        image_href_resolver: ImageHrefResolver {
            resolve_string: Box::new(|_: &str, _: &Options<'_>| None),
            ..ImageHrefResolver::default()
        },
        ..Options::default()
    };
    // Looking for fonts takes longer than drawing.
    if bytes.windows(5).any(|word| word == b"<text") {
        reading.fontdb_mut().load_system_fonts();
    }
    reading
}

/// A length in whole pixels.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is between 1 and 2^30"
)]
fn side(length: f64) -> u32 {
    length.round().clamp(1.0, f64::from(1 << 30)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use edge_media::decode::Limits;

    fn drawn(svg: &str, short_side: u32) -> Result<Checked, Refusal> {
        let options = LoadOptions {
            short_side,
            limits: Limits::native(),
            orientation: None,
            space: ColorSpace::Srgb,
        };
        draw(svg.as_bytes(), &options)
    }

    #[test]
    fn a_drawing_has_its_own_size_or_the_wanted_one() {
        let svg = "<svg xmlns='http://www.w3.org/2000/svg' width='80' height='40'><rect width='40' height='40' fill='#f00'/></svg>";
        let Checked {
            picture, upright, ..
        } = drawn(svg, 1000).unwrap();
        assert_eq!((picture.width, picture.height, upright), (80, 40, (80, 40)));
        assert_eq!(picture.pixels[..4], [255, 0, 0, 255]);
        assert_eq!(picture.pixels[79 * 4..80 * 4], [0, 0, 0, 0]);
        let Checked {
            picture, upright, ..
        } = drawn(svg, 20).unwrap();
        assert_eq!((picture.width, picture.height, upright), (40, 20, (80, 40)));
    }

    #[test]
    fn nothing_outside_the_file_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("other.svg");
        let red = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><rect width='9' height='9' fill='#f00'/></svg>";
        std::fs::write(&other, red).unwrap();
        for href in [
            other.display().to_string(),
            format!("file://{}", other.display()),
        ] {
            let svg = format!(
                "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><image width='9' height='9' href='{href}'/></svg>"
            );
            let picture = drawn(&svg, 9).unwrap().picture;
            assert!(picture.pixels.iter().all(|byte| *byte == 0), "{href}");
        }
        let entity = format!(
            "<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY x SYSTEM '{}'>]><svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><text>&x;</text></svg>",
            other.display()
        );
        assert!(drawn(&entity, 9).is_err());
    }

    #[test]
    fn enormous_and_broken_drawings_are_refused() {
        for svg in [
            "<svg xmlns='http://www.w3.org/2000/svg' width='1e9' height='1e9'/>",
            "<svg xmlns='http://www.w3.org/2000/svg' width='0' height='9'/>",
            "<svg xmlns='http://www.w3.org/2000/svg' width='9'",
        ] {
            let (reason, next) = drawn(svg, u32::MAX).unwrap_err();
            assert_eq!(next, Next::Nobody);
            assert!(reason.len() > 10, "{reason}");
        }
    }
}
