//! Area `delivery`: originals, renditions and videos on their way to the client (api/assets.md sections 4 to 6). It is apart from
//! `assets` because a timeline asks for hundreds of thumbnails: what answers them starts with as little code as can be.

mod handlers;
mod rules;
mod sizes;

edge_http::reads_originals!();

edge_http::area! {
    "delivery";
    GET "/assets/{id}/original" => handlers::download as downloadAsset;
    GET "/assets/{id}/thumbnail" => handlers::view as viewAsset;
    #[hidden] POST "/assets/{id}/transformations" => handlers::sign as signAssetTransformation;
    GET "/assets/{id}/video/playback" => handlers::play as playAssetVideo;
}
