//! Login, sign-up, passwords, PIN codes, OAuth bodies (api/auth.md sections 4, 5 and 8).

use serde::Serialize;

use crate::id::UserId;
use crate::input::{input, rule};
use crate::time::Millis;

input! {
    /// `LoginCredentialDto`.
    pub struct LoginCredential {
        /// Lower-cased.
        pub email: String = required("email", rule::email()),
        /// Plain text; no minimum length here.
        pub password: String = required("password", rule::string()),
    }
}

input! {
    /// `SignUpDto`: the first administrator.
    pub struct SignUp {
        /// Lower-cased.
        pub email: String = required("email", rule::email()),
        /// Plain text; no minimum length here.
        pub password: String = required("password", rule::string()),
        /// Display name.
        pub name: String = required("name", rule::name()),
    }
}

/// `LoginResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginResponse {
    /// The session token, also set as a cookie.
    pub access_token: String,
    /// Who logged in.
    pub user_id: UserId,
    /// Lower-case.
    pub user_email: String,
    /// Display name.
    pub name: String,
    /// Administrator.
    pub is_admin: bool,
    /// `""` without a picture.
    pub profile_image_path: String,
    /// The web app asks for a new password.
    pub should_change_password: bool,
    /// The first-steps dialogue was finished.
    pub is_onboarded: bool,
}

/// `LogoutResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogoutResponse {
    /// Always true.
    pub successful: bool,
    /// Where the web app goes next.
    pub redirect_uri: String,
}

/// `ValidateAccessTokenResponseDto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ValidateAccessTokenResponse {
    /// Always true; a bad token is a 401.
    pub auth_status: bool,
}

input! {
    /// `ChangePasswordDto`.
    pub struct ChangePassword {
        /// The present one.
        pub password: String = required("password", rule::string()),
        /// The new one.
        pub new_password: String = required("newPassword", rule::string().min(8)),
        /// Log out everywhere else; 3.1.0 does so whatever this says (api/auth.md section 4).
        pub invalidate_sessions: bool = default("invalidateSessions", rule::boolean(), false),
    }
}

/// `AuthStatusResponseDto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthStatusResponse {
    /// The user has a PIN code.
    pub pin_code: bool,
    /// The user has a password.
    pub password: bool,
    /// The locked folder is open in this session.
    pub is_elevated: bool,
    /// When the session ends, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Millis>,
    /// When the locked folder closes, if it was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pin_expires_at: Option<Millis>,
}

input! {
    /// `PinCodeSetupDto`.
    pub struct PinCodeSetup {
        /// Six digits.
        pub pin_code: String = required("pinCode", rule::pin_code()),
    }
}

input! {
    /// `PinCodeChangeDto`; the password counts when both proofs are given.
    pub struct PinCodeChange {
        /// Proof: the present PIN code.
        pub pin_code: Option<String> = optional("pinCode", rule::pin_code()),
        /// Proof: the password.
        pub password: Option<String> = optional("password", rule::string()),
        /// Six digits.
        pub new_pin_code: String = required("newPinCode", rule::pin_code()),
    }
}

input! {
    /// `PinCodeResetDto` and `SessionUnlockDto`; the password counts when both are given.
    pub struct PinCodeProof {
        /// Proof: the present PIN code.
        pub pin_code: Option<String> = optional("pinCode", rule::pin_code()),
        /// Proof: the password.
        pub password: Option<String> = optional("password", rule::string()),
    }
}

input! {
    /// `OAuthConfigDto`: body of `POST /oauth/authorize`.
    pub struct OAuthConfig {
        /// Where the provider sends the browser back to.
        pub redirect_uri: String = required("redirectUri", rule::string().max(rule::URL)),
        /// Client's own state.
        pub state: Option<String> = optional("state", rule::string()),
        /// Client's own PKCE challenge.
        pub code_challenge: Option<String> = optional("codeChallenge", rule::string()),
    }
}

input! {
    /// `OAuthCallbackDto`.
    pub struct OAuthCallback {
        /// The address the provider sent the browser to.
        pub url: String = required("url", rule::string().min(1).max(16_384)),
        /// Else from the cookie.
        pub state: Option<String> = optional("state", rule::string()),
        /// Else from the cookie.
        pub code_verifier: Option<String> = optional("codeVerifier", rule::string()),
    }
}

input! {
    /// `OAuthBackchannelLogoutDto`, a form.
    pub struct OAuthBackchannelLogout {
        /// A signed token of the provider.
        pub logout_token: String = required("logout_token", rule::string().min(1).max(65_536)),
    }
}

input! {
    /// The e-mail address that the provider tells of a user.
    pub struct OAuthEmail {
        /// Lower-cased.
        pub email: String = required("email", rule::email()),
    }
}

/// `OAuthAuthorizeResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OAuthAuthorizeResponse {
    /// Where to send the browser.
    pub url: String,
}
