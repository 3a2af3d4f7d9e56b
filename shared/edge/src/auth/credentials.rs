//! Where credentials are looked for, and in which order (api/auth.md section 1).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use edge_store::caller::Credential;
use http::{HeaderMap, header, request::Parts};

use crate::{cookies, secret};

/// Length of a share key in hex; any other length is taken as base64url.
const HEX_SHARE_KEY: usize = 100;

/// The credential of a request. The first kind that is present wins, even when it is invalid.
pub fn find(parts: &Parts) -> Option<Credential> {
    let headers = &parts.headers;
    let query = |name: &str| query_value(parts.uri.query().unwrap_or_default(), name);
    if let Some(key) = header_value(headers, "x-immich-share-key").or_else(|| query("key")) {
        return Some(Credential::ShareKey(canonical_share_key(&key)));
    }
    if let Some(slug) = header_value(headers, "x-immich-share-slug").or_else(|| query("slug")) {
        return Some(Credential::ShareSlug(slug));
    }
    let session = header_value(headers, "x-immich-user-token")
        .or_else(|| header_value(headers, "x-immich-session-token"))
        .or_else(|| query("sessionKey"))
        .or_else(|| bearer(headers))
        .or_else(|| cookies::read(headers, cookies::ACCESS_TOKEN).map(str::to_owned));
    if let Some(token) = session {
        return Some(Credential::Session(secret::digest(&token)));
    }
    let key = header_value(headers, "x-api-key").or_else(|| query("apiKey"))?;
    Some(Credential::ApiKey(secret::digest(&key)))
}

fn header_value(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    (!value.is_empty()).then(|| value.to_owned())
}

fn query_value(query: &str, name: &str) -> Option<String> {
    form_urlencoded::parse(query.as_bytes())
        .find(|(key, value)| key == name && !value.is_empty())
        .map(|(_, value)| value.into_owned())
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then(|| token.to_owned())
}

/// Share keys are stored as base64url; clients may also send them in hex.
pub fn canonical_share_key(key: &str) -> String {
    if key.len() == HEX_SHARE_KEY
        && let Ok(bytes) = hex::decode(key)
    {
        return URL_SAFE_NO_PAD.encode(bytes);
    }
    key.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(uri: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = http::Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn a_share_key_shadows_a_session_and_a_session_shadows_a_key() {
        let all = [("cookie", "immich_access_token=c"), ("x-api-key", "k")];
        let found = find(&parts("/?key=abc", &all));
        assert_eq!(found, Some(Credential::ShareKey("abc".into())));
        assert_eq!(
            find(&parts("/", &all)),
            Some(Credential::Session(secret::digest("c")))
        );
        assert_eq!(
            find(&parts("/?apiKey=k", &[])),
            Some(Credential::ApiKey(secret::digest("k")))
        );
        assert_eq!(find(&parts("/", &[])), None);
    }

    #[test]
    fn bearer_scheme_is_case_insensitive_and_headers_come_before_cookies() {
        let found = find(&parts(
            "/",
            &[
                ("authorization", "bEARER t"),
                ("cookie", "immich_access_token=c"),
            ],
        ));
        assert_eq!(found, Some(Credential::Session(secret::digest("t"))));
    }

    #[test]
    fn hex_share_keys_become_base64url() {
        let hex = "00".repeat(50);
        assert_eq!(canonical_share_key(&hex).len(), 67);
        assert_eq!(canonical_share_key("zz"), "zz");
    }
}
