//! Function `storage`: works off the jobs that go through the bucket. Those are integrity checks (docs/integrity.md), libraries
//! (docs/libraries.md), and backups of the database with their restore (docs/backups.md).

mod backup;
mod integrity;
mod libraries;
mod work;

edge_http::reads_originals!();

edge_http::consumer!(Storage, work::work, idle = backup::restore::go_on);
