//! Area `download`: zip archives of originals (api/features.md).

edge_http::area! {
    "download";
    POST "/download/archive" => unbuilt as downloadArchive;
    POST "/download/info" => unbuilt as getDownloadInfo;
}
