//! `cargo xtask dev --spin`: serves the components by the user's own `spin`, with SQLite or PostgreSQL and S3 on a folder.
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::{companion, project, shell, web};

const BUCKET: &str = "immich-edge";
const HOST: &str = "127.0.0.1";
/// How often the scheduler looks for what was forgotten.
const TICK: Duration = Duration::from_secs(60);

/// Where everything is kept.
pub struct Kept<'a> {
    /// The folder of the objects, and of the database unless there is another.
    pub data: &'a Path,
    /// `postgres://user:password@host:port/database` instead of SQLite.
    pub postgres: Option<&'a str>,
    /// Folders of the machine for external libraries, each `NAME=/path`.
    pub libraries: &'a [String],
    /// There is another web page than ours.
    pub has_other_page: bool,
}

/// Serves on the user's `spin` until Ctrl-C. `helper` is our host, which applies migrations and serves S3 on a folder.
pub fn run(helper: &Path, port: &str, kept: &Kept<'_>) -> Result<()> {
    let (data, postgres) = (kept.data, kept.postgres);
    fs::create_dir_all(data)?;
    // Where `spin up` keeps the database `default`.
    let database = project::root().join(".spin/sqlite_db.db");
    shell::step("applying the schema", || {
        migrate(helper, postgres, &database)
    })?;
    let secret = secret()?;
    let (_s3, endpoint) = serve_s3(helper, kept, &secret)?;
    let mut server = shell::command("spin", project::root());
    server.args(["up", "--listen", &address(port)]);
    let companion = ("companion_secret", companion::secret(data)?);
    let variables = variables(postgres, &endpoint, &secret)?;
    let page = kept.has_other_page.then_some(web::OTHER_PAGE);
    let page = page.map(|(name, value)| (name, value.to_owned()));
    for (name, value) in variables.into_iter().chain([companion]).chain(page) {
        // Arguments would be seen by everybody on the machine.
        server.env(format!("SPIN_VARIABLE_{}", name.to_uppercase()), value);
    }
    let port = port.to_owned();
    thread::spawn(move || keep_ticking(&port, &secret));
    shell::run(&mut server)
}

fn address(port: &str) -> String {
    format!("{HOST}:{port}")
}

fn migrate(helper: &Path, postgres: Option<&str>, database: &Path) -> Result<()> {
    let mut migrate = shell::command(helper, project::root());
    migrate.args(["migrate", "--migrations", "migrations"]);
    match postgres {
        Some(url) => migrate.args(["--postgres", url]),
        None => migrate.arg("--sqlite").arg(database),
    };
    shell::run(&mut migrate)
}

fn variables(
    postgres: Option<&str>,
    endpoint: &str,
    secret: &str,
) -> Result<Vec<(&'static str, String)>> {
    let mut variables = vec![
        ("s3_endpoint", endpoint.to_owned()),
        ("s3_bucket", BUCKET.to_owned()),
        ("s3_access_key", BUCKET.to_owned()),
        ("s3_secret_key", secret.to_owned()),
        ("internal_token", secret.to_owned()),
    ];
    if let Some(url) = postgres {
        let (_, rest) = url.split_once("://").unwrap_or_default();
        let after_user = rest.rsplit('@').next().unwrap_or_default();
        let host = after_user.split(['/', '?']).next().unwrap_or_default();
        anyhow::ensure!(
            host.contains(':'),
            "--postgres takes postgres://user:password@host:port/database"
        );
        variables.push(("postgres_url", url.to_owned()));
        variables.push(("postgres_host", host.to_owned()));
    }
    Ok(variables)
}

/// A new secret for each run: nobody but the processes started here needs it.
fn secret() -> Result<String> {
    let mut bytes = [0; 16];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

/// A process that ends with us.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by the same Ctrl-C.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Starts S3 on the folder `objects` and gives its address.
fn serve_s3(helper: &Path, kept: &Kept<'_>, secret: &str) -> Result<(Running, String)> {
    let mut s3 = Command::new(helper);
    s3.args(["s3", "--bucket", BUCKET, "--listen", &address("0")]);
    s3.args(["--access-key", BUCKET, "--folder"]);
    s3.arg(kept.data.join("objects"));
    for library in kept.libraries {
        s3.args(["--library", library]);
    }
    s3.env("S3_SECRET_KEY", secret);
    let mut s3 = Running(s3.stdout(Stdio::piped()).spawn()?);
    let mut line = String::new();
    let output = s3.0.stdout.take().context("S3 has no output")?;
    BufReader::new(output).read_line(&mut line)?;
    let endpoint = line.trim().strip_prefix("ready ");
    let endpoint = endpoint
        .context("the S3 endpoint did not start")?
        .to_owned();
    Ok((s3, endpoint))
}

/// The tick of each minute, as cron or the companion would send it.
fn keep_ticking(port: &str, token: &str) {
    loop {
        thread::sleep(TICK);
        let host = address(port);
        let request = format!(
            "POST /internal/tick HTTP/1.1\r\nhost: {host}\r\nx-internal-token: {token}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
        let sent = TcpStream::connect(&host).and_then(|mut stream| {
            stream.write_all(request.as_bytes())?;
            stream.read_to_end(&mut Vec::new())
        });
        if let Err(error) = sent {
            shell::say(&format!("tick: {error}"));
        }
    }
}
