//! What a provider says about itself (OpenID Connect Discovery 1.0).

use http::Uri;
use serde::Deserialize;

use crate::{Error, Result};

/// Where the document lies below the issuer.
const WELL_KNOWN: &str = "/.well-known/";
const DOCUMENT: &str = "/.well-known/openid-configuration";

/// The document, checked.
#[derive(Debug, Clone, Deserialize)]
pub struct Discovery {
    /// The issuer as tokens must spell it.
    pub issuer: String,
    /// Where the browser goes to log in.
    pub authorization_endpoint: String,
    /// Where a code is traded for tokens.
    pub token_endpoint: String,
    /// Where the key set lies.
    pub jwks_uri: String,
    /// Where more claims are to be had.
    pub userinfo_endpoint: Option<String>,
    /// Where the browser goes to log out.
    pub end_session_endpoint: Option<String>,
    #[serde(default)]
    code_challenge_methods_supported: Vec<String>,
    /// The callback must name the issuer (RFC 9207).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

/// Where the document of the configured issuer lies; the issuer may also be the document's own address.
///
/// # Errors
/// The issuer is no https address, or an http one and those are not allowed.
pub fn discovery_address(issuer: &str, allow_http: bool) -> Result<String> {
    check("issuerUrl", issuer, allow_http)?;
    if issuer.contains(WELL_KNOWN) {
        return Ok(issuer.to_owned());
    }
    Ok(format!("{}{DOCUMENT}", issuer.trim_end_matches('/')))
}

impl Discovery {
    /// Reads the document of the configured issuer.
    ///
    /// # Errors
    /// It is about another issuer, or names addresses that are not https (or http, where that is allowed).
    pub fn parse(json: &[u8], issuer: &str, allow_http: bool) -> Result<Self> {
        let it: Self = serde_json::from_slice(json)
            .map_err(|error| Error::json("discovery document", &error))?;
        let bare = |text: &str| {
            let before = text.split(WELL_KNOWN).next().unwrap_or_default();
            before.trim_end_matches('/').to_owned()
        };
        if bare(&it.issuer) != bare(issuer) {
            return Err(Error::Claim("the document is about another issuer"));
        }
        for (name, address) in [
            ("authorization_endpoint", Some(&it.authorization_endpoint)),
            ("token_endpoint", Some(&it.token_endpoint)),
            ("jwks_uri", Some(&it.jwks_uri)),
            ("userinfo_endpoint", it.userinfo_endpoint.as_ref()),
            ("end_session_endpoint", it.end_session_endpoint.as_ref()),
        ] {
            if let Some(address) = address {
                check(name, address, allow_http)?;
            }
        }
        Ok(it)
    }

    /// Whether the provider takes part in PKCE with SHA-256 (RFC 7636).
    pub fn has_pkce(&self) -> bool {
        let mut methods = self.code_challenge_methods_supported.iter();
        methods.any(|method| method == "S256")
    }
}

/// Refuses what is no absolute https address, or http where that is allowed.
fn check(name: &'static str, address: &str, allow_http: bool) -> Result<()> {
    let wrong = |reason| Err(Error::Address { name, reason });
    let Ok(uri) = address.parse::<Uri>() else {
        return wrong("is no address");
    };
    match uri.scheme_str() {
        Some("https") => {}
        Some("http") if allow_http => {}
        Some("http") => return wrong("is http, and allowInsecureRequests is off"),
        _ => return wrong("is no https address"),
    }
    match uri.authority() {
        Some(authority) if authority.as_str().contains('@') => wrong("holds a password"),
        Some(authority) if !authority.host().is_empty() => Ok(()),
        _ => wrong("names no host"),
    }
}
