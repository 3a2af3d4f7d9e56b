//! Which files may be profile images, and who may set a new password.

use edge_http::{Error, Result, secret};
use edge_store::{login, users::PasswordProof};

/// So long after a login the session stands for the password it was made with, ms: the mobile app asks for a first
/// password of one's own right then, and does not send the old one (api/sync.md section 5).
const FRESH: i64 = 10 * 60 * 1000;

/// Whether the caller may set a new password at `now` (epoch ms): with the current one, or just after the login.
pub fn check_new_password(proof: &PasswordProof, current: Option<&str>, now: i64) -> Result<()> {
    match current {
        Some(current) if secret::verify_password(current, proof.password.as_deref()) => Ok(()),
        Some(_) => Err(Error::bad_request("Wrong password")),
        None if proof.logged_in_at.is_some_and(|at| now - at < FRESH) => Ok(()),
        None => Err(Error::bad_request("The current password is required")),
    }
}

/// The answer to guesses of the current password while they are blocked; times in epoch ms.
pub fn too_many_guesses(until: i64, now: i64) -> Error {
    Error::TooManyLogins(login::seconds_until(until, now))
}

/// A type of image that may be one.
#[derive(Debug, Clone, Copy)]
pub struct ImageType {
    /// Lower case, without the dot.
    pub extension: &'static str,
    /// Content type of the answer.
    pub mime: &'static str,
    signature: fn(&[u8]) -> bool,
}

/// The types of api/assets.md section 19 but SVG, which can carry scripts.
const TYPES: &[ImageType] = &[
    image("jpg", "image/jpeg", is_jpeg),
    image("jpeg", "image/jpeg", is_jpeg),
    image("png", "image/png", |bytes| {
        bytes.starts_with(b"\x89PNG\r\n\x1a\n")
    }),
    image("webp", "image/webp", |bytes| {
        bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP".as_slice())
    }),
    image("avif", "image/avif", is_iso_media),
    image("heic", "image/heic", is_iso_media),
    image("heif", "image/heif", is_iso_media),
    image("dng", "image/dng", |bytes| {
        bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*")
    }),
];

const fn image(
    extension: &'static str,
    mime: &'static str,
    signature: fn(&[u8]) -> bool,
) -> ImageType {
    ImageType {
        extension,
        mime,
        signature,
    }
}

fn is_jpeg(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xff\xd8\xff")
}

/// AVIF and HEIF share their container (ISO 14496-12).
fn is_iso_media(bytes: &[u8]) -> bool {
    bytes.get(4..8) == Some(b"ftyp".as_slice())
}

/// The type of a file by its name, if its first bytes agree.
pub fn image_type(file_name: &str, bytes: &[u8]) -> Option<&'static ImageType> {
    of_name(file_name).filter(|kind| (kind.signature)(bytes))
}

/// Content type of a stored profile image by its object key.
pub fn mime_of(key: &str) -> &'static str {
    of_name(key).map_or("application/octet-stream", |kind| kind.mime)
}

fn of_name(name: &str) -> Option<&'static ImageType> {
    let (_, extension) = name.rsplit_once('.')?;
    TYPES
        .iter()
        .find(|kind| kind.extension.eq_ignore_ascii_case(extension))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_and_signature_must_agree() {
        let jpeg = b"\xff\xd8\xff\xe0";
        assert_eq!(
            image_type("a.JPG", jpeg).map(|kind| kind.mime),
            Some("image/jpeg")
        );
        assert!(image_type("a.png", jpeg).is_none());
        assert!(image_type("a.svg", b"<svg/>").is_none());
        assert!(image_type("jpg", jpeg).is_none());
        assert!(image_type("a.jpg", b"").is_none());
        assert_eq!(mime_of("profile/u/i.heic"), "image/heic");
        assert_eq!(mime_of("profile/u/i"), "application/octet-stream");
    }
}
