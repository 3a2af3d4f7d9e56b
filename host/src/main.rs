//! `edge-host`: serves a spin.toml, S3 on a folder, and applies migrations; see the library.
use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::SocketAddr;
use std::num::ParseIntError;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use edge_host::app::{App, Reuse};
use edge_host::home::{self, Home};
use edge_host::libraries::Libraries;
use edge_host::manifest::Manifest;
use edge_host::subscriber::Subscriptions;
use edge_host::{log, migrate, realtime, s3, server};
use lexopt::{Arg, ValueExt as _};
use mimalloc::MiMalloc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Takes a twentieth less of the host's time than glibc's (docs/benchmarks.md).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Where `serve` listens unless told otherwise.
const HOME: &str = "127.0.0.1:8787";

const USAGE: &str = "\
edge-host serves immich-edge at home: its components on wasmtime, with SQLite or PostgreSQL, and photos in a folder.

usage: edge-host serve --data DIR [--app DIR] [--listen 127.0.0.1:8787] [--postgres URL] [--variable name=value]...
         [--library NAME=/path]...
         All of it in one process: applies pending migrations, keeps photos in DIR/objects, serves the components that spin.toml
         in the folder --app (default: this one) names, and calls the scheduler each minute. Other options as below.
         The URL may also come from the environment: EDGE_POSTGRES_URL. The first start compiles the components.
         --library serves a folder of this machine as the prefix NAME of the bucket, read-only: the import path /NAME of external
         libraries (docs/libraries.md).
       edge-host --manifest spin.toml --listen 127.0.0.1:PORT --data DIR [--variable name=value]...
         Serves the components only, as `spin up` does: bring an S3 endpoint, migrations, and something that calls /internal/tick.
         Variables also come from SPIN_VARIABLE_<NAME>. SQLite databases are DIR/<name>.db.
         Instances live as in Spin: --max-instance-reuse-count 128 --max-instance-concurrent-reuse-count 16
         --idle-instance-timeout 1 (seconds). 1 and 1: a new instance for each request.
         Ends when the connection of a Redis trigger breaks.
         GET /.well-known/edge-host tells what it has measured.
       edge-host s3 --folder DIR --bucket NAME --listen 127.0.0.1:PORT --access-key KEY --secret-key SECRET
         [--library NAME=/path]...
         Serves the folder by the S3 API. The secret may also come from the environment: S3_SECRET_KEY.
       edge-host migrate --migrations DIR (--sqlite FILE | --postgres URL)
         Applies what is pending of DIR/*.sql.
       edge-host --help

The first three print `ready http://…` once they serve. SIGTERM or Ctrl-C ends them: no new connections, and what is being answered
gets ten seconds to finish. Jobs that are cut off are taken up again after the next start.
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let start = Instant::now();
    let options = Options::read(lexopt::Parser::from_env())?;
    let mut runtime = if options.command == "s3" {
        // One thread keeps up with several that run components, and wakes no others (docs/benchmarks.md).
        tokio::runtime::Builder::new_current_thread()
    } else {
        tokio::runtime::Builder::new_multi_thread()
    };
    let runtime = runtime.enable_all().build()?;
    let done = match options.command.as_str() {
        "help" => print(USAGE),
        "" => runtime.block_on(serve_app(options, start)),
        "serve" => runtime.block_on(serve_home(options)),
        "s3" => runtime.block_on(serve_s3(options)),
        "migrate" => runtime.block_on(migrate(options)),
        _ => bail!("{USAGE}"),
    };
    // Work that still goes on after its response ends here, as at any other end of the process.
    runtime.shutdown_background();
    done
}

async fn serve_app(mut options: Options, start: Instant) -> Result<()> {
    let manifest = Manifest::read(Path::new(&options.take("manifest")?))?;
    let data = PathBuf::from(options.take("data")?);
    let variables = manifest.values(&options.variables, |name| std::env::var(name).ok())?;
    std::fs::create_dir_all(&data).with_context(|| format!("cannot make {}", data.display()))?;
    let reuse = options.reuse()?;
    let (listener, stop) = options.start().await?;
    let app = Arc::new(App::load(&manifest, data, &variables, reuse)?);
    let subscriptions = Subscriptions::start(&manifest, &variables).await?;
    ready(&listener)?;
    log::say(&format!(
        "started in {} ms, {} ms of it loading components",
        start.elapsed().as_millis(),
        app.loaded_in().as_millis()
    ));
    let done = tokio::select! {
        () = server::serve(app.clone(), listener, stop) => Ok(()),
        broken = subscriptions.run(app.clone()) => broken,
        () = realtime::listen(&app, &variables) => Ok(()),
    };
    app.stop();
    done
}

async fn serve_home(mut options: Options) -> Result<()> {
    let application = options.take("app");
    let application = PathBuf::from(application.unwrap_or_else(|_missing| ".".to_owned()));
    ensure!(
        home::is_application(&application),
        "{} holds no spin.toml and migrations: --app\n\n{USAGE}",
        application.display()
    );
    let postgres = options.take("postgres").ok();
    let server = Home {
        application,
        data: PathBuf::from(options.take("data")?),
        postgres: postgres.or_else(|| std::env::var("EDGE_POSTGRES_URL").ok()),
        variables: std::mem::take(&mut options.variables),
        reuse: options.reuse()?,
        libraries: options.libraries()?,
    };
    let address = options.words.entry("listen".to_owned());
    address.or_insert_with(|| HOME.to_owned());
    let (listener, stop) = options.start().await?;
    server.serve(listener, stop, ready).await
}

async fn serve_s3(mut options: Options) -> Result<()> {
    let folder = PathBuf::from(options.take("folder")?);
    let bucket = options.take("bucket")?;
    let secret = options.take("secret-key");
    let secret =
        secret.or_else(|missing| std::env::var("S3_SECRET_KEY").map_err(|_unset| missing))?;
    let keys = (options.take("access-key")?, secret);
    let libraries = options.libraries()?;
    libraries.check(&folder, &bucket)?;
    let (listener, stop) = options.start().await?;
    ready(&listener)?;
    s3::serve(&folder, &bucket, libraries, keys, listener, stop).await
}

async fn migrate(mut options: Options) -> Result<()> {
    let migrations = PathBuf::from(options.take("migrations")?);
    let applied = match options.take("postgres") {
        Ok(url) => migrate::postgres(&url, &migrations).await?,
        Err(_) => migrate::sqlite(Path::new(&options.take("sqlite")?), &migrations)?,
    };
    for name in applied {
        log::say(&format!("applied {name}"));
    }
    Ok(())
}

fn print(text: &str) -> Result<()> {
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

/// The one line on standard output: connections are accepted from now on.
fn ready(listener: &TcpListener) -> Result<()> {
    print(&format!("ready http://{}\n", listener.local_addr()?))?;
    Ok(std::io::stdout().flush()?)
}

/// What the command line says.
struct Options {
    /// Empty: run an application.
    command: String,
    words: BTreeMap<String, String>,
    variables: BTreeMap<String, String>,
    /// Each `NAME=/path`.
    libraries: Vec<String>,
}

impl Options {
    fn read(mut words: lexopt::Parser) -> Result<Self> {
        let mut options = Self {
            command: String::new(),
            words: BTreeMap::new(),
            variables: BTreeMap::new(),
            libraries: Vec::new(),
        };
        while let Some(word) = words.next()? {
            match word {
                Arg::Long("help") | Arg::Short('h') => "help".clone_into(&mut options.command),
                Arg::Value(word) if options.command.is_empty() => {
                    options.command = word.string()?;
                }
                Arg::Long("variable") => {
                    let pair = words.value()?.string()?;
                    let (name, value) = pair
                        .split_once('=')
                        .context("--variable takes name=value")?;
                    options.variables.insert(name.to_owned(), value.to_owned());
                }
                Arg::Long("library") => options.libraries.push(words.value()?.string()?),
                Arg::Long(name) => {
                    let name = name.to_owned();
                    options.words.insert(name, words.value()?.string()?);
                }
                _ => bail!("{USAGE}"),
            }
        }
        Ok(options)
    }

    fn take(&mut self, name: &str) -> Result<String> {
        let word = self.words.remove(name);
        word.with_context(|| format!("--{name} is missing\n\n{USAGE}"))
    }

    /// The folders that are named for external libraries.
    fn libraries(&mut self) -> Result<Libraries> {
        Libraries::read(&std::mem::take(&mut self.libraries))
    }

    /// The options that Spin has for the life of instances.
    fn reuse(&mut self) -> Result<Reuse> {
        let usual = Reuse::default();
        let total = self.number("max-instance-reuse-count", usual.total)?;
        let at_once = self.number("max-instance-concurrent-reuse-count", usual.at_once)?;
        let idle = self.number("idle-instance-timeout", usual.idle.as_secs())?;
        Ok(Reuse {
            total: total.max(1),
            at_once: at_once.max(1),
            idle: Duration::from_secs(idle),
        })
    }

    fn number<T: FromStr<Err = ParseIntError>>(&mut self, name: &str, usual: T) -> Result<T> {
        let word = self.words.remove(name);
        let word = word.map(|word| word.parse().with_context(|| format!("--{name} {word}")));
        word.unwrap_or(Ok(usual))
    }

    /// Listens, and gives a future that is ready when the process is told to stop.
    async fn start(mut self) -> Result<(TcpListener, impl Future<Output = ()>)> {
        let address: SocketAddr = self.take("listen")?.parse().context("--listen")?;
        ensure!(
            self.libraries.is_empty(),
            "--library is for serve and s3\n\n{USAGE}"
        );
        if let Some(name) = self.words.keys().next() {
            bail!("--{name} is not known\n\n{USAGE}");
        }
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let listener = TcpListener::bind(address).await;
        let listener = listener.with_context(|| format!("cannot listen on {address}"))?;
        let stop = async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        };
        Ok((listener, stop))
    }
}
