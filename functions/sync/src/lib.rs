//! Area `sync`: the sync stream of the mobile app (api/sync.md, docs/sync.md).

mod handlers;
mod lines;
mod plan;
mod reader;

edge_http::area! {
    "sync";
    GET "/sync/ack" => handlers::acks as getSyncAck;
    POST "/sync/ack" => handlers::acknowledge as sendSyncAck;
    DELETE "/sync/ack" => handlers::forget as deleteSyncAck;
    POST "/sync/stream" => handlers::stream as getSyncStream;
}
