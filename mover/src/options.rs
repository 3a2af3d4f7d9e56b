//! The command line.

use std::num::NonZero;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};
use lexopt::{Arg, ValueExt as _};

const USAGE: &str = "\
immich-move copies a photo library to a server; nothing is changed where it comes from.

usage: immich-move --from URL --api-key K --to URL --api-key K [options]
       immich-move --takeout PATH... --to URL --api-key K [options]
       immich-move --folder DIR --to URL --api-key K [options]

  --from URL         a server that speaks the Immich API (3.1): an official one or one of immich-edge
  --takeout PATH     a Google Takeout: a folder, or one .zip; all parts of one Takeout by naming the option again
  --folder DIR       photos and videos in folders, with .xmp sidecars where they are
  --to URL           the server that gets everything
  --api-key K        of the server named before it, with all permissions; also from EDGE_MOVE_FROM_KEY and EDGE_MOVE_TO_KEY
  --users            makes the accounts of the source at the target, too: both keys must be administrators'
  --key EMAIL=K      a further user of the source whose library is moved; again for each of them
  --to-key EMAIL=K   this user's key at the target; not needed for those whom --users made
  --albums           with --folder: each folder becomes an album
  --jobs N           files at a time; default 4
  --tries N          tries of a call that fails for a passing reason; default 5
  --wait SECONDS     how long edits of photos wait for the target to have read their metadata; default 60
  --state FILE       what was moved already; default immich-move.db. It keeps made passwords: delete it once all is well
  --dry-run          says what would be done; writes nothing
  --help, --version

Stop it whenever you like: the same command goes on where it was, and does nothing once all is moved.
";

/// What to do.
pub enum Command {
    /// Move.
    Run(Box<Options>),
    /// Tell about oneself.
    Say(&'static str),
}

/// Where a library is.
pub enum Source {
    /// A server and a key.
    Server(String, String),
    /// Parts of a Takeout.
    Takeout(Vec<PathBuf>),
    /// A folder.
    Folder(PathBuf),
}

impl Source {
    /// Its name in the state file.
    pub fn name(&self) -> String {
        match self {
            Self::Server(url, _) => url.clone(),
            Self::Takeout(_) => "a Google Takeout".to_owned(),
            Self::Folder(path) => path.to_string_lossy().into_owned(),
        }
    }
}

/// What to move, and how.
pub struct Options {
    /// Where from.
    pub from: Source,
    /// Address of the target.
    pub to: String,
    /// Key at the target.
    pub to_key: String,
    /// Make accounts.
    pub users: bool,
    /// Further users: address and key at the source.
    pub keys: Vec<(String, String)>,
    /// Further users: address and key at the target.
    pub to_keys: Vec<(String, String)>,
    /// Folders become albums.
    pub albums: bool,
    /// Files at a time.
    pub jobs: NonZero<usize>,
    /// Tries of a call.
    pub tries: NonZero<u32>,
    /// Seconds for the target to read metadata.
    pub wait: u64,
    /// The state file.
    pub state: PathBuf,
    /// Write nothing.
    pub dry_run: bool,
}

/// What was said so far.
#[derive(Default)]
struct Said {
    from: Option<String>,
    to: Option<String>,
    from_key: Option<String>,
    to_key: Option<String>,
    takeout: Vec<PathBuf>,
    folder: Option<PathBuf>,
    last_is_to: bool,
}

impl Said {
    fn source(self) -> Result<(Source, String, String)> {
        let to = self
            .to
            .with_context(|| format!("--to is missing\n\n{USAGE}"))?;
        let key = self.to_key.context("--api-key behind --to is missing")?;
        let from = match (self.from, self.folder) {
            (Some(url), None) if self.takeout.is_empty() => {
                let key = self
                    .from_key
                    .context("--api-key behind --from is missing")?;
                Source::Server(url, key)
            }
            (None, Some(folder)) if self.takeout.is_empty() => Source::Folder(folder),
            (None, None) if !self.takeout.is_empty() => Source::Takeout(self.takeout),
            _ => bail!("one of --from, --takeout and --folder is needed\n\n{USAGE}"),
        };
        Ok((from, to, key))
    }
}

/// Reads the command line, and the environment for the keys that it leaves out.
pub fn read(mut words: lexopt::Parser) -> Result<Command> {
    let mut said = Said {
        from_key: std::env::var("EDGE_MOVE_FROM_KEY").ok(),
        to_key: std::env::var("EDGE_MOVE_TO_KEY").ok(),
        ..Said::default()
    };
    let (mut users, mut albums, mut dry_run) = (false, false, false);
    let (mut keys, mut to_keys) = (Vec::new(), Vec::new());
    let mut jobs = NonZero::new(4).context("four")?;
    let mut tries = NonZero::new(5).context("five")?;
    let (mut wait, mut state) = (60, PathBuf::from("immich-move.db"));
    while let Some(word) = words.next()? {
        match word {
            Arg::Long("from") => (said.from, said.last_is_to) = (Some(text(&mut words)?), false),
            Arg::Long("to") => (said.to, said.last_is_to) = (Some(text(&mut words)?), true),
            Arg::Long("api-key") if said.last_is_to => said.to_key = Some(text(&mut words)?),
            Arg::Long("api-key") => said.from_key = Some(text(&mut words)?),
            Arg::Long("takeout") => said.takeout.push(words.value()?.into()),
            Arg::Long("folder") => said.folder = Some(words.value()?.into()),
            Arg::Long("users") => users = true,
            Arg::Long("albums") => albums = true,
            Arg::Long("dry-run") => dry_run = true,
            Arg::Long("key") => keys.push(pair(&text(&mut words)?)?),
            Arg::Long("to-key") => to_keys.push(pair(&text(&mut words)?)?),
            Arg::Long("jobs") => jobs = words.value()?.parse()?,
            Arg::Long("tries") => tries = words.value()?.parse()?,
            Arg::Long("wait") => wait = words.value()?.parse()?,
            Arg::Long("state") => state = words.value()?.into(),
            Arg::Long("help") | Arg::Short('h') => return Ok(Command::Say(USAGE)),
            Arg::Long("version") => return Ok(Command::Say(env!("CARGO_PKG_VERSION"))),
            other => bail!("{}\n\n{USAGE}", other.unexpected()),
        }
    }
    let (from, to, to_key) = said.source()?;
    let is_server = matches!(from, Source::Server(..));
    ensure!(
        is_server || (!users && keys.is_empty()),
        "--users and --key go with --from"
    );
    Ok(Command::Run(Box::new(Options {
        from,
        to,
        to_key,
        users,
        keys,
        to_keys,
        albums,
        jobs,
        tries,
        wait,
        state,
        dry_run,
    })))
}

fn text(words: &mut lexopt::Parser) -> Result<String> {
    Ok(words.value()?.string()?)
}

/// `EMAIL=KEY`.
fn pair(text: &str) -> Result<(String, String)> {
    let pair = text
        .split_once('=')
        .filter(|(email, _)| email.contains('@'));
    let (email, key) = pair.context("EMAIL=KEY is needed")?;
    Ok((email.to_lowercase(), key.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(words: &str) -> Result<Command> {
        read(lexopt::Parser::from_args(words.split_whitespace()))
    }

    #[test]
    fn each_key_belongs_to_the_server_before_it() {
        let line = "--from http://a --api-key 1 --to http://b --api-key 2 --key E@x.org=3";
        let Command::Run(options) = options(line).unwrap() else {
            panic!("no options");
        };
        assert!(
            matches!(&options.from, Source::Server(url, key) if url == "http://a" && key == "1")
        );
        assert_eq!(
            (options.to.as_str(), options.to_key.as_str()),
            ("http://b", "2")
        );
        assert_eq!(options.keys, [("e@x.org".to_owned(), "3".to_owned())]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for line in [
            "",
            "--from http://a --to http://b --api-key 2",
            "--from http://a --api-key 1 --folder x --to http://b --api-key 2",
            "--folder x --to http://b --api-key 2 --users",
            "--folder x --to http://b --api-key 2 --key nobody",
            "--folder x --to http://b --api-key 2 --jobs 0",
            "--unknown",
        ] {
            assert!(options(line).is_err(), "{line}");
        }
        assert!(matches!(options("--help"), Ok(Command::Say(text)) if text.contains("--dry-run")));
    }
}
