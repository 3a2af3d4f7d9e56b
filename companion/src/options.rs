//! The command line.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use lexopt::{Arg, ValueExt as _};

const USAGE: &str = "\
immich-companion makes the thumbnails of videos for a server of immich-edge, with ffmpeg and ffprobe from PATH; with LibRaw's
dcraw_emu, where it is there, it develops raw files.

usage: immich-companion --server URL [options]

  --server URL      where the server is, e.g. https://photos.example.com; also from EDGE_COMPANION_SERVER
  --token-file FILE the token of `cargo xtask companion token`; also the token itself from EDGE_COMPANION_TOKEN
  --ca FILE         trusts the certificates in this file (PEM) instead of those of public authorities, for a server with one of your own;
                    also from EDGE_COMPANION_CA
  --jobs N          jobs at a time; default: one for each core
  --streams N       viewers of live transcoding at a time, 0 for none; default: one for each core
  --learn           looks at pictures for searches by meaning, faces and text in the server's place, by the models that are installed there;
                    the token needs the scope learning
  --work DIR        where originals are kept while they are worked on, and those models; default: a folder in the system's for temporary files
  --poll SECONDS    how often an idle companion asks for work, parts of a second are fine; default: it asks all the time, and the
                    server answers as soon as there is some
  --memory MIB      most memory of one ffmpeg, decoder or network; default 8192
  --metrics PORT    answers GET /metrics for Prometheus on this port of 127.0.0.1; default: none
  --once            ends when there is nothing to do
  --with-parent     ends when the process that started it does
  --help, --version

SIGTERM or Ctrl-C: gives back the jobs it has, and ends. A second one ends it at once; the server gives its jobs to others after 90 s.
It needs HTTP to the server and nothing else: no database, no bucket, no open port.
";

/// What to do.
pub enum Command {
    /// Work.
    Run(Options),
    /// Tell about oneself.
    Say(String),
}

/// How to work.
pub struct Options {
    /// Address of the server without a slash at its end.
    pub server: String,
    /// The companion's token.
    pub token: String,
    /// Certificates that are trusted, PEM; `None`: those of public authorities.
    pub authorities: Option<Vec<u8>>,
    /// Jobs at a time.
    pub jobs: NonZero<usize>,
    /// Viewers of live transcoding at a time.
    pub streams: usize,
    /// Look at pictures for searches by meaning, faces and text.
    pub learn: bool,
    /// Folder for originals, and the models.
    pub work: PathBuf,
    /// Pause between two questions for work; `None`: the server lets it wait.
    pub poll: Option<Duration>,
    /// Most memory of a tool, bytes.
    pub memory: u64,
    /// Port of this machine for metrics, 0 for any.
    pub metrics: Option<u16>,
    /// End when there is nothing to do.
    pub once: bool,
    /// End with the parent.
    pub with_parent: bool,
}

/// Reads the command line, and the environment for what it leaves out.
pub fn read(mut words: lexopt::Parser) -> Result<Command> {
    // What a file of settings leaves empty is not given.
    let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let mut server = env("EDGE_COMPANION_SERVER");
    let mut token = env("EDGE_COMPANION_TOKEN");
    let mut authorities = env("EDGE_COMPANION_CA").map(PathBuf::from);
    let mut options = Options {
        server: String::new(),
        token: String::new(),
        authorities: None,
        jobs: available_parallelism().unwrap_or(NonZero::<usize>::MIN),
        streams: available_parallelism().map_or(1, NonZero::get),
        learn: false,
        work: std::env::temp_dir().join("immich-companion"),
        poll: None,
        memory: 8 << 30,
        metrics: None,
        once: false,
        with_parent: false,
    };
    while let Some(word) = words.next()? {
        match word {
            Arg::Long("server") => server = Some(words.value()?.string()?),
            Arg::Long("token-file") => token = Some(token_in(Path::new(&words.value()?))?),
            Arg::Long("ca") => authorities = Some(words.value()?.into()),
            Arg::Long("jobs") => options.jobs = words.value()?.parse()?,
            Arg::Long("streams") => options.streams = words.value()?.parse()?,
            Arg::Long("learn") => options.learn = true,
            Arg::Long("work") => options.work = words.value()?.into(),
            Arg::Long("poll") => options.poll = Some(seconds(words.value()?.parse()?)?),
            Arg::Long("memory") => options.memory = mebibytes(words.value()?.parse()?)?,
            Arg::Long("metrics") => options.metrics = Some(words.value()?.parse()?),
            Arg::Long("once") => options.once = true,
            Arg::Long("with-parent") => options.with_parent = true,
            Arg::Long("help") | Arg::Short('h') => return Ok(Command::Say(USAGE.to_owned())),
            Arg::Long("version") => {
                return Ok(Command::Say(env!("CARGO_PKG_VERSION").to_owned()));
            }
            other => bail!("{}\n\n{USAGE}", other.unexpected()),
        }
    }
    let server = server.with_context(|| format!("--server is missing\n\n{USAGE}"))?;
    ensure!(
        server.starts_with("https://") || server.starts_with("http://"),
        "--server takes an address such as https://photos.example.com"
    );
    server.trim_end_matches('/').clone_into(&mut options.server);
    options.token = token.context("there is no token: --token-file, or EDGE_COMPANION_TOKEN")?;
    options.authorities = authorities.map(|file| bytes_of(&file)).transpose()?;
    Ok(Command::Run(options))
}

fn bytes_of(file: &Path) -> Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

fn token_in(file: &Path) -> Result<String> {
    let text = std::fs::read_to_string(file);
    let text = text.with_context(|| format!("cannot read {}", file.display()))?;
    Ok(text.trim().to_owned())
}

/// So many MiB in bytes. For tools 0 would be no limit at all.
fn mebibytes(number: u64) -> Result<u64> {
    let bytes = number.checked_mul(1 << 20).filter(|bytes| *bytes > 0);
    bytes.context("--memory takes MiB, 1 or more")
}

fn seconds(number: f64) -> Result<Duration> {
    let duration = Duration::try_from_secs_f64(number).context("--poll takes seconds")?;
    ensure!(
        duration >= Duration::from_millis(20),
        "--poll takes 0.02 or more"
    );
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(words: &[&str]) -> Result<Command> {
        read(lexopt::Parser::from_args(words))
    }

    #[test]
    fn help_explains_and_what_is_wrong_is_said() {
        assert!(
            matches!(options(&["--help"]), Ok(Command::Say(text)) if text.contains("--server"))
        );
        assert!(options(&["--unknown"]).is_err());
        assert!(options(&["--server", "ftp://x"]).is_err());
        assert!(options(&["--poll", "0"]).is_err());
        assert_eq!(mebibytes(8_192).ok(), Some(8 << 30));
        for memory in ["0", "17592186044416", "-1"] {
            assert!(
                options(&["--memory", memory, "--help"]).is_err(),
                "{memory}"
            );
        }
        assert!(options(&["--poll", "-1"]).is_err());
        let folder = tempfile::tempdir().unwrap();
        let [token, none] = ["token", "none"].map(|name| folder.path().join(name));
        std::fs::write(&token, "x\n").unwrap();
        let with_ca = |file: &Path| {
            let [token, file] = [token.as_path(), file].map(|file| file.display().to_string());
            options(&[
                "--server",
                "https://x",
                "--token-file",
                &token,
                "--ca",
                &file,
            ])
        };
        assert!(
            matches!(with_ca(&token), Ok(Command::Run(it)) if it.authorities.as_deref() == Some(&b"x\n"[..]))
        );
        assert!(with_ca(&none).is_err());
    }
}
