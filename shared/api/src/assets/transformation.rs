//! Pictures in other sizes: an addition of ours to `GET /assets/{id}/thumbnail` (docs/transformations.md).

use crate::enums::text_enum;
use crate::input::{input, rule};
use crate::time::Millis;
use serde::Serialize;

text_enum! {
    /// How a picture comes into the box that was asked for.
    pub enum TransformFit {
        Contain = "contain",
        Cover = "cover",
    }
}

text_enum! {
    /// File format; `auto` is WebP for whoever says that he takes it, else JPEG.
    pub enum TransformFormat {
        Auto = "auto",
        Webp = "webp",
        Jpeg = "jpeg",
    }
}

input! {
    /// What another size is asked for by, in the query of a thumbnail and in the body that has one signed.
    pub struct Transform {
        /// Widest, pixels.
        pub width: Option<i64> = optional("w", rule::integer().min(1).max(8192)),
        /// Highest, pixels.
        pub height: Option<i64> = optional("h", rule::integer().min(1).max(8192)),
        /// Default `contain`.
        pub fit: TransformFit = default("fit", rule::enum_of(), TransformFit::Contain),
        /// Default `auto`.
        pub format: TransformFormat = default("format", rule::enum_of(), TransformFormat::Auto),
        /// 1 to 100.
        pub quality: i64 = default("quality", rule::integer().min(1).max(100), 80),
        /// Prefer the edited picture.
        pub edited: bool = default("edited", rule::boolean(), false),
        /// Until when a signature is valid, epoch seconds; for ever without.
        pub expires: Option<i64> = optional("expires", rule::integer().min(0)),
        /// The signature.
        pub signature: Option<String> = optional("signature", rule::string().max(100)),
    }
    check |value, fields| {
        if value.width.is_none() && value.height.is_none() {
            fields.refuse("w", "Either `w` or `h` must be set");
        }
    }
}

/// A signed address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignedTransform {
    /// Path and query of the picture, without the key of a link.
    pub url: String,
    /// Until when it is valid; null: for ever.
    #[serde(rename = "expiresAt")]
    pub expires_at: Option<Millis>,
}
