//! What is believed of what the provider signs.

use std::sync::Arc;

use edge_testkit::{TestApp, on_each_database};

use super::*;
use crate::signer::{ALGORITHMS, Key, key_set, unsigned};

/// A key of the provider that its set does not show.
const STRANGE: Key = Key {
    algorithm: "ES256",
    seed: 9,
};

on_each_database! {
    async fn each_algorithm_that_is_configured_works(app: TestApp) {
        for algorithm in ALGORITHMS {
            let provider = Provider::start(algorithm);
            provider.configure(&app, &json!({})).await;
            log_in(&app, &provider).await.expect(201);
            // Another one than the configured one is refused, however well it is signed.
            let other = if algorithm == "PS256" { "RS256" } else { "PS256" };
            provider.configure(&app, &json!({ "signingAlgorithm": other })).await;
            failed(log_in(&app, &provider).await);
        }
        for unknown in ["none", "HS256", "something"] {
            let provider = Provider::start("ES256");
            provider.configure(&app, &json!({ "signingAlgorithm": unknown })).await;
            failed(log_in(&app, &provider).await);
        }
    }

    async fn tokens_that_are_not_for_this_login_open_nothing(app: TestApp) {
        let provider = start(&app, &json!({})).await;
        let signing = provider.state().signing;
        let with = async |minting: provider::Minting| {
            provider.state().minting = Some(minting);
            failed(log_in(&app, &provider).await);
        };
        with(Arc::new(|claims| unsigned(&claims))).await;
        // Signed with the public key as a shared secret: the header says HS256.
        with(Arc::new(move |claims| {
            signing.sign_with(&json!({ "alg": "HS256", "kid": signing.id() }), &claims)
        })).await;
        with(Arc::new(|claims| STRANGE.sign(&claims))).await;
        // Under a name that the set shows.
        with(Arc::new(move |claims| {
            STRANGE.sign_with(&json!({ "alg": "ES256", "kid": signing.id() }), &claims)
        })).await;
        for (name, value) in [
            ("iss", json!("https://evil.test")),
            ("aud", json!("other")),
            ("nonce", json!("other")),
            ("exp", json!(provider::NOW - 60)),
            ("iat", json!(provider::NOW + 61)),
            ("sub", json!("")),
        ] {
            with(Arc::new(move |mut claims: Value| {
                claims[name] = value.clone();
                signing.sign(&claims)
            })).await;
        }
        assert_eq!(sessions(&app).await, 0);
        assert_eq!(app.count(stmt!("select count(*) as n from users")).await, 0);
    }

    async fn a_new_key_is_fetched_once_and_then_known(app: TestApp) {
        let provider = start(&app, &json!({})).await;
        log_in(&app, &provider).await.expect(201);
        log_in(&app, &provider).await.expect(201);
        assert_eq!(provider.count("/jwks"), 1);
        assert_eq!(provider.count("/.well-known/openid-configuration"), 1);
        let new = Key { algorithm: "ES256", seed: 2 };
        {
            let mut state = provider.state();
            (state.signing, state.shown) = (new, vec![new]);
        }
        log_in(&app, &provider).await.expect(201);
        assert_eq!(provider.count("/jwks"), 2);
        log_in(&app, &provider).await.expect(201);
        assert_eq!(provider.count("/jwks"), 2);
        // A key that nobody shows is looked for once a login.
        provider.state().signing = STRANGE;
        failed(log_in(&app, &provider).await);
        assert_eq!(provider.count("/jwks"), 3);
        // And the old one is not believed any more.
        provider.state().signing = Key { algorithm: "ES256", seed: 1 };
        failed(log_in(&app, &provider).await);
        assert_eq!(key_set(&[new])["keys"].as_array().unwrap().len(), 1);
    }

    async fn strangers_tokens_do_not_have_keys_fetched_without_end(app: TestApp) {
        let provider = start(&app, &json!({})).await;
        log_in(&app, &provider).await.expect(201);
        provider.state().signing = STRANGE;
        for _ in 0..15 {
            failed(log_in(&app, &provider).await);
        }
        assert_eq!(provider.count("/jwks"), 11);
    }

    async fn what_the_token_does_not_tell_userinfo_does(app: TestApp) {
        let provider = start(&app, &json!({})).await;
        let told = json!({ "sub": "ada-1", "email": "ada@immich.test", "name": "Countess" });
        {
            let mut state = provider.state();
            state.claims = json!({ "sub": "ada-1" });
            state.userinfo = ("application/json", told.to_string());
        }
        assert_eq!(log_in(&app, &provider).await.expect(201).json()["name"], "Countess");
        // About somebody else, and not at all.
        provider.state().userinfo.1 = json!({ "sub": "eve", "email": "ada@immich.test" }).to_string();
        failed(log_in(&app, &provider).await);
        provider.state().others.insert("/userinfo".to_owned(), ("503 Busy".to_owned(), Vec::new()));
        failed(log_in(&app, &provider).await);
        provider.state().others.clear();
        // Signed: by its own algorithm, from the issuer and for us.
        provider.configure(&app, &json!({ "profileSigningAlgorithm": "RS256" })).await;
        let rsa = Key { algorithm: "RS256", seed: 1 };
        provider.state().shown.push(rsa);
        failed(log_in(&app, &provider).await);
        let mut signed = told.clone();
        (signed["iss"], signed["aud"]) = (json!(provider.issuer), json!("photos"));
        let say = |token: String| provider.state().userinfo = ("application/jwt", token);
        say(rsa.sign(&signed));
        log_in(&app, &provider).await.expect(201);
        say(unsigned(&signed));
        failed(log_in(&app, &provider).await);
        signed["aud"] = json!("other");
        say(rsa.sign(&signed));
        failed(log_in(&app, &provider).await);
    }
}
