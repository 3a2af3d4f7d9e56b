//! A Redis server of our own for the tests: on a free port, keeping nothing, gone afterwards.
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::{project, shell};

/// The variable by which tests find a server.
pub const URL: &str = "EDGE_TEST_REDIS";
/// The server's program.
pub const PROGRAM: &str = "redis-server";
/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server; it ends and its folder goes when this is dropped.
pub struct Server {
    process: Child,
    folder: PathBuf,
    port: u16,
}

impl Server {
    /// Starts one that writes nothing to the disk but its log.
    pub fn start() -> Result<Self> {
        if !shell::is_installed(PROGRAM) {
            bail!("Redis is not installed: cargo xtask setup");
        }
        let folder = project::target().join(format!("redis-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut redis = Command::new(PROGRAM);
        redis.current_dir(&folder);
        redis.args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
        redis.args(["--save", "", "--appendonly", "no", "--dir", "."]);
        let log = fs::File::create(folder.join("log"))?;
        let process = redis.stdin(Stdio::null()).stdout(log).spawn()?;
        let mut server = Self {
            process,
            folder,
            port,
        };
        server.wait()?;
        Ok(server)
    }

    fn wait(&mut self) -> Result<()> {
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let ended = self.process.try_wait()?.is_some();
            if ended || start.elapsed() > PATIENCE {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                bail!("Redis did not start:\n{log}");
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Where tests connect to.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nobody to tell but the system's own clean-up.
        drop(self.process.kill());
        drop(self.process.wait());
        drop(fs::remove_dir_all(&self.folder));
    }
}
