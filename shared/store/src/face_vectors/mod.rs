//! Tables `face_vector` and `face_vector_block`: what faces look like, and which of them wait for a person (docs/faces.md).
//!
//! All writes are results of a job (`{held}`), or, for all faces, harmless when repeated.

pub mod detect;
pub mod recognize;
pub mod sort;

use edge_platform::{Statement, stmt};

/// Removes the blocks of other models than this one. Result of a job (`{held}`).
pub fn clear_other_blocks(model: &str) -> Statement {
    stmt!(
        "delete from face_vector_block where model <> ?1 and {held}",
        model
    )
}
