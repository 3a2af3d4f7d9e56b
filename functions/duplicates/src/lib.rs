//! Area `duplicates`: groups of look-alikes (api/features.md).

mod handlers;
mod rules;

edge_http::area! {
    "duplicates";
    GET "/duplicates" => handlers::list as getAssetDuplicates;
    DELETE "/duplicates" => handlers::dismiss_many as deleteDuplicates;
    POST "/duplicates/resolve" => handlers::resolve as resolveDuplicates;
    DELETE "/duplicates/{id}" => handlers::dismiss as deleteDuplicate;
}
