//! What tokens and the userinfo endpoint say, and whether it is meant for us (OpenID Connect Core 1.0 sections 3.1.3.7 and
//! 5.3.4, Back-Channel Logout 1.0 section 2.6).

use serde_json::{Map, Value};

use crate::{Error, Result};

/// How far the clocks of provider and server may differ (seconds).
pub const LEEWAY: i64 = 60;
/// How old a logout token may be (seconds; api/auth.md section 8).
const LOGOUT_AGE: i64 = 120;
/// Longest subject, session id and other id (characters); the standard asks for 255.
const LONGEST_ID: usize = 1000;
/// The event that makes a token one for logging out.
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Whom a token must come from and be meant for.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// Issuer as the discovery document spells it.
    pub issuer: &'a str,
    /// Our id at the provider.
    pub client_id: &'a str,
    /// Now, seconds since 1970.
    pub now: i64,
}

/// Claims about a user or an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// Reads a JSON object.
    pub fn parse(json: &[u8]) -> Result<Self> {
        serde_json::from_slice(json)
            .map(Self)
            .map_err(|error| Error::json("claims", &error))
    }

    /// A claim, whatever it is.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A claim that is a text and not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        let text = self.get(name)?.as_str()?;
        (!text.is_empty()).then_some(text)
    }

    /// A text that names somebody or something: short enough and without U+0000, which no database stores.
    fn id(&self, name: &str) -> Option<&str> {
        self.text(name)
            .filter(|id| id.chars().count() <= LONGEST_ID && !id.contains('\0'))
    }

    /// Who the user is at the provider (`sub`).
    pub fn subject(&self) -> Option<&str> {
        self.id("sub")
    }

    /// The session at the provider (`sid`).
    pub fn session(&self) -> Option<&str> {
        self.id("sid")
    }

    /// The id of the token itself (`jti`).
    pub fn token_id(&self) -> Option<&str> {
        self.id("jti")
    }

    /// Seconds since 1970; fractions are allowed and dropped.
    fn time(&self, name: &str) -> Option<i64> {
        let number = self.get(name)?;
        #[expect(clippy::cast_possible_truncation, reason = "it saturates")]
        number
            .as_i64()
            .or_else(|| number.as_f64().map(|it| it as i64))
    }

    /// Whether the claims of an ID token are good for this login.
    pub fn check_id_token(&self, expected: Expected<'_>, nonce: &str) -> Result<()> {
        self.check_parties(expected)?;
        self.check_times(expected.now)?;
        if self.text("nonce") != Some(nonce) {
            return Err(Error::Claim("nonce is not the one of this login"));
        }
        self.subject()
            .map(drop)
            .ok_or(Error::Claim("sub is missing"))
    }

    /// Whether the claims of a userinfo answer are about the subject of the ID token; a signed one must also come from the
    /// provider and be meant for us, where it says so.
    pub fn check_userinfo(
        &self,
        expected: Expected<'_>,
        subject: &str,
        signed: bool,
    ) -> Result<()> {
        if self.subject() != Some(subject) {
            return Err(Error::Claim("userinfo is about somebody else"));
        }
        if signed && (self.get("iss").is_some() || self.get("aud").is_some()) {
            self.check_parties(expected)?;
        }
        Ok(())
    }

    /// Whether a logout token comes from the provider, is meant for us and is new.
    pub fn check_logout_token(&self, expected: Expected<'_>) -> Result<()> {
        self.check_parties(expected)?;
        let issued = self.time("iat").ok_or(Error::Claim("iat is missing"))?;
        if issued < expected.now - LOGOUT_AGE - LEEWAY || issued > expected.now + LEEWAY {
            return Err(Error::Claim("iat is too old or in the future"));
        }
        if self
            .time("exp")
            .is_some_and(|end| end <= expected.now - LEEWAY)
        {
            return Err(Error::Claim("exp is over"));
        }
        Ok(())
    }

    /// Whether a logout token asks for a logout, and says whose.
    pub fn check_logout_event(&self) -> Result<()> {
        let event = self.get("events").and_then(|it| it.get(LOGOUT_EVENT));
        if !event.is_some_and(Value::is_object) {
            return Err(Error::Claim("events has no logout"));
        }
        if self.get("nonce").is_some() {
            return Err(Error::Claim("nonce is not allowed"));
        }
        if self.subject().is_none() && self.session().is_none() {
            return Err(Error::Claim("neither sub nor sid"));
        }
        if self.token_id().is_none() {
            return Err(Error::Claim("jti is missing"));
        }
        Ok(())
    }

    fn check_parties(&self, expected: Expected<'_>) -> Result<()> {
        if self.text("iss") != Some(expected.issuer) {
            return Err(Error::Claim("iss is not the configured issuer"));
        }
        let ours = |value: &Value| value.as_str() == Some(expected.client_id);
        let (is_ours, is_shared) = match self.get("aud") {
            Some(Value::Array(all)) => (all.iter().any(ours), all.len() > 1),
            Some(one) => (ours(one), false),
            None => (false, false),
        };
        if !is_ours {
            return Err(Error::Claim("aud is not this client"));
        }
        match self.get("azp") {
            Some(party) if !ours(party) => Err(Error::Claim("azp is not this client")),
            None if is_shared => Err(Error::Claim("azp is missing")),
            _ => Ok(()),
        }
    }

    fn check_times(&self, now: i64) -> Result<()> {
        let end = self.time("exp").ok_or(Error::Claim("exp is missing"))?;
        if end <= now - LEEWAY {
            return Err(Error::Claim("exp is over"));
        }
        let issued = self.time("iat").ok_or(Error::Claim("iat is missing"))?;
        if issued > now + LEEWAY || self.time("nbf").is_some_and(|start| start > now + LEEWAY) {
            return Err(Error::Claim("iat or nbf is in the future"));
        }
        Ok(())
    }
}
