//! `cargo xtask layers`: a crate depends on lower layers only, and functions never on each other.
use anyhow::Result;

use crate::project::{self, Package};

/// The layer of a crate (docs/architecture.md); `None` for crates of others.
fn layer(name: &str) -> Option<u8> {
    Some(match name {
        "edge-api" | "edge-protocol" => 0,
        "edge-mail" | "edge-oidc" | "edge-places" | "edge-platform" | "edge-resample"
        | "edge-vectors" | "edge-zones" => 1,
        "edge-media" | "edge-ml" => 2,
        "edge-preview" | "edge-store" => 3,
        "edge-http" => 4,
        "edge-installed" | "edge-leases" => 5,
        _ if name.starts_with("fn-") => 6,
        // Programs and test helpers: they may use everything below.
        "edge-conformance" => 7,
        "edge-testkit" => 8,
        _ if name.starts_with("edge-") || name == "xtask" => 9,
        _ => return None,
    })
}

/// Why `package` must not depend on `other`, if so.
fn violation(package: &Package, other: &str, kind: Option<&str>) -> Option<String> {
    let (own, below) = (layer(&package.name)?, layer(other)?);
    let is_for_tests = kind == Some("dev");
    (below >= own && !is_for_tests).then(|| {
        let name = &package.name;
        format!("{name} (layer {own}) must not depend on {other} (layer {below})")
    })
}

/// Checks every crate of the workspace.
pub fn run() -> Result<()> {
    let packages = project::packages()?;
    let mut found = Vec::new();
    for package in &packages {
        if layer(&package.name).is_none() {
            found.push(format!(
                "{} has no layer: name it edge-… or fn-…",
                package.name
            ));
        }
        for dependency in &package.dependencies {
            found.extend(violation(
                package,
                &dependency.name,
                dependency.kind.as_deref(),
            ));
        }
    }
    super::report(&found, "violations of the layers")
}
