//! Function `media`: works off the queues `metadataExtraction`, `thumbnailGeneration`, `editor`,
//! `sidecar` and `duplicateDetection` (docs/jobs.md).

mod beside;
mod duplicates;
mod edits;
mod extract;
mod loaded;
mod motion;
mod portraits;
mod raw;
mod read;
mod rules;
mod sidecar;
mod thumbnails;
mod work;

edge_http::reads_originals!();

edge_http::consumer!(Media, work::work);
