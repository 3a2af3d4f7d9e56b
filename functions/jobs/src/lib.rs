//! Area `jobs`: job queues in their older form, and manual jobs (api/features.md, api/jobs-ml.md section 1).
//!
//! Work that no function of this build can do yet is refused with 501 instead of being queued for ever:
//! docs/jobs.md lists what is built.

mod handlers;
mod rules;

edge_http::area! {
    "jobs";
    GET "/jobs" => handlers::list as getQueuesLegacy;
    POST "/jobs" => handlers::create as createJob;
    PUT "/jobs/{name}" => handlers::command as runQueueCommandLegacy;
}
