//! Area `queues`: job queues (api/features.md, api/jobs-ml.md section 1).

mod handlers;

edge_http::area! {
    "queues";
    GET "/queues" => handlers::list as getQueues;
    GET "/queues/{name}" => handlers::get as getQueue;
    PUT "/queues/{name}" => handlers::update as updateQueue;
    GET "/queues/{name}/jobs" => handlers::jobs as getQueueJobs;
    DELETE "/queues/{name}/jobs" => handlers::empty as emptyQueue;
}
