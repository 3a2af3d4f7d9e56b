//! What another size of a picture is: sizes, names, signatures (docs/transformations.md).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use edge_api::assets::{Transform, TransformFit, TransformFormat};
use edge_store::{
    assets::transformations::{Origin, Pictures},
    media::renditions::folder,
};
use hmac::{Hmac, Mac};
use http::{HeaderMap, header};
use sha2::Sha256;

/// The sides that there are, pixels: what is asked for becomes the next larger one, so that a bucket holds few sizes. A picture of 50
/// megapixels at 3,840 took 125 MB of an isolate.
const SIDES: [u32; 17] = [
    32, 64, 96, 128, 192, 256, 320, 400, 512, 640, 800, 1024, 1280, 1440, 1600, 1920, 2560,
];
/// The qualities that there are; what is asked for becomes the next better one.
const QUALITIES: [u8; 5] = [40, 60, 75, 85, 95];
/// The shorter side of a preview by the official server's default, pixels: what is larger is made from a larger picture.
const PREVIEW: u32 = 1440;

/// Another size, as it is made and kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Widest, pixels.
    pub width: Option<u32>,
    /// Highest, pixels.
    pub height: Option<u32>,
    /// Fill the box rather than fit into it.
    pub is_cover: bool,
    /// 1 to 100.
    pub quality: u8,
    format: TransformFormat,
}

/// Whether a query has a parameter that only other sizes have.
pub fn is_meant(query: &str) -> bool {
    let mut pairs = query.split('&');
    pairs.any(|pair| matches!(pair.split_once('='), Some(("w" | "h", _))))
}

fn rounded(side: i64) -> u32 {
    let found = SIDES.iter().find(|known| i64::from(**known) >= side);
    found.or(SIDES.last()).copied().unwrap_or(PREVIEW)
}

impl Size {
    /// The size that is made for what was asked.
    pub fn of(wanted: &Transform) -> Self {
        let better = |known: &&u8| i64::from(**known) >= wanted.quality;
        let quality = QUALITIES.iter().find(better).or(QUALITIES.last());
        Self {
            width: wanted.width.map(rounded),
            height: wanted.height.map(rounded),
            is_cover: wanted.fit == TransformFit::Cover
                && wanted.width.is_some()
                && wanted.height.is_some(),
            quality: quality.copied().unwrap_or(95),
            format: wanted.format,
        }
    }

    /// Whether it is sent as WebP to whoever sends these headers.
    pub fn is_webp(&self, headers: &HeaderMap) -> bool {
        let accepted = headers.get(header::ACCEPT).and_then(|it| it.to_str().ok());
        match self.format {
            TransformFormat::Webp => true,
            TransformFormat::Jpeg => false,
            TransformFormat::Auto => accepted.is_some_and(|it| it.contains("image/webp")),
        }
    }

    /// `640x480`, `640x` or `x480`.
    pub fn label(&self) -> String {
        let side = |side: Option<u32>| side.map(|side| side.to_string()).unwrap_or_default();
        format!("{}x{}", side(self.width), side(self.height))
    }

    fn fit(&self) -> TransformFit {
        if self.is_cover {
            TransformFit::Cover
        } else {
            TransformFit::Contain
        }
    }

    /// By what it is kept: `640x480 cover webp 85`.
    pub fn name(&self, is_webp: bool) -> String {
        let format = if is_webp { "webp" } else { "jpeg" };
        format!("{} {} {format} {}", self.label(), self.fit(), self.quality)
    }

    /// The query of its address, without the signature.
    pub fn query(&self, wanted: &Transform) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, side) in [("w", self.width), ("h", self.height)] {
            if let Some(side) = side {
                query.append_pair(name, &side.to_string());
            }
        }
        query
            .append_pair("fit", self.fit().as_str())
            .append_pair("format", self.format.as_str())
            .append_pair("quality", &self.quality.to_string());
        if wanted.edited {
            query.append_pair("edited", "true");
        }
        if let Some(until) = wanted.expires {
            query.append_pair("expires", &until.to_string());
        }
        query.finish()
    }

    /// What it is made from: the preview where that is large enough, else the picture in full size, else the upload.
    pub fn origin<'a>(&self, found: &'a Pictures, is_edited: bool) -> Option<&'a Origin> {
        let [preview, full] = [&found.preview, &found.fullsize].map(|sides| {
            let side = if is_edited {
                &sides.edited
            } else {
                &sides.unedited
            };
            side.as_ref()
        });
        let is_small = self
            .width
            .max(self.height)
            .is_some_and(|side| side <= PREVIEW);
        if is_small && preview.is_some() {
            return preview;
        }
        let original = found
            .original
            .as_ref()
            .filter(|it| !is_edited && edge_api::media_type::is_web_image(&it.path));
        full.or(original).or(preview)
    }
}

/// Object key: `thumbs/<owner>/<aa>/<bb>/<asset>_<id><extension>` beside the renditions (api/jobs-ml.md section 4, file layout).
pub fn key(owner_id: &str, asset_id: &str, id: &str, is_webp: bool) -> String {
    let extension = if is_webp { ".webp" } else { ".jpeg" };
    format!("{}/{asset_id}_{id}{extension}", folder(owner_id, asset_id))
}

/// The text of which a signature is.
pub fn signed(asset_id: &str, size: &Size, is_edited: bool, expires: Option<i64>) -> String {
    let until = expires.map(|until| until.to_string()).unwrap_or_default();
    let Size {
        quality, format, ..
    } = size;
    let (label, fit) = (size.label(), size.fit());
    format!("{asset_id}\n{label} {fit} {format} {quality} {is_edited}\n{until}")
}

fn mac(secret: &str, text: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(text.as_bytes());
    Some(mac)
}

/// HMAC-SHA-256 in base64 for addresses; `None` when the secret is no key.
pub fn sign(secret: &str, text: &str) -> Option<String> {
    let mac = mac(secret, text)?;
    Some(URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// Whether a signature is the one of a text; the time it takes tells nothing.
pub fn is_signed(secret: &str, text: &str, signature: &str) -> bool {
    let given = URL_SAFE_NO_PAD.decode(signature);
    let (Ok(given), Some(mac)) = (given, mac(secret, text)) else {
        return false;
    };
    mac.verify_slice(&given).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use edge_api::input::from_query;

    fn size(query: &str) -> Size {
        Size::of(&from_query(query).unwrap())
    }

    #[test]
    fn there_are_few_sizes() {
        assert_eq!(size("w=1").name(true), "32x contain webp 85");
        assert_eq!(
            size("w=33&h=641&fit=cover").name(false),
            "64x800 cover jpeg 85"
        );
        assert_eq!(
            size("h=8192&quality=100").name(true),
            "x2560 contain webp 95"
        );
        assert_eq!(
            size("h=300&fit=cover&quality=1").name(true),
            "x320 contain webp 40"
        );
    }

    #[test]
    fn only_sides_ask_for_other_sizes() {
        assert!(is_meant("size=preview&w=1") && is_meant("h=1"));
        assert!(!is_meant("size=preview&key=w") && !is_meant("") && !is_meant("w"));
    }

    #[test]
    fn signatures_are_of_one_asset_and_size() {
        let wanted: Transform = from_query("w=640&quality=75").unwrap();
        let text =
            |asset: &str, query: &str| signed(asset, &size(query), wanted.edited, wanted.expires);
        let signature = sign("secret", &text("a", "w=640&quality=75")).unwrap();
        // Larger or smaller, it becomes the same picture.
        assert!(is_signed(
            "secret",
            &text("a", "w=600&quality=70"),
            &signature
        ));
        for (secret, asset, query) in [
            ("other", "a", "w=640&quality=75"),
            ("secret", "b", "w=640&quality=75"),
            ("secret", "a", "w=800&quality=75"),
            ("secret", "a", "w=640&quality=75&fit=cover&h=640"),
            ("secret", "a", "w=640&quality=75&format=jpeg"),
        ] {
            assert!(!is_signed(secret, &text(asset, query), &signature));
        }
        assert!(!is_signed(
            "secret",
            &text("a", "w=640&quality=75"),
            "no base64!"
        ));
        let later = signed("a", &size("w=640&quality=75"), false, Some(1));
        assert!(!is_signed("secret", &later, &signature));
    }

    #[test]
    fn addresses_say_what_is_made() {
        let wanted: Transform = from_query("w=600&h=600&fit=cover&edited=true&expires=5").unwrap();
        let query = Size::of(&wanted).query(&wanted);
        assert_eq!(
            query,
            "w=640&h=640&fit=cover&format=auto&quality=85&edited=true&expires=5"
        );
    }
}
