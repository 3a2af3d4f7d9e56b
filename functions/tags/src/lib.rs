//! Area `tags`: tags (api/features.md).

edge_http::area! {
    "tags";
    GET "/tags" => unbuilt as getAllTags;
    POST "/tags" => unbuilt as createTag;
    PUT "/tags" => unbuilt as upsertTags;
    PUT "/tags/assets" => unbuilt as bulkTagAssets;
    GET "/tags/{id}" => unbuilt as getTagById;
    PUT "/tags/{id}" => unbuilt as updateTag;
    #[hidden] PATCH "/tags/{id}" => unbuilt as updateTag;
    DELETE "/tags/{id}" => unbuilt as deleteTag;
    PUT "/tags/{id}/assets" => unbuilt as tagAssets;
    DELETE "/tags/{id}/assets" => unbuilt as untagAssets;
}
