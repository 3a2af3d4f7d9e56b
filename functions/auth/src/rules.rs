//! Decisions of this area: who counts as one attacker, which cookies, which proof.

use std::net::{IpAddr, Ipv6Addr};

use edge_http::{Error, Result, cookies, secret};
use edge_store::{login::Subjects, users::Secrets};
use http::{HeaderMap, HeaderValue};

/// Message for a PIN code that is not the right one.
pub const WRONG_PIN_CODE: &str = "Wrong PIN code";

/// The header in which the platform tells the client's address. Only the one that the platform itself
/// overwrites is believed, because a client could send any other.
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
const ADDRESS_HEADER: &str = "cf-connecting-ip";
#[cfg(target_os = "wasi")]
const ADDRESS_HEADER: &str = "spin-client-addr";
#[cfg(not(target_family = "wasm"))]
const ADDRESS_HEADER: &str = "x-real-ip";

/// Whose failures count together for a login with this e-mail.
pub fn subjects(email: &str, headers: &HeaderMap) -> Subjects {
    let network = client_network(headers);
    Subjects {
        pair: format!("account:{}", secret::digest(&format!("{email}\n{network}"))),
        address: format!("address:{}", secret::digest(&network)),
    }
}

/// The client's IPv4 address or IPv6 /64 network (a single home owns all of the latter); empty when
/// the platform does not tell.
fn client_network(headers: &HeaderMap) -> String {
    let text = headers
        .get(ADDRESS_HEADER)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .trim();
    match text.parse().map(|address: IpAddr| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).to_string()
        }
        Ok(IpAddr::V4(address)) => address.to_string(),
        // Spin adds the port.
        Err(_) => text
            .rsplit_once(':')
            .map_or(text, |(host, _)| host)
            .to_owned(),
    }
}

/// Seconds until a block ends, rounded up; times in epoch ms.
pub fn retry_after(until: i64, now: i64) -> u64 {
    u64::try_from(until - now).unwrap_or(0).div_ceil(1000)
}

/// The three cookies without which the mobile app is not logged in (api/auth.md section 3).
pub fn login_cookies(token: &str, secure: bool) -> Vec<HeaderValue> {
    let set = |name, value, http_only| {
        cookies::set(name, value, cookies::LOGIN_MAX_AGE, secure, http_only)
    };
    [
        set(cookies::ACCESS_TOKEN, token, true),
        set(cookies::AUTH_TYPE, "password", true),
        set(cookies::IS_AUTHENTICATED, "true", false),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Removes what [`login_cookies`] set.
pub fn logout_cookies() -> Vec<HeaderValue> {
    [
        cookies::ACCESS_TOKEN,
        cookies::AUTH_TYPE,
        cookies::IS_AUTHENTICATED,
    ]
    .into_iter()
    .filter_map(cookies::clear)
    .collect()
}

/// Whether the document `onboarding` says so; false without one.
pub fn is_onboarded(document: Option<&str>) -> bool {
    edge_store::user_metadata::is_onboarded(document)
}

/// Checks a proof against the account's secrets; the password counts when both are given (api/auth.md
/// section 5). Gives the present PIN code's hash.
pub fn prove<'a>(
    secrets: &'a Secrets,
    pin_code: Option<&str>,
    password: Option<&str>,
) -> Result<&'a str> {
    let hash = secrets
        .pin_code
        .as_deref()
        .ok_or_else(|| Error::bad_request("User does not have a PIN code"))?;
    match (password, pin_code) {
        (Some(password), _) => {
            if !secret::verify_password(password, secrets.password.as_deref()) {
                return Err(Error::bad_request("Wrong password"));
            }
        }
        (None, Some(pin_code)) => {
            if !secret::verify_password(pin_code, Some(hash)) {
                return Err(Error::bad_request(WRONG_PIN_CODE));
            }
        }
        (None, None) => {
            return Err(Error::bad_request("Either password or pinCode is required"));
        }
    }
    Ok(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(ADDRESS_HEADER, address.parse().unwrap());
        client_network(&headers)
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(network("192.0.2.1:4711"), "192.0.2.1");
        assert_eq!(client_network(&HeaderMap::new()), "");
    }

    #[test]
    fn the_pair_differs_by_account_and_by_address() {
        let of = |email: &str, address: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(ADDRESS_HEADER, address.parse().unwrap());
            subjects(email, &headers)
        };
        let one = of("a@b.c", "192.0.2.1");
        assert_eq!(one.address, of("x@b.c", "192.0.2.1").address);
        assert_ne!(one.pair, of("x@b.c", "192.0.2.1").pair);
        assert_ne!(one.pair, of("a@b.c", "192.0.2.2").pair);
    }

    #[test]
    fn waiting_times_are_rounded_up() {
        assert_eq!(retry_after(1_001, 0), 2);
        assert_eq!(retry_after(0, 5), 0);
    }
}
