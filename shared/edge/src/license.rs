//! Licence keys (api/features.md, api/admin.md): whoever sells them signs each with RSA, and an installation that is told
//! the public key can verify them. One that is not told accepts none.

use base64::{Engine, engine::general_purpose::STANDARD};
use edge_api::{
    time::Millis,
    users::{LicenseKey, UserLicense},
};
use rsa::{Pkcs1v15Sign, PublicKey, pkcs8::DecodePublicKey};
use sha2::{Digest, Sha256};

use crate::{App, Error, Result, serve::log};

/// Variable with the public key, PEM (`BEGIN PUBLIC KEY`); `\n` stands for a line end.
pub const PUBLIC_KEY: &str = "license_public_key";

/// What PKCS #1 v1.5 puts before a SHA-256 digest (RFC 8017 section 9.2, note 1).
const SHA256_PREFIX: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// What to store for a key that starts with one of `prefixes` and whose signature the configured public key verifies;
/// 400 for any other.
pub async fn accept(app: &App, key: LicenseKey, prefixes: &[&str]) -> Result<UserLicense> {
    let is_right_kind = prefixes
        .iter()
        .any(|prefix| key.license_key.starts_with(prefix));
    if !is_right_kind || !is_signed(app, &key).await {
        return Err(Error::bad_request("Invalid license key"));
    }
    Ok(UserLicense {
        license_key: key.license_key,
        activation_key: key.activation_key,
        activated_at: Millis(app.now()),
    })
}

async fn is_signed(app: &App, key: &LicenseKey) -> bool {
    let Some(pem) = app.variables.get(PUBLIC_KEY).await else {
        return false;
    };
    let public = match PublicKey::from_public_key_pem(pem.replace("\\n", "\n").trim()) {
        Ok(public) => public,
        Err(error) => {
            log(&format!("variable {PUBLIC_KEY}: {error}"));
            return false;
        }
    };
    let Ok(signature) = STANDARD.decode(&key.activation_key) else {
        return false;
    };
    let scheme = Pkcs1v15Sign {
        hash_len: Some(32),
        prefix: SHA256_PREFIX.into(),
    };
    let digest = Sha256::digest(key.license_key.as_bytes());
    public.verify(scheme, &digest, &signature).is_ok()
}
