//! Area `jobs`: job queues in their older form, and manual jobs (api/features.md).

edge_http::area! {
    "jobs";
    GET "/jobs" => unbuilt as getQueuesLegacy;
    POST "/jobs" => unbuilt as createJob;
    PUT "/jobs/{name}" => unbuilt as runQueueCommandLegacy;
}
