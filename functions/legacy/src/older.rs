//! Operations at the addresses that they had before 2.7: those that the last CLI of version 2 on npm, 2.1.0, asks for
//! (docs/generations.md). Each is an operation of 2.7 at another address, and what that CLI reads of an answer is in the answer of
//! 2.7: so it is asked for where it is today, and answered in the words of 2.7.

use axum::extract::{Request, State};
use edge_http::{App, Error, Response, Result};
use http::Uri;

use crate::{
    call::{Answer, Call},
    old,
    pages::InOldWords,
    pass,
};

/// First steps of addresses of then, and what they are today.
const FOLDERS: [(&str, &str); 4] = [
    ("album", "albums"),
    ("asset", "assets"),
    ("server-info", "server"),
    ("user", "users"),
];
/// Uploads had an address of their own; today they go to the list of assets.
const UPLOAD: &str = "asset/upload";

/// Asks for an operation where it is today.
pub async fn ask(State(app): State<App>, mut request: Request) -> Result<Response> {
    *request.uri_mut() = today(request.uri())?;
    Ok(told(pass::passed_on(&app, request).await?))
}

/// Adds assets to an album. Whoever comes by a shared link is refused as he is today: what guests of 2.7 did here is nothing that the
/// CLI does.
pub async fn add(State(app): State<App>, mut request: Request) -> Result<Response> {
    *request.uri_mut() = today(request.uri())?;
    let (parts, body) = request.into_parts();
    let call = Call::of(&parts);
    let answer = call.send(&app, pass::as_sent(body)).await?;
    let answer = old::answer(&app, &call, Answer::read(answer).await?).await?;
    Ok(told(answer))
}

/// The answer is in the words of 2.7 already.
fn told(mut response: Response) -> Response {
    response.extensions_mut().insert(InOldWords);
    response
}

/// The address today; one that is none of then stays.
fn today(uri: &Uri) -> Result<Uri> {
    let below = uri.path().strip_prefix("/api/").unwrap_or_default();
    let (first, rest) = below.split_once('/').unwrap_or((below, ""));
    let Some((_, folder)) = FOLDERS.iter().find(|(then, _)| *then == first) else {
        return Ok(uri.clone());
    };
    let path = if rest.is_empty() || below == UPLOAD {
        format!("/api/{folder}")
    } else {
        format!("/api/{folder}/{rest}")
    };
    let query = uri.query().map(|query| format!("?{query}"));
    let target = path + query.as_deref().unwrap_or_default();
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(target.parse().map_err(Error::internal)?);
    Uri::from_parts(parts).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_then_is_one_of_today() {
        for (then, now) in [
            ("/api/album", "/api/albums"),
            ("/api/album?shared=true", "/api/albums?shared=true"),
            ("/api/album/1/assets", "/api/albums/1/assets"),
            (
                "/api/asset/bulk-upload-check",
                "/api/assets/bulk-upload-check",
            ),
            ("/api/asset/statistics", "/api/assets/statistics"),
            ("/api/asset/upload", "/api/assets"),
            ("/api/asset/upload?key=k", "/api/assets?key=k"),
            ("/api/server-info/ping", "/api/server/ping"),
            ("/api/user/me", "/api/users/me"),
            (
                "http://photos.example.org/api/user/me",
                "http://photos.example.org/api/users/me",
            ),
            ("/api/albums", "/api/albums"),
            ("/elsewhere", "/elsewhere"),
        ] {
            assert_eq!(today(&then.parse().unwrap()).unwrap().to_string(), now);
        }
    }
}
