//! Area `tags`: an owner's tree of labels (api/features.md section A, Tags).

mod handlers;
mod rules;

edge_http::area! {
    "tags";
    GET "/tags" => handlers::list as getAllTags;
    POST "/tags" => handlers::create as createTag;
    PUT "/tags" => handlers::upsert as upsertTags;
    PUT "/tags/assets" => handlers::tag_many as bulkTagAssets;
    GET "/tags/{id}" => handlers::get as getTagById;
    PUT "/tags/{id}" => handlers::update as updateTag;
    #[hidden] PATCH "/tags/{id}" => handlers::update as updateTag;
    DELETE "/tags/{id}" => handlers::delete as deleteTag;
    PUT "/tags/{id}/assets" => handlers::tag_assets as tagAssets;
    DELETE "/tags/{id}/assets" => handlers::untag_assets as untagAssets;
}
