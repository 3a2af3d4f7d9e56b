//! Paths of external libraries: folders of the bucket in which others put files (docs/libraries.md).
//!
//! `/photos/italy` is all objects whose keys begin with `photos/italy/`; `/external/nas/italy` lies in another bucket, which is called `nas`.

pub use edge_api::libraries::is_own;
use edge_platform::{ObjectError, external};

use crate::App;

/// A path without `.`, `..` and empty parts, from the top: `/photos/italy`.
fn resolved(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// What the keys below an import path begin with. Errors: why none may be looked at, in the words of the contract.
pub fn prefix(path: &str) -> Result<String, String> {
    let resolved = resolved(path);
    let folder = resolved.trim_start_matches('/');
    // The top holds our own folders.
    if folder.is_empty() || is_own(folder) {
        return Err("Cannot use media upload folder for external libraries".to_owned());
    }
    if !path.starts_with('/') {
        return Err(format!("Import path must be absolute, try {resolved}"));
    }
    if folder == external::FOLDER {
        return Err("Import path must name a bucket: /external/<name>".to_owned());
    }
    Ok(format!("{folder}/"))
}

/// Why an import path cannot be looked through; `None`: it can. Two calls of the bucket. Errors: our own bucket does not answer.
pub async fn check(app: &App, path: &str) -> Result<Option<String>, ObjectError> {
    let prefix = match prefix(path) {
        Ok(prefix) => prefix,
        Err(message) => return Ok(Some(message)),
    };
    match looked(app, &prefix).await {
        Err(ObjectError::NoBucket(name)) => Ok(Some(format!(
            "There is no bucket {name:?}: EXTERNAL_BUCKETS does not name it"
        ))),
        // Only administrators ask, and need to know what is wrong with what they wrote down.
        Err(error) if external::split(&prefix).is_some() => {
            Ok(Some(format!("The bucket cannot be read: {error}")))
        }
        looked => looked,
    }
}

async fn looked(app: &App, prefix: &str) -> Result<Option<String>, ObjectError> {
    if !app.objects.list(prefix, None).await?.is_empty() {
        return Ok(None);
    }
    let file = app.objects.head(prefix.trim_end_matches('/')).await?;
    let message = if file.is_some() {
        "Not a directory"
    } else {
        "Path does not exist (ENOENT)"
    };
    Ok(Some(message.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_resolved() {
        assert_eq!(prefix("/photos/italy"), Ok("photos/italy/".to_owned()));
        assert_eq!(
            prefix("//photos/./x/../italy/"),
            Ok("photos/italy/".to_owned())
        );
        assert_eq!(
            prefix("photos/a").unwrap_err(),
            "Import path must be absolute, try /photos/a"
        );
        for own in [
            "/",
            "",
            "/upload",
            "/upload/x",
            "upload",
            "/photos/../thumbs",
            "/library/a",
            "/../backups",
            "/models/x",
            "/profile",
            "/encoded-video/",
        ] {
            assert_eq!(
                prefix(own).unwrap_err(),
                "Cannot use media upload folder for external libraries",
                "{own}"
            );
        }
        assert!(prefix("/uploads").is_ok());
    }

    #[test]
    fn other_buckets_are_named() {
        assert_eq!(prefix("/external/nas/"), Ok("external/nas/".to_owned()));
        for path in ["/external", "/external/", "/external/nas/.."] {
            let refused = prefix(path).unwrap_err();
            assert_eq!(refused, "Import path must name a bucket: /external/<name>");
        }
        assert!(!is_own("external/nas/a.jpg"));
    }

    #[test]
    fn only_our_own_objects_are_ours() {
        assert!(is_own("upload/a/b.jpg") && is_own("thumbs/x") && is_own("backups/a.sql.gz"));
        assert!(!is_own("photos/a.jpg") && !is_own("uploads/a.jpg") && !is_own("a.jpg"));
    }
}
