//! The HTML of the pages. Everything that people wrote passes [`escaped`]; nothing is loaded from elsewhere, and no script runs.

pub mod gallery;
pub mod photo;

use axum::{body::Body, response::IntoResponse};
use edge_http::{Response, html::escaped, secret};
use edge_store::{
    caller::Credential,
    shared_links::page::{About, Picture},
};
use http::{HeaderValue, StatusCode, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::texts::Texts;

const STYLE: &str = "body{margin:0 auto;max-width:80rem;padding:1rem;font-family:system-ui,sans-serif;color:#222;background:#fff}\
h1{font-size:1.5rem}p{white-space:pre-line}ul{display:grid;grid-template-columns:repeat(auto-fill,minmax(10rem,1fr));gap:.5rem;padding:0;list-style:none}\
li a{display:block;position:relative}img{background:#ddd}li img{display:block;width:100%;aspect-ratio:1;object-fit:cover}\
.large{display:block;max-width:100%;max-height:80vh;margin:1rem auto}nav a{display:inline-block;margin-right:1rem}form{margin:1rem 0}\
.film{position:absolute;right:.3rem;bottom:.3rem;padding:0 .4rem;color:#fff;background:#000a;border-radius:.3rem}\
@media(prefers-color-scheme:dark){body{color:#eee;background:#111}a{color:#9cf}img{background:#333}}";

/// What addresses do not hold as it is. Keys hold no more than this leaves (base64url), so theirs are those that were given away.
const CODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// What the pages of a link that is open say of it.
pub struct Link<'a> {
    /// In the guest's language.
    pub texts: Texts,
    /// How the guest came in; addresses of pictures carry it on.
    pub credential: &'a Credential,
    /// Originals may be taken along.
    pub may_download: bool,
    /// Guests may add pictures.
    pub may_upload: bool,
    /// The link.
    pub about: &'a About,
}

impl Link<'_> {
    fn title(&self) -> &str {
        let name = self.about.album_name.as_deref();
        name.filter(|name| !name.is_empty())
            .unwrap_or(self.texts.get("link.public"))
    }

    fn count(&self) -> String {
        self.texts.say("link.count", &self.about.total.to_string())
    }

    /// What somebody wrote of it.
    fn description(&self) -> Option<&str> {
        let about = self.about;
        [&about.description, &about.album_description]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .find(|text| !text.trim().is_empty())
    }

    /// `key=…` or `slug=…`.
    fn query(&self) -> String {
        match self.credential {
            Credential::ShareSlug(slug) => format!("slug={}", coded(slug)),
            Credential::ShareKey(key) | Credential::Session(key) | Credential::ApiKey(key) => {
                format!("key={}", coded(key))
            }
        }
    }
}

/// A key or a slug as addresses hold it.
pub fn coded(text: &str) -> String {
    utf8_percent_encode(text, CODED).to_string()
}

/// How an address names a picture: its time and its id.
fn place(picture: &Picture) -> String {
    format!("{}.{}", picture.taken_at, escaped(&picture.id))
}

/// The form for the password, with what is wrong.
pub fn locked(texts: Texts, status: StatusCode, wrong: Option<&str>) -> Response {
    let wrong = wrong.map_or_else(String::new, |text| {
        format!("<p role=\"alert\">{}</p>\n", escaped(text))
    });
    let title = texts.get("password.title");
    let body = format!(
        "<h1>{title}</h1>\n{wrong}<form method=\"post\"><label>{} <input type=\"password\" name=\"password\" \
         autocomplete=\"off\" required autofocus></label> <button>{}</button></form>",
        texts.get("password.label"),
        texts.get("password.show"),
    );
    document(texts, status, title, &locked_tags(texts), &body)
}

/// What messengers show of a link with a password.
pub fn locked_tags(texts: Texts) -> String {
    let title = texts.get("link.public");
    format!("<meta property=\"og:title\" content=\"{title}\">\n")
}

/// There is no such link.
pub fn missing(texts: Texts) -> Response {
    let title = texts.get("missing.title");
    let body = format!("<h1>{title}</h1>\n<p>{}</p>", texts.get("missing.text"));
    document(texts, StatusCode::NOT_FOUND, title, "", &body)
}

fn document(texts: Texts, status: StatusCode, title: &str, meta: &str, body: &str) -> Response {
    let (language, title) = (texts.code(), escaped(title));
    let text = format!(
        "<!doctype html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n{meta}\
         <style>{STYLE}</style></head>\n<body><main>\n{body}\n</main></body></html>\n"
    );
    let policy = format!(
        "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'sha256-{}'; form-action 'self'; \
         base-uri 'none'; frame-ancestors 'none'",
        secret::digest(STYLE)
    );
    let mut answer = answer(status, text);
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    answer
}

/// An answer with the headers of all pages of links.
pub fn answer(status: StatusCode, text: String) -> Response {
    let mut answer = (status, Body::from(text)).into_response();
    let headers = answer.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "private, no-cache"),
        (header::VARY, "accept-language"),
        // The address is the secret.
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex"));
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
