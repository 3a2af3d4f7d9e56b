//! Area `trash`: the trash (api/assets.md section 15).

mod handlers;

edge_http::area! {
    "trash";
    POST "/trash/empty" => handlers::empty as emptyTrash;
    POST "/trash/restore" => handlers::restore_all as restoreTrash;
    POST "/trash/restore/assets" => handlers::restore as restoreAssets;
}
