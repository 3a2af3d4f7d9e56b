//! Area `edits`: how photos are cropped, turned and mirrored (api/assets.md section 12).

mod handlers;
mod rules;

edge_http::area! {
    "edits";
    GET "/assets/{id}/edits" => handlers::list as getAssetEdits;
    PUT "/assets/{id}/edits" => handlers::replace as editAsset;
    DELETE "/assets/{id}/edits" => handlers::remove as removeAssetEdits;
}
