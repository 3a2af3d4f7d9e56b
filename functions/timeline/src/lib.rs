//! Area `timeline`: time buckets (api/features.md).

edge_http::area! {
    "timeline";
    GET "/timeline/bucket" => unbuilt as getTimeBucket;
    GET "/timeline/buckets" => unbuilt as getTimeBuckets;
}
