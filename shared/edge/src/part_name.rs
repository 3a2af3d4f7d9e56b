//! The name of a file in the header of a multipart part, as clients really write it (RFC 7578 section 4.2; RFC 2183;
//! RFC 8187): quoted or not, in UTF-8 or Latin-1, plain or as `filename*` alone.

use http::{HeaderMap, header};
use percent_encoding::percent_decode;

/// The file name of a part with these headers; `None` when the part is no file. `filename*` beats `filename`
/// (RFC 6266 section 4.3). Folders in the name and control characters are left to the caller.
pub fn file_name(headers: &HeaderMap) -> Option<String> {
    let disposition = headers.get(header::CONTENT_DISPOSITION)?.as_bytes();
    let mut plain = None;
    for (name, value) in Parameters(disposition) {
        if name.eq_ignore_ascii_case(b"filename*")
            && let Some(text) = extended(&value)
        {
            return Some(text);
        }
        if name.eq_ignore_ascii_case(b"filename") && plain.is_none() {
            plain = Some(text_of(&value));
        }
    }
    plain
}

/// `charset'language'percent-encoded` (RFC 8187 section 3.2); `None` for what is not of that form.
fn extended(value: &[u8]) -> Option<String> {
    let mut parts = value.splitn(3, |byte| *byte == b'\'');
    let (charset, _language, text) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes: Vec<u8> = percent_decode(text).collect();
    if charset.eq_ignore_ascii_case(b"utf-8") {
        return String::from_utf8(bytes).ok();
    }
    charset
        .eq_ignore_ascii_case(b"iso-8859-1")
        .then(|| latin1(&bytes))
}

/// UTF-8 as clients of this century write it, else Latin-1.
fn text_of(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).map_or_else(|_| latin1(bytes), str::to_owned)
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The parameters behind the first semicolon: names as written, values without quotes.
struct Parameters<'a>(&'a [u8]);

impl<'a> Iterator for Parameters<'a> {
    type Item = (&'a [u8], Vec<u8>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let semicolon = self.0.iter().position(|byte| *byte == b';')?;
            let rest = self.0.get(semicolon + 1..)?.trim_ascii_start();
            let end = rest.iter().position(|byte| matches!(byte, b'=' | b';'));
            let end = end.unwrap_or(rest.len());
            let (name, value) = rest.split_at(end);
            let Some(value) = value.strip_prefix(b"=") else {
                self.0 = value;
                continue;
            };
            let (value, rest) = read_value(value.trim_ascii_start());
            self.0 = rest;
            return Some((name.trim_ascii_end(), value));
        }
    }
}

/// A value and what follows it. In quotes only `\"` is an escape: a backslash before anything else belongs to the
/// path of a Windows client.
fn read_value(text: &[u8]) -> (Vec<u8>, &[u8]) {
    let Some(mut rest) = text.strip_prefix(b"\"") else {
        let end = text.iter().position(|byte| *byte == b';');
        let (value, rest) = text.split_at(end.unwrap_or(text.len()));
        return (value.trim_ascii_end().to_vec(), rest);
    };
    let mut value = Vec::new();
    loop {
        match rest {
            [] => return (value, rest),
            [b'\\', b'"', after @ ..] => {
                value.push(b'"');
                rest = after;
            }
            [b'"', after @ ..] => return (value, after),
            [byte, after @ ..] => {
                value.push(*byte);
                rest = after;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn name(disposition: &[u8]) -> Option<String> {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_bytes(disposition).unwrap();
        headers.insert(header::CONTENT_DISPOSITION, value);
        file_name(&headers)
    }

    #[test]
    fn names_are_found_in_every_form_that_clients_write() {
        let table: [(&[u8], &str); 13] = [
            (
                b"form-data; name=\"assetData\"; filename=\"a.jpg\"",
                "a.jpg",
            ),
            (b"form-data; name=assetData; filename=a.jpg", "a.jpg"),
            (b"form-data; filename=a b.jpg ; name=x", "a b.jpg"),
            (b"form-data; NAME=x; FileName = \"a;b.jpg\"", "a;b.jpg"),
            (
                b"form-data; name=\"a; filename=b\"; filename=\"c.jpg\"",
                "c.jpg",
            ),
            (
                b"form-data; name=x; filename=\"say \\\"hi\\\".jpg\"",
                "say \"hi\".jpg",
            ),
            (
                b"form-data; name=x; filename=\"C:\\photos\\a.jpg\"",
                "C:\\photos\\a.jpg",
            ),
            (
                "form-data; name=x; filename=\"ü😀.jpg\"".as_bytes(),
                "ü😀.jpg",
            ),
            (b"form-data; name=x; filename=\"\xfcber.jpg\"", "über.jpg"),
            (
                b"form-data; name=x; filename*=UTF-8''%C3%BC%20x.jpg",
                "ü x.jpg",
            ),
            (
                b"form-data; name=x; filename*=iso-8859-1'de'%FC.jpg",
                "ü.jpg",
            ),
            (
                b"form-data; name=x; filename=\"u.jpg\"; filename*=utf-8''%C3%BC.jpg",
                "ü.jpg",
            ),
            (
                b"form-data; name=x; filename*=utf-8''%FC.jpg; filename=\"u.jpg\"",
                "u.jpg",
            ),
        ];
        for (disposition, wanted) in table {
            let shown = String::from_utf8_lossy(disposition);
            assert_eq!(name(disposition).as_deref(), Some(wanted), "{shown}");
        }
    }

    #[test]
    fn a_part_without_file_name_is_no_file() {
        for disposition in [
            b"form-data; name=\"assetData\"".as_slice(),
            b"form-data; name=\"filename=x\"",
            b"form-data; name=x; filename",
            b"form-data; name=x; filename*=nonsense",
            b"form-data; name=x; filename*=koi8-r''%C1.jpg",
            b"",
            b";;;==;\"",
        ] {
            assert_eq!(name(disposition), None);
        }
        assert_eq!(file_name(&HeaderMap::new()), None);
        assert_eq!(name(b"form-data; filename=\"\"").as_deref(), Some(""));
    }
}
