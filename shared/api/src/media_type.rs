//! Which files are taken, and under which media type they are served (api/assets.md section 19).

use crate::enums::AssetType;
use crate::server::ServerMediaTypes;

/// What `GET /server/media-types` answers.
pub const SUPPORTED: ServerMediaTypes = ServerMediaTypes {
    video: VIDEO,
    image: IMAGE,
    sidecar: &[".xmp"],
};

/// Served when the extension is unknown.
pub const OCTET_STREAM: &str = "application/octet-stream";

/// Camera raw files and PSD first.
const IMAGE: &[&str] = &[
    ".3fr", ".ari", ".arw", ".cap", ".cin", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".fff",
    ".iiq", ".k25", ".kdc", ".mrw", ".nef", ".nrw", ".orf", ".ori", ".pef", ".psd", ".raf", ".raw",
    ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f", ".avif", ".bmp", ".gif", ".jpeg", ".jpg",
    ".png", ".webp", ".heic", ".heif", ".hif", ".insp", ".jp2", ".jpe", ".jxl", ".mpo", ".svg",
    ".tif", ".tiff",
];

const VIDEO: &[&str] = &[
    ".3gp", ".3gpp", ".avi", ".flv", ".insv", ".m2t", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4",
    ".mpe", ".mpeg", ".mpg", ".mts", ".mxf", ".ts", ".vob", ".webm", ".wmv",
];

/// Extensions whose media type is not `image/<ext>` or `video/<ext>`.
const SPECIAL: &[(&str, &str)] = &[
    (".jpe", "image/jpeg"),
    (".jpg", "image/jpeg"),
    (".insp", "image/jpeg"),
    (".mpo", "image/jpeg"),
    (".tif", "image/tiff"),
    (".3gp", "video/3gpp"),
    (".m2t", "video/mp2t"),
    (".m2ts", "video/mp2t"),
    (".mts", "video/mp2t"),
    (".ts", "video/mp2t"),
    (".mkv", "video/x-matroska"),
    (".mov", "video/quicktime"),
    (".insv", "video/mp4"),
    (".mpg", "video/mpeg"),
    (".mpe", "video/mpeg"),
    (".vob", "video/mpeg"),
    (".mxf", "application/mxf"),
    (".wmv", "video/x-ms-wmv"),
    (".flv", "video/x-flv"),
    (".m4v", "video/x-m4v"),
    (".xmp", "application/xml"),
];

/// `image/<ext>` and `video/<ext>` of the extensions not in [`SPECIAL`], in the order of
/// [`IMAGE`] and [`VIDEO`].
const PLAIN: &[&str] = &[
    "image/3fr",
    "image/ari",
    "image/arw",
    "image/cap",
    "image/cin",
    "image/cr2",
    "image/cr3",
    "image/crw",
    "image/dcr",
    "image/dng",
    "image/erf",
    "image/fff",
    "image/iiq",
    "image/k25",
    "image/kdc",
    "image/mrw",
    "image/nef",
    "image/nrw",
    "image/orf",
    "image/ori",
    "image/pef",
    "image/psd",
    "image/raf",
    "image/raw",
    "image/rw2",
    "image/rwl",
    "image/sr2",
    "image/srf",
    "image/srw",
    "image/x3f",
    "image/avif",
    "image/bmp",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/heic",
    "image/heif",
    "image/hif",
    "image/jp2",
    "image/jxl",
    "image/svg",
    "image/tiff",
    "video/3gpp",
    "video/avi",
    "video/mp4",
    "video/mpeg",
    "video/webm",
];

/// The extension of a file name, lower-case with its dot; `""` without one. A name that is only
/// a dot and letters counts as extension (`.jpg`).
pub fn extension(file_name: &str) -> String {
    let base = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    base.rfind('.')
        .and_then(|dot| base.get(dot..))
        .unwrap_or_default()
        .to_lowercase()
}

/// Photo or video, by extension; `None` = not supported.
pub fn asset_type(file_name: &str) -> Option<AssetType> {
    let extension = extension(file_name);
    if IMAGE.contains(&extension.as_str()) {
        Some(AssetType::Image)
    } else if VIDEO.contains(&extension.as_str()) {
        Some(AssetType::Video)
    } else {
        None
    }
}

/// Whether the name is a sidecar's.
pub fn is_sidecar(file_name: &str) -> bool {
    extension(file_name) == ".xmp"
}

/// Whether browsers show the image as it is (api/assets.md section 4).
pub fn is_web_image(file_name: &str) -> bool {
    matches!(
        extension(file_name).as_str(),
        ".avif" | ".bmp" | ".gif" | ".jpeg" | ".jpg" | ".png" | ".webp"
    )
}

/// Whether the name is a camera raw file's.
pub fn is_raw(file_name: &str) -> bool {
    let extension = extension(file_name);
    let mut raw = IMAGE.iter().take_while(|known| **known != ".avif");
    extension != ".psd" && raw.any(|known| *known == extension)
}

/// The media type a file is served under.
pub fn mime_type(file_name: &str) -> &'static str {
    let extension = extension(file_name);
    if let Some((_, mime)) = SPECIAL.iter().find(|(known, _)| *known == extension) {
        return mime;
    }
    let Some(name) = extension.strip_prefix('.') else {
        return OCTET_STREAM;
    };
    PLAIN
        .iter()
        .find(|mime| mime.get(6..) == Some(name))
        .copied()
        .unwrap_or(OCTET_STREAM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_supported_extension_has_a_media_type() {
        for extension in IMAGE.iter().chain(VIDEO) {
            assert_ne!(mime_type(extension), OCTET_STREAM, "{extension}");
        }
    }

    #[test]
    fn types_follow_the_extension_in_any_case() {
        assert_eq!(asset_type("a/b.c.JPG"), Some(AssetType::Image));
        assert_eq!(asset_type(".jpg"), Some(AssetType::Image));
        assert_eq!(asset_type("x.MxF"), Some(AssetType::Video));
        assert_eq!(asset_type("x.txt"), None);
        assert_eq!(asset_type("jpg"), None);
        assert_eq!(asset_type("dir.jpg/file"), None);
        assert_eq!(mime_type("x.svg"), "image/svg");
        assert_eq!(mime_type("x.MOV"), "video/quicktime");
        assert_eq!(mime_type("x"), OCTET_STREAM);
        assert_eq!(mime_type("x.é"), OCTET_STREAM);
        assert!(is_sidecar("a.jpg.XMP"));
        assert!(is_web_image("a.webp") && !is_web_image("a.heic"));
    }
}
