//! Cookies (RFC 6265; api/auth.md section 3).

use axum::response::AppendHeaders;
use http::{HeaderMap, HeaderValue, header};

/// Session token.
pub const ACCESS_TOKEN: &str = "immich_access_token";
/// `password` or `oauth`; read at logout.
pub const AUTH_TYPE: &str = "immich_auth_type";
/// `true`; readable by scripts, tells the web app to load the user.
pub const IS_AUTHENTICATED: &str = "immich_is_authenticated";
/// Comma-separated shared-link tokens.
pub const SHARED_LINK_TOKEN: &str = "immich_shared_link_token";

/// Token of whoever began the maintenance mode.
pub const MAINTENANCE_TOKEN: &str = "immich_maintenance_token";

/// The state of a login that has begun at the identity provider.
pub const OAUTH_STATE: &str = "immich_oauth_state";
/// The PKCE verifier of that login.
pub const OAUTH_VERIFIER: &str = "immich_oauth_code_verifier";

/// 400 days, in seconds.
pub const LOGIN_MAX_AGE: u32 = 34_560_000;
/// One day, in seconds.
pub const SHARED_LINK_MAX_AGE: u32 = 86_400;

/// Value of a request cookie.
pub fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name && !value.is_empty()).then_some(value))
}

/// A `Set-Cookie` line. `secure` only when the request came by https; cookies that scripts must read
/// pass `http_only = false`. Values must be cookie octets (our tokens are).
pub fn set(
    name: &str,
    value: &str,
    max_age: u32,
    secure: bool,
    http_only: bool,
) -> Option<HeaderValue> {
    let http_only = if http_only { "; HttpOnly" } else { "" };
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Max-Age={max_age}; Path=/{http_only}{secure}; SameSite=Lax")
        .parse()
        .ok()
}

/// A `Set-Cookie` line that removes a cookie.
pub fn clear(name: &str) -> Option<HeaderValue> {
    format!("{name}=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT")
        .parse()
        .ok()
}

/// The three cookies without which the mobile app is not logged in (api/auth.md section 3); `kind` is `password` or `oauth`.
pub fn login(token: &str, kind: &str, secure: bool) -> Vec<HeaderValue> {
    let set = |name, value, http_only| set(name, value, LOGIN_MAX_AGE, secure, http_only);
    [
        set(ACCESS_TOKEN, token, true),
        set(AUTH_TYPE, kind, true),
        set(IS_AUTHENTICATED, "true", false),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Any text as cookie octets, and back by [`decode`].
pub fn encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The text of an [`encode`]d value.
pub fn decode(value: &str) -> String {
    let spaced = value.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced)
        .decode_utf8_lossy()
        .into_owned()
}

/// Adds the `Set-Cookie` lines to an answer.
pub fn append(cookies: Vec<HeaderValue>) -> AppendHeaders<Vec<(http::HeaderName, HeaderValue)>> {
    let lines = cookies
        .into_iter()
        .map(|cookie| (header::SET_COOKIE, cookie));
    AppendHeaders(lines.collect())
}

/// Whether the client came by https, directly or through a proxy that says so.
pub fn is_https(uri: &http::Uri, headers: &HeaderMap) -> bool {
    let forwarded = headers
        .get("x-forwarded-proto")
        .and_then(|value| value.to_str().ok());
    forwarded.map_or_else(
        || uri.scheme_str() == Some("https"),
        |proto| {
            proto
                .split(',')
                .next()
                .is_some_and(|first| first.trim().eq_ignore_ascii_case("https"))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(
            header::COOKIE,
            "a=1; immich_access_token=tok; b=2".parse().unwrap(),
        );
        assert_eq!(read(&headers, ACCESS_TOKEN), Some("tok"));
        assert_eq!(read(&headers, "c"), None);
    }

    #[test]
    fn set_cookie_has_the_contract_attributes() {
        let line = set(ACCESS_TOKEN, "tok", LOGIN_MAX_AGE, true, true).unwrap();
        assert_eq!(
            line.to_str().unwrap(),
            "immich_access_token=tok; Max-Age=34560000; Path=/; HttpOnly; Secure; SameSite=Lax"
        );
    }
}
