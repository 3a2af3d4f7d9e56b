//! `cargo xtask dev`: everything a newcomer needs in one command, up to a running server.
use std::os::unix::process::CommandExt as _;

use anyhow::{Result, bail};

use crate::setup::{self, For, node};
use crate::wasm::{self, Profile};
use crate::{project, shell};

/// Where the server listens unless told otherwise.
const DEFAULT_PORT: &str = "8787";

/// Installs, builds and serves until Ctrl-C. `options` go to tests/workers/serve.mjs.
pub fn run(options: &[&str]) -> Result<()> {
    setup::run(For::Dev)?;
    wasm::build(Profile::Local)?;
    let port = options.iter().position(|word| *word == "--port");
    let port = port
        .and_then(|index| options.get(index + 1))
        .unwrap_or(&DEFAULT_PORT);
    shell::say(&introduction(&format!("http://127.0.0.1:{port}"), ".data/"));
    let mut server = node::node();
    server
        .arg(project::workers().join("serve.mjs"))
        .args(options);
    // The server takes our place, so Ctrl-C reaches it and nothing else.
    bail!("cannot start Node: {}", server.exec())
}

/// What to do with a server at `url` that keeps its data in `data`.
pub fn introduction(url: &str, data: &str) -> String {
    format!(
        "
immich-edge will listen on {url}   (Ctrl-C stops it; data stays in {data})

  1. make the first admin (once):
     curl -X POST {url}/api/auth/admin-sign-up -H 'content-type: application/json' \\
          -d '{{\"email\":\"admin@example.com\",\"password\":\"change-me\",\"name\":\"Admin\"}}'
  2. log in and make an API key:
     TOKEN=$(curl -s {url}/api/auth/login -H 'content-type: application/json' \\
          -d '{{\"email\":\"admin@example.com\",\"password\":\"change-me\"}}' | sed 's/.*\"accessToken\":\"\\([^\"]*\\)\".*/\\1/')
     curl -s {url}/api/api-keys -H \"authorization: Bearer $TOKEN\" -H 'content-type: application/json' \\
          -d '{{\"name\":\"cli\",\"permissions\":[\"all\"]}}'
  3. back up a folder with the official CLI (needs Node 22; the secret is that of step 2):
     npx @immich/cli login {url}/api <secret>
     npx @immich/cli upload --recursive --album <folder>
"
    )
}
