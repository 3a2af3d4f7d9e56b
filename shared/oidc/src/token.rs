//! Signed tokens (RFC 7515, RFC 7519).

use serde::Deserialize;

use crate::{Algorithm, Claims, Error, KeySet, Result, decode};

/// Longest token that is looked at (bytes).
const LIMIT: usize = 64 * 1024;

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<serde_json::Value>,
}

/// The claims of a token that a key of the set signed with the configured algorithm. What they say is for [`Claims`] to judge.
///
/// # Errors
/// [`Error::Algorithm`] when it is signed otherwise, [`Error::UnknownKey`] when the set does not have its key (fetch the set
/// once more), [`Error::Signature`] and [`Error::Malformed`].
pub fn verify(token: &str, algorithm: Algorithm, keys: &KeySet) -> Result<Claims> {
    let malformed = |what: &str| Error::Malformed(format!("token: {what}"));
    if token.len() > LIMIT {
        return Err(malformed("too long"));
    }
    let (signed, signature) = token.rsplit_once('.').ok_or_else(|| malformed("parts"))?;
    let (header, payload) = signed.split_once('.').ok_or_else(|| malformed("parts"))?;
    let header: Header = serde_json::from_slice(&decode(header)?)
        .map_err(|error| Error::json("header of a token", &error))?;
    // Nothing that a token declares critical is known here (RFC 7515 section 4.1.11).
    if header.crit.is_some() {
        return Err(malformed("critical header"));
    }
    if Algorithm::parse(&header.alg)? != algorithm {
        return Err(Error::Algorithm(header.alg.chars().take(20).collect()));
    }
    let signature = decode(signature)?;
    keys.verify(
        algorithm,
        header.kid.as_deref(),
        signed.as_bytes(),
        &signature,
    )?;
    Claims::parse(&decode(payload)?)
}
