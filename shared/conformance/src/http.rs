//! Checks of the HTTP client port, against a small server of the test.

use std::time::Duration;

use ::http::{Method, Request, StatusCode, header};
use bytes::Bytes;
use edge_platform::{Http, HttpError, Limits};

use crate::{Checked, Outcome, holds, outcome, same, text};

/// How long answers are waited for that do not come.
const SHORT: Duration = Duration::from_millis(500);

/// Runs all checks. The server at `server` (`http://host:port`) answers `POST /echo` by 201 with the
/// same body and the request's header `x-test` back, `/redirect` by 302 to `/echo`, `/silent` only after three seconds, `/stalled` by the
/// beginning of a body whose end comes three seconds later, and everything else by 404.
pub async fn http(client: &dyn Http, server: &str) -> Vec<Outcome> {
    vec![
        outcome(
            "bodies and headers go both ways",
            Box::pin(echo(client, server)),
        )
        .await,
        outcome(
            "an error status is an answer",
            Box::pin(missing(client, server)),
        )
        .await,
        outcome(
            "a body that is too long is told",
            Box::pin(too_long(client, server)),
        )
        .await,
        outcome(
            "a redirect is an answer",
            Box::pin(redirect(client, server)),
        )
        .await,
        outcome(
            "who does not answer is not waited for",
            Box::pin(late(client, server, "silent")),
        )
        .await,
        outcome(
            "nor who does not end",
            Box::pin(late(client, server, "stalled")),
        )
        .await,
        outcome("no server is told apart", Box::pin(nobody(client))).await,
    ]
}

/// Whether an answer is waited for as long as the caller says, which may be longer than usual. The server answers `/late` by 200, after
/// more than half a minute.
pub async fn patience(client: &dyn Http, server: &str) -> Vec<Outcome> {
    vec![
        outcome(
            "an answer is waited for as long as the caller says",
            Box::pin(patient(client, server)),
        )
        .await,
    ]
}

fn request(method: Method, url: String, body: &'static str) -> Result<Request<Bytes>, String> {
    let request = Request::builder()
        .method(method)
        .uri(url)
        .header("x-test", "edge");
    request
        .body(Bytes::from_static(body.as_bytes()))
        .map_err(text)
}

async fn echo(client: &dyn Http, server: &str) -> Checked {
    let request = request(Method::POST, format!("{server}/echo?q=1"), "Zürich 🏔️")?;
    let response = client
        .fetch(request, Limits::default())
        .await
        .map_err(text)?;
    same("status", response.status(), StatusCode::CREATED)?;
    let header = response
        .headers()
        .get("x-test")
        .and_then(|value| value.to_str().ok());
    same("header", header, Some("edge"))?;
    same("body", response.body().clone(), Bytes::from("Zürich 🏔️"))
}

async fn missing(client: &dyn Http, server: &str) -> Checked {
    let request = request(Method::GET, format!("{server}/nothing"), "")?;
    let response = client
        .fetch(request, Limits::default())
        .await
        .map_err(text)?;
    same("status", response.status(), StatusCode::NOT_FOUND)
}

async fn too_long(client: &dyn Http, server: &str) -> Checked {
    let request = request(Method::POST, format!("{server}/echo"), "123456")?;
    let limits = Limits {
        bytes: 5,
        ..Limits::default()
    };
    let error = client.fetch(request, limits).await.err();
    let told = matches!(error, Some(HttpError::TooLarge(5)));
    holds(&format!("{error:?} is not TooLarge"), told)
}

async fn redirect(client: &dyn Http, server: &str) -> Checked {
    let request = request(Method::GET, format!("{server}/redirect"), "")?;
    let response = client
        .fetch(request, Limits::default())
        .await
        .map_err(text)?;
    same("status", response.status(), StatusCode::FOUND)?;
    let location = response
        .headers()
        .get(header::LOCATION)
        .and_then(|value| value.to_str().ok());
    same("location", location, Some("/echo"))
}

async fn late(client: &dyn Http, server: &str, place: &str) -> Checked {
    let request = request(Method::GET, format!("{server}/{place}"), "")?;
    let limits = Limits {
        timeout: SHORT,
        ..Limits::default()
    };
    let answer = client.fetch(request, limits).await;
    let told = matches!(&answer, Err(HttpError::TimedOut(limit)) if *limit == SHORT);
    holds(&format!("{answer:?} is not TimedOut"), told)
}

async fn patient(client: &dyn Http, server: &str) -> Checked {
    let request = request(Method::GET, format!("{server}/late"), "")?;
    let limits = Limits {
        timeout: Duration::from_secs(120),
        ..Limits::default()
    };
    let response = client.fetch(request, limits).await.map_err(text)?;
    same("status", response.status(), StatusCode::OK)
}

async fn nobody(client: &dyn Http) -> Checked {
    // Port 9 (discard) is not served anywhere.
    let request = request(Method::GET, "http://127.0.0.1:9/".to_owned(), "")?;
    let error = client.fetch(request, Limits::default()).await.err();
    let told = matches!(error, Some(HttpError::Unreachable(_)));
    holds(&format!("{error:?} is not Unreachable"), told)
}
