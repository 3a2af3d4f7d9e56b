//! Area `trash`: the trash (api/features.md).

edge_http::area! {
    "trash";
    POST "/trash/empty" => unbuilt as emptyTrash;
    POST "/trash/restore" => unbuilt as restoreTrash;
    POST "/trash/restore/assets" => unbuilt as restoreAssets;
}
