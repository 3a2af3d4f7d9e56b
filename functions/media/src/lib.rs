//! Function `media`: works off the queues `metadataExtraction`, `thumbnailGeneration` and
//! `sidecar` (docs/jobs.md).

mod extract;
mod mass;
mod motion;
mod read;
mod rules;
mod settings;
mod sidecar;
mod thumbnails;
mod work;

edge_http::consumer!(Media, work::work);
