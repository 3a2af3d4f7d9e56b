//! Conditional requests for one representation (RFC 9110 section 13): whether it is to be sent, and whether in part.

use std::time::{Duration, SystemTime};

use edge_platform::ObjectMeta;
use http::{HeaderMap, HeaderName, header};

/// What the headers of a GET ask about a representation that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Send it, the range that was asked for.
    Send,
    /// Send it whole although a range was asked for: it is not the one that the client has a part of.
    SendWhole,
    /// 304: the client has it.
    NotModified,
    /// 412: it is not the one that the client wants.
    Failed,
}

/// The headers that [`judge`] reads.
const CONDITIONS: [HeaderName; 5] = [
    header::IF_MATCH,
    header::IF_UNMODIFIED_SINCE,
    header::IF_NONE_MATCH,
    header::IF_MODIFIED_SINCE,
    header::IF_RANGE,
];

/// Whether there is a condition at all, so that the representation has to be known before it is read.
pub fn any(headers: &HeaderMap) -> bool {
    CONDITIONS.iter().any(|name| headers.contains_key(name))
}

/// Applies the conditions in the order of RFC 9110 section 13.2.2. Our tags are strong. A date counts only as we
/// write it: whoever sends one has it from us, and what is no such date is ignored.
pub fn judge(headers: &HeaderMap, meta: &ObjectMeta) -> Verdict {
    let failed = match lists(headers, &header::IF_MATCH) {
        Some(tags) => !names(&tags, &meta.etag, false),
        None => since(headers, &header::IF_UNMODIFIED_SINCE, meta)
            .is_some_and(|is_unchanged| !is_unchanged),
    };
    if failed {
        return Verdict::Failed;
    }
    let is_known = match lists(headers, &header::IF_NONE_MATCH) {
        Some(tags) => names(&tags, &meta.etag, true),
        None => since(headers, &header::IF_MODIFIED_SINCE, meta).unwrap_or(false),
    };
    if is_known {
        return Verdict::NotModified;
    }
    match text(headers, &header::IF_RANGE) {
        Some(wanted) if !is_same(wanted, meta) => Verdict::SendWhole,
        _ => Verdict::Send,
    }
}

/// `modified` (epoch ms) as an HTTP date.
pub(crate) fn http_date(modified: i64) -> String {
    let since_epoch = Duration::from_millis(u64::try_from(modified).unwrap_or(0));
    httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + since_epoch)
}

/// `If-Range`: our strong tag, or exactly the date that we gave (section 13.1.5).
fn is_same(wanted: &str, meta: &ObjectMeta) -> bool {
    wanted == format!("\"{}\"", meta.etag) || wanted == http_date(meta.modified)
}

/// Whether the representation has not changed since the date of this header; `None` without a date in our form.
fn since(headers: &HeaderMap, name: &HeaderName, meta: &ObjectMeta) -> Option<bool> {
    let seconds = httpdate_seconds(text(headers, name)?)?;
    Some(meta.modified.div_euclid(1000) <= seconds)
}

fn httpdate_seconds(text: &str) -> Option<i64> {
    let at = httpdate::parse_http_date(text).ok()?;
    let since_epoch = at.duration_since(std::time::SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since_epoch.as_secs()).ok()
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// All values of a header that is a list; `None` when it was not sent.
fn lists<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Vec<&'a str>> {
    headers.contains_key(name).then(|| {
        let values = headers.get_all(name).iter();
        values.filter_map(|value| value.to_str().ok()).collect()
    })
}

/// Whether a list of tags names `etag`, or everything by `*`. `weak`: a tag marked `W/` counts, too (section 8.8.3.2).
fn names(lists: &[&str], etag: &str, weak: bool) -> bool {
    let mut tags = lists.iter().flat_map(|list| list.split(',')).map(str::trim);
    tags.any(|tag| {
        let strong = tag.strip_prefix("W/").filter(|_| weak).unwrap_or(tag);
        tag == "*"
            || strong
                .strip_prefix('"')
                .and_then(|tag| tag.strip_suffix('"'))
                == Some(etag)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const MODIFIED: &str = "Sat, 15 Jun 2024 12:00:00 GMT";

    fn verdict(pairs: &[(HeaderName, &'static str)]) -> Verdict {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, HeaderValue::from_static(value));
        }
        let meta = ObjectMeta {
            size: 10,
            etag: "abc".to_owned(),
            modified: 1_718_452_800_500,
        };
        assert_eq!(any(&headers), !pairs.is_empty());
        judge(&headers, &meta)
    }

    #[test]
    fn what_the_client_has_is_not_sent_again() {
        for (tags, wanted) in [
            ("\"abc\"", Verdict::NotModified),
            ("W/\"abc\"", Verdict::NotModified),
            ("\"x\", \"abc\"", Verdict::NotModified),
            ("*", Verdict::NotModified),
            ("\"x\"", Verdict::Send),
            ("abc", Verdict::Send),
        ] {
            assert_eq!(verdict(&[(header::IF_NONE_MATCH, tags)]), wanted, "{tags}");
        }
        let dated = |date| verdict(&[(header::IF_MODIFIED_SINCE, date)]);
        assert_eq!(dated(MODIFIED), Verdict::NotModified);
        assert_eq!(dated("Sat, 15 Jun 2024 11:59:59 GMT"), Verdict::Send);
        assert_eq!(dated("yesterday"), Verdict::Send);
        // The date counts only where there is no tag.
        let both = [
            (header::IF_NONE_MATCH, "\"x\""),
            (header::IF_MODIFIED_SINCE, MODIFIED),
        ];
        assert_eq!(verdict(&both), Verdict::Send);
    }

    #[test]
    fn a_part_of_another_file_is_not_continued() {
        for (known, wanted) in [
            ("\"abc\"", Verdict::Send),
            (MODIFIED, Verdict::Send),
            ("W/\"abc\"", Verdict::SendWhole),
            ("\"x\"", Verdict::SendWhole),
            ("Sat, 15 Jun 2024 12:00:01 GMT", Verdict::SendWhole),
            ("*", Verdict::SendWhole),
        ] {
            assert_eq!(verdict(&[(header::IF_RANGE, known)]), wanted, "{known}");
        }
    }

    #[test]
    fn a_condition_that_does_not_hold_fails() {
        let matched = |tags| verdict(&[(header::IF_MATCH, tags)]);
        assert_eq!(matched("*"), Verdict::Send);
        assert_eq!(matched("\"abc\""), Verdict::Send);
        assert_eq!(matched("W/\"abc\""), Verdict::Failed);
        assert_eq!(matched("\"x\""), Verdict::Failed);
        let dated = |date| verdict(&[(header::IF_UNMODIFIED_SINCE, date)]);
        assert_eq!(dated(MODIFIED), Verdict::Send);
        assert_eq!(dated("Sat, 15 Jun 2024 11:59:59 GMT"), Verdict::Failed);
        assert_eq!(verdict(&[]), Verdict::Send);
    }
}
