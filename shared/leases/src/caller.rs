//! Who calls: a companion by its token, and the lease by which it holds a job.

use axum::{
    body::Body,
    extract::{FromRequest, FromRequestParts, Request},
};
use edge_http::{
    App, Error, Result,
    extract::{Params, read_limited},
};
use edge_protocol::{
    token::{self, Grant},
    wire::LEASE_HEADER,
};
use edge_store::jobs::{
    Job,
    companion::{self, Answer},
};
use http::{HeaderMap, header, request::Parts};
use serde::de::DeserializeOwned;

/// Name of the variable with the secret that signs tokens.
const SECRET: &str = "companion_secret";
/// Longest JSON that a companion sends, bytes.
const LONGEST_BODY: usize = 64 * 1024;

/// A companion whose token is one of ours and has not expired. Whether it was revoked, the database tells with the first statement.
pub struct Companion(pub Grant);

impl FromRequestParts<App> for Companion {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let Some(secret) = app.variables.get(SECRET).await else {
            return Err(Error::unauthorized("This server admits no companions"));
        };
        let token = bearer(&parts.headers)
            .ok_or_else(|| Error::unauthorized("A companion's token is required"))?;
        let grant = token::read(&secret, token, app.now());
        let grant = grant
            .map_err(|error| Error::unauthorized(format!("Invalid companion token: {error}")))?;
        Ok(Self(grant))
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ")
}

/// Text of the answer to a revoked token.
fn revoked() -> Error {
    Error::unauthorized("This companion's token was revoked")
}

/// What a look into the table of jobs gave.
///
/// # Errors
/// 401: the token was revoked.
pub fn admitted<T>(answer: Answer<T>) -> Result<Option<T>> {
    match answer {
        Answer::Revoked => Err(revoked()),
        Answer::Nothing => Ok(None),
        Answer::Found(found) => Ok(Some(found)),
    }
}

/// A companion and the ids of job and lease that it names.
pub struct Holder {
    companion: Companion,
    /// Id of the job, or of a session.
    pub job_id: String,
    /// Its lease.
    pub lease_id: String,
}

impl FromRequestParts<App> for Holder {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let companion = Companion::from_request_parts(parts, app).await?;
        let params = Params::from_request_parts(parts, app).await?;
        let lease = parts.headers.get(LEASE_HEADER);
        let lease = lease.and_then(|lease| lease.to_str().ok());
        let lease =
            lease.ok_or_else(|| Error::bad_request(format!("{LEASE_HEADER} is required")))?;
        Ok(Self {
            companion,
            job_id: params.text("id").to_owned(),
            lease_id: lease.to_owned(),
        })
    }
}

impl Holder {
    /// Id of the companion's token.
    pub fn companion_id(&self) -> &str {
        &self.companion.0.id
    }

    /// The ids of a session and its lease.
    pub fn ids(&self) -> (&str, &str) {
        (&self.job_id, &self.lease_id)
    }

    /// The job, if the companion still holds it. One round trip.
    ///
    /// # Errors
    /// 412: it does not.
    pub async fn job(&self, app: &App) -> Result<Job> {
        let answer =
            companion::held(app.db(), self.companion_id(), &self.job_id, &self.lease_id).await?;
        admitted(answer)?.ok_or(Error::PreconditionFailed)
    }
}

/// A small JSON body of a companion.
pub struct Told<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Told<T> {
    type Rejection = Error;

    async fn from_request(request: Request<Body>, _app: &App) -> Result<Self> {
        let bytes = read_limited(request.into_body(), LONGEST_BODY).await?;
        let told = serde_json::from_slice(&bytes);
        told.map(Self)
            .map_err(|error| Error::bad_request(format!("Invalid JSON: {error}")))
    }
}
