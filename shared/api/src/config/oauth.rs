//! The section `oauth` (api/auth.md section 8).

use std::time::Duration;

use crate::config::SystemConfig;

/// Longest time that a request to the provider may take, whatever is configured.
const LONGEST: i64 = 120_000;

/// How logins through an identity provider work.
#[derive(Debug, Clone, PartialEq)]
pub struct OAuthSettings {
    /// Users may log in with the identity provider.
    pub enabled: bool,
    /// Users that nobody knows get an account.
    pub auto_register: bool,
    /// Our id at the provider.
    pub client_id: String,
    /// Our secret there; empty when the client is public.
    pub client_secret: String,
    /// The secret goes into the header instead of the body.
    pub secret_in_header: bool,
    /// Issuer, or the address of its discovery document.
    pub issuer_url: String,
    /// Where the browser logs out; empty: what the provider says.
    pub end_session_endpoint: String,
    /// Claims asked for.
    pub scope: String,
    /// Algorithm of ID and logout tokens.
    pub signing_algorithm: String,
    /// Algorithm of userinfo; `None` when it is not signed.
    pub profile_signing_algorithm: Option<String>,
    /// Claim with the storage label.
    pub storage_label_claim: String,
    /// Claim with the quota in GiB.
    pub storage_quota_claim: String,
    /// Claim that says who is an administrator.
    pub role_claim: String,
    /// Quota of new accounts without that claim, bytes; `None` = unlimited.
    pub default_quota: Option<i64>,
    /// How long a request to the provider may take.
    pub timeout: Duration,
    /// `prompt` of the login; empty for none.
    pub prompt: String,
    /// What the address of the mobile app is replaced by, where its scheme is not allowed.
    pub mobile_redirect_uri: Option<String>,
    /// The provider may be reached without TLS.
    pub allow_insecure_requests: bool,
}

impl SystemConfig {
    /// How logins through an identity provider work.
    pub fn oauth_settings(&self) -> OAuthSettings {
        let text = |name: &str| self.text(&format!("/oauth/{name}")).to_owned();
        let flag = |name: &str| self.flag(&format!("/oauth/{name}"));
        let quota = self.as_value().pointer("/oauth/defaultStorageQuota");
        let timeout = self.int("/oauth/timeout").clamp(1, LONGEST);
        OAuthSettings {
            enabled: flag("enabled"),
            auto_register: flag("autoRegister"),
            client_id: text("clientId"),
            client_secret: text("clientSecret"),
            secret_in_header: text("tokenEndpointAuthMethod") == "client_secret_basic",
            issuer_url: text("issuerUrl"),
            end_session_endpoint: text("endSessionEndpoint"),
            scope: text("scope"),
            signing_algorithm: text("signingAlgorithm"),
            profile_signing_algorithm: Some(text("profileSigningAlgorithm"))
                .filter(|name| !name.is_empty() && name != "none"),
            storage_label_claim: text("storageLabelClaim"),
            storage_quota_claim: text("storageQuotaClaim"),
            role_claim: text("roleClaim"),
            default_quota: quota.and_then(|gib| gib_to_bytes(gib.as_f64()?)),
            timeout: Duration::from_millis(timeout.unsigned_abs()),
            prompt: text("prompt"),
            mobile_redirect_uri: Some(text("mobileRedirectUri"))
                .filter(|uri| flag("mobileOverrideEnabled") && !uri.is_empty()),
            allow_insecure_requests: flag("allowInsecureRequests"),
        }
    }
}

/// GiB in bytes; `None` for what is no size.
pub fn gib_to_bytes(gib: f64) -> Option<i64> {
    const GIB: f64 = 1_073_741_824.0;
    #[expect(clippy::cast_possible_truncation, reason = "it saturates")]
    (gib >= 0.0).then_some((gib * GIB) as i64)
}

impl OAuthSettings {
    /// Replaces the address of the mobile app (`app.immich:/+oauth-callback`) in an address, where that is configured.
    pub fn redirect(&self, address: &str) -> String {
        const SCHEME: &str = "app.immich:/";
        const PATH: &str = "oauth-callback";
        let path = address
            .strip_prefix(SCHEME)
            .map(|rest| rest.trim_start_matches('/'));
        let rest = path.and_then(|path| path.strip_prefix(PATH));
        match (&self.mobile_redirect_uri, rest) {
            (Some(uri), Some(rest)) => format!("{uri}{rest}"),
            _ => address.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_address_of_the_app_is_replaced_where_that_is_configured() {
        let settings = |enabled: bool, uri: &str| {
            let oauth =
                json!({ "oauth": { "mobileOverrideEnabled": enabled, "mobileRedirectUri": uri } });
            SystemConfig::from_stored(&oauth).oauth_settings()
        };
        let on = settings(true, "https://photos.test/api/oauth/mobile-redirect");
        for app in [
            "app.immich:///oauth-callback?code=1",
            "app.immich:/oauth-callback?code=1",
        ] {
            assert_eq!(
                on.redirect(app),
                "https://photos.test/api/oauth/mobile-redirect?code=1"
            );
        }
        assert_eq!(
            on.redirect("https://photos.test/auth/login"),
            "https://photos.test/auth/login"
        );
        let app = "app.immich:///oauth-callback";
        assert_eq!(settings(false, "https://photos.test/x").redirect(app), app);
        assert_eq!(settings(true, "").redirect(app), app);
    }

    #[test]
    fn settings_are_read_with_their_units() {
        let defaults = SystemConfig::defaults().oauth_settings();
        assert!(!defaults.enabled && defaults.auto_register && !defaults.secret_in_header);
        assert_eq!(defaults.timeout, Duration::from_secs(30));
        assert_eq!(defaults.profile_signing_algorithm, None);
        assert_eq!(defaults.default_quota, None);
        let stored = json!({ "oauth": {
            "defaultStorageQuota": 0, "timeout": 9_000_000, "tokenEndpointAuthMethod": "client_secret_basic",
            "profileSigningAlgorithm": "RS256"
        } });
        let settings = SystemConfig::from_stored(&stored).oauth_settings();
        assert_eq!(settings.default_quota, Some(0));
        assert_eq!(settings.timeout, Duration::from_mins(2));
        assert!(settings.secret_in_header);
        assert_eq!(settings.profile_signing_algorithm.as_deref(), Some("RS256"));
        assert_eq!(gib_to_bytes(1.5), Some(1_610_612_736));
        assert_eq!(gib_to_bytes(-1.0), None);
        assert_eq!(gib_to_bytes(f64::NAN), None);
    }
}
