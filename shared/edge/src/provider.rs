//! What the configured identity provider says about itself (docs/oauth.md), for logins and for logging out.

use edge_api::config::OAuthSettings;
use edge_oidc::{Discovery, discovery_address};
use edge_platform::{HttpError, Limits};

use crate::App;

/// What went wrong between the provider and us; the texts are for the log.
#[derive(Debug)]
pub enum Failure {
    /// It did not answer.
    Http(HttpError),
    /// What it sent is not to be believed.
    Oidc(edge_oidc::Error),
    /// It answered with a status that means no success.
    Status(&'static str, u16),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Http(error) => error.fmt(f),
            Self::Oidc(error) => error.fmt(f),
            Self::Status(what, status) => write!(f, "{what}: status {status}"),
        }
    }
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        Self::Http(error)
    }
}

impl From<edge_oidc::Error> for Failure {
    fn from(error: edge_oidc::Error) -> Self {
        Self::Oidc(error)
    }
}

/// How long, and how much, an answer of the provider may take.
pub fn limits(settings: &OAuthSettings) -> Limits {
    Limits {
        timeout: settings.timeout,
        ..Limits::default()
    }
}

impl App {
    /// The provider's discovery document, of which one that was fetched within ten minutes will do.
    ///
    /// # Errors
    /// It does not answer, or its document is not to be believed.
    pub async fn discover(&self, settings: &OAuthSettings) -> Result<Discovery, Failure> {
        let (issuer, insecure) = (&settings.issuer_url, settings.allow_insecure_requests);
        let address = discovery_address(issuer, insecure)?;
        let document = self.document(&address, limits(settings), false).await?;
        Ok(Discovery::parse(&document, issuer, insecure)?)
    }
}
