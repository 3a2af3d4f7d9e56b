//! Tables `face_vector` and `face_vector_block`: what faces look like, and which of them wait for a person (docs/faces.md).
//!
//! All writes are results of a job (`{held}`), or, for all faces, harmless when repeated.

pub mod detect;
pub mod recognize;
pub mod sort;
