//! Area `download`: archives of originals (api/assets.md section 7).

mod archive;
mod form;
mod handlers;
mod rules;

edge_http::reads_originals!();

edge_http::area! {
    "download";
    POST "/download/archive" => handlers::archive as downloadArchive;
    POST "/download/info" => handlers::info as getDownloadInfo;
}
