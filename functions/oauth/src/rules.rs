//! Decisions of this area: cookies of a login, what claims mean for an account.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use edge_api::{
    auth::OAuthEmail,
    config::{OAuthSettings, gib_to_bytes},
    input,
    users::storage_label,
};
use edge_http::{App, Error, Result, cookies};
use edge_oidc::Claims;
use edge_store::{login::Account, users::NewUser};
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

/// What the verifier's cookie holds when the client keeps its own: `null` as the official server writes it, percent-encoded.
const NULL: &str = "j%3Anull";
/// Longest name of a new account (characters).
const LONGEST_NAME: usize = 255;

/// A text that was sent and is not empty.
pub fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// 32 random bytes in base64url: a state or a verifier.
pub fn random_text(app: &App) -> String {
    let mut bytes = [0; 32];
    app.random.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The cookies that a beginning login leaves; a client that keeps the verifier itself gets a placeholder.
pub fn begin_cookies(state: &str, verifier: Option<&str>, secure: bool) -> Vec<HeaderValue> {
    let set = |name, value: &str| cookies::set(name, value, cookies::LOGIN_MAX_AGE, secure, true);
    let state = cookies::encode(state);
    [
        set(cookies::OAUTH_STATE, &state),
        set(cookies::OAUTH_VERIFIER, verifier.unwrap_or(NULL)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Removes what [`begin_cookies`] set.
pub fn end_cookies() -> Vec<HeaderValue> {
    [cookies::OAUTH_STATE, cookies::OAUTH_VERIFIER]
        .into_iter()
        .filter_map(cookies::clear)
        .collect()
}

/// What a cookie of a beginning login holds.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let value =
        cookies::read(headers, name).filter(|value| *value != NULL && *value != "j:null")?;
    Some(cookies::decode(value))
}

/// The e-mail address in lower case, if it is one. An address that the provider itself calls unverified is none: whoever types
/// a stranger's there would be led to their account here (stricter than upstream, docs/security.md).
pub fn email(claims: &Claims) -> Option<String> {
    if matches!(claims.get("email_verified"), Some(Value::Bool(false)))
        || claims.text("email_verified") == Some("false")
    {
        return None;
    }
    let email = claims.text("email")?;
    let read: std::result::Result<OAuthEmail, _> = input::from_json(&json!({ "email": email }));
    read.ok().map(|read| read.email)
}

/// Whether the claim makes its user an administrator; `None` when it says nothing about that. `admin` wins in a list with both.
pub fn role(claims: &Claims, name: &str) -> Option<bool> {
    let is = |role: &str| match claims.get(name) {
        Some(Value::Array(roles)) => roles.iter().any(|it| it.as_str() == Some(role)),
        Some(value) => value.as_str() == Some(role),
        None => false,
    };
    if is("admin") {
        return Some(true);
    }
    is("user").then_some(false)
}

/// The account that a login makes of somebody whom nobody here knows.
///
/// # Errors
/// 400 when accounts are not made so, and without an e-mail address.
pub fn new_user(
    id: String,
    email: Option<String>,
    subject: &str,
    claims: &Claims,
    settings: &OAuthSettings,
) -> Result<NewUser> {
    if !settings.auto_register {
        return Err(Error::bad_request("OAuth authentication failed"));
    }
    let missing = "OAuth profile does not have an email address";
    let email = email.ok_or_else(|| Error::bad_request(missing))?;
    Ok(NewUser {
        id,
        name: display_name(claims).unwrap_or_else(|| email.clone()),
        email,
        is_admin: role(claims, &settings.role_claim) == Some(true),
        storage_label: claims
            .text(&settings.storage_label_claim)
            .and_then(storage_label),
        quota_size_in_bytes: quota(claims, &settings.storage_quota_claim)
            .or(settings.default_quota),
        oauth_id: subject.to_owned(),
        ..NewUser::default()
    })
}

/// `name`, else given and family name, else the preferred user name.
fn display_name(claims: &Claims) -> Option<String> {
    let parts = [claims.text("given_name"), claims.text("family_name")];
    let both = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let name = claims
        .text("name")
        .or(Some(both.as_str()).filter(|name| !name.is_empty()))
        .or_else(|| claims.text("preferred_username"))?;
    let clean = name.chars().filter(|letter| *letter != '\0');
    Some(clean.take(LONGEST_NAME).collect()).filter(|name: &String| !name.is_empty())
}

/// The quota in bytes, from a number of GiB or a text with one.
fn quota(claims: &Claims, name: &str) -> Option<i64> {
    let gib = match claims.get(name)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    gib_to_bytes(gib?)
}

/// A new account as a login sees it.
pub fn account(user: &NewUser) -> Account {
    Account {
        id: user.id.clone(),
        email: user.email.clone(),
        name: user.name.clone(),
        is_admin: user.is_admin,
        password: None,
        profile_image_path: String::new(),
        should_change_password: user.should_change_password,
        onboarding: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use edge_api::config::SystemConfig;

    fn claims(json: &Value) -> Claims {
        Claims::parse(json.to_string().as_bytes()).unwrap()
    }

    fn user(json: &Value, oauth: &Value) -> Result<NewUser> {
        let claims = claims(json);
        let settings = SystemConfig::from_stored(&json!({ "oauth": oauth })).oauth_settings();
        new_user("id".to_owned(), email(&claims), "s", &claims, &settings)
    }

    #[test]
    fn names_come_from_the_first_claim_that_has_one() {
        let name = |json: Value| user(&json, &json!({})).unwrap().name;
        assert_eq!(
            name(json!({"email": "A@b.c", "name": "Ada", "given_name": "x"})),
            "Ada"
        );
        assert_eq!(
            name(json!({"email": "a@b.c", "given_name": "Ada", "family_name": "L"})),
            "Ada L"
        );
        assert_eq!(
            name(json!({"email": "a@b.c", "family_name": "L", "preferred_username": "p"})),
            "L"
        );
        assert_eq!(
            name(json!({"email": "a@b.c", "name": "", "preferred_username": "p"})),
            "p"
        );
        assert_eq!(name(json!({"email": "A@b.c", "name": 5})), "a@b.c");
    }

    #[test]
    fn labels_quotas_and_roles_come_from_claims_of_the_right_type() {
        let oauth = json!({ "defaultStorageQuota": 2 });
        let base = json!({"email": "a@b.c", "preferred_username": "../ada", "immich_quota": 1.5, "immich_role": ["x", "admin"]});
        let made = user(&base, &oauth).unwrap();
        assert_eq!(made.storage_label.as_deref(), Some("ada"));
        assert_eq!(made.quota_size_in_bytes, Some(1_610_612_736));
        assert!(made.is_admin && !made.should_change_password);
        for quota in [json!(-1), json!("many"), json!(null), json!([1])] {
            let odd = json!({"email": "a@b.c", "preferred_username": 7, "immich_quota": quota, "immich_role": "boss"});
            let made = user(&odd, &oauth).unwrap();
            assert_eq!(
                (made.storage_label, made.quota_size_in_bytes, made.is_admin),
                (None, Some(2_147_483_648), false)
            );
        }
        let zero = json!({"email": "a@b.c", "immich_quota": "0"});
        assert_eq!(user(&zero, &oauth).unwrap().quota_size_in_bytes, Some(0));
    }

    #[test]
    fn roles_are_said_or_not() {
        let of = |value: Value| role(&claims(&json!({ "r": value })), "r");
        assert_eq!(of(json!("admin")), Some(true));
        assert_eq!(of(json!("user")), Some(false));
        assert_eq!(of(json!(["user", "admin"])), Some(true));
        assert_eq!(of(json!("Admin")), None);
        assert_eq!(of(json!({"admin": true})), None);
        assert_eq!(role(&claims(&json!({})), "r"), None);
    }

    #[test]
    fn without_an_address_or_permission_nobody_gets_an_account() {
        let text = |made: Result<NewUser>| match made {
            Err(Error::BadRequest(text)) => text.into_owned(),
            _ => String::new(),
        };
        let missing = "OAuth profile does not have an email address";
        assert_eq!(text(user(&json!({}), &json!({}))), missing);
        assert_eq!(
            text(user(&json!({"email": "nonsense"}), &json!({}))),
            missing
        );
        let off = json!({ "autoRegister": false });
        assert_eq!(
            text(user(&json!({"email": "a@b.c"}), &off)),
            "OAuth authentication failed"
        );
    }

    #[test]
    fn a_state_survives_its_cookie() {
        let state = "a b;c=ü%";
        let lines = begin_cookies(state, None, false);
        let line = lines[0]
            .to_str()
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        let mut headers = HeaderMap::new();
        let all = format!("{line}; {}", lines[1].to_str().unwrap());
        headers.insert("cookie", all.parse().unwrap());
        assert_eq!(
            cookie(&headers, cookies::OAUTH_STATE).as_deref(),
            Some(state)
        );
        assert_eq!(cookie(&headers, cookies::OAUTH_VERIFIER), None);
    }
}
