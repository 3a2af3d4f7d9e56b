//! Triggers that hold every test on SQLite to what sync demands (AGENTS.md rule 5, docs/data-model.md): a change of
//! what clients see sets a new update id, and whatever is deleted leaves its audit row. Without the id or the row the
//! statement fails. Also what foreign keys change or delete with it is looked at. Only what a test writes itself
//! (`TestApp::sql`) is let pass.

use std::fmt::Write as _;

use edge_platform::{Statement, stmt};

/// Tables with an update id, and the columns that clients see.
const CHANGES: [(&str, &str); 17] = [
    (
        "users",
        "avatar_color, deleted_at, email, profile_image_path, is_admin, name, oauth_id, pin_code, profile_changed_at, \
         quota_size_in_bytes, quota_usage_in_bytes, storage_label",
    ),
    ("user_metadata", "value"),
    ("partner", "in_timeline"),
    (
        "asset",
        "checksum, deleted_at, duration_ms, file_created_at, file_modified_at, height, is_edited, is_favorite, \
         library_id, live_photo_video_id, local_date_time, original_file_name, stack_id, thumbhash, type, visibility, \
         width",
    ),
    (
        "asset_exif",
        "city, country, date_time_original, description, exif_image_height, exif_image_width, exposure_time, f_number, \
         file_size_in_byte, focal_length, fps, iso, latitude, lens_model, longitude, make, model, modify_date, \
         orientation, profile_description, projection_type, rating, state, time_zone",
    ),
    ("asset_metadata", "value"),
    ("asset_edit", "action, parameters, sequence"),
    ("asset_ocr", "is_visible, text"),
    (
        "asset_face",
        "bounding_box_x1, bounding_box_x2, bounding_box_y1, bounding_box_y2, deleted_at, is_visible, person_id",
    ),
    (
        "person",
        "birth_date, color, face_asset_id, is_favorite, is_hidden, name",
    ),
    ("stack", "primary_asset_id"),
    (
        "album",
        "description, is_activity_enabled, album_name, asset_order, thumbnail_asset_id",
    ),
    ("album_user", "role"),
    ("album_asset", "album_id, asset_id"),
    (
        "memory",
        "data, deleted_at, hide_at, is_saved, memory_at, seen_at, show_at",
    ),
    ("memory_asset", "memory_id, asset_id"),
    ("album", "deleted_at"),
];

/// Something with an owner who has not been removed too.
const OWNED: &str = "exists (select 1 from users u where u.id = old.owner_id)";

/// Tables whose deletions are told: when, in which table, with which columns.
const DELETIONS: [(&str, &str, &str, &str); 16] = [
    ("users", "1", "user_audit", "a.user_id = old.id"),
    (
        "user_metadata",
        "exists (select 1 from users u where u.id = old.user_id)",
        "user_metadata_audit",
        "a.user_id = old.user_id and a.key = old.key",
    ),
    (
        "partner",
        "1",
        "partner_audit",
        "a.shared_by_id = old.shared_by_id and a.shared_with_id = old.shared_with_id",
    ),
    ("asset", OWNED, "asset_audit", "a.asset_id = old.id"),
    (
        "asset_metadata",
        OWNED,
        "asset_metadata_audit",
        "a.asset_id = old.asset_id and a.key = old.key",
    ),
    (
        "asset_edit",
        OWNED,
        "asset_edit_audit",
        "a.edit_id = old.id",
    ),
    (
        "asset_ocr",
        OWNED,
        "asset_ocr_audit",
        "a.asset_id = old.asset_id",
    ),
    (
        "asset_face",
        OWNED,
        "asset_face_audit",
        "a.asset_face_id = old.id",
    ),
    ("person", OWNED, "person_audit", "a.person_id = old.id"),
    ("stack", OWNED, "stack_audit", "a.stack_id = old.id"),
    ("memory", OWNED, "memory_audit", "a.memory_id = old.id"),
    (
        "memory_asset",
        "exists (select 1 from memory m where m.id = old.memory_id)",
        "memory_asset_audit",
        "a.memory_id = old.memory_id and a.asset_id = old.asset_id",
    ),
    (
        "album_user",
        "exists (select 1 from users u where u.id = old.user_id)",
        "album_audit",
        "a.album_id = old.album_id and a.user_id = old.user_id",
    ),
    (
        "album_user",
        "exists (select 1 from album l where l.id = old.album_id)",
        "album_user_audit",
        "a.album_id = old.album_id and a.user_id = old.user_id",
    ),
    (
        "album_asset",
        "exists (select 1 from album l where l.id = old.album_id)",
        "album_asset_audit",
        "a.album_id = old.album_id and a.asset_id = old.asset_id",
    ),
    (
        "album",
        "exists (select 1 from album_user m where m.album_id = old.id)",
        "album_audit",
        "a.album_id = old.id",
    ),
];

/// An asset whose deletion is told already: what it loses on its way concerns nobody.
const GOING: &str = "exists (select 1 from asset_audit g where g.asset_id = old.id)";

/// While a backup is restored everything goes and comes without a trace, and then each device begins anew (docs/backups.md; the tests of
/// restores look that it does).
const NO_RESTORE: &str =
    "not exists (select 1 from system_metadata where key = 'database-restore')";

/// The script that makes all of them, for a database that has our tables.
pub fn triggers() -> String {
    let mut script =
        "create table sync_rules (is_on integer not null);\ninsert into sync_rules values (1);\n"
            .to_owned();
    for (index, (table, columns)) in CHANGES.iter().enumerate() {
        let changed: Vec<String> = columns
            .split(',')
            .map(|column| format!("old.{0} is not new.{0}", column.trim()))
            .collect();
        let going = if *table == "asset" { GOING } else { "0" };
        writeln!(
            script,
            "create trigger sync_change_{index} after update on {table} \
             when (select is_on from sync_rules) and old.update_id is new.update_id and ({}) and not {going} and {NO_RESTORE} begin \
             select raise(abort, '{table} was changed without a new update id'); end;",
            changed.join(" or ")
        )
        .expect("a text grows");
    }
    for (index, (table, condition, audit, same)) in DELETIONS.iter().enumerate() {
        writeln!(
            script,
            "create trigger sync_deletion_{index} after delete on {table} when (select is_on from sync_rules) \
             and {condition} and not exists (select 1 from {audit} a where {same}) and {NO_RESTORE} begin \
             select raise(abort, '{table} was deleted without a row in {audit}'); end;"
        )
        .expect("a text grows");
    }
    script
}

/// Takes a statement out of the rules; its rows are the second of three.
pub fn excepted(statement: Statement) -> Vec<Statement> {
    vec![
        stmt!("update sync_rules set is_on = 0"),
        statement,
        stmt!("update sync_rules set is_on = 1"),
    ]
}
