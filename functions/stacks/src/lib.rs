//! Area `stacks`: assets shown as one (api/assets.md section 14).

mod handlers;

edge_http::area! {
    "stacks";
    GET "/stacks" => handlers::search as searchStacks;
    POST "/stacks" => handlers::create as createStack;
    DELETE "/stacks" => handlers::delete_many as deleteStacks;
    GET "/stacks/{id}" => handlers::get as getStack;
    PUT "/stacks/{id}" => handlers::update as updateStack;
    #[hidden] PATCH "/stacks/{id}" => handlers::update as updateStack;
    DELETE "/stacks/{id}" => handlers::delete as deleteStack;
    DELETE "/stacks/{id}/assets/{assetId}" => handlers::remove_asset as removeAssetFromStack;
}
