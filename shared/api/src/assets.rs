//! Assets: photos and videos (api/assets.md).

mod edits;
mod metadata;
mod requests;
mod response;
mod transformation;
mod upload;

pub use edits::*;
pub use metadata::*;
pub use requests::*;
pub use response::*;
pub use transformation::*;
pub use upload::*;

#[cfg(test)]
mod tests;
