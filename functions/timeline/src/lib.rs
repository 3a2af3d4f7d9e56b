//! Area `timeline`: time buckets (api/features.md section C).

mod columns;
mod handlers;
mod large;
mod rules;

edge_http::area! {
    "timeline";
    GET "/timeline/bucket" => handlers::bucket as getTimeBucket;
    GET "/timeline/buckets" => handlers::buckets as getTimeBuckets;
}
