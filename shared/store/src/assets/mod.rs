//! Table `asset` and what hangs on it: photos and videos (api/assets.md).
//!
//! Split by meaning: [`insert`] (upload), [`response`] (row to answer), [`read`] (one asset, counts, known
//! checksums), [`files`] (which object is served), [`transformations`] (pictures in other sizes), [`edits`] (how pictures are cropped and turned), [`frame`] (where things are then), [`gumnut`] (second dialect),
//! [`remove`] (trash, deletion for good), [`update`], [`lock`] (the locked folder), [`motion`] (moving halves of stills),
//! and for clients of 2.7 [`device`], [`whole`] and [`replace`].

pub mod copy;
pub mod device;
pub mod edits;
pub mod files;
pub mod frame;
pub mod gumnut;
pub mod insert;
pub mod lock;
pub mod motion;
pub mod read;
pub mod remove;
pub mod replace;
pub mod response;
pub mod side_files;
pub mod transformations;
pub mod update;
pub mod whole;

pub use remove::purge;
