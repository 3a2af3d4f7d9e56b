//! The pages `/share/<key>` and `/s/<slug>`: what a link shows, or one picture of it, without JavaScript (api/features.md section F,
//! Shared link).
//! One database round trip.

use axum::extract::{Path, State};
use edge_api::{config::SystemConfig, time::Millis};
use edge_http::{
    App, Counted, Error, Response, Result,
    auth::{is_unlocked, share_key},
    cookies,
};
use edge_platform::Rows;
use edge_store::{
    caller::{self, Admission, Caller, Credential, Kind, LinkCaller},
    shared_links::page::{self, Part},
    system::{self, key},
};
use http::{HeaderMap, StatusCode, Uri, header};

use crate::{
    html::{
        self, Link,
        gallery::{self, Gallery},
        photo,
    },
    password,
    texts::Texts,
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
async fn visit(app: &App, credential: &Credential, part: Part<'_>) -> Result<Option<Visit>> {
    let now = app.now();
    let mut batch = vec![
        caller::admission(credential, now),
        system::find_statement(key::SYSTEM_CONFIG),
    ];
    let page = page::statements(part).into_iter();
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
    let texts = Texts::of(headers);
    let part = part(uri.query().unwrap_or_default());
    let Some(visit) = visit(app, credential, part).await? else {
        return Ok(html::missing(texts));
    };
    if !is_unlocked(&visit.link, headers) {
        return Ok(html::locked(texts, StatusCode::OK, None));
    }
    let [_, config, read @ ..] = visit.results.as_slice() else {
        return Err(Error::internal("fewer results than statements"));
    };
    let Some(about) = page::read_about(read)? else {
        return Ok(html::missing(texts));
    };
    let link = Link {
        texts,
        credential,
        may_download: visit.link.allow_download,
        may_upload: visit.link.allow_upload,
        about: &about,
    };
    if let Part::Around(_, id) = part {
        let Some(mut around) = page::read_around(read, id)? else {
            return Ok(html::missing(texts));
        };
        if !visit.link.show_metadata {
            around.picture.name.clear();
        }
        return Ok(photo::draw(&link, &around));
    }
    let (mut pictures, is_more) = page::read(read)?;
    if !visit.link.show_metadata {
        // Names of files are metadata.
        for picture in &mut pictures {
            picture.name.clear();
        }
    }
    let config = system::value(config)?.unwrap_or_else(|| serde_json::json!({}));
    let config = SystemConfig::from_stored(&config);
    Ok(gallery::draw(&Gallery {
        link: &link,
        origin: origin(config.text("/server/externalDomain"), uri, headers),
        pictures: &pictures,
        is_more,
        is_first: part == Part::First,
        now: Millis(app.now()),
    }))
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
    let texts = Texts::of(headers);
    let Some(visit) = visit(app, credential, Part::First).await? else {
        return Ok(html::missing(texts));
    };
    let given = edge_http::form_value(body, "password").unwrap_or_default();
    let cookie = match password::prove(app, &visit.link, &given, uri, headers).await {
        Ok(cookie) => cookie,
        Err(Error::TooManyLogins(seconds)) => {
            let text = texts.say("password.wait", &seconds.to_string());
            let status = StatusCode::TOO_MANY_REQUESTS;
            return Ok(html::locked(texts, status, Some(&text)));
        }
        Err(Error::Unauthorized(_)) => {
            let wrong = texts.get("password.wrong");
            return Ok(html::locked(texts, StatusCode::UNAUTHORIZED, Some(wrong)));
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

/// `after=<time>.<id>` or `photo=<time>.<id>`; anything else is the first page.
fn part(query: &str) -> Part<'_> {
    let named = |name: &str| {
        query
            .split('&')
            .find_map(|pair| place(pair.strip_prefix(name)?))
    };
    if let Some((at, id)) = named("photo=") {
        return Part::Around(at, id);
    }
    named("after=").map_or(Part::First, |(at, id)| Part::After(at, id))
}

/// `<time>.<id>`, as pages name a picture.
fn place(text: &str) -> Option<(i64, &str)> {
    let (at, id) = text.split_once('.')?;
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
    fn an_address_names_a_page_or_a_picture() {
        let id = "3fe388e4-2078-44d7-b36c-39d9dee3a657";
        let after = format!("x=1&after=-5.{id}");
        assert_eq!(part(&after), Part::After(-5, id));
        let photo = format!("after=1.{id}&photo=7.{id}");
        assert_eq!(part(&photo), Part::Around(7, id));
        for bad in [
            "",
            "after=",
            "after=1",
            "after=x.y",
            "after=1.'",
            "photo=1",
            &format!("after=.{id}"),
        ] {
            assert_eq!(part(bad), Part::First, "{bad}");
        }
    }
}
