//! Area `faces`: faces on photos (api/features.md).

edge_http::area! {
    "faces";
    GET "/faces" => unbuilt as getFaces;
    POST "/faces" => unbuilt as createFace;
    PUT "/faces/{id}" => unbuilt as reassignFacesById;
    DELETE "/faces/{id}" => unbuilt as deleteFace;
}
