//! A server on a socket, the program beside it, and media made by ffmpeg.
#![allow(clippy::cast_possible_truncation, reason = "files of tests are small")]

pub mod areas;
pub mod networks;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::body::Body;
use edge_protocol::token::{self, Scope};
use edge_testkit::{NewUser, TestApp};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tempfile::TempDir;
use tokio::net::TcpListener;

const SECRET: &str = "a secret that is at least thirty-two bytes long";

/// A server that lasts as long as its test's runtime, and a place for companions.
pub struct Served {
    url: String,
    token: String,
    work: TempDir,
}

impl Served {
    /// Serves the app on a port of its own.
    pub async fn start(app: &TestApp) -> Self {
        app.variables.set("companion_secret", SECRET);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let endpoint = app.endpoint();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let endpoint = endpoint.clone();
                let answer = service_fn(move |request: http::Request<hyper::body::Incoming>| {
                    let endpoint = endpoint.clone();
                    async move {
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
        let token = token::make(SECRET, "test", "test", &Scope::ALL, 365, app.app.now()).unwrap();
        Self {
            url,
            token,
            work: tempfile::tempdir().unwrap(),
        }
    }

    /// The program, ready to work for this server.
    pub fn companion(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_immich-companion"));
        command.args(["--server", &self.url, "--poll", "0.05", "--jobs", "2"]);
        command.arg("--work").arg(self.work.path());
        command.env("EDGE_COMPANION_TOKEN", &self.token);
        command.stdin(Stdio::null());
        command
    }

    /// The folder of the companions.
    pub fn folder(&self) -> &Path {
        self.work.path()
    }

    /// What lies in the folder of the companions.
    pub fn left_behind(&self) -> Vec<String> {
        let entries = fs::read_dir(self.work.path()).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect()
    }
}

/// Runs a program to its end while the server answers it.
pub async fn ran(command: &mut Command) {
    let mut child = command.spawn().unwrap();
    let status = tokio::task::spawn_blocking(move || child.wait().unwrap()).await;
    assert!(status.unwrap().success());
}

/// What a companion answers for Prometheus; its log says where.
pub fn metrics(log: impl std::io::Read) -> String {
    let mut lines = BufReader::new(log).lines().map(Result::unwrap);
    let address = lines.find_map(|line| line.strip_prefix("metrics on http://").map(str::to_owned));
    let address = address.unwrap();
    let mut asked = std::net::TcpStream::connect(address.trim_end_matches("/metrics")).unwrap();
    asked
        .write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    asked.read_to_string(&mut answer).unwrap();
    answer
}

/// What ffmpeg makes of these words, as a file with this extension. `None`, said loudly, when there is no ffmpeg and the
/// environment allows that: EDGE_WITHOUT_FFMPEG.
pub fn ffmpeg(words: &[&str], extension: &str) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(format!("made.{extension}"));
    let output = Command::new("ffmpeg")
        .args(["-hide_banner", "-nostdin", "-v", "error"])
        .args(words)
        .arg(&file)
        .output();
    match output {
        Ok(output) => {
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            Some(fs::read(file).unwrap())
        }
        Err(error) => {
            let allowed = std::env::var_os("EDGE_WITHOUT_FFMPEG").is_some();
            assert!(
                allowed,
                "ffmpeg is needed, cargo xtask setup installs it: {error}"
            );
            eprintln!("NOT TESTED: the companion, because there is no ffmpeg");
            None
        }
    }
}

/// Codecs, pixels and channels of a file, and whether its index comes first.
pub fn facts(bytes: &[u8]) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-show_streams", "-of", "json"])
        .arg(file.path())
        .output()
        .unwrap();
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let [video, audio] = [&found["streams"][0], &found["streams"][1]];
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let place = |name: &[u8]| bytes.windows(4).position(|window| window == name);
    let order = if place(b"moov") < place(b"mdat") {
        "moov first"
    } else {
        "moov last"
    };
    format!(
        "{} {} {}x{} {} {} {order}",
        text(&video["codec_name"]),
        text(&video["pix_fmt"]),
        video["width"],
        video["height"],
        text(&audio["codec_name"]),
        audio["channels"]
    )
}

/// The colour in the middle of the first picture of a file: red, green and blue.
pub fn color(bytes: &[u8]) -> [u8; 3] {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    let input = file.path().to_string_lossy().into_owned();
    let words = [
        "-i",
        &input,
        "-frames:v",
        "1",
        "-vf",
        "crop=2:2",
        "-pix_fmt",
        "rgb24",
        "-f",
        "rawvideo",
    ];
    let pixels = ffmpeg(&words, "rgb").unwrap();
    [pixels[0], pixels[1], pixels[2]]
}

/// A hash of what the packets of a stream (`v`, `a`) hold.
pub fn hash(bytes: &[u8], stream: &str) -> String {
    let map = format!("0:{stream}");
    let text = again(
        bytes,
        &["-map", &map, "-f", "streamhash", "-hash", "md5"],
        "txt",
    )
    .unwrap();
    String::from_utf8(text).unwrap()
}

/// A file put into another container without encoding.
pub fn again(bytes: &[u8], words: &[&str], extension: &str) -> Option<Vec<u8>> {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    let input = file.path().to_string_lossy().into_owned();
    ffmpeg(&[&["-i", &input, "-c", "copy"], words].concat(), extension)
}

/// What is left of a raw file when all but its preview is left out: a TIFF with the tag of DNG.
pub fn raw_with(jpeg: &[u8]) -> Vec<u8> {
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    // One entry: DNGVersion, four bytes, 1.4.0.0.
    file.extend([1, 0, 0x12, 0xC6, 1, 0, 4, 0, 0, 0, 1, 4, 0, 0]);
    file.extend([0; 4]);
    file.extend(jpeg);
    file
}

/// A video that lies on the companion's machine and that no upload may reach.
pub fn secret_video() -> tempfile::NamedTempFile {
    let words = [
        "-f",
        "lavfi",
        "-i",
        "testsrc2=size=320x180:duration=1",
        "-c:v",
        "libx264",
    ];
    let file = tempfile::Builder::new().suffix(".mp4").tempfile().unwrap();
    fs::write(file.path(), ffmpeg(&words, "mp4").unwrap()).unwrap();
    file
}

/// Uploads a file and gives its asset's id.
pub async fn upload(app: &TestApp, owner: &NewUser, name: &str, bytes: Vec<u8>) -> String {
    upload_with(app, owner, name, bytes, &[]).await
}

/// The same with further fields.
pub async fn upload_with(
    app: &TestApp,
    owner: &NewUser,
    name: &str,
    bytes: Vec<u8>,
    fields: &[(&str, &str)],
) -> String {
    let mut body = Vec::new();
    let times = [
        ("fileCreatedAt", "2024-01-01T00:00:00Z"),
        ("fileModifiedAt", "2024-01-01T00:00:00Z"),
    ];
    for (field, value) in times.iter().chain(fields) {
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
    let answer = request
        .body("multipart/form-data; boundary=x", body)
        .send()
        .await
        .expect(201);
    answer.json()["id"].as_str().unwrap().to_owned()
}

fn script(folder: &Path, name: &str, text: &str) {
    let file = folder.join(name);
    fs::write(&file, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Tools that tell their version, then never end; the file `pid` says which process that is.
pub fn fake_tools() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().display();
    let tool = format!(
        "case \"$*\" in *version*) echo ffmpeg version 5.1;; *-filters*|*-encoders*) ;; *) echo $$ > {place}/new; /bin/mv {place}/new {place}/pid; exec /bin/sleep 1000;; esac"
    );
    for name in ["ffmpeg", "ffprobe"] {
        script(folder.path(), name, &tool);
    }
    folder
}

/// Tools that say that they are broken.
pub fn tools_that_fail() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let tool = "case \"$*\" in *version*) echo ffmpeg version 5.1;; *-filters*|*-encoders*) ;; *) echo it is broken >&2; exit 1;; esac";
    for name in ["ffmpeg", "ffprobe"] {
        script(folder.path(), name, tool);
    }
    folder
}

/// The process of the tool that has started.
pub async fn pid_of_tool(tools: &TempDir) -> String {
    let file = tools.path().join("pid");
    until("a tool starts", || file.exists()).await;
    fs::read_to_string(file).unwrap().trim().to_owned()
}

/// The process below another one that was started with this word.
pub async fn child_with(parent: u32, word: &str) -> String {
    let mut found = None;
    let mut look = || {
        let tasks = fs::read_dir(format!("/proc/{parent}/task")).unwrap();
        for task in tasks.flatten() {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            for child in children.split_whitespace() {
                let line = fs::read(format!("/proc/{child}/cmdline")).unwrap_or_default();
                // What becomes a tool names it, too.
                let mut words = line.split(|byte| *byte == 0).skip(1);
                if words.next() == Some(word.as_bytes()) {
                    found = Some(child.to_owned());
                }
            }
        }
        found.is_some()
    };
    for _ in 0..6_000 {
        if look() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    found.expect("the child starts")
}

/// Whether a process runs; one that has ended and that nobody waits for does not.
pub fn is_alive(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat
        .rsplit(") ")
        .next()
        .and_then(|rest| rest.chars().next());
    state.is_some_and(|state| state != 'Z')
}

/// Waits until a process has ended.
pub async fn gone(pid: &str) {
    until("the tool ends", || !is_alive(pid)).await;
}

/// Sends SIGTERM.
pub fn terminate(child: &Child) {
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
}

/// Waits for what another process does; fails after a minute.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..6_000 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("never: {what}");
}

/// Where a program lies on PATH.
fn place_of(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found = std::env::split_paths(&path).map(|folder| folder.join(name));
    found.find(|file| file.is_file())
}

/// Tools that are the real ones but for what `ffmpeg`, a part of a shell script, does before; `{real}` stands for ffmpeg, `{here}` for
/// their folder.
pub fn tools_that(ffmpeg: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let real = |name| place_of(name).unwrap().display().to_string();
    let here = folder.path().display().to_string();
    let text = ffmpeg.replace("{here}", &here);
    script(
        folder.path(),
        "ffmpeg",
        &format!(
            "case \"$*\" in *-version*|*-filters*|*-encoders*) exec {0} \"$@\";; esac\n{text}\nexec {0} \"$@\"",
            real("ffmpeg")
        ),
    );
    script(
        folder.path(),
        "ffprobe",
        &format!("exec {} \"$@\"", real("ffprobe")),
    );
    folder
}

/// The real tools and nothing else.
pub fn only_ffmpeg() -> TempDir {
    tools_that("")
}

/// Whether raw files can be developed here. Where they cannot, the environment has to allow that: EDGE_WITHOUT_FFMPEG.
pub fn can_develop() -> bool {
    let can = place_of("dcraw_emu").is_some();
    if !can {
        let allowed = std::env::var_os("EDGE_WITHOUT_FFMPEG").is_some();
        assert!(
            allowed,
            "dcraw_emu is needed, cargo xtask setup installs it"
        );
        eprintln!("NOT TESTED: developing raw files, because there is no dcraw_emu");
    }
    can
}

/// A tag of a TIFF: its number, the type of its values, how many there are, and their bytes.
type Tag = (u16, u16, u32, Vec<u8>);

/// What a raw file says of itself (TIFF 6.0, DNG 1.4), without where its strip lies.
fn tags(width: u32, height: u32, orientation: u16) -> Vec<Tag> {
    let long = |tag, value: u32| (tag, 4, 1, value.to_le_bytes().to_vec());
    let short = |tag, value: u16| (tag, 3, 1, value.to_le_bytes().to_vec());
    let bytes = |tag, bytes: &[u8]| (tag, 1, bytes.len() as u32, bytes.to_vec());
    let text = |tag, text: &str| {
        let text = format!("{text}\0").into_bytes();
        (tag, 2, text.len() as u32, text)
    };
    let fractions = |tag, kind, values: &[i32]| {
        let each = values.iter().flat_map(|value| [*value, 1]);
        let bytes = each.flat_map(i32::to_le_bytes).collect();
        (tag, kind, values.len() as u32, bytes)
    };
    vec![
        long(254, 0),
        long(256, width),
        long(257, height),
        short(258, 16),
        short(259, 1),
        short(262, 32_803),
        text(271, "Edge"),
        text(272, "Camera"),
        long(STRIP, 0),
        short(274, orientation),
        short(277, 1),
        long(278, height),
        long(279, width * height * 2),
        (33_421, 3, 2, vec![2, 0, 2, 0]),
        bytes(33_422, &[0, 1, 1, 2]),
        bytes(50_706, &[1, 4, 0, 0]),
        text(50_708, "Edge Camera"),
        long(50_717, 65_535),
        fractions(50_721, 10, &[1, 0, 0, 0, 1, 0, 0, 0, 1]),
        fractions(50_728, 5, &[1, 1, 1]),
        short(50_778, 21),
    ]
}

/// The tag that says where the pixels lie.
const STRIP: u16 = 273;

/// A raw file as cameras write it, DNG with what a sensor saw and no rendition: twice as much green as blue, no red.
pub fn sensor(width: u32, height: u32, orientation: u16) -> Vec<u8> {
    let tags = tags(width, height, orientation);
    let beside = 8 + 2 + 12 * tags.len() + 4;
    let lengths = tags.iter().map(|(.., value)| value.len());
    let strip = beside + lengths.filter(|length| *length > 4).sum::<usize>();
    let mut directory = (tags.len() as u16).to_le_bytes().to_vec();
    let mut values = Vec::new();
    for (tag, kind, count, mut value) in tags {
        directory.extend(tag.to_le_bytes());
        directory.extend(kind.to_le_bytes());
        directory.extend(count.to_le_bytes());
        if tag == STRIP {
            directory.extend((strip as u32).to_le_bytes());
        } else if value.len() <= 4 {
            value.resize(4, 0);
            directory.extend(value);
        } else {
            directory.extend(((beside + values.len()) as u32).to_le_bytes());
            values.extend(value);
        }
    }
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.extend(directory);
    file.extend([0; 4]);
    file.extend(values);
    for y in 0..height as usize {
        for x in 0..width as usize {
            let light: u16 = [[500, 40_000], [40_000, 20_000]][y % 2][x % 2];
            file.extend(light.to_le_bytes());
        }
    }
    file
}
