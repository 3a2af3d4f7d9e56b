//! Icons of the page as PNG, for systems that install it and take no SVG: drawn from its `icon.svg`.
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

/// Name, pixels of a side, and whether the square is filled, because the system cuts a form of its own out of it. The manifest and
/// `index.html` name them.
const ICONS: [(&str, u16, bool); 4] = [
    ("icon-180.png", 180, true),
    ("icon-192.png", 192, false),
    ("icon-512.png", 512, false),
    ("icon-maskable.png", 512, true),
];
/// What makes the corners of the drawing round.
const ROUND: &str = " rx=\"96\"";

/// Draws all of them into `folder`.
pub fn draw(drawing: &Path, folder: &Path) -> Result<()> {
    let rounded = fs::read_to_string(drawing).with_context(|| drawing.display().to_string())?;
    let filled = filled(&rounded)?;
    for (name, side, is_filled) in ICONS {
        let drawing = if is_filled { &filled } else { &rounded };
        let icon = pixels(drawing, side)?.encode_png()?;
        fs::write(folder.join(name), icon)?;
    }
    Ok(())
}

/// The drawing without its round corners.
fn filled(drawing: &str) -> Result<String> {
    let filled = drawing.replacen(ROUND, "", 1);
    ensure!(filled != drawing, "the icon has no round corners");
    Ok(filled)
}

fn pixels(drawing: &str, side: u16) -> Result<Pixmap> {
    let tree = Tree::from_str(drawing, &Options::default())?;
    let mut canvas = Pixmap::new(side.into(), side.into()).context("an icon without pixels")?;
    let (size, side) = (tree.size(), f32::from(side));
    let scale = Transform::from_scale(side / size.width(), side / size.height());
    resvg::render(&tree, scale, &mut canvas.as_mut());
    Ok(canvas)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_systems_cut_a_form_out_of_has_no_corners_of_its_own() {
        let drawing = include_str!("../../../web/app/static/icon.svg");
        let corner = |drawing: &str| {
            let icon = pixels(drawing, 192).unwrap();
            assert_eq!(icon.pixel(96, 8).unwrap().alpha(), 255);
            icon.pixel(0, 0).unwrap().alpha()
        };
        assert_eq!(corner(drawing), 0);
        assert_eq!(corner(&filled(drawing).unwrap()), 255);
    }

    #[test]
    fn every_icon_is_named() {
        let named = [
            include_str!("../../../web/app/static/index.html"),
            include_str!("../../../web/app/static/manifest.webmanifest"),
        ];
        for (name, ..) in ICONS {
            assert!(named.iter().any(|text| text.contains(name)), "{name}");
        }
    }
}
