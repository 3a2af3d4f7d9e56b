//! Page by page, what a link shows; taking it along and adding to it.

use std::fmt::Write as _;

use edge_api::time::Millis;
use edge_http::{Response, html::escaped};
use edge_store::shared_links::page::Picture;
use http::StatusCode;

use super::{Link, document, place};

/// A page of pictures.
pub struct Gallery<'a> {
    /// The link.
    pub link: &'a Link<'a>,
    /// Scheme and host.
    pub origin: String,
    /// One page of it.
    pub pictures: &'a [Picture],
    /// There is another page.
    pub is_more: bool,
    /// It is the first page.
    pub is_first: bool,
    /// What is added counts as taken now, until its metadata are read.
    pub now: Millis,
    /// Why what the guest has just sent was not taken, as the address says.
    pub refused: Option<&'a str>,
}

/// The whole page.
pub fn draw(gallery: &Gallery<'_>) -> Response {
    let link = gallery.link;
    let mut body = format!("<h1>{}</h1>\n", escaped(link.title()));
    if let Some(text) = link.description() {
        let _infallible = writeln!(body, "<p>{}</p>", escaped(text));
    }
    let _infallible = writeln!(body, "<p>{}</p>\n<ul>", escaped(&link.count()));
    for (index, picture) in gallery.pictures.iter().enumerate() {
        body.push_str(&item(link, index + 1, picture));
    }
    body.push_str("</ul>\n");
    body.push_str(&pages(gallery));
    if link.may_download && !gallery.pictures.is_empty() {
        body.push_str(&download(gallery));
    }
    if link.may_upload {
        body.push_str(&refusal(gallery));
        body.push_str(&upload(gallery));
    }
    document(
        link.texts,
        StatusCode::OK,
        link.title(),
        &tags(link, &gallery.origin, gallery.pictures.first()),
        &body,
    )
}

/// What messengers show of the address (api/features.md section F): `origin` is scheme and host, `first` the first picture, which
/// stands for a cover where there is none.
pub fn tags(link: &Link<'_>, origin: &str, first: Option<&Picture>) -> String {
    let mut meta = String::new();
    let mut tag = |attribute: &str, name: &str, content: &str| {
        let content = escaped(content);
        let _infallible = writeln!(meta, "<meta {attribute}=\"{name}\" content=\"{content}\">");
    };
    let count = link.count();
    let description = link.description().unwrap_or(&count);
    tag("name", "description", description);
    tag("property", "og:type", "website");
    tag("property", "og:title", link.title());
    tag("property", "og:description", description);
    let cover = link.about.cover.as_ref();
    if let Some(id) = cover.or_else(|| first.map(|picture| &picture.id)) {
        let query = link.query();
        let image = format!("{origin}/api/assets/{id}/thumbnail?{query}");
        tag("property", "og:image", &image);
        tag("name", "twitter:card", "summary_large_image");
        tag("name", "twitter:image", &image);
    }
    tag("name", "twitter:title", link.title());
    tag("name", "twitter:description", description);
    meta
}

/// A small picture that leads to the large one. Where it has no name screen readers hear its number.
fn item(link: &Link<'_>, number: usize, picture: &Picture) -> String {
    let (kind, film) = if picture.is_video {
        ("photo.video", "<span class=\"film\">\u{25b6}</span>")
    } else {
        ("photo.photo", "")
    };
    let label = if picture.name.is_empty() {
        let words = link.texts.say(kind, &number.to_string());
        format!(" aria-label=\"{}\"", escaped(&words))
    } else {
        String::new()
    };
    format!(
        "<li><a href=\"?photo={}\"{label}><img loading=\"lazy\" src=\"/api/assets/{}/thumbnail?{}\" alt=\"{}\">{film}</a></li>\n",
        place(picture),
        escaped(&picture.id),
        escaped(&link.query()),
        escaped(&picture.name)
    )
}

fn pages(gallery: &Gallery<'_>) -> String {
    let texts = gallery.link.texts;
    let mut nav = String::from("<nav>");
    if !gallery.is_first {
        let words = texts.get("gallery.first");
        let _infallible = write!(nav, "<a href=\"?\">{words}</a>");
    }
    if let Some(last) = gallery.pictures.last().filter(|_| gallery.is_more) {
        let (place, words) = (place(last), texts.get("gallery.next"));
        let _infallible = write!(nav, "<a rel=\"next\" href=\"?after={place}\">{words}</a>");
    }
    nav.push_str("</nav>\n");
    nav
}

/// One archive of what is on the page: a form, because so many ids are too long for an address.
fn download(gallery: &Gallery<'_>) -> String {
    let link = gallery.link;
    let mut form = format!(
        "<form method=\"post\" action=\"/api/download/archive?{}\"><input type=\"hidden\" name=\"archiveName\" value=\"{}\">",
        escaped(&link.query()),
        escaped(link.title())
    );
    for picture in gallery.pictures {
        let _infallible = write!(
            form,
            "<input type=\"hidden\" name=\"assetIds\" value=\"{}\">",
            escaped(&picture.id)
        );
    }
    let words = link.texts.get("gallery.download");
    let _infallible = writeln!(form, "<button>{words}</button></form>");
    form
}

/// What is wrong with the file that the guest sent, above the form that sends another one.
fn refusal(gallery: &Gallery<'_>) -> String {
    let text = match gallery.refused {
        None => return String::new(),
        Some("type") => "refused.type",
        Some("size") => "refused.size",
        Some("quota") => "refused.quota",
        Some(_) => "refused.file",
    };
    format!("<p role=\"alert\">{}</p>\n", gallery.link.texts.get(text))
}

/// The form of `POST /assets` (api/assets.md section 1), which leads browsers back here.
fn upload(gallery: &Gallery<'_>) -> String {
    let (link, now) = (gallery.link, gallery.now);
    format!(
        "<form method=\"post\" action=\"/api/assets?{}\" enctype=\"multipart/form-data\">\
         <input type=\"hidden\" name=\"fileCreatedAt\" value=\"{now}\"><input type=\"hidden\" name=\"fileModifiedAt\" value=\"{now}\">\
         <label>{} <input type=\"file\" name=\"assetData\" accept=\"image/*,video/*\" required></label> <button>{}</button></form>\n",
        escaped(&link.query()),
        link.texts.get("gallery.upload"),
        link.texts.get("gallery.send")
    )
}
