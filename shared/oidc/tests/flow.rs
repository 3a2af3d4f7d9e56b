//! Discovery documents, and what goes over the browser.
#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use edge_oidc::{
    Authorization, Callback, Client, ClientAuth, Discovery, Tokens, challenge, discovery_address,
    logout_address, nonce,
};
use serde_json::{Value, json};

fn document(changes: &Value) -> Vec<u8> {
    let mut document = json!({
        "issuer": "https://id.test/app/",
        "authorization_endpoint": "https://id.test/authorize?tenant=1",
        "token_endpoint": "https://id.test/token",
        "jwks_uri": "https://keys.id.test/jwks",
        "code_challenge_methods_supported": ["plain", "S256"],
    });
    for (name, value) in changes.as_object().into_iter().flatten() {
        document[name] = value.clone();
    }
    document.to_string().into_bytes()
}

fn provider(changes: &Value) -> Discovery {
    Discovery::parse(&document(changes), "https://id.test/app", false).expect("a provider")
}

#[test]
fn the_document_lies_below_the_issuer() {
    let at =
        |issuer: &str, http| discovery_address(issuer, http).map_err(|error| error.to_string());
    let document = "https://id.test/app/.well-known/openid-configuration";
    for issuer in ["https://id.test/app", "https://id.test/app/", document] {
        assert_eq!(at(issuer, false).as_deref(), Ok(document));
    }
    let refused = Err("issuerUrl is http, and allowInsecureRequests is off".to_owned());
    assert_eq!(at("http://id.test", false), refused);
    assert!(at("http://192.168.1.2:9091", true).is_ok());
    for issuer in [
        "",
        "id.test",
        "ftp://id.test",
        "https://user:word@id.test",
        "file:///etc/passwd",
        "https:// id",
    ] {
        assert!(at(issuer, true).is_err(), "{issuer}");
    }
}

#[test]
fn a_document_is_about_the_configured_issuer_and_names_safe_addresses() {
    let read = |changes: Value, issuer: &str, http| {
        Discovery::parse(&document(&changes), issuer, http).is_ok()
    };
    let same = [
        "https://id.test/app",
        "https://id.test/app/",
        "https://id.test/app/.well-known/openid-configuration",
    ];
    assert!(same.iter().all(|issuer| read(json!({}), issuer, false)));
    assert!(!read(json!({}), "https://id.test", false));
    assert!(!read(
        json!({ "issuer": "https://evil.test" }),
        "https://id.test/app",
        false
    ));
    for name in [
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "userinfo_endpoint",
        "end_session_endpoint",
    ] {
        let insecure = json!({ name: "http://id.test/x" });
        assert!(
            !read(insecure.clone(), "https://id.test/app", false),
            "{name}"
        );
        assert!(read(insecure, "https://id.test/app", true), "{name}");
        assert!(
            !read(
                json!({ name: "javascript:alert(1)" }),
                "https://id.test/app",
                true
            ),
            "{name}"
        );
    }
    assert!(!read(
        json!({ "token_endpoint": null }),
        "https://id.test/app",
        false
    ));
}

#[test]
fn the_login_asks_for_what_is_configured() {
    let request = Authorization {
        client_id: "photos",
        redirect_uri: "https://photos.test/auth/login",
        scope: "openid email",
        state: "s&1",
        challenge: "c",
        prompt: "",
    };
    let address = request.address(&provider(&json!({})));
    let nonce = nonce("s&1", "c");
    assert_eq!(
        address,
        format!(
            "https://id.test/authorize?tenant=1&response_type=code&client_id=photos\
             &redirect_uri=https%3A%2F%2Fphotos.test%2Fauth%2Flogin&scope=openid+email&state=s%261&nonce={nonce}\
             &code_challenge=c&code_challenge_method=S256"
        )
    );
    let prompted = Authorization {
        prompt: "login",
        ..request
    };
    let without = provider(&json!({ "code_challenge_methods_supported": ["plain"] }));
    let address = prompted.address(&without);
    assert!(
        address.ends_with("&prompt=login") && !address.contains("code_challenge"),
        "{address}"
    );
}

#[test]
fn challenges_are_those_of_the_standard() {
    // RFC 7636 appendix B.
    let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    assert_eq!(
        challenge(verifier),
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    );
    assert_ne!(nonce("a", "b"), nonce("b", "a"));
}

#[test]
fn a_callback_is_of_this_login() {
    let provider = provider(&json!({}));
    let code = |url: &str| {
        let callback = Callback::parse(url);
        let code = callback.code("s", &provider).map(str::to_owned);
        code.map_err(|error| error.to_string())
    };
    assert_eq!(
        code("app.immich:///oauth-callback?code=c%2F1&state=s#x").as_deref(),
        Ok("c/1")
    );
    assert_eq!(
        Callback::parse("app.immich:///oauth-callback?code=c").redirect_uri,
        "app.immich:///oauth-callback"
    );
    for (url, text) in [
        (
            "https://p.test/?code=c",
            "state is not the one of this login",
        ),
        (
            "https://p.test/?code=c&state=t",
            "state is not the one of this login",
        ),
        (
            "https://p.test/?code=c&state=s&state=s",
            "state is not the one of this login",
        ),
        ("https://p.test/?state=s", "the callback has no code"),
        ("https://p.test/?state=s&code=", "the callback has no code"),
        (
            "https://p.test/?state=s&code=a&code=b",
            "the callback has no code",
        ),
        (
            "https://p.test/?state=s&error=access_denied&code=c",
            "the provider says \"access_denied\"",
        ),
        (
            "https://p.test/?state=s&code=c&iss=https%3A%2F%2Fevil.test",
            "iss of the callback is another issuer",
        ),
    ] {
        assert_eq!(code(url), Err(text.to_owned()), "{url}");
    }
    let strict = json!({ "authorization_response_iss_parameter_supported": true });
    let strict = self::provider(&strict);
    assert!(
        Callback::parse("https://p.test/?code=c&state=s")
            .code("s", &strict)
            .is_err()
    );
    let named = "https://p.test/?code=c&state=s&iss=https%3A%2F%2Fid.test%2Fapp%2F";
    assert!(Callback::parse(named).code("s", &strict).is_ok());
}

#[test]
fn the_client_proves_itself_as_configured() {
    let send = |auth, provider: &Discovery| {
        let client = Client {
            id: "photos app",
            auth,
        };
        let request = client
            .token_request(provider, "c", "https://p.test/x", "v")
            .expect("a request");
        let proof = request
            .headers()
            .get("authorization")
            .map(|it| it.to_str().expect("text").to_owned());
        (String::from_utf8_lossy(request.body()).into_owned(), proof)
    };
    let provider = provider(&json!({}));
    let base = "grant_type=authorization_code&code=c&redirect_uri=https%3A%2F%2Fp.test%2Fx&code_verifier=v";
    assert_eq!(
        send(ClientAuth::None, &provider),
        (format!("{base}&client_id=photos+app"), None)
    );
    let post = format!("{base}&client_id=photos+app&client_secret=a%2Fb");
    assert_eq!(send(ClientAuth::Post("a/b"), &provider), (post, None));
    let basic = Some("Basic cGhvdG9zK2FwcDphJTJGYg==".to_owned());
    assert_eq!(
        send(ClientAuth::Basic("a/b"), &provider),
        (base.to_owned(), basic)
    );
    let without = self::provider(&json!({ "code_challenge_methods_supported": [] }));
    assert!(!send(ClientAuth::None, &without).0.contains("code_verifier"));
}

#[test]
fn errors_of_the_token_endpoint_show_no_values() {
    assert!(Tokens::parse(200, br#"{"id_token": "a.b.c", "access_token": "t"}"#).is_ok());
    let text = |status, body: &str| {
        Tokens::parse(status, body.as_bytes())
            .expect_err("refused")
            .to_string()
    };
    assert_eq!(
        text(400, r#"{"error": "invalid_grant"}"#),
        "the provider says \"invalid_grant\""
    );
    assert_eq!(text(502, "<html>"), "the provider says \"status 502\"");
    let odd = text(200, r#"{"id_token": {"secret": "value"}}"#);
    assert!(!odd.contains("secret"), "{odd}");
}

#[test]
fn the_browser_logs_out_with_a_hint() {
    assert_eq!(
        logout_address("https://id.test/out", None),
        "https://id.test/out"
    );
    assert_eq!(
        logout_address("https://id.test/out?a=1", Some("t.t")),
        "https://id.test/out?a=1&id_token_hint=t.t"
    );
}
