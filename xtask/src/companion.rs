//! `cargo xtask companion`: the native program beside the server, and the tokens that admit it (docs/companion.md).
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};
use edge_protocol::home;
use edge_protocol::token::{self, Scope};

use crate::{project, shell};

const USAGE: &str = "\
cargo xtask companion build             builds immich-companion for x86-64-v2 (on other machines: for theirs) and says where it is
cargo xtask companion token [options]   prints a token for a companion; its id, by which it is revoked, goes to the log
  --data DIR     the data of the server at home, which keeps the secret; default .data/spin
  --secret-env   takes the secret from the environment instead, COMPANION_SECRET: for Cloudflare, where it is a secret of the Worker
  --name NAME    what administrators see; default: companion
  --scope LIST   thumbnails,transcode,learning; default: all of them
  --days N       how long it holds; default 365
";

/// Which processors the program is built for (docs/companion.md).
const BASELINE: &str = "-Ctarget-cpu=x86-64-v2";
/// How long a token holds unless told otherwise, days.
const DAYS: u16 = 365;
/// What [`start`] prints when there is no ffmpeg.
const NO_FFMPEG: &str = "    ffmpeg is not installed: videos stay without thumbnails (Debian: apt-get install ffmpeg; docs/companion.md)";

/// `cargo xtask companion …`.
pub fn run(words: &[&str]) -> Result<()> {
    match words {
        ["build"] => shell::print(&build_release()?.display().to_string()),
        ["token", options @ ..] => {
            let (id, token) = Options::read(options)?.token()?;
            shell::say(&format!(
                "    id {id}; revoke it: DELETE /api/companion/{id}"
            ));
            shell::print(&token)
        }
        _ => bail!("{USAGE}"),
    }
}

/// What the command line says of a token.
struct Options {
    secret: Option<String>,
    data: PathBuf,
    name: String,
    scopes: Vec<Scope>,
    days: u16,
}

impl Options {
    fn read(words: &[&str]) -> Result<Self> {
        let mut options = Self {
            secret: None,
            data: project::root().join(".data/spin"),
            name: "companion".to_owned(),
            scopes: Scope::ALL.to_vec(),
            days: DAYS,
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || {
                let value = words.next();
                value.with_context(|| format!("{word} takes a value\n\n{USAGE}"))
            };
            match *word {
                "--data" => options.data = value()?.into(),
                "--name" => (*value()?).clone_into(&mut options.name),
                "--days" => options.days = value()?.parse()?,
                "--scope" => options.scopes = scopes(value()?)?,
                "--secret-env" => {
                    let secret = std::env::var("COMPANION_SECRET");
                    options.secret = Some(secret.context("COMPANION_SECRET is not set")?);
                }
                _ => bail!("unknown: {word}\n\n{USAGE}"),
            }
        }
        Ok(options)
    }

    /// A new id and the token with it.
    fn token(&self) -> Result<(String, String)> {
        let secret = match &self.secret {
            Some(secret) => secret.clone(),
            None => home::secret(&self.data)?,
        };
        let id = home::id()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        let made = token::make(
            &secret,
            &id,
            &self.name,
            &self.scopes,
            self.days,
            i64::try_from(now)?,
        )?;
        Ok((id, made))
    }
}

fn scopes(list: &str) -> Result<Vec<Scope>> {
    let scopes = list.split(',');
    let scopes = scopes.map(|word| Scope::parse(word).with_context(|| format!("{word}: {USAGE}")));
    scopes.collect()
}

/// The secret of the server that keeps its data in `data`.
pub fn secret(data: &Path) -> Result<String> {
    home::secret(data).with_context(|| format!("the companion's secret in {}", data.display()))
}

/// Builds the program and starts it beside the server at `url`, which keeps its data in `data`, where there is ffmpeg; says so where there
/// is none. It ends with this process, whatever that becomes.
pub fn start(url: &str, data: &Path) -> Result<()> {
    if !shell::is_installed("ffmpeg") || !shell::is_installed("ffprobe") {
        shell::say(NO_FFMPEG);
        return Ok(());
    }
    let program = build_home()?;
    let options = Options {
        name: "beside the server".to_owned(),
        data: data.to_owned(),
        ..Options::read(&[])?
    };
    let (_, token) = options.token()?;
    let mut companion = shell::command(program, project::root());
    companion.args(["--server", url, "--with-parent", "--work"]);
    companion.arg(data.join("companion"));
    // Arguments would be seen by everybody on the machine.
    companion.env("EDGE_COMPANION_TOKEN", token);
    companion.spawn().context("cannot start the companion")?;
    Ok(())
}

/// Builds the program as it runs beside a server at home, and says where it is.
pub fn build_home() -> Result<PathBuf> {
    shell::step("compiling the companion", || {
        let mut cargo = shell::command("cargo", project::root());
        shell::run(cargo.args(["build", "--profile", "home", "-p", "edge-companion"]))?;
        Ok(project::target().join("home/immich-companion"))
    })
}

/// Builds the program to be installed, in a folder of its own: other flags would build everything else anew, too.
fn build_release() -> Result<PathBuf> {
    let target = project::target().join("companion");
    let mut cargo = shell::command("cargo", project::root());
    cargo.env("CARGO_TARGET_DIR", &target);
    if cfg!(target_arch = "x86_64") {
        cargo.env("RUSTFLAGS", BASELINE);
    }
    shell::run(cargo.args(["build", "--release", "-p", "edge-companion"]))?;
    Ok(target.join("release/immich-companion"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_the_scopes_that_were_asked_for() {
        let folder = std::env::temp_dir().join(home::id().unwrap());
        let data = folder.to_str().unwrap();
        let options =
            Options::read(&["--data", data, "--scope", "transcode", "--days", "2"]).unwrap();
        let (id, made) = options.token().unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let now = i64::try_from(now.as_millis()).unwrap();
        let grant = token::read(&secret(&folder).unwrap(), &made, now).unwrap();
        assert_eq!((grant.id, grant.scopes), (id, vec![Scope::Transcode]));
        std::fs::remove_dir_all(folder).unwrap();
        assert!(Options::read(&["--scope", "all"]).is_err());
        assert!(Options::read(&["--name"]).is_err());
    }
}
