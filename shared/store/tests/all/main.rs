//! The statements of edge-store on SQLite and PostgreSQL, one file for each subject; one program, because each costs a link.

mod album_markers;
mod bursts;
mod hot_lists;
mod hot_reads;
mod jobs;
mod kept;
mod live_photos;
mod months;
mod places;
mod plans;
mod plans_accounts;
mod plans_links;
mod plans_vectors;
mod plans_workflows;
mod queue_costs;
mod races;
mod scale;
mod scale_areas;
mod scale_requests;
mod schema;
mod search;
mod search_few;
mod sync;
mod users;
mod waits;
