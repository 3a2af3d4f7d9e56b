//! Area `stream`: videos are transcoded while they are watched (HLS; api/hls.md, docs/companion.md).

mod handlers;
mod levels;
mod playlists;

edge_http::area! {
    "stream";
    GET "/assets/{id}/video/stream/main.m3u8" => handlers::main_playlist as getMainPlaylist;
    DELETE "/assets/{id}/video/stream/{sessionId}" => handlers::end as endSession;
    GET "/assets/{id}/video/stream/{sessionId}/{variantIndex}/playlist.m3u8" => handlers::media_playlist as getMediaPlaylist;
    GET "/assets/{id}/video/stream/{sessionId}/{variantIndex}/{filename}" => handlers::segment as getSegment;
}
