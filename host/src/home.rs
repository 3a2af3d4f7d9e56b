//! `edge-host serve`: all that a household needs in one process. Migrations first, then photos in a folder behind an S3 endpoint of
//! our own, the components, and the scheduler's minute.
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use wasmtime_wasi_http::Error;

use crate::app::{App, Reuse};
use crate::libraries::Libraries;
use crate::manifest::Manifest;
use crate::sqlite::Databases;
use crate::subscriber::Subscriptions;
use crate::watch::Changes;
use crate::{log, migrate, realtime, s3, server};

/// Name of the bucket, which is a folder in `objects`.
const BUCKET: &str = "immich-edge";
/// How often the scheduler looks for what was forgotten.
const MINUTE: Duration = Duration::from_mins(1);
/// Where the scheduler does so (spin.toml).
const TICK: &str = "/internal/tick";

/// A server at home: what is where.
pub struct Home {
    /// The folder with `spin.toml`, the components that it names, and `migrations`.
    pub application: PathBuf,
    /// Where the database, the photos and machine code go.
    pub data: PathBuf,
    /// `postgres://user:password@host:port/database` instead of SQLite.
    pub postgres: Option<String>,
    /// Values of the application's variables beside those that are known here.
    pub variables: BTreeMap<String, String>,
    /// How long instances live.
    pub reuse: Reuse,
    /// Folders of the machine for external libraries.
    pub libraries: Libraries,
}

impl Home {
    /// Serves on `listener` until `stop` is ready; `ready` is called when requests are answered, which is not before all
    /// migrations are applied.
    ///
    /// # Errors
    /// What stands in the way of a start; later only a broken connection to Redis, if there is one.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()>,
        ready: impl FnOnce(&TcpListener) -> Result<()>,
    ) -> Result<()> {
        let start = Instant::now();
        std::fs::create_dir_all(&self.data)
            .with_context(|| format!("cannot make {}", self.data.display()))?;
        let objects = self.data.join("objects");
        self.libraries.check(&objects, BUCKET)?;
        self.migrate().await?;
        let secret = secret()?;
        let companions = edge_protocol::home::secret(&self.data)?;
        let files = Files::start(objects, self.libraries.clone(), secret.clone()).await?;
        let changes = Changes::of(&self.libraries);
        let manifest = Manifest::read(&self.application.join("spin.toml"))?;
        let given = self.variables(&files.address, &secret, &companions)?;
        let values = manifest.values(&given, |name| std::env::var(name).ok())?;
        let token = values.get("internal_token").cloned().unwrap_or_default();
        let app = Arc::new(App::load(&manifest, self.data, &values, self.reuse)?);
        let subscriptions = Subscriptions::start(&manifest, &values).await?;
        ready(&listener)?;
        log::say(&format!("started in {} ms", start.elapsed().as_millis()));
        let done = tokio::select! {
            () = server::serve(app.clone(), listener, stop) => Ok(()),
            broken = subscriptions.run(app.clone()) => broken,
            () = realtime::listen(&app, &values) => Ok(()),
            () = tick(&app, &token) => Ok(()),
            () = tell(&app, &token, changes) => Ok(()),
        };
        app.stop();
        files.stop();
        done
    }

    async fn migrate(&self) -> Result<()> {
        let migrations = self.application.join("migrations");
        let applied = match &self.postgres {
            Some(url) => migrate::postgres(url, &migrations).await?,
            None => migrate::sqlite(&Databases::file(&self.data, "default"), &migrations)?,
        };
        for name in applied {
            log::say(&format!("applied {name}"));
        }
        Ok(())
    }

    /// The variables of spin.toml for what is started here; what was given stays.
    fn variables(
        &self,
        endpoint: &str,
        secret: &str,
        companions: &str,
    ) -> Result<BTreeMap<String, String>> {
        let mut all = BTreeMap::from([
            ("s3_endpoint".to_owned(), endpoint.to_owned()),
            ("s3_bucket".to_owned(), BUCKET.to_owned()),
            ("s3_access_key".to_owned(), BUCKET.to_owned()),
            ("s3_secret_key".to_owned(), secret.to_owned()),
            ("internal_token".to_owned(), secret.to_owned()),
            ("companion_secret".to_owned(), companions.to_owned()),
        ]);
        if let Some(url) = &self.postgres {
            all.insert("postgres_host".to_owned(), host_of(url)?);
            all.insert("postgres_url".to_owned(), url.clone());
        }
        all.extend(self.variables.clone());
        Ok(all)
    }
}

/// `host:port` of the URL of a database.
fn host_of(url: &str) -> Result<String> {
    let (_, rest) = url.split_once("://").unwrap_or_default();
    let after_user = rest.rsplit('@').next().unwrap_or_default();
    let host = after_user.split(['/', '?']).next().unwrap_or_default();
    ensure!(
        host.contains(':'),
        "--postgres takes postgres://user:password@host:port/database"
    );
    Ok(host.to_owned())
}

/// A new secret for each start: nobody outside this process needs it.
fn secret() -> Result<String> {
    let mut bytes = [0; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

/// The S3 endpoint on a thread of its own: one keeps up with several that run components, and wakes no others
/// (docs/benchmarks.md).
struct Files {
    address: String,
    stop: oneshot::Sender<()>,
    thread: std::thread::JoinHandle<Result<()>>,
}

impl Files {
    async fn start(folder: PathBuf, libraries: Libraries, secret: String) -> Result<Self> {
        let (told, address) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("s3".to_owned());
        let thread = thread.spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = { runtime }.enable_all().build()?;
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await?;
                // Whoever waits for it has gone: so shall we.
                let _ = told.send(listener.local_addr()?);
                let stop = async { drop(stopped.await) };
                let keys = (BUCKET.to_owned(), secret);
                s3::serve(&folder, BUCKET, libraries, keys, listener, stop).await
            })
        })?;
        let address = address.await.context("the S3 endpoint did not start")?;
        Ok(Self {
            address: format!("http://{address}"),
            stop,
            thread,
        })
    }

    /// Ends it once nobody asks it any more.
    fn stop(self) {
        drop(self.stop);
        drop(self.thread.join());
    }
}

/// Calls the scheduler at once and then each minute, as cron would; for ever.
async fn tick(app: &App, token: &str) {
    let mut minutes = tokio::time::interval(MINUTE);
    minutes.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        minutes.tick().await;
        if let Err(error) = call_scheduler(app, token, Bytes::new()).await {
            log::say(&format!("tick: {error:#}"));
        }
    }
}

/// Tells the scheduler in which folders of libraries files change; for ever.
async fn tell(app: &App, token: &str, mut changes: Changes) {
    while let Some(folders) = changes.settled().await {
        let list = serde_json::json!(folders).to_string();
        // A call that is lost is made up for by the nightly scan.
        if let Err(error) = call_scheduler(app, token, list.into()).await {
            log::say(&format!("changes in libraries: {error:#}"));
        }
    }
    std::future::pending::<()>().await;
}

/// One minute's tick, or with a JSON array of folders of the bucket: files have changed there.
async fn call_scheduler(app: &App, token: &str, body: Bytes) -> Result<()> {
    let scheduler = app.find(TICK).context("spin.toml has no scheduler")?;
    let body = Full::new(body).map_err(Error::from).boxed_unsync();
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("http://localhost{TICK}"))
        .header("x-internal-token", token)
        .body(body)?;
    let answer = scheduler.handle(None, request).await;
    let answer = answer.map_err(|error| anyhow::anyhow!("{error:#}"))?;
    let status = answer.status();
    ensure!(status == StatusCode::NO_CONTENT, "the scheduler: {status}");
    Ok(())
}

/// Whether `folder` holds what [`Home::application`] has to.
pub fn is_application(folder: &Path) -> bool {
    folder.join("spin.toml").is_file() && folder.join("migrations").is_dir()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_database_comes_from_its_url() {
        let host = |url| host_of(url).unwrap();
        assert_eq!(host("postgres://u:p@db:5432/edge?x=y"), "db:5432");
        assert_eq!(host("postgres://127.0.0.1:5432"), "127.0.0.1:5432");
        assert!(host_of("db:5432").is_err());
        assert!(host_of("postgres://u:p@db/edge").is_err());
    }

    #[test]
    fn what_is_given_stays() {
        let home = Home {
            application: PathBuf::new(),
            data: PathBuf::new(),
            postgres: Some("postgres://db:5432/edge".to_owned()),
            variables: BTreeMap::from([("s3_bucket".to_owned(), "own".to_owned())]),
            reuse: Reuse::default(),
            libraries: Libraries::default(),
        };
        let all = home
            .variables("http://127.0.0.1:1", "secret", "signs")
            .unwrap();
        assert_eq!(all["s3_bucket"], "own");
        assert_eq!(all["companion_secret"], "signs");
        assert_eq!(all["s3_endpoint"], "http://127.0.0.1:1");
        assert_eq!(all["postgres_host"], "db:5432");
    }
}
