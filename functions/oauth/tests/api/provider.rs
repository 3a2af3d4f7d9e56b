//! A small identity provider on a real socket, which also misbehaves on demand.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard},
    thread,
};

use edge_testkit::TestApp;
use serde_json::{Value, json};

use crate::signer::{Key, key_set};

/// When the clock of a fresh app stands, seconds.
pub const NOW: i64 = 1_718_452_800;
/// Our id there.
pub const CLIENT: &str = "photos";
/// Our secret there.
pub const SECRET: &str = "a-secret/of the client";

/// What the provider makes of the claims of an ID token.
pub type Minting = Arc<dyn Fn(Value) -> String + Send + Sync>;

/// A login that a browser has begun.
#[derive(Debug, Clone)]
struct Begun {
    nonce: String,
    challenge: Option<String>,
    redirect_uri: String,
}

/// What a test may change while it runs.
pub struct State {
    /// What tokens are signed with.
    pub signing: Key,
    /// What the key set shows.
    pub shown: Vec<Key>,
    /// Claims about the user who logs in.
    pub claims: Value,
    /// The answer of the userinfo endpoint, with its content type.
    pub userinfo: (&'static str, String),
    /// Overrides in the discovery document.
    pub document: Value,
    /// How ID tokens are made, if not as they should be.
    pub minting: Option<Minting>,
    /// Codes are good once.
    pub forgets_codes: bool,
    /// Answers of other paths: status line, headers, body.
    pub others: HashMap<String, (String, Vec<u8>)>,
    /// Method, path and `Authorization` of each request.
    pub requests: Vec<String>,
    codes: HashMap<String, Begun>,
    given: usize,
}

/// A running provider.
pub struct Provider {
    /// `http://127.0.0.1:<port>`.
    pub issuer: String,
    state: Arc<Mutex<State>>,
}

impl Provider {
    /// Starts one that signs with this algorithm and knows ada.
    pub fn start(algorithm: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let issuer = format!("http://{}", listener.local_addr().expect("an address"));
        let signing = Key { algorithm, seed: 1 };
        let state = Arc::new(Mutex::new(State {
            signing,
            shown: vec![signing],
            claims: json!({ "sub": "ada-1", "email": "Ada@immich.test", "name": "Ada", "sid": "sid-1" }),
            userinfo: ("application/json", "{}".to_owned()),
            document: json!({}),
            minting: None,
            forgets_codes: true,
            others: HashMap::new(),
            requests: Vec::new(),
            codes: HashMap::new(),
            given: 0,
        }));
        let (shared, own) = (state.clone(), issuer.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (shared, own) = (shared.clone(), own.clone());
                // A client that went away is no failure of the test.
                thread::spawn(move || drop(serve(&stream, &shared, &own)));
            }
        });
        Self { issuer, state }
    }

    /// What the test may look at and change.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while it was held")
    }

    /// Configures the app for this provider.
    pub async fn configure(&self, app: &TestApp, changes: &Value) {
        let mut oauth = json!({
            "enabled": true, "issuerUrl": self.issuer, "clientId": CLIENT, "clientSecret": SECRET,
            "allowInsecureRequests": true, "signingAlgorithm": self.state().signing.algorithm,
        });
        for (name, value) in changes.as_object().into_iter().flatten() {
            oauth[name] = value.clone();
        }
        configure(app, &json!({ "oauth": oauth })).await;
    }

    /// What the browser of a user who says yes does: the address that it is sent back to.
    pub fn approve(&self, address: &str) -> String {
        let (_, query) = address.split_once('?').expect("a query");
        let sent: HashMap<String, String> = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        assert_eq!(sent["client_id"], CLIENT);
        assert_eq!(sent["response_type"], "code");
        let mut state = self.state();
        state.given += 1;
        let code = format!("code/{}", state.given);
        let begun = Begun {
            nonce: sent["nonce"].clone(),
            challenge: sent.get("code_challenge").cloned(),
            redirect_uri: sent["redirect_uri"].clone(),
        };
        state.codes.insert(code.clone(), begun);
        let (uri, given) = (&sent["redirect_uri"], &sent["state"]);
        edge_oidc::with_query(uri, &[("code", &code), ("state", given)])
    }

    /// A logout token with these claims on top of good ones; null takes one away.
    pub fn logout_token(&self, changes: &Value) -> String {
        let mut claims = json!({
            "iss": self.issuer, "aud": CLIENT, "iat": NOW, "exp": NOW + 120, "jti": "jti-1",
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        for (name, value) in changes.as_object().into_iter().flatten() {
            claims[name] = value.clone();
        }
        if let Some(map) = claims.as_object_mut() {
            map.retain(|_, value| !value.is_null());
        }
        self.state().signing.sign(&claims)
    }

    /// How often a path was asked for.
    pub fn count(&self, path: &str) -> usize {
        let state = self.state();
        let wanted = format!(" {path} ");
        state
            .requests
            .iter()
            .filter(|line| line.contains(&wanted))
            .count()
    }
}

/// Stores a configuration.
pub async fn configure(app: &TestApp, config: &Value) {
    app.sql(edge_platform::stmt!(
        "insert into system_metadata (key, value, updated_at) values ('system-config', ?1, 1) \
         on conflict (key) do update set value = excluded.value",
        config.to_string()
    ))
    .await;
}

fn serve(stream: &TcpStream, state: &Mutex<State>, issuer: &str) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let (method, path) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let (mut length, mut authorization) = (0, String::new());
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let Some((name, value)) = header.trim_end().split_once(':') else {
            break;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().unwrap_or(0),
            "authorization" => value.trim().clone_into(&mut authorization),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut state = state.lock().expect("no panic while it was held");
    state
        .requests
        .push(format!("{method} {path} {authorization}"));
    let (head, body) = answer(&mut state, issuer, path, &authorization, &body);
    drop(state);
    let length = body.len();
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    )?;
    stream.write_all(&body)
}

fn answer(
    state: &mut State,
    issuer: &str,
    path: &str,
    authorization: &str,
    body: &[u8],
) -> (String, Vec<u8>) {
    let json = |value: Value| {
        (
            "200 OK\r\ncontent-type: application/json".to_owned(),
            value.to_string().into_bytes(),
        )
    };
    if let Some(other) = state.others.get(path) {
        return other.clone();
    }
    match path {
        "/.well-known/openid-configuration" => {
            let mut document = json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{issuer}/authorize"),
                "token_endpoint": format!("{issuer}/token"),
                "jwks_uri": format!("{issuer}/jwks"),
                "userinfo_endpoint": format!("{issuer}/userinfo"),
                "end_session_endpoint": format!("{issuer}/logout"),
                "code_challenge_methods_supported": ["S256"],
            });
            for (name, value) in state.document.as_object().into_iter().flatten() {
                document[name] = value.clone();
            }
            json(document)
        }
        "/jwks" => json(key_set(&state.shown)),
        "/token" => match trade(state, issuer, authorization, body) {
            Ok(tokens) => json(tokens),
            Err(error) => (
                "400 Bad Request\r\ncontent-type: application/json".to_owned(),
                json!({ "error": error }).to_string().into_bytes(),
            ),
        },
        "/userinfo" if authorization == "Bearer access" => {
            let (kind, text) = &state.userinfo;
            (
                format!("200 OK\r\ncontent-type: {kind}"),
                text.clone().into_bytes(),
            )
        }
        "/userinfo" => ("401 Unauthorized".to_owned(), Vec::new()),
        _ => ("404 Not Found".to_owned(), Vec::new()),
    }
}

/// The token endpoint: the client's proof, the code, its address and its verifier.
fn trade(
    state: &mut State,
    issuer: &str,
    authorization: &str,
    body: &[u8],
) -> Result<Value, &'static str> {
    let sent: HashMap<String, String> = form_urlencoded::parse(body).into_owned().collect();
    let field = |name: &str| sent.get(name).map_or("", String::as_str);
    let in_body = field("client_id") == CLIENT && field("client_secret") == SECRET;
    // photos:a-secret%2Fof+the+client
    let in_header = authorization == "Basic cGhvdG9zOmEtc2VjcmV0JTJGb2YrdGhlK2NsaWVudA==";
    if !in_body && !in_header {
        return Err("invalid_client");
    }
    let begun = if state.forgets_codes {
        state.codes.remove(field("code"))
    } else {
        state.codes.get(field("code")).cloned()
    };
    let begun = begun.ok_or("invalid_grant")?;
    let proven = begun
        .challenge
        .as_ref()
        .is_none_or(|wanted| *wanted == edge_oidc::challenge(field("code_verifier")));
    if !proven
        || field("redirect_uri") != begun.redirect_uri
        || field("grant_type") != "authorization_code"
    {
        return Err("invalid_grant");
    }
    let mut claims = json!({
        "iss": issuer, "aud": CLIENT, "nonce": begun.nonce, "iat": NOW, "exp": NOW + 300,
    });
    for (name, value) in state.claims.as_object().into_iter().flatten() {
        claims[name] = value.clone();
    }
    let id_token = match &state.minting {
        Some(minting) => minting(claims),
        None => state.signing.sign(&claims),
    };
    Ok(json!({ "id_token": id_token, "access_token": "access", "token_type": "Bearer" }))
}
