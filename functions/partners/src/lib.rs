//! Area `partners`: partner sharing (api/features.md).

edge_http::area! {
    "partners";
    GET "/partners" => unbuilt as getPartners;
    POST "/partners" => unbuilt as createPartner;
    POST "/partners/{id}" => unbuilt as createPartnerDeprecated;
    PUT "/partners/{id}" => unbuilt as updatePartner;
    DELETE "/partners/{id}" => unbuilt as removePartner;
}
