//! Function `ocr-ml`: works off the queue `ocr`: text in pictures (docs/ocr.md).

mod asked;
mod model;
mod text;
mod work;

edge_http::consumer!(Ocr, work::work, Ocr = work::together, together);
