//! The maintenance mode (api/admin.md section 3): while its row exists, no session, API key or shared link is good and no job runs
//! (`edge_store::system::IN_SERVICE`). Whoever began it holds a token of its own, in a cookie.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use edge_api::{
    enums::MaintenanceAction,
    maintenance::MaintenanceStatus,
    permission::RequiredPermission,
    realtime::{Announcement, Event, Room},
};
use edge_store::{
    backup::RESTORE,
    system::{self, key},
};
use hmac::{Hmac, Mac};
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{App, Error, Guard, Result, backup::Restore, cookies, serve::log};

/// How long a token is good, seconds.
pub const LIFETIME: i64 = 4 * 60 * 60;

/// How long browsers keep the cookie, seconds.
const COOKIE_MAX_AGE: u32 = 24 * 60 * 60;

/// Bytes of the secret that tokens are signed with.
const SECRET: usize = 64;

/// What is known of the mode while it is on.
#[derive(Debug, Clone, PartialEq)]
pub struct Mode {
    /// Signs tokens; hex.
    secret: String,
    /// What is going on.
    pub action: MaintenanceAction,
    /// What went wrong last.
    pub error: Option<String>,
}

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Who began it.
    pub username: String,
    /// Since when it is good, seconds since 1970.
    pub issued_at: i64,
    /// Until when.
    pub expires_at: i64,
}

impl Claims {
    /// The payload of the token.
    pub fn payload(&self) -> Value {
        json!({ "username": self.username, "iat": self.issued_at, "exp": self.expires_at })
    }
}

impl Mode {
    /// The mode, if it is on. One round trip.
    pub async fn read(app: &App) -> Result<Option<Self>> {
        let stored = system::find(app.db(), key::MAINTENANCE_MODE).await?;
        Ok(stored.as_ref().and_then(Self::of))
    }

    fn of(stored: &Value) -> Option<Self> {
        let action = stored["action"]["action"].as_str();
        Some(Self {
            secret: stored["secret"].as_str()?.to_owned(),
            action: action
                .and_then(MaintenanceAction::parse)
                .unwrap_or(MaintenanceAction::Start),
            error: stored["error"].as_str().map(str::to_owned),
        })
    }

    /// A mode that begins now, with a secret of its own.
    pub fn begin(app: &App, action: MaintenanceAction) -> Self {
        let mut secret = [0; SECRET];
        app.random.fill(&mut secret);
        Self {
            secret: hex::encode(secret),
            action,
            error: None,
        }
    }

    /// Stores the mode: from now on it is on. One round trip.
    pub async fn store(&self, app: &App) -> Result<()> {
        let value = json!({
            "isMaintenanceMode": true, "secret": self.secret, "action": { "action": self.action }, "error": self.error,
        });
        Ok(system::put(app.db(), key::MAINTENANCE_MODE, &value, app.now()).await?)
    }

    /// Lets in whoever the guard lets in; while the mode is on, whoever holds its cookie, and nobody else.
    ///
    /// Errors: 401, 403.
    pub async fn admit<P: RequiredPermission>(
        app: &App,
        headers: &HeaderMap,
        guard: Result<Guard<P>>,
    ) -> Result<()> {
        let Some(mode) = Self::read(app).await? else {
            guard?.admit(app, Vec::new()).await?;
            return Ok(());
        };
        let held = mode.holder(app, headers);
        if let (Err(_), Ok(guard)) = (&held, guard) {
            // A session is asked for in vain, so that the answer is this and not that there is no session now.
            drop(guard.admit(app, Vec::new()).await);
        }
        held.map(drop)
    }

    /// Ends the mode and tells every device that still listens. Two round trips.
    pub async fn end(app: &App) -> Result<()> {
        app.db().run(system::delete(key::MAINTENANCE_MODE)).await?;
        Self::announce(app, false).await;
        Ok(())
    }

    /// Tells every device that the mode began or ended (`AppRestartV1`, api/admin.md section 3). One round trip.
    pub async fn announce(app: &App, is_on: bool) {
        let everybody = Announcement::to_everybody(Event::app_restart(is_on));
        let waiting = (!is_on).then(Announcement::maintenance_ended);
        let all = std::iter::once(everybody).chain(waiting);
        app.announce(all.collect()).await;
    }

    /// The mode, if it is on, and the restore that it is for. One round trip.
    pub async fn with_restore(app: &App) -> Result<Option<(Self, Option<Restore>)>> {
        let statements = [key::MAINTENANCE_MODE, RESTORE].map(system::find_statement);
        let results = app.db().batch(statements.to_vec()).await?;
        let [mode, restore] = results.as_slice() else {
            return Err(Error::internal("two results expected"));
        };
        let (mode, restore) = (system::value(mode)?, system::value(restore)?);
        let mode = mode.as_ref().and_then(Self::of);
        Ok(mode.map(|mode| (mode, restore.and_then(Restore::of))))
    }

    /// How far it is. What went wrong is for whoever holds its cookie.
    pub fn status(&self, restore: Option<&Restore>, is_holder: bool) -> MaintenanceStatus {
        let progress = restore.map(Restore::progress);
        let masked = || "Something went wrong, see logs!".to_owned();
        let error = self.error.clone();
        let failed = error.is_some().then_some("error");
        MaintenanceStatus {
            active: true,
            action: self.action,
            error: error.map(|error| if is_holder { error } else { masked() }),
            progress: progress.map(|(_, share)| share),
            task: progress.map(|(task, _)| task).or(failed),
        }
    }

    /// Tells whoever waits for its end how far it is (`MaintenanceStatusV1`, api/admin.md section 3), if it is on. One round trip.
    pub async fn tell(app: &App) {
        match Self::statuses(app).await {
            Ok(told) => app.announce(told).await,
            Err(error) => log(&format!("announcing the maintenance mode: {error:?}")),
        }
    }

    async fn statuses(app: &App) -> Result<Vec<Announcement>> {
        let Some((mode, restore)) = Self::with_restore(app).await? else {
            return Ok(Vec::new());
        };
        let rooms = [(Room::Holder, true), (Room::Public, false)];
        let told = rooms.map(|(room, is_holder)| {
            Announcement::maintenance(room, &mode.status(restore.as_ref(), is_holder))
        });
        let told: serde_json::Result<Vec<_>> = told.into_iter().collect();
        told.map_err(|error| Error::internal(error.to_string()))
    }

    /// A fresh token.
    pub fn claims(&self, app: &App, username: &str) -> Claims {
        let issued_at = app.now() / 1000;
        Claims {
            username: username.to_owned(),
            issued_at,
            expires_at: issued_at + LIFETIME,
        }
    }

    /// The cookie that holds a token.
    pub fn cookie(&self, claims: &Claims, is_https: bool) -> Option<HeaderValue> {
        let name = cookies::MAINTENANCE_TOKEN;
        cookies::set(name, &self.sign(claims), COOKIE_MAX_AGE, is_https, true)
    }

    /// A JSON Web Token (HS256).
    pub fn sign(&self, claims: &Claims) -> String {
        let header = json!({ "alg": "HS256", "typ": "JWT" }).to_string();
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(claims.payload().to_string())
        );
        let signature = self.mac(&signed).finalize().into_bytes();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    #[expect(clippy::expect_used, reason = "RFC 2104: a key of any length will do")]
    fn mac(&self, signed: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes()).expect("a key");
        mac.update(signed.as_bytes());
        mac
    }

    /// What a token says. Errors: 401 when it is not ours or too old.
    pub fn verify(&self, app: &App, token: &str) -> Result<Claims> {
        self.claims_of(token)
            .filter(|claims| claims.expires_at > app.now() / 1000)
            .ok_or_else(|| Error::unauthorized("Invalid JWT Token"))
    }

    fn claims_of(&self, token: &str) -> Option<Claims> {
        let (signed, signature) = token.rsplit_once('.')?;
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        self.mac(signed).verify_slice(&decode(signature)?).ok()?;
        let (header, payload) = signed.split_once('.')?;
        let header: Value = serde_json::from_slice(&decode(header)?).ok()?;
        let payload: Value = serde_json::from_slice(&decode(payload)?).ok()?;
        (header["alg"] == "HS256").then_some(())?;
        Some(Claims {
            username: payload["username"].as_str()?.to_owned(),
            issued_at: payload["iat"].as_i64()?,
            expires_at: payload["exp"].as_i64()?,
        })
    }

    /// Who holds the cookie. Errors: 401 without one, or when it is no good.
    pub fn holder(&self, app: &App, headers: &HeaderMap) -> Result<Claims> {
        let token = cookies::read(headers, cookies::MAINTENANCE_TOKEN)
            .ok_or_else(|| Error::unauthorized("Missing JWT Token"))?;
        self.verify(app, token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(secret: &str) -> Mode {
        Mode {
            secret: secret.to_owned(),
            action: MaintenanceAction::Start,
            error: None,
        }
    }

    #[test]
    fn only_own_tokens_are_good() {
        let claims = Claims {
            username: "é".to_owned(),
            issued_at: 1,
            expires_at: 2,
        };
        let token = mode("a").sign(&claims);
        assert_eq!(mode("a").claims_of(&token), Some(claims));
        assert_eq!(mode("b").claims_of(&token), None);
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
        let (_, payload) = signed.split_once('.').unwrap();
        for other in [
            String::new(),
            "a.b".to_owned(),
            "a.b.c".to_owned(),
            format!("{signed}."),
            format!("{signed}x.{signature}"),
            format!("{none}.{payload}."),
            format!("{none}.{payload}.{signature}"),
        ] {
            assert_eq!(mode("a").claims_of(&other), None, "{other}");
        }
    }

    #[test]
    fn tokens_are_signed_as_rfc_7515_says() {
        // The signature is OpenSSL's: openssl dgst -sha256 -hmac key -binary
        let claims = Claims {
            username: "a".to_owned(),
            issued_at: 1,
            expires_at: 2,
        };
        let token = mode("key").sign(&claims);
        let signed =
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1c2VybmFtZSI6ImEiLCJpYXQiOjEsImV4cCI6Mn0";
        assert_eq!(token.rsplit_once('.').unwrap().0, signed);
        assert_eq!(
            token.rsplit_once('.').unwrap().1,
            "_Lsj4KhZtzgP1uYWbNV45rdG63_MsoNTWdlTT0C-TP0"
        );
    }
}
