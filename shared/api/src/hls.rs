//! Requests of live transcoding (api/hls.md section 1).

use crate::input::{input, rule};

input! {
    /// What a request for a media playlist names: of its path, and of its headers.
    pub struct PlaylistRequest {
        /// Which variant.
        pub variant_index: i64 = required("variantIndex", rule::integer().min(0)),
        /// The second at which the player is.
        pub position: Option<f64> = optional("x-immich-hls-pos", rule::number().min(0.0)),
    }
}

input! {
    /// What a request for a file of a session names beside the file.
    pub struct SegmentRequest {
        /// Which variant.
        pub variant_index: i64 = required("variantIndex", rule::integer().min(0)),
        /// The segment that the player wants next.
        pub next: Option<i64> = optional("x-immich-hls-msn", rule::integer().min(0)),
    }
}
