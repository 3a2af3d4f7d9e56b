//! Installing Debian packages.
use std::process::Command;
use std::sync::Once;

use anyhow::{Result, bail};

use crate::shell;

/// Installs Debian packages, as root; elsewhere fails with words about what to install by hand.
/// `purpose` completes the sentence "… is missing".
pub fn install(purpose: &str, packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if !shell::is_installed("apt-get") {
        bail!(
            "{purpose} is missing, and this is no Debian system: please install what Debian calls {list}"
        );
    }
    if shell::output(Command::new("id").arg("-u"))? != "0" {
        bail!(
            "{purpose} is missing: please run as root: apt-get install --no-install-recommends {list}"
        );
    }
    shell::step(&format!("installing {list} (up to a minute)"), || {
        static UPDATE: Once = Once::new();
        // A stale list of packages may still do: the installation below says whether it did.
        UPDATE.call_once(|| drop(shell::output(apt().args(["update", "-qq"]))));
        let mut install = apt();
        install
            .args(["install", "-y", "-qq", "--no-install-recommends"])
            .args(packages);
        shell::output(&mut install).map(drop)
    })
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}
