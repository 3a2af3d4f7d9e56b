//! Function `media`: works off the queues `metadataExtraction` and `thumbnailGeneration` (docs/jobs.md).

mod work;

edge_http::consumer!(Media, work::work);
