//! The secret of a server at home, in a file beside its data: the host that serves and the program that makes tokens read the same.
//! For programs only; a component has no files.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

/// Name of the file.
const FILE: &str = "companion-secret";

/// The secret of the server that keeps its data in `folder`; a new one when it has none yet.
///
/// # Errors
/// The file cannot be read or written.
pub fn secret(folder: &Path) -> io::Result<String> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let path = folder.join(FILE);
    match fs::read_to_string(&path) {
        Ok(secret) => return Ok(secret.trim().to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    fs::create_dir_all(folder)?;
    let secret = format!("{}{}", random()?, random()?);
    let file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path);
    match file {
        Ok(mut file) => file.write_all(secret.as_bytes())?,
        // Somebody was quicker.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return fs::read_to_string(&path).map(|secret| secret.trim().to_owned());
        }
        Err(error) => return Err(error),
    }
    Ok(secret)
}

/// 128 random bits in hexadecimal.
fn random() -> io::Result<String> {
    let mut bytes = [0; 16];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

/// A fresh id for a token: a UUID of version 4.
///
/// # Errors
/// The system has no random numbers.
pub fn id() -> io::Result<String> {
    let text = random()?;
    let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
    // The digits of version and variant are given.
    let parts = [
        part(0..8).to_owned(),
        part(8..12).to_owned(),
        format!("4{}", part(13..16)),
        format!("8{}", part(17..20)),
        part(20..32).to_owned(),
    ];
    Ok(parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_stays_and_only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = std::env::temp_dir().join(id().unwrap());
        let first = secret(&folder).unwrap();
        assert_eq!(first.len(), 64);
        assert_eq!(secret(&folder).unwrap(), first);
        let mode = fs::metadata(folder.join(FILE))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::remove_dir_all(folder).unwrap();
        assert_eq!(id().unwrap().len(), 36);
    }
}
