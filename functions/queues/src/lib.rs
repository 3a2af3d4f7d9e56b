//! Area `queues`: job queues (api/features.md).

edge_http::area! {
    "queues";
    GET "/queues" => unbuilt as getQueues;
    GET "/queues/{name}" => unbuilt as getQueue;
    PUT "/queues/{name}" => unbuilt as updateQueue;
    GET "/queues/{name}/jobs" => unbuilt as getQueueJobs;
    DELETE "/queues/{name}/jobs" => unbuilt as emptyQueue;
}
