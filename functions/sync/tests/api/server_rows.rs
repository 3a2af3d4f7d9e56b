//! What a client's copy holds of a user's own library is what the server's tables hold: every row, every column that both have.

use edge_api::time::Millis;
use edge_platform::{Row, Statement};
use edge_testkit::{NewUser, TestApp};
use serde_json::{Value, json};

/// How a column is told.
#[derive(Clone, Copy)]
enum As {
    Text,
    Number,
    Flag,
    /// Epoch ms, as an ISO time.
    Time,
    /// Text that is JSON.
    Document,
}
use As::{Document, Flag, Number, Text, Time};

/// A table: its name at the client, the server's rows of the user `?1`, and the fields with their columns.
struct Table {
    name: &'static str,
    rows: &'static str,
    fields: &'static [(&'static str, &'static str, As)],
}

const TABLES: &[Table] = &[
    Table {
        name: "asset",
        rows: "asset t where t.owner_id = ?1 and t.status <> 'deleted'",
        fields: &[
            ("id", "id", Text),
            ("ownerId", "owner_id", Text),
            ("stackId", "stack_id", Text),
            ("visibility", "visibility", Text),
            ("isFavorite", "is_favorite", Flag),
            ("isEdited", "is_edited", Flag),
            ("type", "type", Text),
            ("originalFileName", "original_file_name", Text),
            ("livePhotoVideoId", "live_photo_video_id", Text),
            ("fileCreatedAt", "file_created_at", Time),
            ("localDateTime", "local_date_time", Time),
            ("deletedAt", "deleted_at", Time),
        ],
    },
    Table {
        name: "asset_exif",
        rows: "asset_exif t where t.asset_id in (select a.id from asset a where a.owner_id = ?1 and a.status <> 'deleted')",
        fields: &[
            ("assetId", "asset_id", Text),
            ("description", "description", Text),
            ("rating", "rating", Number),
            ("city", "city", Text),
            ("country", "country", Text),
            ("make", "make", Text),
        ],
    },
    Table {
        name: "asset_edit",
        rows: "asset_edit t where t.owner_id = ?1",
        fields: &[
            ("id", "id", Text),
            ("assetId", "asset_id", Text),
            ("action", "action", Text),
            ("parameters", "parameters", Document),
            ("sequence", "sequence", Number),
        ],
    },
    Table {
        name: "person",
        rows: "person t where t.owner_id = ?1",
        fields: &[
            ("id", "id", Text),
            ("ownerId", "owner_id", Text),
            ("name", "name", Text),
            ("color", "color", Text),
            ("isHidden", "is_hidden", Flag),
            ("isFavorite", "is_favorite", Flag),
            ("faceAssetId", "face_asset_id", Text),
            ("createdAt", "created_at", Time),
            ("updatedAt", "updated_at", Time),
        ],
    },
    Table {
        name: "asset_face",
        rows: "asset_face t where t.owner_id = ?1",
        fields: &[
            ("id", "id", Text),
            ("assetId", "asset_id", Text),
            ("personId", "person_id", Text),
            ("imageWidth", "image_width", Number),
            ("imageHeight", "image_height", Number),
            ("boundingBoxX1", "bounding_box_x1", Number),
            ("boundingBoxY1", "bounding_box_y1", Number),
            ("boundingBoxX2", "bounding_box_x2", Number),
            ("boundingBoxY2", "bounding_box_y2", Number),
            ("sourceType", "source_type", Text),
            ("isVisible", "is_visible", Flag),
            ("deletedAt", "deleted_at", Time),
        ],
    },
    Table {
        name: "stack",
        rows: "stack t where t.owner_id = ?1",
        fields: &[
            ("id", "id", Text),
            ("ownerId", "owner_id", Text),
            ("primaryAssetId", "primary_asset_id", Text),
            ("createdAt", "created_at", Time),
            ("updatedAt", "updated_at", Time),
        ],
    },
    Table {
        name: "memory",
        rows: "memory t where t.owner_id = ?1",
        fields: &[
            ("id", "id", Text),
            ("ownerId", "owner_id", Text),
            ("type", "type", Text),
            ("data", "data", Document),
            ("isSaved", "is_saved", Flag),
            ("memoryAt", "memory_at", Time),
            ("seenAt", "seen_at", Time),
            ("showAt", "show_at", Time),
            ("hideAt", "hide_at", Time),
            ("deletedAt", "deleted_at", Time),
        ],
    },
    Table {
        name: "memory_asset",
        rows: "memory_asset t where t.memory_id in (select m.id from memory m where m.owner_id = ?1)",
        fields: &[
            ("memoryId", "memory_id", Text),
            ("assetId", "asset_id", Text),
        ],
    },
    Table {
        name: "partner",
        rows: "partner t where ?1 in (t.shared_by_id, t.shared_with_id)",
        fields: &[
            ("sharedById", "shared_by_id", Text),
            ("sharedWithId", "shared_with_id", Text),
            ("inTimeline", "in_timeline", Flag),
        ],
    },
    Table {
        name: "album_user",
        rows: "album_user t where t.album_id in (select m.album_id from album_user m where m.user_id = ?1)",
        fields: &[
            ("albumId", "album_id", Text),
            ("userId", "user_id", Text),
            ("role", "role", Text),
        ],
    },
];

fn told(row: &Row<'_>, at: usize, kind: As) -> Value {
    let name = format!("f{at}");
    let number = || row.get::<Option<i64>>(&name).unwrap();
    let text = || row.get::<Option<String>>(&name).unwrap();
    match kind {
        Text => json!(text()),
        Number => json!(number()),
        Flag => json!(number().map(|flag| flag == 1)),
        Time => json!(number().map(Millis)),
        Document => text().map_or(Value::Null, |text| serde_json::from_str(&text).unwrap()),
    }
}

/// The server's rows, in their order as texts.
async fn of_server(app: &TestApp, user: &NewUser, table: &Table) -> Vec<String> {
    let columns: Vec<String> = (0..)
        .zip(table.fields)
        .map(|(at, (_, column, _)): (usize, _)| format!("t.{column} as f{at}"))
        .collect();
    let sql = format!("select {} from {}", columns.join(", "), table.rows);
    let rows = app
        .sql(Statement::new(sql, vec![user.id.as_str().into()]))
        .await;
    let rows = rows.iter().map(|row| {
        let fields = (0..).zip(table.fields);
        let fields = fields.map(|(at, (_, _, kind)): (usize, _)| told(&row, at, *kind));
        Value::from(fields.collect::<Vec<_>>()).to_string()
    });
    sorted(rows.collect())
}

fn sorted(mut rows: Vec<String>) -> Vec<String> {
    rows.sort();
    rows
}

/// The same of a client, which knows of the libraries of others, too.
fn of_client(contents: &[(String, Value)], user: &NewUser, table: &Table) -> Vec<String> {
    let owned = |name: &str, row: &Value| name == "asset" && row["ownerId"] == user.id.as_str();
    let own: Vec<&Value> = contents
        .iter()
        .filter(|(name, row)| owned(name, row))
        .map(|(_, row)| &row["id"])
        .collect();
    let is_own = |row: &Value| match (row.get("ownerId"), row.get("assetId")) {
        (Some(owner), _) => *owner == user.id.as_str(),
        (None, Some(asset)) if table.name != "memory_asset" => own.contains(&asset),
        _ => true,
    };
    let rows = contents
        .iter()
        .filter(|(name, row)| name == table.name && is_own(row));
    let rows = rows.map(|(_, row)| {
        let fields = table.fields.iter().map(|(field, ..)| row[*field].clone());
        Value::from(fields.collect::<Vec<_>>()).to_string()
    });
    sorted(rows.collect())
}

/// Compares the contents of a copy that has followed with the server, table by table and row by row; how many rows agree.
pub async fn compare(app: &TestApp, user: &NewUser, contents: &[(String, Value)]) -> usize {
    let mut rows = 0;
    for table in TABLES {
        let server = of_server(app, user, table).await;
        assert_eq!(
            of_client(contents, user, table),
            server,
            "{} of the client, and of the server",
            table.name
        );
        rows += server.len();
    }
    rows
}
