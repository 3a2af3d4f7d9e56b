//! Tables `album`, `album_user`, `album_asset` (api/features.md section A, Albums).
//!
//! Reads name the row `caller` ([`crate::caller`]). Writes take effect only where the caller may, by a
//! condition in their own text; what the answer needs to know is read in the round trip before.

mod assets;
mod members;
mod read;
mod write;

pub use assets::{
    addable, batch_add, batch_remove, contents, editable, existing, read_addable, read_pairs,
    read_texts, recipients,
};
pub use members::{
    NewMember, Standing, active_users, batch_invite, batch_remove_member, members, set_role,
    standing,
};
pub use read::{
    Which, contributors, map_markers, markers_end, read_albums, read_contributors, read_statistics,
    readable, statements, statistics,
};
pub use write::{NewAlbum, batch_delete, has_asset, insert, update};

use edge_platform::{Statement, Value};

/// A statement whose text was put together, with its parameters.
fn built(sql: String, params: Vec<Value>) -> Statement {
    Statement::new(sql, params)
}
