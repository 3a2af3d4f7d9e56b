//! The authorisation-code flow: the address to go to, the one that was come back to, and the trade of the code for tokens
//! (OpenID Connect Core 1.0 section 3.1, RFC 6749 sections 2.3.1 and 4.1, RFC 7636).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use form_urlencoded::Serializer;
use http::{Request, header};
use rsa::sha2::{Digest as _, Sha256};
use serde::Deserialize;

use crate::{Discovery, Error, Result, encode};

/// How the client proves itself at the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth<'a> {
    /// Not at all: it has no secret.
    None,
    /// The secret in the body.
    Post(&'a str),
    /// The secret in the header `Authorization`.
    Basic(&'a str),
}

/// We, as the provider knows us.
#[derive(Debug, Clone, Copy)]
pub struct Client<'a> {
    /// `client_id`.
    pub id: &'a str,
    /// Our proof.
    pub auth: ClientAuth<'a>,
}

/// What the browser asks the provider for.
#[derive(Debug, Clone, Copy)]
pub struct Authorization<'a> {
    /// `client_id`.
    pub client_id: &'a str,
    /// Where the provider sends the browser back to.
    pub redirect_uri: &'a str,
    /// Claims asked for.
    pub scope: &'a str,
    /// Comes back with the code.
    pub state: &'a str,
    /// PKCE challenge; sent where the provider takes part.
    pub challenge: &'a str,
    /// `prompt`, empty for none.
    pub prompt: &'a str,
}

/// The challenge of a PKCE verifier (RFC 7636 section 4.2).
pub fn challenge(verifier: &str) -> String {
    encode(&Sha256::digest(verifier))
}

/// The nonce of a login: both of its ends know state and challenge, so nothing need be kept in between.
pub fn nonce(state: &str, challenge: &str) -> String {
    let text = format!("immich-edge nonce\n{state}\n{challenge}");
    encode(&Sha256::digest(text))
}

impl Authorization<'_> {
    /// The address to send the browser to.
    pub fn address(&self, provider: &Discovery) -> String {
        let nonce = nonce(self.state, self.challenge);
        let mut parameters = vec![
            ("response_type", "code"),
            ("client_id", self.client_id),
            ("redirect_uri", self.redirect_uri),
            ("scope", self.scope),
            ("state", self.state),
            ("nonce", &nonce),
        ];
        if provider.has_pkce() {
            parameters.push(("code_challenge", self.challenge));
            parameters.push(("code_challenge_method", "S256"));
        }
        if !self.prompt.is_empty() {
            parameters.push(("prompt", self.prompt));
        }
        with_query(&provider.authorization_endpoint, &parameters)
    }
}

/// Where the browser logs out (OpenID Connect RP-Initiated Logout 1.0 section 2).
pub fn logout_address(endpoint: &str, id_token: Option<&str>) -> String {
    let hint = id_token.map(|token| ("id_token_hint", token));
    let parameters: Vec<_> = hint.into_iter().collect();
    with_query(endpoint, &parameters)
}

/// An address with parameters added to those that it has.
pub fn with_query(address: &str, parameters: &[(&str, &str)]) -> String {
    if parameters.is_empty() {
        return address.to_owned();
    }
    let joint = if address.contains('?') { '&' } else { '?' };
    let query = Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    format!("{address}{joint}{query}")
}

/// The address that the provider sent the browser to.
#[derive(Debug, Clone)]
pub struct Callback {
    /// Without query and fragment: the `redirect_uri` that the code is bound to.
    pub redirect_uri: String,
    parameters: Vec<(String, String)>,
}

impl Callback {
    /// Splits the address.
    pub fn parse(address: &str) -> Self {
        let address = address.split('#').next().unwrap_or_default();
        let (redirect_uri, query) = address.split_once('?').unwrap_or((address, ""));
        Self {
            redirect_uri: redirect_uri.to_owned(),
            parameters: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        }
    }

    /// A parameter that came exactly once.
    fn parameter(&self, name: &str) -> Option<&str> {
        let mut found = self.parameters.iter().filter(|(key, _)| key == name);
        let (_, value) = found.next()?;
        found.next().is_none().then_some(value)
    }

    /// The code, if the provider answered this login and no other.
    pub fn code(&self, state: &str, provider: &Discovery) -> Result<&str> {
        if self.parameter("state") != Some(state) {
            return Err(Error::Claim("state is not the one of this login"));
        }
        match self.parameter("iss") {
            Some(issuer) if issuer != provider.issuer => {
                return Err(Error::Claim("iss of the callback is another issuer"));
            }
            None if provider.authorization_response_iss_parameter_supported => {
                return Err(Error::Claim("iss of the callback is missing"));
            }
            _ => {}
        }
        if let Some(error) = self.parameter("error") {
            return Err(Error::Refused(error.chars().take(60).collect()));
        }
        self.parameter("code")
            .filter(|code| !code.is_empty())
            .ok_or(Error::Claim("the callback has no code"))
    }
}

/// What a code was traded for.
#[derive(Debug, Clone, Deserialize)]
pub struct Tokens {
    /// Who logged in, signed.
    pub id_token: String,
    /// For the userinfo endpoint.
    pub access_token: Option<String>,
}

impl Client<'_> {
    /// Trades a code for tokens.
    ///
    /// # Errors
    /// The endpoint's address cannot be one.
    pub fn token_request(
        &self,
        provider: &Discovery,
        code: &str,
        redirect_uri: &str,
        verifier: &str,
    ) -> Result<Request<Bytes>> {
        let mut body = Serializer::new(String::new());
        body.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", redirect_uri);
        if provider.has_pkce() {
            body.append_pair("code_verifier", verifier);
        }
        let mut request = Request::post(&provider.token_endpoint)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        match self.auth {
            ClientAuth::None => {
                body.append_pair("client_id", self.id);
            }
            ClientAuth::Post(secret) => {
                body.append_pair("client_id", self.id)
                    .append_pair("client_secret", secret);
            }
            ClientAuth::Basic(secret) => {
                let form = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect();
                let (id, secret): (String, String) = (form(self.id), form(secret));
                let proof = STANDARD.encode(format!("{id}:{secret}"));
                request = request.header(header::AUTHORIZATION, format!("Basic {proof}"));
            }
        }
        request
            .body(body.finish().into())
            .map_err(|error| Error::Malformed(format!("token_endpoint: {error}")))
    }
}

impl Tokens {
    /// Reads the answer of the token endpoint. Errors: the provider's own, by its code.
    pub fn parse(status: u16, json: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Refusal {
            error: String,
        }
        if status == 200 {
            return serde_json::from_slice(json)
                .map_err(|error| Error::json("answer of the token endpoint", &error));
        }
        match serde_json::from_slice::<Refusal>(json) {
            Ok(refusal) => Err(Error::Refused(refusal.error.chars().take(60).collect())),
            Err(_no_json) => Err(Error::Refused(format!("status {status}"))),
        }
    }
}
