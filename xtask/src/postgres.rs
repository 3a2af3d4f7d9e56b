//! A PostgreSQL cluster of our own for the tests: in a temporary folder, on a free port, gone afterwards.
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::scratch::Scratch;
use crate::setup::python;
use crate::shell;

/// The variable by which tests find a server.
pub const URL: &str = "EDGE_TEST_POSTGRES";
/// The variable by which they find one that has pgvector.
pub const PGVECTOR: &str = "EDGE_TEST_PGVECTOR";

/// Settings of a cluster that does not wait for the disk.
const QUICK: &str = " -c fsync=off -c full_page_writes=off -c synchronous_commit=off";

/// The folder with `initdb` and `postgres`: on the path, or where Debian keeps them.
pub fn server_programs() -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH")?;
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let debian = debian.map(|version| version.path().join("bin"));
    let candidates = std::env::split_paths(&on_path).chain(debian);
    candidates
        .into_iter()
        .find(|folder| folder.join("initdb").exists())
}

/// Where the programs of a cluster are.
struct Programs {
    folder: PathBuf,
    /// What holds them, if they go with the cluster.
    _copy: Option<Scratch>,
}

impl Programs {
    fn installed() -> Result<Self> {
        let found = server_programs();
        Ok(Self {
            folder: found.context("PostgreSQL is not installed: cargo xtask setup")?,
            _copy: None,
        })
    }

    /// Copies those that have pgvector: whom PostgreSQL runs as need not have a way to our target folder. Not into memory, from where
    /// programs may not run.
    fn with_pgvector(installed: &Path) -> Result<Self> {
        let copy = Scratch::on_disk("pgvector-programs")?;
        let mut cp = Command::new("cp");
        shell::run(cp.arg("-r").arg(installed.join(".")).arg(copy.path()))?;
        Ok(Self {
            folder: copy.path().join("pgserver/pginstall/bin"),
            _copy: Some(copy),
        })
    }
}

/// A running cluster; it stops and its folder goes when this is dropped.
pub struct Cluster {
    programs: Programs,
    folder: Scratch,
    port: u16,
}

impl Cluster {
    /// Makes and starts a cluster that trusts local connections and does not wait for the disk.
    pub fn start() -> Result<Self> {
        Self::with(Scratch::make("pg")?, Programs::installed()?, QUICK)
    }

    /// One that waits for the disk, as those do that people run: for proofs of what survives.
    pub fn durable() -> Result<Self> {
        Self::with(Scratch::on_disk("pg")?, Programs::installed()?, "")
    }

    /// As [`Self::start`], of a PostgreSQL that has pgvector; `None` where there is none for this kind of machine.
    pub fn with_pgvector() -> Result<Option<Self>> {
        let Some(installed) = python::pgvector()? else {
            return Ok(None);
        };
        let programs = Programs::with_pgvector(&installed)?;
        Self::with(Scratch::make("pgvector")?, programs, QUICK).map(Some)
    }

    fn with(folder: Scratch, programs: Programs, settings: &str) -> Result<Self> {
        let mut cluster = Self {
            programs,
            folder,
            port: 0,
        };
        if is_root()? {
            // PostgreSQL refuses to run as root.
            let folder = cluster.folder.path();
            shell::run(Command::new("chown").arg("postgres").arg(folder))?;
        }
        let data = cluster.data();
        shell::output(
            cluster
                .program("initdb")?
                .arg("-D")
                .arg(&data)
                .args(["-U", "postgres", "-A", "trust", "-N"]),
        )?;
        // Not before: it is free for others until PostgreSQL takes it.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        cluster.port = port;
        let options = format!(
            "-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200{settings}"
        );
        let log = cluster.folder.path().join("log");
        // A file for its output: pg_ctl's child would keep a pipe open for ever.
        let mut start = cluster.program("pg_ctl")?;
        start
            .arg("-D")
            .arg(&data)
            .arg("-l")
            .arg(log)
            .args(["-w", "-o", &options, "start"]);
        shell::run(start.stdout(std::process::Stdio::null()))?;
        Ok(cluster)
    }

    /// Where tests connect to, as a URL of tokio-postgres.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// The folder of its files, `postgresql.conf` and others.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A server program, run as `postgres` when we are root.
    fn program(&self, name: &str) -> Result<Command> {
        let program = self.programs.folder.join(name);
        let mut command = if is_root()? {
            let mut command = Command::new("setpriv");
            command
                .args([
                    "--reuid=postgres",
                    "--regid=postgres",
                    "--clear-groups",
                    "--",
                ])
                .arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(Path::new("/"));
        Ok(command)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Ok(mut stop) = self.program("pg_ctl") {
            stop.arg("-D")
                .arg(self.data())
                .args(["-m", "immediate", "stop"]);
            // Whatever fails here, there is nobody to tell but the system's own clean-up.
            drop(shell::output(&mut stop));
        }
    }
}

fn is_root() -> Result<bool> {
    Ok(shell::output(Command::new("id").arg("-u"))? == "0")
}
