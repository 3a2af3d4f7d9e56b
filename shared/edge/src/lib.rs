//! HTTP glue: router, authentication, extractors, error bodies, entry points.
