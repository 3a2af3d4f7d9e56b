//! Area `sync`: the sync stream of the mobile app (api/features.md).

edge_http::area! {
    "sync";
    GET "/sync/ack" => unbuilt as getSyncAck;
    POST "/sync/ack" => unbuilt as sendSyncAck;
    DELETE "/sync/ack" => unbuilt as deleteSyncAck;
    POST "/sync/stream" => unbuilt as getSyncStream;
}
