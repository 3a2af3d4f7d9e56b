//! What is wrong with what an identity provider sent.

/// Result of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an answer of the provider is not believed. The texts name what is wrong and hold nothing secret: no token, no code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is not what the format says: no JSON, no three parts, no base64url.
    #[error("malformed: {0}")]
    Malformed(String),
    /// The token is signed with another algorithm than the configured one, or with one that is not accepted at all.
    #[error("algorithm {0:?} is not the one configured, or none that is accepted")]
    Algorithm(String),
    /// No key of the set can have made the signature; the set may be outdated.
    #[error("the provider's key set has no such key")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the signature is wrong")]
    Signature,
    /// A claim or parameter is missing or not as it must be.
    #[error("{0}")]
    Claim(&'static str),
    /// An address that must not be used.
    #[error("{name} {reason}")]
    Address {
        /// Which one.
        name: &'static str,
        /// Why not.
        reason: &'static str,
    },
    /// The provider answered with an error of RFC 6749 section 5.2.
    #[error("the provider says {0:?}")]
    Refused(String),
}

impl Error {
    /// `what` is no JSON of the right form. The parser's own message would show values.
    pub(crate) fn json(what: &str, error: &serde_json::Error) -> Self {
        let (kind, line, column) = (error.classify(), error.line(), error.column());
        Self::Malformed(format!("{what}: {kind:?} at {line}:{column}"))
    }
}
