//! The page of somebody else in the place of ours, e.g. the official one (docs/web.md): `cargo xtask` puts its `index.html` into the
//! bucket and says so by a variable, and links answer it with what messengers show of them (api/features.md section F, Shared link;
//! api/clients.md section 1).

use std::ops::Range;

use edge_http::{App, Response, serve};
use edge_platform::ObjectError;
use http::{HeaderValue, StatusCode, header};

use crate::html;

/// The variable that is `on` where there is another page: without one the bucket is not asked at each view (docs/operations.md).
const SWITCH: &str = "other_page";
/// Where `index.html` of another page is in the bucket; xtask/src/web.rs puts it there.
const KEY: &str = "web/index.html";
/// Longest one that is read, bytes.
const LONGEST: usize = 1 << 20;

/// `index.html` of the other page; `None`: the page is ours. When the bucket does not answer a link still shows what it is about.
pub async fn index(app: &App) -> Option<String> {
    if app.variables.get(SWITCH).await.as_deref() != Some("on") {
        return None;
    }
    match read(app).await {
        Ok(index) => index,
        Err(error) => {
            serve::log(&format!("index.html of the other page: {error}"));
            None
        }
    }
}

async fn read(app: &App) -> Result<Option<String>, ObjectError> {
    let Some(object) = app.objects.get(KEY, None).await? else {
        return Ok(None);
    };
    let bytes = object.body.collect(LONGEST).await?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// The other page for a link: `tags` are lines for its head.
pub fn answer(index: &str, status: StatusCode, tags: &str) -> Response {
    let mut answer = html::answer(status, with_tags(index, tags));
    let headers = answer.headers_mut();
    // It names files of one build (api/clients.md section 1).
    let value = HeaderValue::from_static("no-store");
    headers.insert(header::CACHE_CONTROL, value);
    // What it may load is its own affair; as all its other addresses have it (OTHER_HEADERS in xtask/src/web.rs).
    let value = HeaderValue::from_static("frame-ancestors 'none'");
    headers.insert(header::CONTENT_SECURITY_POLICY, value);
    answer
}

/// `index` with `tags` in its head: in the place of the comment that stands there for them, else before all else, because of two tags
/// with one name messengers take the first.
fn with_tags(index: &str, tags: &str) -> String {
    let place = place(index);
    let (before, behind) = (index.get(..place.start), index.get(place.end..));
    [before.unwrap_or_default(), tags, behind.unwrap_or_default()].concat()
}

/// What the tags take the place of; nothing, at the beginning of the head, where no comment speaks of tags. A page without a head gets
/// them at its end.
fn place(index: &str) -> Range<usize> {
    let Some(begin) = index.find("<head").and_then(|at| end_of(index, at, ">")) else {
        return index.len()..index.len();
    };
    let end = index.find("</head").unwrap_or(index.len());
    let head = index.get(begin..end).unwrap_or_default();
    let comment = head.match_indices("<!--").find_map(|(at, _)| {
        let end = end_of(head, at, "-->")?;
        let text = head.get(at..end)?;
        let is_for_tags = text.contains("tags") || text.contains("meta");
        is_for_tags.then_some(begin + at..begin + end)
    });
    comment.unwrap_or(begin..begin)
}

/// Where the first `mark` at or behind `from` ends.
fn end_of(text: &str, from: usize, mark: &str) -> Option<usize> {
    let length = text.get(from..)?.find(mark)?;
    Some(from + length + mark.len())
}

#[cfg(test)]
mod tests {
    use super::with_tags;

    #[test]
    fn tags_take_the_place_of_the_comment_for_them() {
        let index = "<html><head>\n<!-- an icon --><link rel=\"icon\">\n<!-- page:tags -->\n<title>A</title></head><body><!-- tags --></body>";
        let expected = "<html><head>\n<!-- an icon --><link rel=\"icon\">\n<meta>\n<title>A</title></head><body><!-- tags --></body>";
        assert_eq!(with_tags(index, "<meta>"), expected);
    }

    #[test]
    fn without_a_comment_they_come_first() {
        for (index, expected) in [
            (
                "<head lang=\"de\"><title>ä</title></head><header></header>",
                "<head lang=\"de\"><meta><title>ä</title></head><header></header>",
            ),
            ("<head><!-- tags", "<head><meta><!-- tags"),
            ("<head", "<head<meta>"),
            ("text", "text<meta>"),
            ("", "<meta>"),
        ] {
            assert_eq!(with_tags(index, "<meta>"), expected, "{index}");
        }
    }

    #[test]
    fn no_tags_leave_the_page_as_it_is_but_for_the_comment() {
        assert_eq!(with_tags("<head><!-- tags --></head>", ""), "<head></head>");
    }
}
