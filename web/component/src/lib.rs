//! Serves the files of the web page on Spin and on our host, as Cloudflare's static assets do there: what is not there leads to
//! `index.html`, `_headers` says with which headers. The component sees them in the folder `/web` (spin.toml).

mod files;

pub use files::answer;

edge_http::spin_service!(|request| std::future::ready(edge_http::spin::serve_files(
    request,
    |request| answer(std::path::Path::new("/web"), request)
)));
