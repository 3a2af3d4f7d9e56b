//! Area `shared-links`: what guests without an account may see (api/features.md section A, Shared links; api/auth.md
//! section 10).

mod handlers;
mod html;
mod other;
mod page;
mod password;
mod texts;

edge_http::area! {
    "shared-links";
    #[root] GET "/share/{key}" => page::by_key as getSharePage;
    #[root] POST "/share/{key}" => page::prove_key as proveSharePage;
    #[root] GET "/s/{slug}" => page::by_slug as getSlugPage;
    #[root] POST "/s/{slug}" => page::prove_slug as proveSlugPage;
    #[root] GET "/share/{key}/photos/{asset}" => page::photo_by_key as getSharePhotoPage;
    #[root] GET "/s/{slug}/photos/{asset}" => page::photo_by_slug as getSlugPhotoPage;
    GET "/shared-links" => handlers::list as getAllSharedLinks;
    POST "/shared-links" => handlers::create as createSharedLink;
    POST "/shared-links/login" => handlers::prove as sharedLinkLogin;
    GET "/shared-links/me" => handlers::mine as getMySharedLink;
    GET "/shared-links/{id}" => handlers::get as getSharedLinkById;
    PATCH "/shared-links/{id}" => handlers::update as updateSharedLink;
    DELETE "/shared-links/{id}" => handlers::delete as removeSharedLink;
    PUT "/shared-links/{id}/assets" => handlers::add_assets as addSharedLinkAssets;
    DELETE "/shared-links/{id}/assets" => handlers::remove_assets as removeSharedLinkAssets;
}
