//! The pages `/share/<key>` and `/s/<slug>`: what a link shows, or one picture of it, without JavaScript (api/features.md section F,
//! Shared link); or the page of somebody else, with what messengers show of the link (docs/web.md).
//! One database round trip.

use axum::extract::{Path, State};
use edge_api::{config::SystemConfig, time::Millis};
use edge_http::{
    App, Counted, Error, Response, Result,
    auth::{is_unlocked, share_key},
    cookies,
};
use edge_platform::{Rows, Statement};
use edge_store::{
    caller::{self, Admission, Caller, Credential, Kind, LinkCaller},
    shared_links::page::{self, About, Part},
    system::{self, key},
};
use futures::future::join;
use http::{HeaderMap, StatusCode, Uri, header};

use crate::{
    html::{
        self, Link,
        gallery::{self, Gallery},
        photo,
    },
    other, password,
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

/// The address that other pages give a photo of a link by key (`getSharePhotoPage`).
pub async fn photo_by_key(
    _counted: Counted,
    State(app): State<App>,
    Path((key, _asset)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response> {
    let home = format!("/share/{}", html::coded(&key));
    let credential = Credential::ShareKey(share_key(&key));
    inside(&app, &home, &credential, &uri, &headers).await
}

/// The same by slug (`getSlugPhotoPage`).
pub async fn photo_by_slug(
    _counted: Counted,
    State(app): State<App>,
    Path((slug, _asset)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response> {
    let home = format!("/s/{}", html::coded(&slug));
    inside(&app, &home, &Credential::ShareSlug(slug), &uri, &headers).await
}

/// A guest and what was read for the page.
struct Visit {
    link: LinkCaller,
    results: Vec<Rows>,
}

impl Visit {
    /// The configuration, and what was read of the link.
    fn read(&self) -> Result<(&Rows, &[Rows])> {
        match self.results.as_slice() {
            [_, config, read @ ..] => Ok((config, read)),
            _ => Err(Error::internal("fewer results than statements")),
        }
    }
}

/// What was asked for, how.
struct Asked<'a> {
    credential: &'a Credential,
    part: Part<'a>,
    uri: &'a Uri,
    headers: &'a HeaderMap,
}

impl Asked<'_> {
    /// What pages say of the link.
    fn link<'a>(&'a self, guest: &LinkCaller, about: &'a About) -> Link<'a> {
        Link {
            texts: Texts::of(self.headers),
            credential: self.credential,
            may_download: guest.allow_download,
            may_upload: guest.allow_upload,
            about,
        }
    }

    /// Where clients find this server; `config` has the row of the configuration.
    fn origin(&self, config: &Rows) -> Result<String> {
        let config = system::value(config)?.unwrap_or_else(|| serde_json::json!({}));
        let config = SystemConfig::from_stored(&config);
        let domain = config.text("/server/externalDomain");
        Ok(origin(domain, self.uri, self.headers))
    }
}

/// Looks a link up and reads its page; `None`: there is no such link, or it is over.
async fn visit(app: &App, credential: &Credential, part: Part<'_>) -> Result<Option<Visit>> {
    visit_for(app, credential, page::statements(part)).await
}

/// The same with other statements than a page's.
async fn visit_for(
    app: &App,
    credential: &Credential,
    reads: Vec<Statement>,
) -> Result<Option<Visit>> {
    let now = app.now();
    let mut batch = vec![
        caller::admission(credential, now),
        system::find_statement(key::SYSTEM_CONFIG),
    ];
    let reads = reads.into_iter();
    batch.extend(reads.map(|statement| caller::scoped(credential, now, statement)));
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
    let asked = Asked {
        credential,
        part: part(uri.query().unwrap_or_default()),
        uri,
        headers,
    };
    let (index, visited) = join(other::index(app), visit(app, credential, asked.part)).await;
    match index {
        // Only addresses of our own page ask for one photo.
        Some(index) if matches!(asked.part, Part::Around(..)) => {
            let part = Part::First;
            let visited = visit(app, credential, part).await?;
            theirs(&index, visited, &Asked { part, ..asked })
        }
        Some(index) => theirs(&index, visited?, &asked),
        None => ours(app, visited?, &asked),
    }
}

/// Pages of somebody else find the photo by themselves. Ours has none at such an address: it shows them at `home`, the link's.
async fn inside(
    app: &App,
    home: &str,
    credential: &Credential,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Response> {
    let Some(index) = other::index(app).await else {
        return see_other(home);
    };
    let asked = Asked {
        credential,
        part: Part::First,
        uri,
        headers,
    };
    let visit = visit(app, credential, asked.part).await?;
    theirs(&index, visit, &asked)
}

/// The page of somebody else, with what messengers show of the link; nobody asked for one photo.
fn theirs(index: &str, visit: Option<Visit>, asked: &Asked<'_>) -> Result<Response> {
    let missing = || other::answer(index, StatusCode::NOT_FOUND, "");
    let Some(visit) = visit else {
        return Ok(missing());
    };
    if !is_unlocked(&visit.link, asked.headers) {
        let tags = html::locked_tags(Texts::of(asked.headers));
        return Ok(other::answer(index, StatusCode::OK, &tags));
    }
    let (config, read) = visit.read()?;
    let Some(about) = page::read_about(read)? else {
        return Ok(missing());
    };
    let (pictures, _) = page::read(read)?;
    let link = asked.link(&visit.link, &about);
    let tags = gallery::tags(&link, &asked.origin(config)?, pictures.first());
    Ok(other::answer(index, StatusCode::OK, &tags))
}

/// Our own page.
fn ours(app: &App, visit: Option<Visit>, asked: &Asked<'_>) -> Result<Response> {
    let texts = Texts::of(asked.headers);
    let Some(visit) = visit else {
        return Ok(html::missing(texts));
    };
    if !is_unlocked(&visit.link, asked.headers) {
        return Ok(html::locked(texts, StatusCode::OK, None));
    }
    let (config, read) = visit.read()?;
    let Some(about) = page::read_about(read)? else {
        return Ok(html::missing(texts));
    };
    let link = asked.link(&visit.link, &about);
    if let Part::Around(_, id) = asked.part {
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
    Ok(gallery::draw(&Gallery {
        link: &link,
        origin: asked.origin(config)?,
        pictures: &pictures,
        is_more,
        is_first: asked.part == Part::First,
        now: Millis(app.now()),
        refused: refused(asked.uri.query().unwrap_or_default()),
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
    let reads = vec![password::blocked(app, headers)];
    let Some(visit) = visit_for(app, credential, reads).await? else {
        return Ok(html::missing(texts));
    };
    let blocked = visit.results.last();
    let given = edge_http::form_value(body, "password").unwrap_or_default();
    let cookie = match password::prove(app, &visit.link, blocked, &given, uri, headers).await {
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
    let mut answer = see_other(uri.path())?;
    if let Some(cookie) = cookie {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(answer)
}

/// Leads to another path.
fn see_other(path: &str) -> Result<Response> {
    let mut answer = Response::new(axum::body::Body::empty());
    *answer.status_mut() = StatusCode::SEE_OTHER;
    let location = path.parse().map_err(Error::internal)?;
    answer.headers_mut().insert(header::LOCATION, location);
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

/// Why `POST /assets` led a browser back here (functions/assets).
fn refused(query: &str) -> Option<&str> {
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix("refused="))
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
