//! All SQL of immich-edge: one file per table family, and nothing else writes SQL.
//!
//! A function takes `&dyn Database` and plain values and returns typed rows; a function named
//! `…_statement`, or one returning a `Statement`, only builds one for a batch. How the statements are
//! spelled for each engine: `edge_platform::dialect`.

pub mod access;
pub mod activities;
pub mod albums;
pub mod announce;
pub mod api_keys;
pub mod asset_metadata;
pub mod asset_vectors;
pub mod assets;
pub mod backup;
pub mod caller;
pub mod cluster_groups;
pub mod companions;
pub mod days;
pub mod download;
pub mod duplicates;
pub mod exif;
pub mod face_vectors;
pub mod faces;
pub mod folders;
pub mod hls;
pub mod integrity;
pub mod jobs;
pub mod libraries;
pub mod login;
pub mod mails;
pub mod map;
pub mod media;
pub mod memories;
pub mod notifications;
pub mod oauth;
pub mod objects;
pub mod ocr;
mod params;
pub mod partners;
pub mod people;
pub mod search;
pub mod sessions;
pub mod shared_links;
pub mod stacks;
pub mod statistics;
pub mod sync;
pub mod system;
pub mod tags;
pub mod timeline;
pub mod trash;
pub mod user_metadata;
pub mod users;
pub mod window;
pub mod workflows;

pub use edge_api::fold;
use edge_platform::Dialect;

/// The whole schema, for new databases and tests: a script without tokens of the dialect.
pub fn schema(dialect: Dialect) -> String {
    let tables = include_str!("../../../schema.sql");
    let triggers = match dialect {
        Dialect::Sqlite => include_str!("../../../schema.sqlite.sql"),
        Dialect::Postgres => include_str!("../../../schema.postgres.sql"),
    };
    format!("{tables}\n{triggers}")
}

/// Assets of one owner out of a list of ids, as a sub-select of their ids. `list` and `owner` are places of parameters (`?1`). It
/// begins with the list: SQLite would rather look through all assets of the owner for those in the list.
pub(crate) fn own_assets(list: &str, owner: &str) -> String {
    format!(
        "(select own.id from json_rows({list}) named cross join asset own where own.id = named.value \
         and own.owner_id = {owner})"
    )
}

/// Bytes of one parameter: D1 refuses values above 2 MB.
const PIECE: usize = 1_000_000;

/// JSON arrays of these values, none longer than [`PIECE`] unless one value is.
pub(crate) fn json_pieces(values: &[serde_json::Value]) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for value in values {
        let value = value.to_string();
        match pieces.last_mut() {
            Some(piece) if piece.len() + value.len() < PIECE => {
                piece.push(',');
                piece.push_str(&value);
            }
            _ => pieces.push(["[", &value].concat()),
        }
    }
    for piece in &mut pieces {
        piece.push(']');
    }
    pieces
}

/// Items with their sizes, in groups: one is full when `most` is reached, and the last item may go over, so that items of a bit more than
/// half of it do not make a group each. What has no size counts as one.
pub(crate) fn packed<T>(items: impl IntoIterator<Item = (T, usize)>, most: usize) -> Vec<Vec<T>> {
    let (mut groups, mut size) = (Vec::<Vec<T>>::new(), most);
    for (item, more) in items {
        match groups.last_mut() {
            Some(group) if size < most => group.push(item),
            _ => {
                groups.push(vec![item]);
                size = 0;
            }
        }
        size = size.saturating_add(more.max(1));
    }
    groups
}

/// Texts as one JSON parameter for `json_list(?n)`, because D1 takes at most 100 parameters.
pub fn json_texts<T: AsRef<str>>(texts: &[T]) -> String {
    let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
    serde_json::Value::from(texts).to_string()
}

#[cfg(test)]
mod tests {
    use super::packed;

    #[test]
    fn groups_are_filled_and_none_is_cut() {
        let items = [("a", 3), ("b", 4), ("c", 1), ("d", 20), ("e", 0), ("f", 8)];
        let wanted = [vec!["a", "b", "c"], vec!["d"], vec!["e", "f"]];
        assert_eq!(packed(items, 8), wanted);
        assert_eq!(packed([(1, 5), (2, 5), (3, 5)], 8), [vec![1, 2], vec![3]]);
        let empty = packed([((), 0); 17], 8);
        assert_eq!(empty.iter().map(Vec::len).collect::<Vec<_>>(), [8, 8, 1]);
        assert!(packed(Vec::<((), usize)>::new(), 8).is_empty());
    }
}
