//! `cargo xtask spin`: builds the components and serves them locally, with SQLite and S3 on a folder: by the user's
//! own `spin` where there is one, else by our host (host/).
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::{dev, project, shell};

/// Where the server listens unless told otherwise.
const DEFAULT_PORT: &str = "3000";
const BUCKET: &str = "immich-edge";
const HOST: &str = "127.0.0.1";
/// How often the scheduler looks for what was forgotten.
const TICK: Duration = Duration::from_secs(60);

/// What the command line says.
struct Options<'a> {
    port: &'a str,
    data: PathBuf,
    postgres: Option<&'a str>,
    own_host: bool,
}

impl<'a> Options<'a> {
    fn read(words: &[&'a str]) -> Result<Self> {
        let mut options = Self {
            port: DEFAULT_PORT,
            data: project::root().join(".data/spin"),
            postgres: None,
            own_host: false,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .with_context(|| format!("{word} takes a value"))
            };
            match *word {
                "--port" => options.port = value()?,
                "--data" => options.data = value()?.into(),
                "--postgres" => options.postgres = Some(value()?),
                "--own-host" => options.own_host = true,
                _ => bail!(
                    "unknown: {word}; cargo xtask spin [--port N] [--data DIR] [--postgres URL] [--own-host]"
                ),
            }
        }
        Ok(options)
    }
}

/// Builds and serves until Ctrl-C.
pub fn run(words: &[&str]) -> Result<()> {
    let options = Options::read(words)?;
    super::build()?;
    let helper = shell::step("building the host", super::host)?;
    let is_real = !options.own_host && shell::is_installed("spin");
    if !is_real && !options.own_host {
        shell::say(
            "    the command `spin` is not installed (https://spinframework.dev/install): serving with our own host instead",
        );
    }
    fs::create_dir_all(&options.data)?;
    let database = if is_real {
        // Where `spin up` keeps the database `default`.
        project::root().join(".spin/sqlite_db.db")
    } else {
        options.data.join("default.db")
    };
    shell::step("applying the schema", || {
        migrate(&helper, &options, &database)
    })?;
    let secret = secret()?;
    let (_s3, endpoint) = serve_s3(&helper, &options.data, &secret)?;
    let mut server = if is_real {
        let mut spin = shell::command("spin", project::root());
        spin.args(["up", "--listen", &address(options.port)]);
        spin
    } else {
        let mut host = shell::command(&helper, project::root());
        host.args([
            "--manifest",
            "spin.toml",
            "--listen",
            &address(options.port),
            "--data",
        ]);
        host.arg(&options.data);
        host
    };
    for (name, value) in variables(&options, &endpoint, &secret)? {
        // Both read it; arguments would be seen by everybody on the machine.
        server.env(format!("SPIN_VARIABLE_{}", name.to_uppercase()), value);
    }
    shell::say(&dev::introduction(
        &format!("http://{}", address(options.port)),
        &options.data.to_string_lossy(),
    ));
    let port = options.port.to_owned();
    thread::spawn(move || keep_ticking(&port, &secret));
    shell::run(&mut server)
}

fn address(port: &str) -> String {
    format!("{HOST}:{port}")
}

fn migrate(helper: &Path, options: &Options, database: &Path) -> Result<()> {
    let mut migrate = shell::command(helper, project::root());
    migrate.args(["migrate", "--migrations", "migrations"]);
    match options.postgres {
        Some(url) => migrate.args(["--postgres", url]),
        None => migrate.arg("--sqlite").arg(database),
    };
    shell::run(&mut migrate)
}

fn variables(
    options: &Options,
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
    if let Some(url) = options.postgres {
        let after_user = url.rsplit('@').next().unwrap_or_default();
        let host = after_user.split(['/', '?']).next().unwrap_or_default();
        anyhow::ensure!(
            url.contains("://") && host.contains(':'),
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
fn serve_s3(helper: &Path, data: &Path, secret: &str) -> Result<(Running, String)> {
    let mut s3 = Command::new(helper);
    s3.args(["s3", "--bucket", BUCKET, "--listen", &address("0")]);
    s3.args(["--access-key", BUCKET, "--folder"]);
    s3.arg(data.join("objects"));
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
