//! Keys of a provider in a test, made when they are first needed, and tokens signed with them.
#![allow(
    dead_code,
    reason = "two programs share this file, and neither needs all of it"
)]

use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::signature::Signer as _;
use rsa::{
    PrivateKey,
    sha2::{Sha256, Sha384, Sha512},
    traits::PublicKeyParts as _,
};
use serde_json::{Value, json};

/// The algorithms that tokens are signed with here.
pub const ALGORITHMS: [&str; 9] = [
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA",
];

static RSA: LazyLock<PrivateKey> = LazyLock::new(|| {
    PrivateKey::new(&mut rsa::rand_core::UnwrapErr(getrandom::SysRng), 2048).expect("an RSA key")
});

/// The secrets of elliptic curves: numbers, of which any will do.
fn secret(seed: u8, length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| u8::try_from(at).unwrap_or_default() ^ seed)
        .collect()
}

fn p256(seed: u8) -> p256::ecdsa::SigningKey {
    p256::ecdsa::SigningKey::from_slice(&secret(seed, 32)).expect("a key on P-256")
}

fn p384(seed: u8) -> p384::ecdsa::SigningKey {
    p384::ecdsa::SigningKey::from_slice(&secret(seed, 48)).expect("a key on P-384")
}

fn ed25519(seed: u8) -> ed25519_dalek::SigningKey {
    let secret = secret(seed, 32);
    ed25519_dalek::SigningKey::from_bytes(secret.as_slice().try_into().expect("32 bytes"))
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A key of a provider: which algorithm, and which one of several (keys of RSA are all the same).
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// As in the header of a token.
    pub algorithm: &'static str,
    /// Part of its name.
    pub seed: u8,
}

impl Key {
    /// Its name.
    pub fn id(self) -> String {
        format!("{}-{}", self.algorithm, self.seed)
    }

    /// Its public half as key sets have it.
    pub fn public(self) -> Value {
        let mut key = match self.algorithm {
            "ES256" => {
                let point = p256(self.seed).verifying_key().to_sec1_point(false);
                let (x, y) = point.as_bytes()[1..].split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y) })
            }
            "ES384" => {
                let point = p384(self.seed).verifying_key().to_sec1_point(false);
                let (x, y) = point.as_bytes()[1..].split_at(48);
                json!({ "kty": "EC", "crv": "P-384", "x": encode(x), "y": encode(y) })
            }
            "EdDSA" => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": encode(ed25519(self.seed).verifying_key()) })
            }
            _ => {
                let (n, e) = (RSA.n().to_be_bytes(), RSA.e().to_be_bytes_trimmed_vartime());
                json!({ "kty": "RSA", "n": encode(n), "e": encode(e) })
            }
        };
        key["kid"] = json!(self.id());
        key["use"] = json!("sig");
        key
    }

    fn signature(self, message: &[u8]) -> Vec<u8> {
        let key = &*RSA;
        match self.algorithm {
            "ES256" => {
                let signature: p256::ecdsa::Signature = p256(self.seed).sign(message);
                signature.to_bytes().to_vec()
            }
            "ES384" => {
                let signature: p384::ecdsa::Signature = p384(self.seed).sign(message);
                signature.to_bytes().to_vec()
            }
            "EdDSA" => ed25519(self.seed).sign(message).to_bytes().to_vec(),
            "RS384" => key.pkcs1v15_sign::<Sha384>(message).expect("signed"),
            "RS512" => key.pkcs1v15_sign::<Sha512>(message).expect("signed"),
            "PS256" => key.pss_sign::<Sha256>(message).expect("signed"),
            "PS384" => key.pss_sign::<Sha384>(message).expect("signed"),
            "PS512" => key.pss_sign::<Sha512>(message).expect("signed"),
            _ => key.pkcs1v15_sign::<Sha256>(message).expect("signed"),
        }
    }

    /// A token with these claims.
    pub fn sign(self, claims: &Value) -> String {
        let header = json!({ "alg": self.algorithm, "kid": self.id(), "typ": "JWT" });
        self.sign_with(&header, claims)
    }

    /// A token with another header than is right.
    pub fn sign_with(self, header: &Value, claims: &Value) -> String {
        let signed = format!(
            "{}.{}",
            encode(header.to_string()),
            encode(claims.to_string())
        );
        let signature = encode(self.signature(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}

/// A token that nobody signed.
pub fn unsigned(claims: &Value) -> String {
    let header = json!({ "alg": "none", "typ": "JWT" });
    format!(
        "{}.{}.",
        encode(header.to_string()),
        encode(claims.to_string())
    )
}

/// A key set.
pub fn key_set(keys: &[Key]) -> Value {
    let keys: Vec<Value> = keys.iter().map(|key| key.public()).collect();
    json!({ "keys": keys })
}
