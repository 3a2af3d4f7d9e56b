//! What happens around every request, the same on every platform: correlation id, unknown routes,
//! OPTIONS, U+0000 in the address, 401 and 403 before 400, the text of a 500 (api/auth.md sections 1 and 11).

use axum::{
    Json, Router,
    body::Body,
    extract::{OriginalUri, Request},
    response::IntoResponse,
};
use edge_api::input;
use edge_platform::Random;
use http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use serde_json::json;
use tower::ServiceExt;

use crate::{App, Error, Response, Route, auth::Pending, error::Cause};

const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");

/// The router of an area with everything around it. Build it once per isolate or process.
pub fn router(routes: Router<App>, app: App) -> Router {
    routes
        .fallback(unknown_route)
        .method_not_allowed_fallback(unknown_route)
        .with_state(app)
}

async fn unknown_route(method: Method, OriginalUri(uri): OriginalUri) -> Error {
    Error::not_found(format!("Cannot {method} {}", uri.path()))
}

/// Answers one request.
pub async fn handle(
    table: &[Route],
    router: Router,
    random: &dyn Random,
    mut request: Request,
) -> Response {
    let caller = Pending::default();
    request.extensions_mut().insert(caller.clone());
    without_trailing_slash(&mut request);
    let correlation_id = request.headers().get(&CORRELATION_ID).cloned();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let target = input::check_target(
        request
            .uri()
            .path_and_query()
            .map_or("", |uri| uri.as_str()),
    );
    let mut response = match (target, allowed_methods(table, &method, &path)) {
        (Err(issues), _) => Error::Validation(issues).into_response(),
        (Ok(()), Some(methods)) => options(&methods),
        (Ok(()), None) => router.oneshot(request).await.into_response(),
    };
    if response.status().is_client_error()
        && let Some(refused) = caller.refusal().await
    {
        response = refused.into_response();
    }
    if let Some(Cause(cause)) = response.extensions_mut().remove::<Cause>() {
        log(&format!("{method} {path}: {cause}"));
        if response.status() == StatusCode::INTERNAL_SERVER_ERROR {
            let mut failed = failed(table, &method, &path);
            for cookie in response.headers().get_all(header::SET_COOKIE) {
                failed
                    .headers_mut()
                    .append(header::SET_COOKIE, cookie.clone());
            }
            response = failed;
        }
    }
    let correlation_id = correlation_id.or_else(|| HeaderValue::from_str(&random.uuid()).ok());
    // An answer that another function gave has one.
    if let Some(id) = correlation_id
        && !response.headers().contains_key(&CORRELATION_ID)
    {
        response.headers_mut().insert(CORRELATION_ID, id);
    }
    response
}

/// A path with a slash at its end is the same route, as the official server's router has it. What the error of an unknown
/// route and the log show stays as it was sent.
fn without_trailing_slash(request: &mut Request) {
    let uri = request.uri().clone();
    let Some(path) = uri.path().strip_suffix('/').filter(|path| !path.is_empty()) else {
        return;
    };
    let query = uri
        .query()
        .map_or_else(String::new, |query| format!("?{query}"));
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = format!("{path}{query}").parse().ok();
    if let Ok(shorter) = Uri::from_parts(parts) {
        request.extensions_mut().insert(OriginalUri(uri));
        *request.uri_mut() = shorter;
    }
}

/// Writes one line to the platform's log. Callers pass no tokens, passwords or mail addresses.
pub fn log(line: &str) {
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    worker::console_error!("{line}");
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    eprintln!("{line}");
}

/// The methods of a known path, when the request asks for them by OPTIONS.
fn allowed_methods(table: &[Route], method: &Method, path: &str) -> Option<String> {
    if method != Method::OPTIONS {
        return None;
    }
    let mut methods: Vec<&str> = Vec::new();
    for route in table.iter().filter(|route| matches(route, path)) {
        methods.push(route.method);
        if route.method == "GET" {
            methods.push("HEAD");
        }
    }
    (!methods.is_empty()).then(|| methods.join(","))
}

fn options(methods: &str) -> Response {
    ([(header::ALLOW, methods.to_owned())], methods.to_owned()).into_response()
}

/// 500 with `Failed to <operation in words>`.
fn failed(table: &[Route], method: &Method, path: &str) -> Response {
    let route = table
        .iter()
        .find(|route| route.method == method.as_str() && matches(route, path));
    let message = route.map_or_else(
        || "Internal server error".to_owned(),
        |route| format!("Failed to {}", in_words(route.operation)),
    );
    let mut response = Json(json!({ "message": message })).into_response();
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

/// `getAssetInfo` becomes `get asset info`, `finishOAuth` `finish oauth`.
fn in_words(operation: &str) -> String {
    let mut words = String::with_capacity(operation.len() + 8);
    let mut was_capital = true;
    for letter in operation.chars() {
        let is_capital = letter.is_ascii_uppercase();
        if is_capital && !was_capital {
            words.push(' ');
        }
        was_capital = is_capital;
        words.push(letter.to_ascii_lowercase());
    }
    words
}

/// Whether a request is for this route.
pub fn is_of(route: &Route, method: &Method, path: &str) -> bool {
    route.method == method.as_str() && matches(route, path)
}

/// Whether a request path has the shape of a route's path.
fn matches(route: &Route, path: &str) -> bool {
    path.strip_prefix(route.prefix)
        .is_some_and(|path| has_shape(route.path, path))
}

/// Whether `path` has the shape of `pattern`, in which `{name}` stands for one segment.
fn has_shape(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut found) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == b || (a.starts_with('{') && !b.is_empty()) => {}
            _ => return false,
        }
    }
}

/// A body-less answer, for the many routes that give 204.
pub fn no_content() -> http::Response<Body> {
    StatusCode::NO_CONTENT.into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_named_after_the_operation() {
        assert_eq!(in_words("getAssetInfo"), "get asset info");
        assert_eq!(in_words("finishOAuth"), "finish oauth");
    }

    #[test]
    fn paths_match_their_pattern() {
        let route = |prefix, path| Route {
            method: "GET",
            prefix,
            path,
            operation: "",
            hidden: false,
            built: true,
        };
        let album = route("/api", "/albums/{id}");
        assert!(matches(&album, "/api/albums/1"));
        assert!(!matches(&album, "/api/albums"));
        assert!(!matches(&album, "/api/albums/1/assets"));
        assert!(!matches(&album, "/albums/1"));
        assert!(matches(&route("", "/custom.css"), "/custom.css"));
    }
}
