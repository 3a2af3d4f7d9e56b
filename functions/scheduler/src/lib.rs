//! Function `scheduler`: works off background tasks and, each minute, sweeps (docs/jobs.md).

mod changed;
mod cron;
mod deletion;
mod files;
mod mails;
mod memories;
mod nightly;
mod releases;
mod tick;
mod unused;
mod usage;
mod work;
mod workflows;

edge_http::consumer!(
    Tasks,
    work::work,
    tick = tick::tick,
    changed = changed::scan
);
