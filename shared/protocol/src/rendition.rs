//! Renditions: how they are made, and what their outputs are called.

use serde::{Deserialize, Serialize};

/// How a rendition is made (api/jobs-ml.md section 4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rendition {
    /// `preview`, `thumbnail` or `fullsize`.
    pub kind: String,
    /// How it is encoded.
    pub format: Format,
    /// Pixels of the shorter side; 0: as large as the original.
    pub size: u32,
    /// 1 to 100.
    pub quality: u8,
    /// Progressive JPEG.
    pub progressive: bool,
}

/// Format of a rendition, which is its extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Format {
    /// `.jpeg`
    Jpeg,
    /// `.webp`
    Webp,
}

impl Format {
    /// Extension with its dot (api/jobs-ml.md section 4, file layout).
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => ".jpeg",
            Self::Webp => ".webp",
        }
    }

    /// MIME type.
    pub fn mime_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }
}

/// Name of a rendition's output in `PUT …/jobs/{id}/outputs/{name}`, e.g. `preview.jpeg`.
pub fn output_name(kind: &str, format: Format) -> String {
    format!("{kind}{}", format.extension())
}

/// Kind and format of an output's name; `None`: it is none that a companion may write.
pub fn parse_output(name: &str) -> Option<(&'static str, Format)> {
    let (kind, extension) = name.split_once('.')?;
    let kinds = ["preview", "thumbnail", "fullsize"];
    let kind = kinds.into_iter().find(|known| *known == kind)?;
    match extension {
        "jpeg" => Some((kind, Format::Jpeg)),
        "webp" => Some((kind, Format::Webp)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_have_the_names_of_renditions_and_nothing_else() {
        for (kind, format) in [("preview", Format::Jpeg), ("thumbnail", Format::Webp)] {
            assert_eq!(
                parse_output(&output_name(kind, format)),
                Some((kind, format))
            );
        }
        for name in [
            "preview",
            "preview.png",
            "../preview.jpeg",
            "sidecar.jpeg",
            "",
        ] {
            assert_eq!(parse_output(name), None, "{name}");
        }
    }
}
