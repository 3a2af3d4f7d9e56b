//! Area `duplicates`: groups of look-alikes (api/features.md).

edge_http::area! {
    "duplicates";
    GET "/duplicates" => unbuilt as getAssetDuplicates;
    DELETE "/duplicates" => unbuilt as deleteDuplicates;
    POST "/duplicates/resolve" => unbuilt as resolveDuplicates;
    DELETE "/duplicates/{id}" => unbuilt as deleteDuplicate;
}
