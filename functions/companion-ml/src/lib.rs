//! Area `companion-ml`: faces and text that networks of companions found (docs/companion.md, "Networks"), apart from `companion` because that
//! is as large as it may be (docs/decisions/0007-sizes.md). None of it is in the OpenAPI document.

mod handlers;

edge_http::area! {
    "companion-ml";
    #[hidden] POST "/companion/networks/{id}/finish" => handlers::finish as finishCompanionNetwork;
}
