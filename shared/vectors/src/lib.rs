//! Vectors that are compared: as numbers of 8 bits ([`code`]), and by their signs first ([`signs`]), which are read and compared much
//! faster. Pure: no I/O, no clock.
pub mod code;
pub mod signs;

/// What stands for a vector is no base64.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
#[error("vector: {0}")]
pub struct Damaged(pub String);
