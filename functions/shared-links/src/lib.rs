//! Area `shared-links`: public links (api/features.md).

edge_http::area! {
    "shared-links";
    GET "/shared-links" => unbuilt as getAllSharedLinks;
    POST "/shared-links" => unbuilt as createSharedLink;
    POST "/shared-links/login" => unbuilt as sharedLinkLogin;
    GET "/shared-links/me" => unbuilt as getMySharedLink;
    GET "/shared-links/{id}" => unbuilt as getSharedLinkById;
    PATCH "/shared-links/{id}" => unbuilt as updateSharedLink;
    DELETE "/shared-links/{id}" => unbuilt as removeSharedLink;
    PUT "/shared-links/{id}/assets" => unbuilt as addSharedLinkAssets;
    DELETE "/shared-links/{id}/assets" => unbuilt as removeSharedLinkAssets;
}
