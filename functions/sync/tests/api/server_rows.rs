//! What a client's copy holds of a user's library, of his albums and of those who share with him is what the server's tables hold:
//! every row, every column that both have.

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
    Real,
    /// Epoch ms, as an ISO time.
    Time,
    /// A date, as the time when it begins.
    Day,
    /// Text that is JSON.
    Document,
}
use As::{Day, Document, Flag, Number, Real, Text, Time};

/// Whose rows of a client's table are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// The user's.
    Own,
    /// Of those who share with him.
    Partners,
    /// Everybody's.
    All,
}
use Whose::{All, Own, Partners};

/// A table: its name at the client, whose rows, the server's rows of the user `?1`, and the fields with their columns.
struct Table {
    name: &'static str,
    whose: Whose,
    rows: &'static str,
    fields: Fields,
}

type Fields = &'static [(&'static str, &'static str, As)];

/// What is told of an asset to all; who marked it, is told to its owner only.
const ASSET: Fields = &[
    ("id", "id", Text),
    ("ownerId", "owner_id", Text),
    ("libraryId", "library_id", Text),
    ("stackId", "stack_id", Text),
    ("visibility", "visibility", Text),
    ("checksum", "checksum", Text),
    ("thumbhash", "thumbhash", Text),
    ("width", "width", Number),
    ("height", "height", Number),
    ("duration", "duration_ms", Number),
    ("isEdited", "is_edited", Flag),
    ("type", "type", Text),
    ("originalFileName", "original_file_name", Text),
    ("livePhotoVideoId", "live_photo_video_id", Text),
    ("fileCreatedAt", "file_created_at", Time),
    ("fileModifiedAt", "file_modified_at", Time),
    ("localDateTime", "local_date_time", Time),
    ("createdAt", "created_at", Time),
    ("deletedAt", "deleted_at", Time),
];

const EXIF: Fields = &[
    ("assetId", "asset_id", Text),
    ("description", "description", Text),
    ("rating", "rating", Number),
    ("city", "city", Text),
    ("state", "state", Text),
    ("country", "country", Text),
    ("latitude", "latitude", Real),
    ("longitude", "longitude", Real),
    ("make", "make", Text),
    ("model", "model", Text),
    ("lensModel", "lens_model", Text),
    ("fNumber", "f_number", Real),
    ("focalLength", "focal_length", Real),
    ("iso", "iso", Number),
    ("exposureTime", "exposure_time", Text),
    ("fps", "fps", Real),
    ("dateTimeOriginal", "date_time_original", Time),
    ("modifyDate", "modify_date", Time),
    ("timeZone", "time_zone", Text),
    ("orientation", "orientation", Text),
    ("projectionType", "projection_type", Text),
    ("profileDescription", "profile_description", Text),
    ("exifImageWidth", "exif_image_width", Number),
    ("exifImageHeight", "exif_image_height", Number),
    ("fileSizeInByte", "file_size_in_byte", Number),
];

const STACK: Fields = &[
    ("id", "id", Text),
    ("ownerId", "owner_id", Text),
    ("primaryAssetId", "primary_asset_id", Text),
    ("createdAt", "created_at", Time),
    ("updatedAt", "updated_at", Time),
];

const TABLES: &[Table] = &[
    Table {
        name: "asset",
        whose: Own,
        rows: "asset t where t.owner_id = ?1 and t.status <> 'deleted'",
        fields: ASSET,
    },
    Table {
        name: "asset_exif",
        whose: Own,
        rows: "asset_exif t where t.asset_id in (select a.id from asset a where a.owner_id = ?1 and a.status <> 'deleted')",
        fields: EXIF,
    },
    Table {
        name: "asset_edit",
        whose: Own,
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
        whose: Own,
        rows: "person t where t.owner_id = ?1",
        fields: &[
            ("id", "id", Text),
            ("ownerId", "owner_id", Text),
            ("name", "name", Text),
            ("birthDate", "birth_date", Day),
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
        whose: Own,
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
        whose: Own,
        rows: "stack t where t.owner_id = ?1",
        fields: STACK,
    },
    Table {
        name: "memory",
        whose: Own,
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
            ("createdAt", "created_at", Time),
            ("updatedAt", "updated_at", Time),
            ("deletedAt", "deleted_at", Time),
        ],
    },
    Table {
        name: "memory_asset",
        whose: All,
        rows: "memory_asset t where t.memory_id in (select m.id from memory m where m.owner_id = ?1)",
        fields: &[
            ("memoryId", "memory_id", Text),
            ("assetId", "asset_id", Text),
        ],
    },
    Table {
        name: "partner",
        whose: All,
        rows: "partner t where ?1 in (t.shared_by_id, t.shared_with_id)",
        fields: &[
            ("sharedById", "shared_by_id", Text),
            ("sharedWithId", "shared_with_id", Text),
            ("inTimeline", "in_timeline", Flag),
        ],
    },
    Table {
        name: "album_user",
        whose: All,
        rows: "album_user t where t.album_id in (select m.album_id from album_user m where m.user_id = ?1)",
        fields: &[
            ("albumId", "album_id", Text),
            ("userId", "user_id", Text),
            ("role", "role", Text),
        ],
    },
    Table {
        name: "asset",
        whose: Own,
        rows: "asset t where t.owner_id = ?1 and t.status <> 'deleted'",
        fields: &[("id", "id", Text), ("isFavorite", "is_favorite", Flag)],
    },
    Table {
        name: "asset",
        whose: Partners,
        rows: "asset t where t.owner_id in (select p.shared_by_id from partner p where p.shared_with_id = ?1) \
             and t.status <> 'deleted' and t.visibility in ('timeline', 'hidden')",
        fields: ASSET,
    },
    Table {
        name: "asset_exif",
        whose: Partners,
        rows: "asset_exif t where t.asset_id in (select a.id from asset a where a.status <> 'deleted' \
             and a.visibility in ('timeline', 'hidden') and a.owner_id in \
             (select p.shared_by_id from partner p where p.shared_with_id = ?1))",
        fields: EXIF,
    },
    Table {
        name: "stack",
        whose: Partners,
        rows: "stack t where t.owner_id in (select p.shared_by_id from partner p where p.shared_with_id = ?1) \
             and exists (select 1 from asset v where v.id = t.primary_asset_id and v.visibility in ('timeline', 'hidden'))",
        fields: STACK,
    },
    Table {
        name: "asset_metadata",
        whose: Own,
        rows: "asset_metadata t where t.owner_id = ?1",
        fields: &[
            ("assetId", "asset_id", Text),
            ("key", "key", Text),
            ("value", "value", Document),
        ],
    },
    Table {
        name: "asset_ocr",
        whose: Own,
        rows: "asset_ocr t where t.owner_id = ?1",
        fields: &[
            ("id", "id", Text),
            ("assetId", "asset_id", Text),
            ("text", "text", Text),
            ("isVisible", "is_visible", Flag),
            ("boxScore", "box_score", Real),
            ("textScore", "text_score", Real),
            ("x1", "x1", Real),
            ("y1", "y1", Real),
            ("x3", "x3", Real),
            ("y3", "y3", Real),
        ],
    },
    Table {
        name: "album",
        whose: All,
        rows: "album t where t.id in (select m.album_id from album_user m where m.user_id = ?1)",
        fields: &[
            ("id", "id", Text),
            ("name", "album_name", Text),
            ("description", "description", Text),
            ("order", "asset_order", Text),
            ("isActivityEnabled", "is_activity_enabled", Flag),
            ("thumbnailAssetId", "thumbnail_asset_id", Text),
            ("createdAt", "created_at", Time),
            ("updatedAt", "updated_at", Time),
        ],
    },
    Table {
        name: "album_asset",
        whose: All,
        rows: "album_asset t where t.album_id in (select m.album_id from album_user m where m.user_id = ?1) \
             and exists (select 1 from asset v where v.id = t.asset_id and v.visibility <> 'locked')",
        fields: &[("albumId", "album_id", Text), ("assetId", "asset_id", Text)],
    },
    Table {
        name: "user",
        whose: All,
        rows: "users t",
        fields: &[
            ("id", "id", Text),
            ("name", "name", Text),
            ("email", "email", Text),
            ("avatarColor", "avatar_color", Text),
            ("deletedAt", "deleted_at", Time),
            ("profileChangedAt", "profile_changed_at", Time),
        ],
    },
    Table {
        name: "user_metadata",
        whose: All,
        rows: "user_metadata t where t.user_id = ?1",
        fields: &[
            ("userId", "user_id", Text),
            ("key", "key", Text),
            ("value", "value", Document),
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
        Real => json!(row.get::<Option<f64>>(&name).unwrap()),
        Flag => json!(number().map(|flag| flag == 1)),
        Time => json!(number().map(Millis)),
        Day => json!(text().map(|day| format!("{day}T00:00:00.000Z"))),
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
    // Both databases refuse parameters that no place names.
    let params = if sql.contains("?1") {
        vec![user.id.as_str().into()]
    } else {
        Vec::new()
    };
    let rows = app.sql(Statement::new(sql, params)).await;
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

/// A value of a line; whole numbers are written without a fraction there.
fn line(row: &Value, field: &str, kind: As) -> Value {
    match kind {
        Real => json!(row[field].as_f64()),
        _ => row[field].clone(),
    }
}

/// The same of a client, which knows of the libraries of others, too.
fn of_client(contents: &[(String, Value)], user: &NewUser, table: &Table) -> Vec<String> {
    let rows_of = |name: &'static str| {
        let rows = contents.iter().filter(move |(of, _)| of == name);
        rows.map(|(_, row)| row)
    };
    let owners: Vec<&str> = match table.whose {
        Own => vec![user.id.as_str()],
        Partners => rows_of("partner")
            .filter(|row| row["sharedWithId"] == user.id.as_str())
            .filter_map(|row| row["sharedById"].as_str())
            .collect(),
        All => Vec::new(),
    };
    let is_theirs = |owner: &Value| owner.as_str().is_some_and(|id| owners.contains(&id));
    // In albums a partner shows his archive, too.
    let is_seen = |row: &Value| {
        table.whose == Own || matches!(row["visibility"].as_str(), Some("timeline" | "hidden"))
    };
    let assets: Vec<&Value> = rows_of("asset")
        .filter(|row| is_theirs(&row["ownerId"]) && is_seen(row))
        .map(|row| &row["id"])
        .collect();
    let is_meant = |row: &Value| match (table.whose, table.name) {
        (All, _) => true,
        (_, "asset") => assets.contains(&&row["id"]),
        _ => match row.get("ownerId") {
            Some(owner) => is_theirs(owner),
            None => assets.contains(&&row["assetId"]),
        },
    };
    let rows = rows_of(table.name).filter(|row| is_meant(row)).map(|row| {
        let fields = table.fields.iter();
        let fields = fields.map(|(field, _, kind)| line(row, field, *kind));
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
            "{} of the client ({:?}), and of the server",
            table.name,
            table.whose
        );
        rows += server.len();
    }
    rows
}
