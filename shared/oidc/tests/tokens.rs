//! Tokens that providers sign, and others.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod signer;

use edge_oidc::{Algorithm, Claims, Error, Expected, KeySet, verify};
use serde_json::{Value, json};
use signer::{ALGORITHMS, Key, key_set, unsigned};

const NOW: i64 = 1_718_452_800;
const EXPECTED: Expected<'static> = Expected {
    issuer: "https://id.test/",
    client_id: "photos",
    now: NOW,
};

fn keys(keys: &[Key]) -> KeySet {
    KeySet::parse(key_set(keys).to_string().as_bytes()).expect("a key set")
}

fn key(algorithm: &'static str, seed: u8) -> Key {
    Key { algorithm, seed }
}

fn algorithm(name: &str) -> Algorithm {
    Algorithm::parse(name).expect("a known algorithm")
}

/// The claims of a good ID token, with some replaced; null takes one away.
fn id_claims(changes: &Value) -> Claims {
    let good = json!({
        "iss": "https://id.test/", "aud": "photos", "sub": "ada", "nonce": "n", "iat": NOW, "exp": NOW + 300,
    });
    changed(good, changes)
}

fn changed(mut claims: Value, changes: &Value) -> Claims {
    for (name, value) in changes.as_object().into_iter().flatten() {
        claims[name] = value.clone();
    }
    if let Some(map) = claims.as_object_mut() {
        map.retain(|_, value| !value.is_null());
    }
    Claims::parse(claims.to_string().as_bytes()).expect("claims")
}

#[test]
fn each_algorithm_verifies_what_its_key_signed_and_nothing_else() {
    let claims = json!({ "sub": "ada" });
    let set: Vec<Key> = ALGORITHMS.iter().map(|name| key(name, 1)).collect();
    let set = keys(&set);
    for name in ALGORITHMS {
        let token = key(name, 1).sign(&claims);
        let read = verify(&token, algorithm(name), &set).expect(name);
        assert_eq!(read.subject(), Some("ada"), "{name}");
        // Another payload, another signature.
        let mut parts: Vec<&str> = token.split('.').collect();
        let forged = edge_oidc::encode(json!({ "sub": "eve" }).to_string().as_bytes());
        parts[1] = &forged;
        assert_eq!(
            verify(&parts.join("."), algorithm(name), &set),
            Err(Error::Signature),
            "{name}"
        );
        let (signed, signature) = token.rsplit_once('.').expect("a signature");
        let flipped = format!(
            "{signed}.{}{}",
            if signature.starts_with('A') { 'B' } else { 'A' },
            &signature[1..]
        );
        assert_eq!(
            verify(&flipped, algorithm(name), &set),
            Err(Error::Signature),
            "{name}"
        );
        // Another configured algorithm, even of the same kind of key.
        for other in ALGORITHMS.into_iter().filter(|other| *other != name) {
            let refused = verify(&token, algorithm(other), &set);
            assert!(
                matches!(refused, Err(Error::Algorithm(_))),
                "{name} {other}: {refused:?}"
            );
        }
    }
}

#[test]
fn neither_nothing_nor_a_shared_secret_is_a_signature() {
    let (signing, claims) = (key("RS256", 1), json!({ "sub": "eve" }));
    let set = keys(&[signing]);
    let refused = verify(&unsigned(&claims), Algorithm::Rs256, &set);
    assert_eq!(refused, Err(Error::Algorithm("none".to_owned())));
    for name in ["HS256", "HS512", "NONE", "rs256", ""] {
        let token = signing.sign_with(&json!({ "alg": name, "kid": signing.id() }), &claims);
        assert_eq!(
            verify(&token, Algorithm::Rs256, &set),
            Err(Error::Algorithm(name.to_owned()))
        );
        assert!(Algorithm::parse(name).is_err(), "{name}");
    }
}

#[test]
fn a_token_is_signed_by_the_key_that_it_names() {
    let claims = json!({ "sub": "ada" });
    let (old, new) = (key("ES256", 1), key("ES256", 2));
    let unknown = verify(&new.sign(&claims), Algorithm::Es256, &keys(&[old]));
    assert_eq!(unknown, Err(Error::UnknownKey));
    assert!(verify(&new.sign(&claims), Algorithm::Es256, &keys(&[old, new])).is_ok());
    // Without a name any key may have signed.
    let nameless = new.sign_with(&json!({ "alg": "ES256" }), &claims);
    assert!(verify(&nameless, Algorithm::Es256, &keys(&[old, new])).is_ok());
    assert_eq!(
        verify(&nameless, Algorithm::Es256, &keys(&[old])),
        Err(Error::Signature)
    );
    // The name of another one does not help.
    let wrong = new.sign_with(&json!({ "alg": "ES256", "kid": old.id() }), &claims);
    assert_eq!(
        verify(&wrong, Algorithm::Es256, &keys(&[old, new])),
        Err(Error::Signature)
    );
}

#[test]
fn keys_for_other_uses_sign_nothing() {
    let signing = key("ES256", 1);
    let token = signing.sign(&json!({ "sub": "ada" }));
    for (name, value) in [
        ("use", "enc"),
        ("alg", "ES384"),
        ("crv", "P-384"),
        ("kty", "RSA"),
    ] {
        let mut public = signing.public();
        public[name] = json!(value);
        let set = KeySet::parse(json!({ "keys": [public] }).to_string().as_bytes()).expect("a set");
        assert_eq!(
            verify(&token, Algorithm::Es256, &set),
            Err(Error::UnknownKey),
            "{name}"
        );
    }
}

#[test]
fn broken_tokens_and_keys_are_refused() {
    let signing = key("RS256", 1);
    let set = keys(&[signing]);
    let long = "a".repeat(70_000);
    let critical = signing.sign_with(
        &json!({ "alg": "RS256", "kid": signing.id(), "crit": ["exp"] }),
        &json!({}),
    );
    for token in [
        "", ".", "..", "a.b", "a.b.c", "e30.e30.", "=.=.=", &long, &critical,
    ] {
        let refused = verify(token, Algorithm::Rs256, &set);
        assert!(
            matches!(refused, Err(Error::Malformed(_))),
            "{token:.20}: {refused:?}"
        );
    }
    // A modulus that is too small, and coordinates that are no point.
    let token = signing.sign(&json!({}));
    for (kind, changes) in [
        ("RS256", json!({ "n": edge_oidc::encode(&[0xff; 128]) })),
        ("RS256", json!({ "n": "" })),
        ("RS256", json!({ "e": "AQ" })),
        ("RS256", json!({ "e": "" })),
    ] {
        let mut public = key(kind, 1).public();
        for (name, value) in changes.as_object().into_iter().flatten() {
            public[name] = value.clone();
        }
        let set = KeySet::parse(json!({ "keys": [public] }).to_string().as_bytes()).expect("a set");
        assert!(verify(&token, Algorithm::Rs256, &set).is_err(), "{changes}");
    }
    assert!(KeySet::parse(b"[]").is_err());
    assert!(
        KeySet::parse(br#"{"keys": [1, {"kty": 5}, {"kty": "oct", "k": "c2VjcmV0"}]}"#).is_ok()
    );
}

#[test]
fn an_id_token_is_for_us_from_the_issuer_now_and_for_this_login() {
    let judge = |changes: Value| {
        let judged = id_claims(&changes).check_id_token(EXPECTED, "n");
        judged.map_err(|error| error.to_string())
    };
    let wrong = |changes: Value| judge(changes).err().unwrap_or_default();
    for good in [
        json!({}),
        json!({ "aud": ["photos"], "azp": "photos" }),
        json!({ "aud": ["other", "photos"], "azp": "photos" }),
        json!({ "exp": NOW - 59, "iat": NOW + 59 }),
        json!({ "exp": 1_718_453_100.5, "nbf": NOW }),
    ] {
        assert_eq!(judge(good.clone()), Ok(()), "{good}");
    }
    for (changes, text) in [
        (
            json!({ "iss": "https://id.test" }),
            "iss is not the configured issuer",
        ),
        (json!({ "iss": null }), "iss is not the configured issuer"),
        (json!({ "aud": "other" }), "aud is not this client"),
        (json!({ "aud": [] }), "aud is not this client"),
        (json!({ "aud": null }), "aud is not this client"),
        (json!({ "aud": ["photos", "other"] }), "azp is missing"),
        (json!({ "azp": "other" }), "azp is not this client"),
        (json!({ "exp": NOW - 60 }), "exp is over"),
        (json!({ "exp": null }), "exp is missing"),
        (json!({ "exp": "tomorrow" }), "exp is missing"),
        (json!({ "iat": null }), "iat is missing"),
        (json!({ "iat": NOW + 61 }), "iat or nbf is in the future"),
        (json!({ "nbf": NOW + 61 }), "iat or nbf is in the future"),
        (
            json!({ "nonce": "m" }),
            "nonce is not the one of this login",
        ),
        (
            json!({ "nonce": null }),
            "nonce is not the one of this login",
        ),
        (json!({ "sub": "" }), "sub is missing"),
        (json!({ "sub": 5 }), "sub is missing"),
        (json!({ "sub": "a\u{0}" }), "sub is missing"),
        (json!({ "sub": "a".repeat(1001) }), "sub is missing"),
    ] {
        assert_eq!(wrong(changes.clone()), text, "{changes}");
    }
}

#[test]
fn userinfo_is_about_the_same_subject() {
    let claims = id_claims(&json!({}));
    assert_eq!(claims.check_userinfo(EXPECTED, "ada", true), Ok(()));
    assert!(claims.check_userinfo(EXPECTED, "eve", false).is_err());
    let elsewhere = id_claims(&json!({ "aud": "other" }));
    assert!(elsewhere.check_userinfo(EXPECTED, "ada", true).is_err());
    assert_eq!(elsewhere.check_userinfo(EXPECTED, "ada", false), Ok(()));
    let bare = id_claims(&json!({ "aud": null, "iss": null }));
    assert_eq!(bare.check_userinfo(EXPECTED, "ada", true), Ok(()));
}

#[test]
fn a_logout_token_is_new_and_says_whose_logout_it_is() {
    let event = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
    let judge = |changes: Value| {
        let good = json!({
            "iss": "https://id.test/", "aud": "photos", "sub": "ada", "sid": "1", "jti": "j", "iat": NOW, "events": event,
        });
        let claims = changed(good, &changes);
        claims
            .check_logout_token(EXPECTED)
            .and_then(|()| claims.check_logout_event())
            .map_err(|error| error.to_string())
    };
    for good in [
        json!({}),
        json!({ "sub": null }),
        json!({ "sid": null }),
        json!({ "iat": NOW - 180, "exp": NOW + 1 }),
    ] {
        assert_eq!(judge(good.clone()), Ok(()), "{good}");
    }
    for (changes, text) in [
        (
            json!({ "iss": "https://evil.test/" }),
            "iss is not the configured issuer",
        ),
        (json!({ "aud": "other" }), "aud is not this client"),
        (
            json!({ "iat": NOW - 181 }),
            "iat is too old or in the future",
        ),
        (
            json!({ "iat": NOW + 61 }),
            "iat is too old or in the future",
        ),
        (json!({ "exp": NOW - 60 }), "exp is over"),
        (json!({ "events": {} }), "events has no logout"),
        (
            json!({ "events": { "http://schemas.openid.net/event/backchannel-logout": 1 } }),
            "events has no logout",
        ),
        (json!({ "nonce": "n" }), "nonce is not allowed"),
        (json!({ "sub": null, "sid": null }), "neither sub nor sid"),
        (json!({ "jti": null }), "jti is missing"),
    ] {
        assert_eq!(judge(changes.clone()), Err(text.to_owned()), "{changes}");
    }
}
