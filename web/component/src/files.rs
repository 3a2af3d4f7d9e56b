//! Which file a path means, and its headers.
use std::fs;
use std::path::{Path, PathBuf};

use axum::body::Body;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};

/// Below these names change with contents: what is missing there is missing, and no page. The second one is the official page's.
const CODE: [&str; 2] = ["/web/", "/_app/immutable/"];

/// Answers a request from the files in `folder`.
pub fn answer(folder: &Path, request: &Request<Body>) -> Response<Body> {
    let path = request.uri().path();
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return status(StatusCode::METHOD_NOT_ALLOWED);
    }
    let Some(file) = find(folder, path) else {
        return status(StatusCode::NOT_FOUND);
    };
    let takes_gzip = request.headers().get(ACCEPT_ENCODING);
    let takes_gzip = takes_gzip.and_then(|value| value.to_str().ok());
    let takes_gzip = takes_gzip.is_some_and(|value| value.contains("gzip"));
    let packed = PathBuf::from(format!("{}.gz", file.display()));
    let (bytes, is_packed) = match fs::read(&packed) {
        Ok(bytes) if takes_gzip => (Ok(bytes), true),
        _ => (fs::read(&file), false),
    };
    let Ok(bytes) = bytes else {
        return status(StatusCode::NOT_FOUND);
    };
    let body = if *request.method() == Method::HEAD {
        Body::empty()
    } else {
        Body::from(bytes)
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind(&file)));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if is_packed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    let rules = fs::read_to_string(folder.join("_headers")).unwrap_or_default();
    apply(&rules, path, headers);
    response
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// The file for a path: itself, or the page that knows what the path means.
fn find(folder: &Path, path: &str) -> Option<PathBuf> {
    let mut parts = path.split('/').filter(|part| !part.is_empty()).peekable();
    let is_plain = |part: &str| !part.starts_with(['.', '_']) && !part.contains(['\\', '%', '\0']);
    let index = folder.join("index.html");
    if parts.peek().is_none() {
        return Some(index);
    }
    let mut file = folder.to_path_buf();
    let mut are_plain = true;
    for part in parts {
        are_plain &= is_plain(part);
        file.push(part);
    }
    // The official page has files in `_app`.
    are_plain |=
        path.starts_with("/_app/") && !path.contains("/.") && !path.contains(['\\', '%', '\0']);
    if are_plain && file.is_file() {
        return Some(file);
    }
    // As Cloudflare's static assets have it: a document is found without `.html`.
    let document = PathBuf::from(format!("{}.html", file.display()));
    if are_plain && document.is_file() {
        return Some(document);
    }
    let is_code = CODE.iter().any(|code| path.starts_with(code));
    (!is_code).then_some(index)
}

/// Media type of a file, by its name.
fn kind(file: &Path) -> &'static str {
    let kind = file.extension().and_then(|kind| kind.to_str());
    match kind.unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Adds the headers that `rules` have for a path: a line with a path, `*` at its end for all below it, then indented lines. `! Name` takes
/// away what rules before have said.
fn apply(rules: &str, path: &str, headers: &mut HeaderMap) {
    let mut applies = false;
    for line in rules.lines() {
        if line.starts_with('/') {
            let prefix = line.trim_end().strip_suffix('*');
            applies = prefix.map_or(line.trim_end() == path, |prefix| path.starts_with(prefix));
            continue;
        }
        let taken = line.trim().strip_prefix("! ").filter(|_| applies);
        if let Some(name) = taken {
            headers.remove(name.trim());
            continue;
        }
        let header = line.trim().split_once(": ").filter(|_| applies);
        let header = header.and_then(|(name, value)| {
            let name = HeaderName::try_from(name).ok()?;
            Some((name, HeaderValue::from_str(value).ok()?))
        });
        if let Some((name, value)) = header {
            headers.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        write("index.html", "the page");
        write("web/1/app.js", "code");
        write("web/1/app.js.gz", "packed");
        write("_app/immutable/entry.js", "code of another page");
        write("map-frame.html", "the map");
        write(
            "_headers",
            "/*\n  X-A: 1\n\n/web/*\n  Cache-Control: immutable\n\n/map-frame\n  ! X-A\n  X-B: 2\n\n/none\n  ! X-A\n",
        );
        write(".secret", "secret");
        folder
    }

    fn ask(path: &str, encoding: &str) -> Response<Body> {
        let request = Request::get(path).header(ACCEPT_ENCODING, encoding);
        answer(page().path(), &request.body(Body::empty()).unwrap())
    }

    fn header<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
        response
            .headers()
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    #[test]
    fn any_path_leads_to_the_page_and_files_are_files() {
        for path in [
            "/",
            "/photos",
            "/albums/x/photos/y",
            "/_headers",
            "/.secret",
            "/a/../.secret",
            "/%2e%2e/x",
        ] {
            let response = ask(path, "");
            assert_eq!(
                header(&response, "content-type"),
                "text/html; charset=utf-8",
                "{path}"
            );
            assert_eq!(header(&response, "cache-control"), "no-cache");
            assert_eq!(header(&response, "x-a"), "1");
        }
        let code = ask("/web/1/app.js", "");
        assert_eq!(
            header(&code, "content-type"),
            "text/javascript; charset=utf-8"
        );
        assert_eq!(header(&code, "cache-control"), "immutable");
        assert_eq!(header(&code, "content-encoding"), "");
    }

    #[test]
    fn a_document_is_found_by_its_name_and_takes_headers_away() {
        let response = ask("/map-frame", "");
        let page = page();
        assert_eq!(
            find(page.path(), "/map-frame"),
            Some(page.path().join("map-frame.html"))
        );
        assert_eq!(
            header(&response, "content-type"),
            "text/html; charset=utf-8"
        );
        assert_eq!(
            (header(&response, "x-a"), header(&response, "x-b")),
            ("", "2")
        );
        assert_eq!(header(&ask("/photos", ""), "x-a"), "1");
        // What is hidden stays hidden.
        let index = page.path().join("index.html");
        assert_eq!(find(page.path(), "/../map-frame"), Some(index.clone()));
        assert_eq!(find(page.path(), "/map-frame/x"), Some(index));
    }

    #[test]
    fn code_of_another_build_is_missing() {
        for path in ["/web/2/app.js", "/_app/immutable/old.js"] {
            assert_eq!(ask(path, "").status(), StatusCode::NOT_FOUND, "{path}");
        }
        let other = ask("/_app/immutable/entry.js", "");
        assert_eq!(
            header(&other, "content-type"),
            "text/javascript; charset=utf-8"
        );
    }

    #[test]
    fn what_is_packed_is_sent_packed_to_whom_takes_it() {
        let code = ask("/web/1/app.js", "br, gzip");
        assert_eq!(header(&code, "content-encoding"), "gzip");
        assert_eq!(header(&code, "vary"), "accept-encoding");
    }

    #[test]
    fn who_asks_for_the_head_gets_no_body() {
        let request = Request::head("/").body(Body::empty()).unwrap();
        let response = answer(page().path(), &request);
        assert_eq!(response.status(), StatusCode::OK);
        assert!(http_body::Body::is_end_stream(response.body()));
    }

    #[test]
    fn nothing_is_written() {
        let request = Request::post("/").body(Body::empty()).unwrap();
        let response = answer(page().path(), &request);
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    }
}
