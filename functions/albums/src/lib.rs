//! Area `albums`: albums and their members (api/features.md).

edge_http::area! {
    "albums";
    GET "/albums" => unbuilt as getAllAlbums;
    POST "/albums" => unbuilt as createAlbum;
    PUT "/albums/assets" => unbuilt as addAssetsToAlbums;
    GET "/albums/statistics" => unbuilt as getAlbumStatistics;
    GET "/albums/{id}" => unbuilt as getAlbumInfo;
    PATCH "/albums/{id}" => unbuilt as updateAlbumInfo;
    DELETE "/albums/{id}" => unbuilt as deleteAlbum;
    PUT "/albums/{id}/assets" => unbuilt as addAssetsToAlbum;
    DELETE "/albums/{id}/assets" => unbuilt as removeAssetFromAlbum;
    GET "/albums/{id}/map-markers" => unbuilt as getAlbumMapMarkers;
    PUT "/albums/{id}/user/{userId}" => unbuilt as updateAlbumUser;
    DELETE "/albums/{id}/user/{userId}" => unbuilt as removeUserFromAlbum;
    PUT "/albums/{id}/users" => unbuilt as addUsersToAlbum;
}
