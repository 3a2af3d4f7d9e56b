//! Function `scheduler`: works off background tasks and, each minute, sweeps (docs/jobs.md).

mod backup;
mod cron;
mod deletion;
mod files;
mod integrity;
mod libraries;
mod mails;
mod memories;
mod nightly;
mod people;
mod releases;
mod tick;
mod usage;
mod work;
mod workflows;

edge_http::consumer!(Tasks, work::work, tick::tick, backup::restore::go_on);
