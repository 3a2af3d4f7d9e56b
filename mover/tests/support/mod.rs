//! Servers on sockets that write down what they are asked, and the program.
#![allow(dead_code, reason = "each file of tests uses a part of it")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use edge_testkit::{Area, NewUser, TestApp};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use jpeg_encoder::{ColorType, Encoder};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// What a photo library needs of a server.
pub fn areas() -> Vec<Area> {
    vec![
        Area::new(fn_albums::ROUTES, fn_albums::routes()),
        Area::new(fn_assets::ROUTES, fn_assets::routes()),
        Area::new(fn_delivery::ROUTES, fn_delivery::routes()),
        Area::new(fn_auth::ROUTES, fn_auth::routes()),
        Area::new(fn_edits::ROUTES, fn_edits::routes()),
        Area::new(fn_faces::ROUTES, fn_faces::routes()),
        Area::new(fn_partners::ROUTES, fn_partners::routes()),
        Area::new(fn_people::ROUTES, fn_people::routes()),
        Area::new(fn_search::ROUTES, fn_search::routes()),
        Area::new(fn_server::ROUTES, fn_server::routes()),
        Area::new(fn_shared_links::ROUTES, fn_shared_links::routes()),
        Area::new(fn_stacks::ROUTES, fn_stacks::routes()),
        Area::new(fn_tags::ROUTES, fn_tags::routes()),
        Area::new(fn_trash::ROUTES, fn_trash::routes()),
        Area::new(fn_users::ROUTES, fn_users::routes()),
        Area::new(fn_users_admin::ROUTES, fn_users_admin::routes()),
    ]
}

#[derive(Default)]
struct Watch {
    calls: Vec<String>,
    /// Calls that begin like this are counted down; at zero they are never answered.
    hang: Option<(String, usize)>,
}

/// A server that lasts as long as its test's runtime.
pub struct Served {
    /// Where it is.
    pub url: String,
    watch: Arc<Mutex<Watch>>,
    hung: Arc<Notify>,
}

impl Served {
    /// Serves the app on a port of its own.
    pub async fn start(app: &TestApp) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let watch = Arc::new(Mutex::new(Watch::default()));
        let hung = Arc::new(Notify::new());
        let (endpoint, seen, bell) = (app.endpoint(), watch.clone(), hung.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (endpoint, seen, bell) = (endpoint.clone(), seen.clone(), bell.clone());
                let answer = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                    let (endpoint, hangs) = (endpoint.clone(), note(&seen, &request));
                    let bell = bell.clone();
                    async move {
                        if hangs {
                            bell.notify_one();
                            std::future::pending::<()>().await;
                        }
                        let answer = endpoint.answer(request.map(Body::new)).await;
                        Ok::<_, std::convert::Infallible>(answer)
                    }
                });
                let serve = hyper::server::conn::http1::Builder::new();
                tokio::spawn(async move {
                    drop(serve.serve_connection(TokioIo::new(stream), answer).await);
                });
            }
        });
        Self { url, watch, hung }
    }

    /// What it was asked since the last time, `POST /api/assets`.
    pub fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut self.watch.lock().unwrap().calls)
    }

    /// Calls that change something since the last time.
    pub fn take_changes(&self) -> Vec<String> {
        let reads = [
            "POST /api/search/metadata",
            "POST /api/assets/bulk-upload-check",
        ];
        let calls = self.take_calls().into_iter();
        calls
            .filter(|call| !call.starts_with("GET ") && !reads.contains(&call.as_str()))
            .filter(|call| !call.starts_with("POST /api/auth/"))
            .collect()
    }

    /// Never answers the call after `count` further ones that begin like this.
    pub fn hang_after(&self, call: &str, count: usize) {
        self.watch.lock().unwrap().hang = Some((call.to_owned(), count));
    }

    /// Waits until it was asked for what it does not answer.
    pub async fn hung(&self) {
        self.hung.notified().await;
    }
}

/// Writes a call down; whether it is never to be answered.
fn note(watch: &Mutex<Watch>, request: &http::Request<hyper::body::Incoming>) -> bool {
    let mut watch = watch.lock().unwrap();
    let call = format!("{} {}", request.method(), request.uri().path());
    let hangs = match &mut watch.hang {
        Some((begin, count)) if call == *begin => {
            let hangs = *count == 0;
            *count = count.saturating_sub(1);
            hangs
        }
        _ => false,
    };
    if hangs {
        watch.hang = None;
    }
    watch.calls.push(call);
    hangs
}

/// The program and its state file.
pub struct Mover {
    folder: TempDir,
    words: Vec<String>,
}

impl Mover {
    /// Runs with these words, from a folder of its own.
    pub fn new(words: &[&str]) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            words: words.iter().map(|word| (*word).to_owned()).collect(),
        }
    }

    /// Another word or two.
    pub fn and(mut self, words: &[&str]) -> Self {
        self.words
            .extend(words.iter().map(|word| (*word).to_owned()));
        self
    }

    /// The command.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_immich-move"));
        command
            .args(&self.words)
            .args(["--jobs", "1", "--tries", "1", "--wait", "0"]);
        command
            .arg("--state")
            .arg(self.folder.path().join("state.db"));
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Whether it has begun to remember.
    pub fn has_state(&self) -> bool {
        self.folder.path().join("state.db").exists()
    }

    /// Runs it to its end while servers answer.
    pub async fn output(&self, words: &[&str]) -> Output {
        let mut command = self.command();
        command.args(words);
        let output = tokio::task::spawn_blocking(move || command.output().unwrap());
        output.await.unwrap()
    }

    /// Runs it and gives what it prints, which it does without failures.
    pub async fn run(&self) -> String {
        let output = self.output(&[]).await;
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(output.status.success(), "{out}\n{err}");
        out
    }

    /// Runs it, which fails, and gives what it says.
    pub async fn fail(&self) -> String {
        let output = self.output(&[]).await;
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(!output.status.success(), "{out}\n{err}");
        format!("{out}{err}")
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A JPEG, another one for each width.
pub fn picture(width: u16) -> Vec<u8> {
    let (mut out, mut pixels) = (Vec::new(), Vec::new());
    for index in 0..usize::from(width) * 40 {
        pixels.extend([u8::try_from(index % 251).unwrap(), 90, 40]);
    }
    let encoder = Encoder::new(&mut out, 90);
    encoder.encode(&pixels, width, 40, ColorType::Rgb).unwrap();
    out
}

/// Uploads a file with further fields of the form and gives its asset's id.
pub async fn upload(
    app: &TestApp,
    owner: &NewUser,
    name: &str,
    bytes: &[u8],
    fields: &[(&str, &str)],
) -> String {
    let mut body = Vec::new();
    let dates = [
        ("fileCreatedAt", "2024-01-01T00:00:00.000Z"),
        ("fileModifiedAt", "2024-01-02T00:00:00.000Z"),
    ];
    for (field, value) in dates.iter().chain(fields) {
        let part =
            format!("--x\r\ncontent-disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
        body.extend(part.into_bytes());
    }
    let part = format!(
        "--x\r\ncontent-disposition: form-data; name=\"assetData\"; filename=\"{name}\"\r\n\r\n"
    );
    body.extend(part.into_bytes());
    body.extend(bytes);
    body.extend(b"\r\n--x--\r\n");
    let request = app.post("/api/assets").user(owner);
    let answer = request.body("multipart/form-data; boundary=x", body);
    let answer = answer.send().await.expect(201);
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// Everything that a user has, by file names.
pub async fn library(app: &TestApp, user: &NewUser) -> Vec<serde_json::Value> {
    let body = serde_json::json!({"withDeleted": true, "withExif": true, "size": 1000});
    let request = app.post("/api/search/metadata").user(user).json(&body);
    let mut items = request.send().await.expect(200).json()["assets"]["items"]
        .as_array()
        .unwrap()
        .clone();
    items.retain(|item| item["ownerId"] == *user.id);
    items.sort_by_key(|item| item["originalFileName"].to_string());
    items
}

/// Names of a user's assets.
pub async fn names(app: &TestApp, user: &NewUser) -> Vec<String> {
    let items = library(app, user).await.into_iter();
    items
        .map(|item| item["originalFileName"].as_str().unwrap().to_owned())
        .collect()
}

/// Writes files below a folder; names have `/`.
pub fn write(folder: &Path, files: &[(&str, Vec<u8>)]) {
    for (name, bytes) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// The set of these texts.
pub fn set(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
