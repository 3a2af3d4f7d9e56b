//! The app of the generation 2.7 says so itself: what it asks for is below `/v2` (docs/generations.md), and so is the one operation of
//! that generation whose path others have, too. The gateway does the same on Cloudflare; Spin itself knows paths alone.
use edge_api::legacy;
use http::{Method, Request, Uri, header::USER_AGENT};

/// The component that answers below `/v2`.
pub const LEGACY: &str = "legacy";

/// Gives a request of that generation its address there: of its app whatever is not for a file or for the realtime channel.
pub fn send_below<B>(request: &mut Request<B>) {
    let agent = request.headers().get(USER_AGENT);
    let is_old = agent
        .and_then(|agent| agent.to_str().ok())
        .is_some_and(legacy::is_app);
    let path = request.uri().path();
    if !(is_old && is_translated(path) || is_replacement(request.method(), path)) {
        return;
    }
    let Some(path) = request
        .uri()
        .path_and_query()
        .map(|path| format!("{BELOW}{path}"))
    else {
        return;
    };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = path.parse().ok();
    if let Ok(below) = Uri::from_parts(parts) {
        *request.uri_mut() = below;
    }
}

/// What is sent there has this in front of its path.
const BELOW: &str = "/v2";

/// Whether a request brings a file: an upload of today, of that generation or of the one before, or a file for an asset. Its path is
/// the one behind [`send_below`].
pub fn is_upload(method: &Method, path: &str) -> bool {
    let path = path.strip_prefix(BELOW).unwrap_or(path);
    let is_new = ["/api/assets", "/api/asset/upload"].contains(&path);
    method == Method::POST && is_new || is_replacement(method, path)
}

fn is_translated(path: &str) -> bool {
    steps(path).is_some_and(|steps| {
        !matches!(
            steps.as_slice(),
            ["socket.io", ..] | ["assets", _, "thumbnail" | "video", ..]
        )
    })
}

/// `PUT /assets/{id}/original`: the path is that of the original, which is only read today.
fn is_replacement(method: &Method, path: &str) -> bool {
    method == Method::PUT
        && steps(path).is_some_and(|steps| matches!(steps.as_slice(), ["assets", _, "original"]))
}

/// The steps of a path of the API.
fn steps(path: &str) -> Option<Vec<&str>> {
    Some(path.strip_prefix("/api/")?.split('/').collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_app_of_then_is_sent_below() {
        for (agent, path, expected) in [
            (
                "immich-android/2.7.5",
                "/api/albums?shared=true",
                "/v2/api/albums?shared=true",
            ),
            ("Immich-iOS/2.6.0", "/api/assets/1", "/v2/api/assets/1"),
            ("immich-android/3.1.0", "/api/albums", "/api/albums"),
            ("immich-android/20.0.0", "/api/albums", "/api/albums"),
            ("node", "/api/albums", "/api/albums"),
            (
                "immich-ios/2.7.5",
                "/api/assets/1/thumbnail?size=preview",
                "/api/assets/1/thumbnail?size=preview",
            ),
            (
                "immich-ios/2.7.5",
                "/api/socket.io/?x=1",
                "/api/socket.io/?x=1",
            ),
            ("immich-ios/2.7.5", "/custom.css", "/custom.css"),
        ] {
            let request = Request::builder().uri(path).header(USER_AGENT, agent);
            let mut request = request.body(()).unwrap();
            send_below(&mut request);
            assert_eq!(request.uri().to_string(), expected, "{agent}");
        }
    }

    #[test]
    fn a_file_for_an_asset_is_of_that_generation_whoever_sends_it() {
        for (method, expected) in [
            (Method::PUT, "/v2/api/assets/1/original"),
            (Method::GET, "/api/assets/1/original"),
            (Method::HEAD, "/api/assets/1/original"),
        ] {
            let request = Request::builder().uri("/api/assets/1/original");
            let mut request = request.method(&method).body(()).unwrap();
            send_below(&mut request);
            assert_eq!(request.uri().to_string(), expected, "{method}");
        }
    }

    #[test]
    fn files_of_either_generation_are_uploads() {
        for (method, path, expected) in [
            (Method::POST, "/api/assets", true),
            (Method::POST, "/v2/api/assets", true),
            (Method::POST, "/api/asset/upload", true),
            (Method::POST, "/v2/api/asset/upload", true),
            (Method::POST, "/api/asset/bulk-upload-check", false),
            (Method::PUT, "/v2/api/assets/1/original", true),
            (Method::GET, "/v2/api/assets/1/original", false),
            (Method::PUT, "/api/assets", false),
            (Method::POST, "/v2/api/assets/exist", false),
            (Method::POST, "/v2/api/albums", false),
        ] {
            assert_eq!(is_upload(&method, path), expected, "{method} {path}");
        }
    }
}
