//! Area `stacks`: stacked photos (api/features.md).

edge_http::area! {
    "stacks";
    GET "/stacks" => unbuilt as searchStacks;
    POST "/stacks" => unbuilt as createStack;
    DELETE "/stacks" => unbuilt as deleteStacks;
    GET "/stacks/{id}" => unbuilt as getStack;
    PUT "/stacks/{id}" => unbuilt as updateStack;
    #[hidden] PATCH "/stacks/{id}" => unbuilt as updateStack;
    DELETE "/stacks/{id}" => unbuilt as deleteStack;
    DELETE "/stacks/{id}/assets/{assetId}" => unbuilt as removeAssetFromStack;
}
