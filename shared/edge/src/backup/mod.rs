//! Backups of the database in the bucket: their names, the form of a dump, and how far a restore came (docs/backups.md).

mod format;
mod restore;

pub use format::{Damage, MEMBER, Member, first_line, gzip, header, is_header, member};
pub use restore::{Cursor, Dump, Restore, Stage};

use std::cmp::Reverse;

use edge_api::{server::VERSION, time::Millis};
use edge_platform::ObjectError;

use crate::App;

/// Where backups lie in the bucket.
pub const FOLDER: &str = "backups/";

/// How the names of backups that are made by schedule or by hand begin.
pub const ROUTINE: &str = "immich-db-backup-";

/// How the names of backups begin that are made before another one is restored.
pub const RESTORE_POINT: &str = "restore-point-";

/// How the names of uploaded backups begin.
pub const UPLOADED: &str = "uploaded-";

/// The PostgreSQL whose tables a dump is like. Clients read it out of the name.
const POSTGRES: &str = "pg15.0";

/// Characters of a name at most, as file systems have it.
const LONGEST: usize = 255;

/// Whether it is the name of a backup: `^[\d\w-.]+\.sql(\.gz)?$` (api/admin.md section 2). No name leads out of the folder.
pub fn is_name(name: &str) -> bool {
    let stem = name.strip_suffix(".gz").unwrap_or(name);
    let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    name.len() <= LONGEST
        && name.bytes().all(is_sign)
        && stem
            .strip_suffix(".sql")
            .is_some_and(|stem| !stem.is_empty())
}

/// The key of a backup's object.
pub fn key(name: &str) -> String {
    format!("{FOLDER}{name}")
}

/// The name of a backup made now (UTC), such as `immich-db-backup-20260101T020000-v3.1.0-pg15.0.sql.gz`.
pub fn name(prefix: &str, now: i64) -> String {
    let time = serde_json::to_value(Millis(now)).unwrap_or_default();
    let time: String = time
        .as_str()
        .unwrap_or_default()
        .chars()
        .filter(|sign| sign.is_ascii_digit() || *sign == 'T')
        .take("20260101T020000".len())
        .collect();
    format!("{prefix}{time}-v{VERSION}-{POSTGRES}.sql.gz")
}

/// Names of all that lies in the folder, also of what is no backup.
pub async fn names(app: &App) -> Result<Vec<String>, ObjectError> {
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let keys = app.objects.list(FOLDER, after.as_deref()).await?;
        let Some(last) = keys.last() else {
            return Ok(names);
        };
        after = Some(last.clone());
        names.extend(
            keys.iter()
                .filter_map(|key| key.strip_prefix(FOLDER))
                .map(str::to_owned),
        );
    }
}

/// The backups among these, newest first; uploaded ones stand apart, behind the others.
pub fn sorted(names: Vec<String>) -> Vec<String> {
    let mut names: Vec<String> = names.into_iter().filter(|name| is_name(name)).collect();
    names.sort_by_key(|name| (name.starts_with(UPLOADED), Reverse(name.clone())));
    names
}

/// The routine backups among these beyond the newest `kept` ones.
pub fn superfluous(names: &[String], kept: usize) -> Vec<String> {
    let routine = |name: &&String| name.starts_with(ROUTINE) && name.ends_with(".sql.gz");
    let mut names: Vec<String> = names.iter().filter(routine).cloned().collect();
    names.sort_by_key(|name| Reverse(name.clone()));
    names.split_off(kept.min(names.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_else() {
        assert!(is_name(
            "immich-db-backup-20260101T020000-v3.1.0-pg14.17.sql.gz"
        ));
        assert!(is_name("a.sql") && is_name("..sql"));
        for bad in [
            "",
            ".sql",
            ".sql.gz",
            "a",
            "a.gz",
            "a.sql.gz.tmp",
            "../a.sql",
            "a/b.sql",
            "a\\b.sql",
            "a b.sql",
            "é.sql",
            "a.sql\0",
            "a.sql\n",
        ] {
            assert!(!is_name(bad), "{bad:?}");
        }
        assert!(!is_name(&format!("{}.sql", "a".repeat(252))));
    }

    #[test]
    fn names_tell_when() {
        let name = name(ROUTINE, 1_718_452_800_000);
        assert_eq!(
            name,
            "immich-db-backup-20240615T120000-v3.1.0-pg15.0.sql.gz"
        );
        assert!(is_name(&name));
    }

    #[test]
    fn only_old_routine_backups_are_superfluous() {
        let names = [
            "a.sql",
            "uploaded-z.sql.gz",
            "immich-db-backup-1.sql.gz",
            "restore-point-2.sql.gz",
            "immich-db-backup-3.sql.gz",
            "immich-db-backup-2.sql.gz",
            "immich-db-backup-4.sql.gz.tmp.1",
        ];
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        assert_eq!(
            superfluous(&names, 1),
            ["immich-db-backup-2.sql.gz", "immich-db-backup-1.sql.gz"]
        );
        assert!(superfluous(&names, 3).is_empty());
        assert_eq!(
            sorted(names),
            [
                "restore-point-2.sql.gz",
                "immich-db-backup-3.sql.gz",
                "immich-db-backup-2.sql.gz",
                "immich-db-backup-1.sql.gz",
                "a.sql",
                "uploaded-z.sql.gz"
            ]
        );
    }
}
