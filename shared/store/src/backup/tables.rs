//! The tables that dumps hold, read from `schema.sql`: what is added there is dumped, too.

use std::collections::BTreeSet;

/// Tables that no dump holds. What is deleted for sync, jobs, objects on their way, findings, viewers and pictures in other sizes are of one server and one
/// moment; counts and copies are made anew by triggers, blocks of vectors by jobs; and whoever guesses passwords must not be forgotten.
const LEFT_OUT: [&str; 20] = [
    "session_sync_checkpoint",
    "login_attempt",
    "oauth_seen",
    "asset_month",
    "asset_created_month",
    "asset_total",
    "library_total",
    "album_total",
    "album_month",
    "job",
    "job_count",
    "pending_object",
    "object_deletion",
    "integrity_report",
    "hls_session",
    "hls_segment",
    "asset_transformation",
    "version_history",
    "face_vector_block",
    "asset_vector_block",
];

/// Columns that triggers keep, and nothing else writes.
const KEPT: [(&str, &[&str]); 5] = [
    (
        "asset",
        &[
            "city",
            "country",
            "projection_type",
            "file_size_in_byte",
            "is_stacked",
        ],
    ),
    (
        "album_asset",
        &[
            "owner_id",
            "visibility",
            "local_month",
            "taken_at",
            "changed_at",
            "is_shown",
            "is_stacked",
        ],
    ),
    ("person", &["face_count"]),
    ("asset_face", &["is_shown"]),
    ("shared_link_asset", &["taken_at"]),
];

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number, at most 2^53; also 0 and 1 for booleans.
    Int,
    /// A floating point number.
    Real,
}

/// One column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// It may be null.
    pub is_nullable: bool,
    /// It may be left out.
    pub is_optional: bool,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    /// Columns here.
    pub columns: Vec<&'static str>,
    /// The other table.
    pub table: &'static str,
    /// Columns there.
    pub targets: Vec<&'static str>,
    /// The column becomes null when the other row goes; else the row goes, too.
    pub is_cleared: bool,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns that are dumped.
    pub columns: Vec<Column>,
    /// Names of the columns of its primary key.
    pub key: Vec<&'static str>,
    pub(super) references: Vec<Reference>,
}

impl Table {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<Column> {
        self.columns
            .iter()
            .copied()
            .find(|column| column.name == name)
    }

    /// The foreign key that points to the table itself: rows may come before the row they point to, so it is set when all are there.
    pub(super) fn own_reference(&self) -> Option<&Reference> {
        self.references
            .iter()
            .find(|reference| reference.table == self.name)
    }
}

/// All tables of a dump, those pointed to before those that point.
pub fn tables() -> Vec<Table> {
    let left_out: BTreeSet<&str> = LEFT_OUT.into();
    let all = every(include_str!("../../../../schema.sql"));
    all.into_iter()
        .filter(|table| !left_out.contains(table.name) && !table.name.ends_with("_audit"))
        .collect()
}

/// The tables of a schema, which is our own text: one column or condition behind the other, comments at the ends of lines.
fn every(schema: &'static str) -> Vec<Table> {
    let mut tables = Vec::new();
    for text in schema.split("\ncreate table ").skip(1) {
        let (name, rest) = text.split_once(" (\n").unwrap_or((text, ""));
        let (body, _) = rest.split_once("\n);").unwrap_or((rest, ""));
        let mut table = Table {
            name,
            columns: Vec::new(),
            key: Vec::new(),
            references: Vec::new(),
        };
        for item in items(body) {
            add(&mut table, &item);
        }
        let kept = KEPT.iter().find(|(of, _)| *of == name);
        let kept = kept.map_or(&[][..], |(_, columns)| columns);
        table.columns.retain(|column| !kept.contains(&column.name));
        tables.push(table);
    }
    tables
}

/// What stands between the commas of a table, as words.
fn items(body: &'static str) -> Vec<Vec<&'static str>> {
    let (mut items, mut open) = (vec![Vec::new()], 0_i32);
    for line in body.lines() {
        let text = line.split_once("--").map_or(line, |(text, _)| text);
        for word in text.split_whitespace() {
            open += i32::try_from(word.matches('(').count()).unwrap_or(0);
            open -= i32::try_from(word.matches(')').count()).unwrap_or(0);
            if let Some(item) = items.last_mut() {
                item.push(word);
            }
            if open == 0 && word.ends_with(',') {
                items.push(Vec::new());
            }
        }
    }
    items
}

/// A word without the signs around it.
fn bare(word: &'static str) -> &'static str {
    word.trim_matches(['(', ')', ','])
}

/// The names in the parentheses that begin at a word, and the words behind them.
fn names<'a>(words: &'a [&'static str]) -> (Vec<&'static str>, &'a [&'static str]) {
    let end = words.iter().position(|word| word.contains(')'));
    let (inside, rest) = words.split_at(end.map_or(words.len(), |end| end + 1));
    (inside.iter().map(|word| bare(word)).collect(), rest)
}

fn add(table: &mut Table, item: &[&'static str]) {
    match item {
        ["primary", "key", columns @ ..] => table.key = names(columns).0,
        ["foreign", "key", rest @ ..] => {
            let (columns, rest) = names(rest);
            refer(table, columns, rest);
        }
        ["unique" | "check", ..] | [] | [_] => {}
        [name, kind, rest @ ..] => {
            let has = |words: &[&str]| rest.windows(words.len()).any(|at| starts(at, words));
            let is_key = has(&["primary", "key"]);
            if is_key {
                table.key = vec![name];
            }
            let is_nullable = !has(&["not", "null"]);
            table.columns.push(Column {
                name,
                kind: match bare(kind) {
                    "text" => Kind::Text,
                    "double" => Kind::Real,
                    _ => Kind::Int,
                },
                is_nullable,
                is_optional: is_nullable || has(&["default"]),
            });
            refer(table, vec![name], rest);
        }
    }
}

fn starts(at: &[&str], words: &[&str]) -> bool {
    at.iter()
        .zip(words)
        .all(|(at, word)| at.trim_end_matches(',') == *word)
}

fn refer(table: &mut Table, columns: Vec<&'static str>, rest: &[&'static str]) {
    let Some(at) = rest.iter().position(|word| *word == "references") else {
        return;
    };
    let [_, other, targets @ ..] = rest.get(at..).unwrap_or_default() else {
        return;
    };
    let (targets, then) = names(targets);
    table.references.push(Reference {
        columns,
        table: other,
        targets,
        is_cleared: then.iter().any(|word| bare(word) == "null"),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str) -> Table {
        tables()
            .into_iter()
            .find(|table| table.name == name)
            .unwrap()
    }

    #[test]
    fn the_schema_is_read() {
        let asset = table("asset");
        assert_eq!(asset.key, ["id"]);
        let flag = asset.column("is_favorite").unwrap();
        assert_eq!(
            (flag.kind, flag.is_nullable, flag.is_optional),
            (Kind::Int, false, true)
        );
        let checksum = asset.column("checksum_sha256").unwrap();
        assert_eq!((checksum.kind, checksum.is_nullable), (Kind::Text, true));
        assert_eq!(asset.column("city"), None, "triggers keep it");
        assert_eq!(asset.column("words").unwrap().kind, Kind::Text);
        let own = asset.own_reference().unwrap();
        assert_eq!(
            (own.columns.as_slice(), own.is_cleared),
            (&["live_photo_video_id"][..], true)
        );
        assert_eq!(asset.references.len(), 4);
        assert_eq!(table("album_user").key, ["album_id", "user_id"]);
        let activity = table("activity");
        let composite = activity.references.last().unwrap();
        assert_eq!(
            (composite.table, composite.columns.as_slice()),
            ("album_asset", &["album_id", "asset_id"][..])
        );
        assert!(!composite.is_cleared);
        assert_eq!(
            table("asset_exif").column("f_number").unwrap().kind,
            Kind::Real
        );
    }

    /// Also of tables that are added later.
    #[test]
    fn each_table_has_a_key_and_stands_behind_those_it_points_to() {
        let mut seen = BTreeSet::new();
        for table in tables() {
            assert!(
                !table.key.is_empty() && !table.columns.is_empty(),
                "{}",
                table.name
            );
            assert!(
                table.key.iter().all(|name| table.column(name).is_some()),
                "{}",
                table.name
            );
            seen.insert(table.name);
            for reference in &table.references {
                assert!(
                    seen.contains(reference.table),
                    "{} before {}",
                    table.name,
                    reference.table
                );
            }
        }
        let all = every(include_str!("../../../../schema.sql"));
        for name in LEFT_OUT.iter().chain(KEPT.iter().map(|(name, _)| name)) {
            assert!(
                all.iter().any(|table| table.name == *name),
                "{name} is no table"
            );
        }
    }
}
