//! Writing the rows of a dump, after what was there is gone.

use edge_platform::{Database, DbError, Statement, stmt};

use super::{Column, Kind, RESTORE, Section, Table, is_own};

/// Rows that one statement removes.
const CLEARED_ROWS: usize = 1_000;

/// Tables that are emptied beside those of the dump: what they hold is about rows that are gone.
pub const CLEARED: [(&str, &[&str]); 32] = [
    ("job", &["id"]),
    ("session_sync_checkpoint", &["session_id", "type"]),
    ("integrity_report", &["id"]),
    ("face_vector_block", &["owner_id", "model", "block"]),
    ("asset_vector_block", &["owner_id", "model", "block"]),
    ("hls_segment", &["session_id", "variant", "number"]),
    ("hls_session", &["id"]),
    ("asset_transformation", &["asset_id", "name", "is_edited"]),
    ("user_audit", &["id"]),
    ("user_metadata_audit", &["user_id", "id"]),
    ("partner_audit", &["id"]),
    ("asset_audit", &["owner_id", "id"]),
    ("asset_partner_audit", &["owner_id", "id"]),
    ("asset_metadata_audit", &["owner_id", "id"]),
    ("asset_edit_audit", &["owner_id", "id"]),
    ("asset_ocr_audit", &["owner_id", "id"]),
    ("asset_face_audit", &["owner_id", "id"]),
    ("person_audit", &["owner_id", "id"]),
    ("stack_audit", &["owner_id", "id"]),
    ("memory_audit", &["owner_id", "id"]),
    ("memory_asset_audit", &["memory_id", "id"]),
    ("album_audit", &["user_id", "id"]),
    ("album_user_audit", &["album_id", "id"]),
    ("album_asset_audit", &["album_id", "id"]),
    ("asset_word", &["owner_id", "word", "source", "asset_id"]),
    ("word_part", &["owner_id", "part", "word"]),
    ("asset_month", &["owner_id", "visibility", "local_month"]),
    (
        "asset_created_month",
        &["owner_id", "visibility", "created_month"],
    ),
    (
        "asset_total",
        &[
            "owner_id",
            "type",
            "visibility",
            "state",
            "is_favorite",
            "is_library",
        ],
    ),
    ("library_total", &["library_id", "type", "is_hidden"]),
    ("album_total", &["album_id", "owner_id"]),
    (
        "album_month",
        &["album_id", "owner_id", "visibility", "local_month"],
    ),
];

/// Removes some rows of a table with this key, while the restore's state is `held`. Run it until it changes nothing.
pub fn clear(table: &str, key: &[&str], held: &str) -> Statement {
    let key = key.join(", ");
    let condition = if table == "system_metadata" {
        format!("where not ({}) ", is_own("key"))
    } else {
        String::new()
    };
    stmt!(
        format!(
            "delete from {table} where ({key}) in (select {key} from {table} {condition}limit {CLEARED_ROWS}) and {}",
            is_held(1)
        ),
        held
    )
}

fn is_held(place: usize) -> String {
    format!(
        "exists (select 1 from system_metadata h where h.key = '{RESTORE}' and h.value = cast(?{place} as text))"
    )
}

/// The value of a column in an object of `json_rows(?1) v`.
fn value(column: Column) -> String {
    let name = column.name;
    match column.kind {
        Kind::Text => format!("json_text(v.value, {name})"),
        Kind::Int => format!("cast(json_text(v.value, {name}) as bigint)"),
        Kind::Real => format!("cast(json_text(v.value, {name}) as double precision)"),
    }
}

/// Writes rows of a part of a dump, while the restore's state is `held`. `rows` is a JSON array of objects with the values of
/// `columns`. What points to a row that is not there is left out, as is what is there already: a dump takes its pages one
/// after the other, and what happens meanwhile shows in some of them only.
pub fn insert(section: &Section, columns: &[Column], rows: &str, held: &str) -> Statement {
    let sql = if section.is_link {
        link(&section.table, columns)
    } else {
        new_rows(&section.table, columns)
    };
    stmt!(sql, rows, held)
}

fn new_rows(table: &Table, columns: &[Column]) -> String {
    let mut names: Vec<&str> = Vec::new();
    let mut values: Vec<String> = Vec::new();
    for column in columns.iter().filter(|column| column.name != "update_id") {
        names.push(column.name);
        values.push(value_of(table, *column));
    }
    // New ids: they are above those that devices have seen, whatever the clock of the server that made the dump said.
    if table.column("update_id").is_some() {
        names.push("update_id");
        values.push("uuid7()".to_owned());
    }
    // A trigger of SQLite sets it, too, and counts the asset twice when it does so before the one that counts new assets.
    if let Some(stack) = table.column("stack_id") {
        let stack = value_of(table, stack);
        names.push("is_stacked");
        values.push(format!(
            "case when exists (select 1 from stack s where s.id = {stack} \
             and s.primary_asset_id <> json_text(v.value, id)) then 1 else 0 end"
        ));
    }
    let mut conditions = vec![is_held(2)];
    conditions.extend(parents(table, columns));
    if table.name == "system_metadata" {
        conditions.push(format!("not ({})", is_own("json_text(v.value, key)")));
    }
    format!(
        "insert into {} ({}) select {} from json_rows(?1) v where {} on conflict do nothing",
        table.name,
        names.join(", "),
        values.join(", "),
        conditions.join(" and ")
    )
}

/// A value; null when the row it points to is not there and it may be.
fn value_of(table: &Table, column: Column) -> String {
    let reference = table
        .references
        .iter()
        .find(|reference| reference.is_cleared && reference.columns == [column.name]);
    match reference {
        Some(reference) => format!(
            "(select t.id from {} t where t.id = {})",
            reference.table,
            value(column)
        ),
        None => value(column),
    }
}

/// Conditions: the rows that a row cannot be without are there.
fn parents<'a>(table: &'a Table, columns: &'a [Column]) -> impl Iterator<Item = String> + 'a {
    let needed = table
        .references
        .iter()
        .filter(|reference| !reference.is_cleared && reference.table != table.name);
    needed.filter_map(move |reference| {
        let mut same = Vec::new();
        let mut nulls = Vec::new();
        for (name, target) in reference.columns.iter().zip(&reference.targets) {
            let column = columns.iter().find(|column| column.name == *name)?;
            same.push(format!("t.{target} = {}", value(*column)));
            if column.is_nullable {
                nulls.push(format!("{} is null or ", value(*column)));
            }
        }
        Some(format!(
            "({}exists (select 1 from {} t where {}))",
            nulls.concat(),
            reference.table,
            same.join(" and ")
        ))
    })
}

/// Rows that point to rows of the same table.
fn link(table: &Table, columns: &[Column]) -> String {
    let own = table.own_reference();
    let name = own.and_then(|own| own.columns.first()).unwrap_or(&"id");
    let column = columns.iter().find(|column| column.name == *name);
    let target = column.map_or_else(|| "null".to_owned(), |column| value(*column));
    let update_id = if table.column("update_id").is_some() {
        ", update_id = uuid7()"
    } else {
        ""
    };
    format!(
        "update {0} set {name} = v.target{update_id} from (select json_text(v.value, id) as id, {target} as target \
         from json_rows(?1) v) v where {0}.id = v.id and exists (select 1 from {0} t where t.id = v.target) and {1}",
        table.name,
        is_held(2)
    )
}

/// How many administrators there are.
pub async fn admins(db: &dyn Database) -> Result<i64, DbError> {
    let rows = db
        .run(stmt!(
            "select count(*) as n from users where is_admin = 1 and deleted_at is null"
        ))
        .await?;
    rows.first().map_or(Ok(0), |row| row.get("n"))
}

/// Puts right what a dump's pages do not agree about, and what the rest of the server holds about rows that are there again. Objects
/// that rows name are not deleted, whatever was planned; every device begins its sync anew.
pub fn repairs() -> Vec<Statement> {
    let mut all = vec![
        stmt!(
            "delete from asset where not exists (select 1 from asset_exif e where e.asset_id = asset.id)"
        ),
        stmt!(
            "delete from album where not exists (select 1 from album_user m where m.album_id = album.id \
             and m.role = 'owner')"
        ),
        stmt!(
            "delete from stack where not exists (select 1 from asset a where a.id = stack.primary_asset_id \
             and a.stack_id = stack.id)"
        ),
        stmt!(
            "update person set face_asset_id = null, update_id = uuid7() where face_asset_id is not null \
             and not exists (select 1 from asset_face f where f.id = person.face_asset_id)"
        ),
        // Dumps of before migration 0035 do not say whose it is.
        stmt!(
            "update asset_device set owner_id = (select a.owner_id from asset a where a.id = asset_device.asset_id) \
             where owner_id is null"
        ),
        stmt!("update session set is_pending_sync_reset = 1"),
    ];
    let named = [
        ("asset", "original_path"),
        ("asset_file", "path"),
        ("person", "thumbnail_path"),
        ("users", "profile_image_path"),
    ];
    all.extend(named.map(|(table, column)| {
        stmt!(format!(
            "delete from object_deletion where exists (select 1 from {table} t where t.{column} = object_deletion.object_key \
             and t.{column} <> '')"
        ))
    }));
    all
}
