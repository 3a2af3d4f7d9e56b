//! Function `media`: works off the queues `metadataExtraction` and `thumbnailGeneration` (docs/jobs.md).

mod extract;
mod mass;
mod motion;
mod read;
mod rules;
mod thumbnails;
mod work;

edge_http::consumer!(Media, work::work);
