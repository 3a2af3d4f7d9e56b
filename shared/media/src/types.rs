//! The table of supported file types: what counts as image, video or sidecar, and the MIME type
//! answered for each extension (api/assets.md section 19).

/// What a file is to the server, decided by its extension alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AssetKind {
    /// A still picture (asset type `IMAGE`).
    Image,
    /// A film (asset type `VIDEO`).
    Video,
    /// An XMP file that accompanies an asset; never an asset itself.
    Sidecar,
}

/// One supported extension.
struct FileType {
    /// Lower case, with the leading dot.
    extension: &'static str,
    mime: &'static str,
    kind: AssetKind,
}

const fn image(extension: &'static str, mime: &'static str) -> FileType {
    FileType {
        extension,
        mime,
        kind: AssetKind::Image,
    }
}

const fn video(extension: &'static str, mime: &'static str) -> FileType {
    FileType {
        extension,
        mime,
        kind: AssetKind::Video,
    }
}

/// Sorted by extension within each kind: `/server/media-types` lists them in this order.
const TABLE: &[FileType] = &[
    image(".3fr", "image/3fr"),
    image(".ari", "image/ari"),
    image(".arw", "image/arw"),
    image(".avif", "image/avif"),
    image(".bmp", "image/bmp"),
    image(".cap", "image/cap"),
    image(".cin", "image/cin"),
    image(".cr2", "image/cr2"),
    image(".cr3", "image/cr3"),
    image(".crw", "image/crw"),
    image(".dcr", "image/dcr"),
    image(".dng", "image/dng"),
    image(".erf", "image/erf"),
    image(".fff", "image/fff"),
    image(".gif", "image/gif"),
    image(".heic", "image/heic"),
    image(".heif", "image/heif"),
    image(".hif", "image/hif"),
    image(".iiq", "image/iiq"),
    image(".insp", "image/jpeg"),
    image(".jp2", "image/jp2"),
    image(".jpe", "image/jpeg"),
    image(".jpeg", "image/jpeg"),
    image(".jpg", "image/jpeg"),
    image(".jxl", "image/jxl"),
    image(".k25", "image/k25"),
    image(".kdc", "image/kdc"),
    image(".mpo", "image/jpeg"),
    image(".mrw", "image/mrw"),
    image(".nef", "image/nef"),
    image(".nrw", "image/nrw"),
    image(".orf", "image/orf"),
    image(".ori", "image/ori"),
    image(".pef", "image/pef"),
    image(".png", "image/png"),
    image(".psd", "image/psd"),
    image(".raf", "image/raf"),
    image(".raw", "image/raw"),
    image(".rw2", "image/rw2"),
    image(".rwl", "image/rwl"),
    image(".sr2", "image/sr2"),
    image(".srf", "image/srf"),
    image(".srw", "image/srw"),
    // Not image/svg+xml: clients see what the official server answers.
    image(".svg", "image/svg"),
    image(".tif", "image/tiff"),
    image(".tiff", "image/tiff"),
    image(".webp", "image/webp"),
    image(".x3f", "image/x3f"),
    video(".3gp", "video/3gpp"),
    video(".3gpp", "video/3gpp"),
    video(".avi", "video/avi"),
    video(".flv", "video/x-flv"),
    video(".insv", "video/mp4"),
    video(".m2t", "video/mp2t"),
    video(".m2ts", "video/mp2t"),
    video(".m4v", "video/x-m4v"),
    video(".mkv", "video/x-matroska"),
    video(".mov", "video/quicktime"),
    video(".mp4", "video/mp4"),
    video(".mpe", "video/mpeg"),
    video(".mpeg", "video/mpeg"),
    video(".mpg", "video/mpeg"),
    video(".mts", "video/mp2t"),
    video(".mxf", "application/mxf"),
    video(".ts", "video/mp2t"),
    video(".vob", "video/mpeg"),
    video(".webm", "video/webm"),
    video(".wmv", "video/x-ms-wmv"),
    FileType {
        extension: ".xmp",
        mime: "application/xml",
        kind: AssetKind::Sidecar,
    },
];

const WEB_IMAGES: &[&str] = &[".avif", ".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp"];
const PROFILE_IMAGES: &[&str] = &[
    ".avif", ".dng", ".heic", ".heif", ".jpeg", ".jpg", ".png", ".svg", ".webp",
];
const HEIF_FAMILY: &[&str] = &[".avif", ".heic", ".heif", ".hif"];

/// The extension of `file_name` with its dot, in lower case; empty when there is none.
///
/// A dot-file without a further dot is all extension: `.jpg` gives `.jpg`
/// (api/assets.md section 19).
pub fn extension(file_name: &str) -> String {
    let base = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
    base.rfind('.')
        .and_then(|dot| base.get(dot..))
        .map(str::to_ascii_lowercase)
        .unwrap_or_default()
}

fn find(file_name: &str) -> Option<&'static FileType> {
    let extension = extension(file_name);
    TABLE.iter().find(|t| t.extension == extension)
}

/// The kind of a file by its name, `None` for an unsupported extension.
pub fn kind_of(file_name: &str) -> Option<AssetKind> {
    find(file_name).map(|t| t.kind)
}

/// The MIME type answered for a file of this name; `application/octet-stream` when unknown.
pub fn mime_type(file_name: &str) -> &'static str {
    find(file_name).map_or("application/octet-stream", |t| t.mime)
}

/// All extensions of one kind, with their dots, sorted; the body of `GET /server/media-types`.
pub fn extensions(kind: AssetKind) -> impl Iterator<Item = &'static str> {
    TABLE
        .iter()
        .filter(move |t| t.kind == kind)
        .map(|t| t.extension)
}

/// Whether browsers show the original as it is, so no full-size rendition is needed
/// (api/assets.md section 4).
pub fn is_web_image(file_name: &str) -> bool {
    WEB_IMAGES.contains(&extension(file_name).as_str())
}

/// Whether the file may become a profile picture (api/assets.md section 19).
pub fn is_profile_image(file_name: &str) -> bool {
    PROFILE_IMAGES.contains(&extension(file_name).as_str())
}

/// Whether the format keeps its rotation in the container, so that the EXIF orientation must be
/// ignored (api/assets.md section 9, row `orientation`).
pub fn is_heif_family(file_name: &str) -> bool {
    HEIF_FAMILY.contains(&extension(file_name).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extension_is_case_insensitive_and_dot_files_count() {
        assert_eq!(extension("IMG_1.JPG"), ".jpg");
        assert_eq!(extension(".jpg"), ".jpg");
        assert_eq!(extension("a.b/c"), "");
        assert_eq!(extension("holiday.tar.MOV"), ".mov");
        assert_eq!(extension("photo."), ".");
        assert_eq!(extension("\u{1f4f7}.heic"), ".heic");
    }

    #[test]
    fn kinds_and_mime_types_follow_the_contract() {
        let expected = [
            ("a.dng", Some(AssetKind::Image), "image/dng"),
            ("a.insp", Some(AssetKind::Image), "image/jpeg"),
            ("a.svg", Some(AssetKind::Image), "image/svg"),
            ("a.tif", Some(AssetKind::Image), "image/tiff"),
            ("a.mxf", Some(AssetKind::Video), "application/mxf"),
            ("a.m2ts", Some(AssetKind::Video), "video/mp2t"),
            ("a.insv", Some(AssetKind::Video), "video/mp4"),
            ("a.xmp", Some(AssetKind::Sidecar), "application/xml"),
            ("a.txt", None, "application/octet-stream"),
            ("jpg", None, "application/octet-stream"),
        ];
        for (name, kind, mime) in expected {
            assert_eq!((kind_of(name), mime_type(name)), (kind, mime), "{name}");
        }
    }

    #[test]
    fn table_is_sorted_and_of_the_expected_size() {
        for (kind, count) in [
            (AssetKind::Image, 48),
            (AssetKind::Video, 20),
            (AssetKind::Sidecar, 1),
        ] {
            let list: Vec<_> = extensions(kind).collect();
            assert!(list.is_sorted(), "{kind:?}");
            assert_eq!(list.len(), count, "{kind:?}");
        }
        assert_eq!(extensions(AssetKind::Image).next(), Some(".3fr"));
    }

    #[test]
    fn web_profile_and_heif_lists() {
        assert!(is_web_image("x.WEBP") && !is_web_image("x.heic"));
        assert!(is_profile_image("x.dng") && !is_profile_image("x.gif"));
        assert!(is_heif_family("x.HIF") && !is_heif_family("x.jxl"));
    }
}
