//! Area `partners`: partner sharing (api/features.md section A, Partners; api/auth.md section 7).

mod handlers;

edge_http::area! {
    "partners";
    GET "/partners" => handlers::list as getPartners;
    POST "/partners" => handlers::create as createPartner;
    POST "/partners/{id}" => handlers::create_by_path as createPartnerDeprecated;
    PUT "/partners/{id}" => handlers::update as updatePartner;
    DELETE "/partners/{id}" => handlers::delete as removePartner;
}
