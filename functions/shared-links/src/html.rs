//! The HTML of the pages. Everything that people wrote passes [`escape`]; nothing is loaded from elsewhere, and no script runs.

use std::fmt::Write as _;

use axum::{body::Body, response::IntoResponse};
use edge_http::{Response, html::escaped, secret};
use edge_store::{
    caller::Credential,
    shared_links::page::{About, Picture},
};
use http::{HeaderValue, StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

const STYLE: &str = "body{margin:0 auto;max-width:80rem;padding:1rem;font-family:system-ui,sans-serif;color:#222;background:#fff}\
h1{font-size:1.5rem}ul{display:grid;grid-template-columns:repeat(auto-fill,minmax(10rem,1fr));gap:.5rem;padding:0;list-style:none}\
li a{display:block;position:relative}img{display:block;width:100%;aspect-ratio:1;object-fit:cover;background:#ddd}\
.film{position:absolute;right:.3rem;bottom:.3rem;padding:0 .4rem;color:#fff;background:#000a;border-radius:.3rem}\
@media(prefers-color-scheme:dark){body{color:#eee;background:#111}a{color:#9cf}img{background:#333}}";

/// What a gallery shows.
pub struct View<'a> {
    /// Scheme and host.
    pub origin: String,
    /// How the guest came in; addresses of pictures carry it on.
    pub credential: &'a Credential,
    /// Pictures lead to their originals.
    pub may_download: bool,
    /// The link.
    pub about: &'a About,
    /// One page of it.
    pub pictures: &'a [Picture],
    /// There is another page.
    pub is_more: bool,
    /// It is the first page.
    pub is_first: bool,
}

impl View<'_> {
    fn title(&self) -> &str {
        let name = self.about.album_name.as_deref();
        name.filter(|name| !name.is_empty())
            .unwrap_or("Public Share")
    }

    fn count(&self) -> String {
        format!("{} shared photos & videos", self.about.total)
    }

    fn description(&self) -> String {
        let about = self.about;
        [&about.description, &about.album_description]
            .into_iter()
            .flatten()
            .find(|text| !text.trim().is_empty())
            .cloned()
            .unwrap_or_else(|| self.count())
    }

    /// `key=…` or `slug=…`.
    fn query(&self) -> String {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        match self.credential {
            Credential::ShareSlug(slug) => format!("slug={}", encoded(slug)),
            Credential::ShareKey(key) | Credential::Session(key) | Credential::ApiKey(key) => {
                format!("key={}", encoded(key))
            }
        }
    }

    fn target(&self, picture: &Picture) -> String {
        let (id, query) = (&picture.id, self.query());
        if picture.is_video {
            format!("/api/assets/{id}/video/playback?{query}")
        } else if self.may_download {
            format!("/api/assets/{id}/original?{query}")
        } else {
            format!("/api/assets/{id}/thumbnail?size=preview&{query}")
        }
    }
}

/// A page of pictures.
pub fn gallery(view: &View<'_>) -> Response {
    let query = view.query();
    let mut meta = String::new();
    let mut tag = |attribute: &str, name: &str, content: &str| {
        let content = escaped(content);
        let _infallible = writeln!(meta, "<meta {attribute}=\"{name}\" content=\"{content}\">");
    };
    let description = view.description();
    tag("name", "description", &description);
    tag("property", "og:type", "website");
    tag("property", "og:title", view.title());
    tag("property", "og:description", &description);
    let cover = view.about.cover.as_ref();
    if let Some(id) = cover.or_else(|| view.pictures.first().map(|picture| &picture.id)) {
        let image = format!("{}/api/assets/{id}/thumbnail?{query}", view.origin);
        tag("property", "og:image", &image);
        tag("name", "twitter:card", "summary_large_image");
        tag("name", "twitter:image", &image);
    }
    tag("name", "twitter:title", view.title());
    tag("name", "twitter:description", &description);
    let mut body = format!(
        "<h1>{}</h1>\n<p>{}</p>\n<p>{}</p>\n<ul>\n",
        escaped(view.title()),
        escaped(&description),
        escaped(&view.count())
    );
    for picture in view.pictures {
        let film = if picture.is_video {
            "<span class=\"film\">\u{25b6}</span>"
        } else {
            ""
        };
        let _infallible = writeln!(
            body,
            "<li><a href=\"{}\"><img loading=\"lazy\" src=\"/api/assets/{}/thumbnail?{}\" alt=\"{}\">{film}</a></li>",
            escaped(&view.target(picture)),
            escaped(&picture.id),
            escaped(&query),
            escaped(&picture.name)
        );
    }
    body.push_str("</ul>\n<nav>");
    if !view.is_first {
        body.push_str("<a href=\"?\">First page</a> ");
    }
    if let Some(last) = view.pictures.last().filter(|_| view.is_more) {
        let _infallible = write!(
            body,
            "<a rel=\"next\" href=\"?after={}.{}\">Next page</a>",
            last.taken_at,
            escaped(&last.id)
        );
    }
    body.push_str("</nav>");
    document(StatusCode::OK, view.title(), &meta, &body)
}

/// The form for the password, with what is wrong.
pub fn locked(status: StatusCode, wrong: Option<&str>) -> Response {
    let wrong = wrong.map_or_else(String::new, |text| {
        format!("<p role=\"alert\">{}</p>\n", escaped(text))
    });
    let body = format!(
        "<h1>Password required</h1>\n{wrong}<form method=\"post\"><label>Password <input type=\"password\" name=\"password\" \
         autocomplete=\"off\" required autofocus></label> <button>Show</button></form>"
    );
    let meta = "<meta property=\"og:title\" content=\"Public Share\">\n";
    document(status, "Password required", meta, &body)
}

/// There is no such link.
pub fn missing() -> Response {
    let body = "<h1>Not found</h1>\n<p>This link does not exist, or it is over.</p>";
    document(StatusCode::NOT_FOUND, "Not found", "", body)
}

fn document(status: StatusCode, title: &str, meta: &str, body: &str) -> Response {
    let title = escaped(title);
    let text = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n{meta}\
         <style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    );
    let policy = format!(
        "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'sha256-{}'; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'",
        secret::digest(STYLE)
    );
    let mut answer = (status, Body::from(text)).into_response();
    let headers = answer.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "private, no-cache"),
        // The address is the secret.
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn what_people_wrote_stays_text() {
        assert_eq!(
            escaped("<script>\"Tom\" & 'Jerry'</script>"),
            "&lt;script&gt;&quot;Tom&quot; &amp; &#39;Jerry&#39;&lt;/script&gt;"
        );
    }
}
