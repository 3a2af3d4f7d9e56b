//! Function `clip-ml`: works off the queue `smartSearch` (docs/smart-search.md).

mod all;
mod asked;
mod look;
mod work;

edge_http::consumer!(Clip, work::work, SmartSearch = work::together, together);
