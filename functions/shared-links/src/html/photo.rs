//! One picture of a link, large, with the ways to its neighbours.

use std::fmt::Write as _;

use edge_http::{Response, html::escaped};
use edge_store::shared_links::page::{Around, Picture};
use http::StatusCode;

use super::{Link, document, place};

/// The whole page.
pub fn draw(link: &Link<'_>, around: &Around) -> Response {
    let texts = link.texts;
    // The page of the gallery that begins with this picture.
    let back = around
        .newer
        .as_ref()
        .map(|newer| format!("after={}", place(newer)));
    let mut body = format!(
        "<nav><a href=\"?{}\">{}</a>",
        back.unwrap_or_default(),
        texts.get("photo.back")
    );
    for (neighbour, relation, words) in [
        (&around.newer, "prev", "photo.newer"),
        (&around.older, "next", "photo.older"),
    ] {
        if let Some(picture) = neighbour {
            let (place, words) = (place(picture), texts.get(words));
            let _infallible = write!(
                body,
                "<a rel=\"{relation}\" href=\"?photo={place}\">{words}</a>"
            );
        }
    }
    let (id, query) = (
        escaped(&around.picture.id),
        escaped(&link.query()).into_owned(),
    );
    if link.may_download {
        let words = texts.get("photo.download");
        let _infallible = write!(
            body,
            "<a download href=\"/api/assets/{id}/original?{query}\">{words}</a>"
        );
    }
    body.push_str("</nav>\n");
    body.push_str(&picture(&around.picture, &query));
    document(texts, StatusCode::OK, link.title(), "", &body)
}

/// The picture itself, or the film; `query` is escaped.
fn picture(picture: &Picture, query: &str) -> String {
    let (id, name) = (escaped(&picture.id), escaped(&picture.name));
    let preview = format!("/api/assets/{id}/thumbnail?size=preview&amp;{query}");
    let large = if picture.is_video {
        format!(
            "<video class=\"large\" controls poster=\"{preview}\" src=\"/api/assets/{id}/video/playback?{query}\"></video>"
        )
    } else {
        format!("<img class=\"large\" src=\"{preview}\" alt=\"{name}\">")
    };
    format!("{large}\n<p>{name}</p>")
}
