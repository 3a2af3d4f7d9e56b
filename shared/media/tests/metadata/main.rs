//! What files say of themselves: by rule, by format, and when they attack.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod bombs;
mod bursts;
mod cases;
#[path = "../common/mod.rs"]
mod common;
mod lenses;
mod motion;
mod rules;
mod video;
mod zones;
