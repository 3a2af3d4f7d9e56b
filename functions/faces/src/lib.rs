//! Area `faces`: faces on photos (api/features.md).

mod handlers;
mod rules;

edge_http::area! {
    "faces";
    GET "/faces" => handlers::list as getFaces;
    POST "/faces" => handlers::create as createFace;
    PUT "/faces/{id}" => handlers::reassign as reassignFacesById;
    DELETE "/faces/{id}" => handlers::delete as deleteFace;
}
