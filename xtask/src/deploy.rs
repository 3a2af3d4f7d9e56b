//! `cargo xtask deploy`: everything a Cloudflare account needs, from an empty one to a running server.
//! Running it again updates what is there. Log in first: `npx wrangler login`, or CLOUDFLARE_API_TOKEN.
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, anyhow, bail};
use serde::Deserialize;

use crate::routes::LEGACY;
use crate::setup::{self, For, node};
use crate::wasm::{self, Profile};
use crate::{places, project, shell, web};

/// Name of the D1 database and of the R2 bucket.
const NAME: &str = "immich-edge";
/// The queues (docs/jobs.md).
const QUEUES: [&str; 6] = [
    "immich-edge-jobs",
    "immich-edge-tasks",
    "immich-edge-storage",
    "immich-edge-faces",
    "immich-edge-clip",
    "immich-edge-ocr",
];
/// What the committed configurations say for the id of the database, which each account has its own.
const LOCAL_ID: &str = "database_id = \"local\"";
/// Variable and secret that names other buckets, which are only read (docs/libraries.md).
const EXTERNAL: &str = "EXTERNAL_BUCKETS";
/// What the configuration of a Worker with a bucket has.
const BUCKETS: &str = "[[r2_buckets]]";

/// Creates what is missing, applies migrations, deploys all Workers, the gateway last.
///
/// `page` is a folder with somebody else's web page, served instead of ours.
pub fn run(page: Option<&Path>) -> Result<()> {
    setup::run(For::Dev)?;
    wasm::build(Profile::Release)?;
    match page {
        Some(page) => web::take(page)?,
        None => web::build()?,
    }
    let id = shell::step("D1 database", database)?;
    shell::step("R2 bucket", || create(&["r2", "bucket", "create", NAME]))?;
    for queue in QUEUES {
        shell::step(&format!("queue {queue}"), || {
            create(&["queues", "create", queue])
        })?;
    }
    shell::step("names of places", || {
        put(edge_places::KEY, &places::ensure()?)
    })?;
    let external = std::env::var(EXTERNAL).ok();
    let others = others(external.as_deref().unwrap_or("{}"))?;
    let account = Account {
        database_id: &id,
        others: &others,
        has_other_page: page.is_some(),
    };
    let configs = render(&account, Profile::Release)?;
    shell::step("migrations", || {
        // Any configuration with the database will do.
        let config = configs.first().context("there are no functions")?;
        let mut command = wrangler(&["d1", "migrations", "apply", NAME, "--remote", "--config"]);
        shell::run(command.arg(config))
    })?;
    for config in &configs {
        shell::run(wrangler(&["deploy", "--config"]).arg(config))?;
        if let Some(external) = &external
            && fs::read_to_string(config)?.contains(BUCKETS)
        {
            secret(config, EXTERNAL, external)?;
        }
    }
    shell::step("the page of links", || index(page))
}

/// The `index.html` that pages of links answer: another page's, or none.
fn index(page: Option<&Path>) -> Result<()> {
    if let Some(page) = page {
        return put(web::OTHER_KEY, &page.join("index.html"));
    }
    let object = format!("{NAME}/{}", web::OTHER_KEY);
    let output = wrangler(&["r2", "object", "delete", &object, "--remote"]).output()?;
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    // That there was none is as good.
    if output.status.success() || text.contains("not exist") {
        return Ok(());
    }
    bail!("wrangler r2 object delete: {text}")
}

/// Bindings of other buckets of the account and their names there, of those that say so (`"r2"`) in `EXTERNAL_BUCKETS`.
fn others(external: &str) -> Result<Vec<(String, String)>> {
    #[derive(Deserialize)]
    struct Other {
        r2: Option<String>,
    }
    // Its words may quote a secret.
    let all: BTreeMap<String, Other> = serde_json::from_str(external)
        .map_err(|error| anyhow!("{EXTERNAL} is no JSON of buckets: line {}", error.line()))?;
    let bound = all.into_iter().filter_map(|(name, other)| {
        let binding = name.replace('-', "_").to_uppercase();
        Some((format!("EXTERNAL_BUCKET_{binding}"), other.r2?))
    });
    Ok(bound.collect())
}

/// Tells a Worker that is deployed a secret.
fn secret(config: &Path, name: &str, value: &str) -> Result<()> {
    let mut command = wrangler(&["secret", "put", name, "--config"]);
    let mut child = command.arg(config).stdin(Stdio::piped()).spawn()?;
    let mut input = child.stdin.take().context("wrangler takes no input")?;
    input.write_all(value.as_bytes())?;
    drop(input);
    let status = child.wait()?;
    if !status.success() {
        bail!("wrangler secret put {name}: {status}");
    }
    Ok(())
}

/// Lets wrangler bundle and check every Worker as [`run`] would deploy it, without an account.
pub fn dry_run() -> Result<()> {
    let account = Account {
        database_id: "00000000-0000-0000-0000-000000000000",
        others: &[],
        has_other_page: false,
    };
    let configs = render(&account, Profile::Local)?;
    let results = shell::in_parallel(&configs, |config| {
        let bundle = config.with_extension("bundle");
        let mut command = wrangler(&["deploy", "--dry-run", "--config"]);
        shell::output(command.arg(config).arg("--outdir").arg(bundle))
    });
    results
        .into_iter()
        .try_for_each(|result| result.map(drop))?;
    // The image of a companion's container is not built: Docker would be needed.
    let container = project::root().join("companion/container/wrangler.toml");
    let mut command = wrangler(&[
        "deploy",
        "--dry-run",
        "--containers-rollout",
        "none",
        "--config",
    ]);
    let bundle = folder().join("companion-container.bundle");
    shell::output(command.arg(container).arg("--outdir").arg(bundle)).map(drop)
}

/// Puts a file into the bucket of the account.
pub fn put(key: &str, file: &Path) -> Result<()> {
    let object = format!("{NAME}/{key}");
    shell::run(wrangler(&["r2", "object", "put", &object, "--remote", "--file"]).arg(file))
}

fn wrangler(arguments: &[&str]) -> Command {
    let mut command = node::npm_program("wrangler");
    command.args(arguments);
    command
}

/// The id of the database, which is created when the account has none of the name.
fn database() -> Result<String> {
    if let Some(id) = find_database()? {
        return Ok(id);
    }
    shell::run(&mut wrangler(&["d1", "create", NAME]))?;
    find_database()?.context("the database was created but is not listed")
}

fn find_database() -> Result<Option<String>> {
    #[derive(Deserialize)]
    struct Database {
        uuid: String,
        name: String,
    }
    let list = shell::output(&mut wrangler(&["d1", "list", "--json"]))?;
    let list: Vec<Database> = serde_json::from_str(&list).context("wrangler d1 list")?;
    Ok(list
        .into_iter()
        .find(|database| database.name == NAME)
        .map(|database| database.uuid))
}

/// Runs a command that creates something; that it exists already is as good.
fn create(arguments: &[&str]) -> Result<()> {
    let output = wrangler(arguments).output()?;
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    if output.status.success() || text.contains("already") {
        return Ok(());
    }
    bail!("wrangler {}: {text}", arguments.join(" "))
}

fn folder() -> PathBuf {
    project::root().join("build/deploy")
}

/// What the configurations say of one account.
struct Account<'a> {
    database_id: &'a str,
    /// Bindings of other buckets and their names.
    others: &'a [(String, String)],
    /// Links answer another web page than ours.
    has_other_page: bool,
}

/// Writes the configurations with the account's database to build/deploy; the gateway's comes last, because
/// the Workers it is bound to must exist.
fn render(account: &Account<'_>, profile: Profile) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(folder())?;
    let mut written = Vec::new();
    let mut functions = project::functions()?;
    // Others bind these and their Durable Objects, which must exist; one binds all that answer clients.
    functions.sort_by_key(|function| match function.folder().as_str() {
        "realtime" | "clip-text" | "transform" => 0,
        LEGACY => 2,
        _ => 1,
    });
    for function in functions {
        let source = function.manifest_path.with_file_name("wrangler.toml");
        let text = fs::read_to_string(&source).with_context(|| source.display().to_string())?;
        written.push(write(
            &function.folder(),
            &render_function(&text, account, &profile.folder()),
        )?);
    }
    let gateway = fs::read_to_string(project::root().join("wrangler.toml"))?;
    written.push(write(
        "gateway",
        &gateway
            .replace("main = \"", "main = \"../../")
            .replace("directory = \"", "directory = \"../../"),
    )?);
    Ok(written)
}

fn write(area: &str, text: &str) -> Result<PathBuf> {
    let file = folder().join(format!("{area}.toml"));
    fs::write(&file, text)?;
    Ok(file)
}

/// What a Worker believes at home of the addresses it is told.
const TRUSTS_NOBODY: &str = "TRUSTED_PROXIES = \"\"";

/// Only the gateway is to be reached from outside, so a function gets no address of its own, and may believe what Cloudflare's
/// network says about the client's address.
///
/// Whoever has the bucket reads other buckets of the account, too.
fn render_function(text: &str, account: &Account<'_>, workers: &Path) -> String {
    let database = format!(
        "database_id = \"{}\"\nmigrations_dir = \"../../migrations\"",
        account.database_id
    );
    let main = format!("main = \"{}", workers.display());
    let text = text
        .replace(LOCAL_ID, &database)
        .replace("main = \"../../build", &main);
    let mut text = text.replace(TRUSTS_NOBODY, "TRUSTED_PROXIES = \"cloudflare\"");
    if account.has_other_page {
        let (name, value) = web::OTHER_PAGE;
        let name = name.to_uppercase();
        text = text.replace(
            &format!("\n{name} = \"\""),
            &format!("\n{name} = {value:?}"),
        );
    }
    let mut text = format!("workers_dev = false\npreview_urls = false\n{text}");
    if text.contains(BUCKETS) {
        for (binding, bucket) in account.others {
            let table = format!("\n{BUCKETS}\nbinding = {binding:?}\nbucket_name = {bucket:?}\n");
            text.push_str(&table);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use crate::project;

    use super::{Account, others, render_function};

    fn account(others: &[(String, String)]) -> Account<'_> {
        Account {
            database_id: "id",
            others,
            has_other_page: false,
        }
    }

    #[test]
    fn links_are_told_of_another_page() {
        let file = project::root().join("functions/shared-links/wrangler.toml");
        let text = fs::read_to_string(file).unwrap();
        let mut told = account(&[]);
        assert!(render_function(&text, &told, Path::new("/out")).contains("\nOTHER_PAGE = \"\"\n"));
        told.has_other_page = true;
        assert!(
            render_function(&text, &told, Path::new("/out")).contains("\nOTHER_PAGE = \"on\"\n")
        );
    }

    #[test]
    fn a_function_is_deployed_with_the_accounts_database_and_no_address() {
        let text = "name = \"a\"\nmain = \"../../build/a/index.js\"\n[[d1_databases]]\ndatabase_id = \"local\"\n\
                    [vars]\nTRUSTED_PROXIES = \"\"\n";
        let expected = "workers_dev = false\npreview_urls = false\nname = \"a\"\nmain = \"/out/a/index.js\"\n\
                        [[d1_databases]]\ndatabase_id = \"id\"\nmigrations_dir = \"../../migrations\"\n\
                        [vars]\nTRUSTED_PROXIES = \"cloudflare\"\n";
        let bound = others(r#"{"nas": {"r2": "photos"}}"#).unwrap();
        let rendered = render_function(text, &account(&bound), Path::new("/out"));
        assert_eq!(rendered, expected, "it has no bucket");
    }

    #[test]
    fn other_buckets_are_bound_where_one_is() {
        let bound = others(
            r#"{"old-nas": {"r2": "photos", "prefix": "a"}, "s3": {"endpoint": "https://a", "secret": "b"}}"#,
        );
        let bound = bound.unwrap();
        let text = "[[r2_buckets]]\nbinding = \"BUCKET\"\nbucket_name = \"immich-edge\"\n";
        let rendered = render_function(text, &account(&bound), Path::new("/out"));
        let behind =
            "\n[[r2_buckets]]\nbinding = \"EXTERNAL_BUCKET_OLD_NAS\"\nbucket_name = \"photos\"\n";
        assert!(rendered.ends_with(&format!("{text}{behind}")), "{rendered}");
        assert_eq!(rendered.matches("[[r2_buckets]]").count(), 2);
        let error = others("{\"hidden").unwrap_err().to_string();
        assert!(!error.contains("hidden"), "{error}");
    }
}
