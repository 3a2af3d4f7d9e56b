//! What functions that run networks share: models that are installed in the bucket, and previews as networks take them.

mod installed;
pub mod picture;

pub use installed::Installed;
