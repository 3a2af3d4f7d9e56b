//! Area `jobs`: job queues in their older form, and manual jobs (api/features.md, api/jobs-ml.md section 1).

mod handlers;
mod rules;

edge_http::area! {
    "jobs";
    GET "/jobs" => handlers::list as getQueuesLegacy;
    POST "/jobs" => handlers::create as createJob;
    PUT "/jobs/{name}" => handlers::command as runQueueCommandLegacy;
}
