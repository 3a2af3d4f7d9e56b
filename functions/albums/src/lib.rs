//! Area `albums`: albums and their members (api/features.md section A, Albums; api/auth.md section 7).

mod handlers;
mod markers;
mod rules;

edge_http::area! {
    "albums";
    GET "/albums" => handlers::list as getAllAlbums;
    POST "/albums" => handlers::create as createAlbum;
    PUT "/albums/assets" => handlers::add_assets_to_albums as addAssetsToAlbums;
    GET "/albums/statistics" => handlers::statistics as getAlbumStatistics;
    GET "/albums/{id}" => handlers::info as getAlbumInfo;
    PATCH "/albums/{id}" => handlers::update as updateAlbumInfo;
    DELETE "/albums/{id}" => handlers::delete as deleteAlbum;
    PUT "/albums/{id}/assets" => handlers::add_assets as addAssetsToAlbum;
    DELETE "/albums/{id}/assets" => handlers::remove_assets as removeAssetFromAlbum;
    GET "/albums/{id}/map-markers" => handlers::map_markers as getAlbumMapMarkers;
    PUT "/albums/{id}/user/{userId}" => handlers::set_role as updateAlbumUser;
    DELETE "/albums/{id}/user/{userId}" => handlers::remove_user as removeUserFromAlbum;
    PUT "/albums/{id}/users" => handlers::invite as addUsersToAlbum;
}
