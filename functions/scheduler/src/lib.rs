//! Function `scheduler`: works off background tasks and, each minute, sweeps (docs/jobs.md).

mod tick;
mod work;

edge_http::consumer!(Tasks, work::work, tick::tick);
