//! The pages `/share/<key>` and `/s/<slug>`: what a link shows, without JavaScript (api/features.md section F, Shared link).
//! One database round trip.

use axum::extract::{Path, State};
use edge_api::config::SystemConfig;
use edge_http::{
    App, Counted, Error, Response, Result,
    auth::{is_unlocked, share_key},
    cookies,
};
use edge_platform::Rows;
use edge_store::{
    caller::{self, Admission, Caller, Credential, Kind, LinkCaller},
    shared_links::page,
    system::{self, key},
};
use http::{HeaderMap, StatusCode, Uri, header};

use crate::{
    html::{self, View},
    password,
};

/// Longest form that is read, bytes.
const LONGEST_FORM: usize = 16 << 10;

/// The page of a link by key (`getSharePage`).
pub async fn by_key(
    _counted: Counted,
    State(app): State<App>,
    Path(key): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response> {
    show(&app, &Credential::ShareKey(share_key(&key)), &uri, &headers).await
}

/// The page of a link by slug (`getSlugPage`).
pub async fn by_slug(
    _counted: Counted,
    State(app): State<App>,
    Path(slug): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response> {
    show(&app, &Credential::ShareSlug(slug), &uri, &headers).await
}

/// The form with the password of a link by key (`proveSharePage`).
pub async fn prove_key(
    _counted: Counted,
    State(app): State<App>,
    Path(key): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Result<Response> {
    prove(
        &app,
        &Credential::ShareKey(share_key(&key)),
        &uri,
        &headers,
        &body,
    )
    .await
}

/// The same by slug (`proveSlugPage`).
pub async fn prove_slug(
    _counted: Counted,
    State(app): State<App>,
    Path(slug): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Result<Response> {
    prove(&app, &Credential::ShareSlug(slug), &uri, &headers, &body).await
}

/// A guest and what was read for the page.
struct Visit {
    link: LinkCaller,
    results: Vec<Rows>,
}

/// Looks a link up and reads its page; `None`: there is no such link, or it is over.
async fn visit(
    app: &App,
    credential: &Credential,
    after: Option<(i64, &str)>,
) -> Result<Option<Visit>> {
    let now = app.now();
    let mut batch = vec![
        caller::admission(credential, now),
        system::find_statement(key::SYSTEM_CONFIG),
    ];
    let page = page::statements(after).into_iter();
    batch.extend(page.map(|statement| caller::scoped(credential, now, statement)));
    let results = app.db().batch(batch).await?;
    let admission = results.first().map(Caller::admitted).transpose()?;
    let Some(Admission::Good(caller)) = admission else {
        return Ok(None);
    };
    Ok(match caller.kind {
        Kind::Link(link) => Some(Visit { link, results }),
        Kind::Session(_) | Kind::ApiKey(_) => None,
    })
}

async fn show(
    app: &App,
    credential: &Credential,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Response> {
    let query = uri.query().unwrap_or_default();
    let Some(visit) = visit(app, credential, after(query)).await? else {
        return Ok(html::missing());
    };
    if !is_unlocked(&visit.link, headers) {
        return Ok(html::locked(StatusCode::OK, None));
    }
    let [_, config, read @ ..] = visit.results.as_slice() else {
        return Err(Error::internal("fewer results than statements"));
    };
    let Some((about, mut pictures, is_more)) = page::read(read)? else {
        return Ok(html::missing());
    };
    if !visit.link.show_metadata {
        // Names of files are metadata.
        for picture in &mut pictures {
            picture.name.clear();
        }
    }
    let config = system::value(config)?.unwrap_or_else(|| serde_json::json!({}));
    let config = SystemConfig::from_stored(&config);
    let view = View {
        origin: origin(config.text("/server/externalDomain"), uri, headers),
        credential,
        may_download: visit.link.allow_download,
        about: &about,
        pictures: &pictures,
        is_more,
        is_first: !query.contains("after="),
    };
    Ok(html::gallery(&view))
}

/// Proves the password of a form; the page follows by a redirect. Errors of the caller are pages as well.
async fn prove(
    app: &App,
    credential: &Credential,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response> {
    if body.len() > LONGEST_FORM {
        return Err(Error::PayloadTooLarge);
    }
    let Some(visit) = visit(app, credential, None).await? else {
        return Ok(html::missing());
    };
    let given = edge_http::form_value(body, "password").unwrap_or_default();
    let cookie = match password::prove(app, &visit.link, &given, uri, headers).await {
        Ok(cookie) => cookie,
        Err(Error::TooManyLogins(seconds)) => {
            let text = format!("Too many attempts. Try again in {seconds} seconds.");
            return Ok(html::locked(StatusCode::TOO_MANY_REQUESTS, Some(&text)));
        }
        Err(Error::Unauthorized(_)) => {
            return Ok(html::locked(
                StatusCode::UNAUTHORIZED,
                Some("Wrong password."),
            ));
        }
        // A link without a password needs none.
        Err(Error::BadRequest(_)) => None,
        Err(error) => return Err(error),
    };
    let mut answer = Response::new(axum::body::Body::empty());
    *answer.status_mut() = StatusCode::SEE_OTHER;
    let location = uri.path().parse().map_err(Error::internal)?;
    answer.headers_mut().insert(header::LOCATION, location);
    if let Some(cookie) = cookie {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(answer)
}

/// `after=<time>.<id>`; anything else is the first page.
fn after(query: &str) -> Option<(i64, &str)> {
    let value = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("after="))?;
    let (at, id) = value.split_once('.')?;
    let is_id = id.len() == 36
        && id
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    Some((at.parse().ok().filter(|_| is_id)?, id))
}

/// Where clients find this server: as configured, else as they called it (api/features.md section F).
fn origin(configured: &str, uri: &Uri, headers: &HeaderMap) -> String {
    if !configured.is_empty() {
        return configured.trim_end_matches('/').to_owned();
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let host = host.or_else(|| uri.authority().map(http::uri::Authority::as_str));
    let scheme = if cookies::is_https(uri, headers) {
        "https"
    } else {
        "http"
    };
    host.map_or_else(
        || "https://my.immich.app".to_owned(),
        |host| format!("{scheme}://{host}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_goes_on_behind_a_picture() {
        let id = "3fe388e4-2078-44d7-b36c-39d9dee3a657";
        assert_eq!(after(&format!("x=1&after=-5.{id}")), Some((-5, id)));
        for bad in [
            "",
            "after=",
            "after=1",
            "after=x.y",
            "after=1.'",
            &format!("after=.{id}"),
        ] {
            assert_eq!(after(bad), None, "{bad}");
        }
    }
}
