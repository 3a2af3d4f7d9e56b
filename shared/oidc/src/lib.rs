//! OpenID Connect without I/O: discovery documents, key sets, signed tokens and their claims, and the addresses and requests
//! of the authorisation-code flow (OpenID Connect Core 1.0, Discovery 1.0, Back-Channel Logout 1.0; RFC 7515 to 7519, 7636,
//! 9207).
//!
//! Whoever calls fetches: this crate says what to send and judges what came back. Signatures are checked by RustCrypto's crates
//! with the algorithm that the administrator configured; what a token says about its own algorithm must agree and never chooses.
//! Neither `none` nor the algorithms with a shared secret (`HS…`) exist here, so no token can ask for them.

mod algorithm;
mod claims;
mod discovery;
mod error;
mod flow;
mod keys;
mod token;

pub use algorithm::Algorithm;
pub use claims::{Claims, Expected, LEEWAY};
pub use discovery::{Discovery, discovery_address};
pub use error::{Error, Result};
pub use flow::{
    Authorization, Callback, Client, ClientAuth, Tokens, challenge, logout_address, nonce,
    with_query,
};
pub use keys::KeySet;
pub use token::verify;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// base64url without padding, as every part of a token has it (RFC 7515 section 2).
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of an [`encode`]d text.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>> {
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|error| Error::Malformed(format!("base64url: {error}")))
}
