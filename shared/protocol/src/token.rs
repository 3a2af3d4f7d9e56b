//! The token of a companion: a JWT signed with HMAC-SHA-256 by a secret that only the server and whoever makes tokens know.
//!
//! It says which companion it is for, which jobs that may do and until when. The server takes no other algorithm, and none without
//! an end. A token is revoked by its id (table `companion`).

use chrono::{DateTime, Duration, Utc};
use jwt_compact::{
    AlgorithmExt as _, Claims, Header, TimeOptions, UntrustedToken,
    alg::{Hs256, Hs256Key},
};
use serde::{Deserialize, Serialize};

/// What says that a token is for this server's companions, so that no other JWT made with the same secret is one.
const AUDIENCE: &str = "immich-edge-companion";
/// Shortest secret that signs, bytes: as long as the digest (RFC 7518 section 3.2).
pub const SHORTEST_SECRET: usize = 32;
/// Longest token that is looked at, bytes.
const LONGEST: usize = 4096;
/// How far the clocks of two computers may differ, seconds.
const LEEWAY: i64 = 60;

/// What a companion may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// Facts and pictures of videos, and pictures that the edge hands over.
    Thumbnails,
    /// Transcoding of videos.
    Transcode,
    /// What networks see in pictures, where the companion wants to (`--learn`).
    Learning,
}

impl Scope {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Thumbnails, Self::Transcode, Self::Learning];

    /// Reads `thumbnails`, `transcode` or `learning`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "thumbnails" => Some(Self::Thumbnails),
            "transcode" => Some(Self::Transcode),
            "learning" => Some(Self::Learning),
            _ => None,
        }
    }
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Id of the token, by which it is revoked.
    #[serde(rename = "jti")]
    pub id: String,
    /// Name of the companion, for administrators.
    #[serde(rename = "sub")]
    pub name: String,
    /// What it may do.
    #[serde(rename = "scope")]
    pub scopes: Vec<Scope>,
    #[serde(rename = "aud")]
    audience: String,
}

/// Why a token is not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// The server's secret is too short to sign with.
    #[error("the secret has fewer than {SHORTEST_SECRET} bytes")]
    Secret,
    /// It is none of ours, or was changed.
    #[error("not a token of this server: {0}")]
    Invalid(String),
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
}

fn key(secret: &str) -> Result<Hs256Key, Refused> {
    if secret.len() < SHORTEST_SECRET {
        return Err(Refused::Secret);
    }
    Ok(Hs256Key::new(secret.as_bytes()))
}

fn time(millis: i64) -> TimeOptions<impl Fn() -> DateTime<Utc>> {
    TimeOptions::new(Duration::seconds(LEEWAY), move || {
        DateTime::from_timestamp_millis(millis).unwrap_or_default()
    })
}

/// Makes a token that holds for `days` from `now` (epoch ms). `id` is a fresh random id.
///
/// # Errors
/// The secret is too short, or the days are beyond what a date can be.
pub fn make(
    secret: &str,
    id: &str,
    name: &str,
    scopes: &[Scope],
    days: u16,
    now: i64,
) -> Result<String, Refused> {
    let grant = Grant {
        id: id.to_owned(),
        name: name.to_owned(),
        scopes: scopes.to_vec(),
        audience: AUDIENCE.to_owned(),
    };
    let claims = Claims::new(grant).set_duration(&time(now), Duration::days(days.into()));
    let header = Header::empty().with_token_type("JWT");
    let made = Hs256.token(&header, &claims, &key(secret)?);
    made.map_err(|error| Refused::Invalid(error.to_string()))
}

/// What a token says, if it is one of ours and still holds at `now` (epoch ms).
///
/// # Errors
/// Why it is not taken.
pub fn read(secret: &str, token: &str, now: i64) -> Result<Grant, Refused> {
    let key = key(secret)?;
    let invalid = |error: &dyn std::fmt::Display| Refused::Invalid(error.to_string());
    if token.len() > LONGEST {
        return Err(invalid(&"too long"));
    }
    let untrusted = UntrustedToken::new(token).map_err(|error| invalid(&error))?;
    let token = Hs256.validator::<Grant>(&key).validate(&untrusted);
    let token = token.map_err(|error| invalid(&error))?;
    let claims = token.claims();
    if claims.validate_expiration(&time(now)).is_err() {
        return Err(Refused::Expired);
    }
    if claims.custom.audience != AUDIENCE {
        return Err(invalid(&"made for something else"));
    }
    Ok(claims.custom.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    const NOW: i64 = 1_718_452_800_000;
    const DAY: i64 = 86_400_000;

    fn token() -> String {
        make(SECRET, "id", "nas", &[Scope::Transcode], 30, NOW).unwrap()
    }

    #[test]
    fn a_token_says_what_was_put_into_it_until_it_ends() {
        let grant = read(SECRET, &token(), NOW + 29 * DAY).unwrap();
        assert_eq!((grant.id.as_str(), grant.name.as_str()), ("id", "nas"));
        assert_eq!(grant.scopes, [Scope::Transcode]);
        let late = read(SECRET, &token(), NOW + 31 * DAY);
        assert!(matches!(late, Err(Refused::Expired)));
    }

    #[test]
    fn what_was_not_signed_by_the_secret_is_none() {
        let other = "another secret of more than 32 bytes";
        assert!(matches!(
            read(other, &token(), NOW),
            Err(Refused::Invalid(_))
        ));
        let token = token();
        let (head, signature) = token.rsplit_once('.').unwrap();
        // {"alg":"none"}
        let (_, claims) = head.split_once('.').unwrap();
        for forged in [
            format!("eyJhbGciOiJub25lIn0.{claims}."),
            format!("eyJhbGciOiJub25lIn0.{claims}.{signature}"),
            format!("{head}."),
            format!("{head}x.{signature}"),
            String::new(),
            "a.b.c".to_owned(),
            "x".repeat(LONGEST + 1),
        ] {
            assert!(read(SECRET, &forged, NOW).is_err(), "{forged}");
        }
    }

    #[test]
    fn a_token_for_something_else_or_without_an_end_is_none() {
        let key = key(SECRET).unwrap();
        let grant = |audience: &str| Grant {
            id: "id".to_owned(),
            name: "nas".to_owned(),
            scopes: vec![],
            audience: audience.to_owned(),
        };
        let endless = Claims::new(grant(AUDIENCE));
        let foreign = Claims::new(grant("other")).set_duration(&time(NOW), Duration::days(1));
        for claims in [endless, foreign] {
            let token = Hs256.token(&Header::empty(), &claims, &key).unwrap();
            assert!(read(SECRET, &token, NOW).is_err());
        }
    }

    #[test]
    fn short_secrets_sign_nothing() {
        let short = "0123456789";
        assert!(matches!(
            make(short, "", "", &[], 1, NOW),
            Err(Refused::Secret)
        ));
        assert!(matches!(read(short, &token(), NOW), Err(Refused::Secret)));
    }
}
