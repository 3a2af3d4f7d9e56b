//! Function `media`: works off the queues `metadataExtraction`, `thumbnailGeneration`,
//! `sidecar` and `duplicateDetection` (docs/jobs.md).

mod duplicates;
mod extract;
mod mass;
mod motion;
mod portraits;
mod read;
mod rules;
mod settings;
mod sidecar;
mod thumbnails;
mod work;

edge_http::consumer!(Media, work::work);
