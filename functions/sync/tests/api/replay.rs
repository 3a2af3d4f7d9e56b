//! The stream is applied to a database with foreign keys, as the app does: parents come before children, deletions
//! find what they name, and in the end both sides know the same.

use edge_platform::{Database, Statement, Value as Sql, native::Sqlite};
use edge_testkit::{NewUser, TestApp, on_each_database};
use serde_json::{Value, json};

use crate::{
    areas,
    client::{APP_TYPES, Line, sync},
    server_rows,
    world::{self, World},
};

/// A client's tables. Everything else of a line is kept as JSON.
const SCHEMA: &str = "
create table user (id text primary key, data text not null);
create table auth_user (id text primary key references user (id), data text not null);
create table user_metadata (userId text not null references user (id), key text not null, data text not null, primary key (userId, key));
create table partner (sharedById text not null references user (id), sharedWithId text not null references user (id), data text not null, primary key (sharedById, sharedWithId));
create table asset (id text primary key, ownerId text not null references user (id), checksum text not null, data text not null, unique (ownerId, checksum));
create table stack (id text primary key, ownerId text not null references user (id), primaryAssetId text not null, data text not null);
create table asset_exif (assetId text primary key references asset (id) on delete cascade, data text not null);
create table asset_metadata (assetId text not null references asset (id) on delete cascade, key text not null, data text not null, primary key (assetId, key));
create table asset_edit (id text primary key, assetId text not null references asset (id) on delete cascade, data text not null);
create table asset_ocr (id text primary key, assetId text not null references asset (id) on delete cascade, data text not null);
create table person (id text primary key, ownerId text not null references user (id), data text not null);
create table asset_face (id text primary key, assetId text not null references asset (id) on delete cascade, personId text references person (id) on delete set null, data text not null);
create table album (id text primary key, thumbnailAssetId text references asset (id) on delete set null, data text not null);
create table album_user (albumId text not null references album (id) on delete cascade, userId text not null references user (id), data text not null, primary key (albumId, userId));
create table album_asset (albumId text not null references album (id) on delete cascade, assetId text not null references asset (id) on delete cascade, data text not null, primary key (albumId, assetId));
create table memory (id text primary key, ownerId text not null references user (id), data text not null);
create table memory_asset (memoryId text not null references memory (id) on delete cascade, assetId text not null references asset (id) on delete cascade, data text not null, primary key (memoryId, assetId));
";

/// Lines that bring rows: prefix of the type, table, key, further columns.
const UPSERTS: [(&str, &str, &[&str], &[&str]); 21] = [
    ("AuthUserV1", "auth_user", &["id"], &[]),
    ("UserV1", "user", &["id"], &[]),
    ("UserMetadataV1", "user_metadata", &["userId", "key"], &[]),
    ("PartnerV1", "partner", &["sharedById", "sharedWithId"], &[]),
    ("AssetV2", "asset", &["id"], &["ownerId", "checksum"]),
    ("PartnerAssetV2", "asset", &["id"], &["ownerId", "checksum"]),
    (
        "PartnerAssetBackfillV2",
        "asset",
        &["id"],
        &["ownerId", "checksum"],
    ),
    ("AlbumAsset", "asset", &["id"], &["ownerId", "checksum"]),
    ("AlbumAssetExif", "asset_exif", &["assetId"], &[]),
    ("AssetExifV1", "asset_exif", &["assetId"], &[]),
    ("PartnerAssetExif", "asset_exif", &["assetId"], &[]),
    (
        "AssetMetadataV1",
        "asset_metadata",
        &["assetId", "key"],
        &[],
    ),
    ("AssetEditV1", "asset_edit", &["id"], &["assetId"]),
    ("AssetOcrV1", "asset_ocr", &["id"], &["assetId"]),
    ("PersonV1", "person", &["id"], &["ownerId"]),
    (
        "AssetFaceV2",
        "asset_face",
        &["id"],
        &["assetId", "personId"],
    ),
    ("AlbumV2", "album", &["id"], &["thumbnailAssetId"]),
    ("AlbumUser", "album_user", &["albumId", "userId"], &[]),
    ("AlbumToAsset", "album_asset", &["albumId", "assetId"], &[]),
    ("MemoryV1", "memory", &["id"], &["ownerId"]),
    (
        "MemoryToAssetV1",
        "memory_asset",
        &["memoryId", "assetId"],
        &[],
    ),
];
const STACKS: (&str, &[&str], &[&str]) = ("stack", &["id"], &["ownerId", "primaryAssetId"]);

/// Columns and the fields that name their values.
type Columns = &'static [(&'static str, &'static str)];

/// Lines that take rows away: type, table, columns.
const DELETES: [(&str, &str, Columns); 17] = [
    ("UserDeleteV1", "user", &[("id", "userId")]),
    (
        "UserMetadataDeleteV1",
        "user_metadata",
        &[("userId", "userId"), ("key", "key")],
    ),
    (
        "PartnerDeleteV1",
        "partner",
        &[
            ("sharedById", "sharedById"),
            ("sharedWithId", "sharedWithId"),
        ],
    ),
    ("AssetDeleteV1", "asset", &[("id", "assetId")]),
    ("PartnerAssetDeleteV1", "asset", &[("id", "assetId")]),
    ("StackDeleteV1", "stack", &[("id", "stackId")]),
    ("PartnerStackDeleteV1", "stack", &[("id", "stackId")]),
    (
        "AssetMetadataDeleteV1",
        "asset_metadata",
        &[("assetId", "assetId"), ("key", "key")],
    ),
    ("AssetEditDeleteV1", "asset_edit", &[("id", "editId")]),
    ("AssetOcrDeleteV1", "asset_ocr", &[("assetId", "assetId")]),
    ("PersonDeleteV1", "person", &[("id", "personId")]),
    ("AssetFaceDeleteV1", "asset_face", &[("id", "assetFaceId")]),
    ("AlbumDeleteV1", "album", &[("id", "albumId")]),
    (
        "AlbumUserDeleteV1",
        "album_user",
        &[("albumId", "albumId"), ("userId", "userId")],
    ),
    (
        "AlbumToAssetDeleteV1",
        "album_asset",
        &[("albumId", "albumId"), ("assetId", "assetId")],
    ),
    ("MemoryDeleteV1", "memory", &[("id", "memoryId")]),
    (
        "MemoryToAssetDeleteV1",
        "memory_asset",
        &[("memoryId", "memoryId"), ("assetId", "assetId")],
    ),
];

fn sql(value: &Value) -> Sql {
    value.as_str().map_or(Sql::Null, Sql::from)
}

/// What the app does with a line.
fn statement(line: &Line) -> Option<Statement> {
    if line.kind == "SyncAckV1" {
        return None;
    }
    if let Some((_, table, columns)) = DELETES.iter().find(|(kind, ..)| line.kind == *kind) {
        let wanted: Vec<String> = (1..)
            .zip(*columns)
            .map(|(n, (column, _))| format!("{column} = ?{n}"))
            .collect();
        let params = columns
            .iter()
            .map(|(_, field)| sql(&line.data[*field]))
            .collect();
        return Some(Statement::new(
            format!("delete from {table} where {}", wanted.join(" and ")),
            params,
        ));
    }
    // The longest prefix is the most exact one.
    let found = UPSERTS
        .iter()
        .filter(|(kind, ..)| line.kind.starts_with(kind))
        .max_by_key(|(kind, ..)| kind.len());
    let (table, keys, more) = match found {
        _ if line.kind.contains("Stack") => STACKS,
        Some((_, table, keys, more)) => (*table, *keys, *more),
        None => panic!("unknown type {}", line.kind),
    };
    let columns = [keys, more].concat();
    let mut params: Vec<Sql> = columns
        .iter()
        .map(|column| sql(&line.data[*column]))
        .collect();
    params.push(line.data.to_string().into());
    let names = [columns.as_slice(), &["data"]].concat();
    let holes: Vec<String> = (1..=names.len()).map(|n| format!("?{n}")).collect();
    let set: Vec<String> = names
        .iter()
        .map(|name| format!("{name} = excluded.{name}"))
        .collect();
    Some(Statement::new(
        format!(
            "insert into {table} ({}) values ({}) on conflict ({}) do update set {}",
            names.join(", "),
            holes.join(", "),
            keys.join(", "),
            set.join(", ")
        ),
        params,
    ))
}

/// A client's copy.
pub struct Copy(Sqlite);

impl Copy {
    pub async fn new() -> Self {
        let db = Sqlite::in_memory().unwrap();
        db.script(SCHEMA).await.unwrap();
        Self(db)
    }

    /// The first stream: the app keeps its own account apart, but it comes before the others.
    pub async fn apply_anew(&self, lines: &[Line]) {
        let (own, rest) = lines.split_at(1);
        assert_eq!(own[0].kind, "AuthUserV1");
        self.apply(rest).await;
        self.apply(own).await;
    }

    pub async fn apply(&self, lines: &[Line]) {
        for line in lines {
            if let Some(statement) = statement(line)
                && let Err(error) = self.0.run(statement).await
            {
                panic!("{error} at {line:?}");
            }
        }
    }

    /// All rows of all tables, in order.
    pub async fn contents(&self) -> Vec<(String, Value)> {
        let mut all = Vec::new();
        let tables = "select name from sqlite_master where type = 'table' order by name";
        for table in self
            .0
            .run(Statement::new(tables, vec![]))
            .await
            .unwrap()
            .iter()
        {
            let table: String = table.get("name").unwrap();
            let rows = self
                .0
                .run(Statement::new(
                    format!("select data from {table} order by data"),
                    vec![],
                ))
                .await
                .unwrap();
            for row in rows.iter() {
                let data: String = row.get("data").unwrap();
                all.push((table.clone(), serde_json::from_str(&data).unwrap()));
            }
        }
        all
    }
}

/// What a phone knows that this user begins to use now.
pub async fn known_anew(app: &TestApp, user: &NewUser) -> Vec<(String, Value)> {
    let (session_id, token) = app.session(&user.id).await;
    let phone = NewUser {
        session_id,
        token,
        ..user.clone()
    };
    let copy = Copy::new().await;
    copy.apply_anew(&sync(app, &phone, &APP_TYPES).await).await;
    copy.contents().await
}

/// Many things happen to the world.
async fn history(app: &TestApp, world: &World) {
    let World {
        alice, bob, carol, ..
    } = world;
    let his = app.asset(carol).insert().await;
    app.album(carol, &[&his], &[(alice, "viewer")]).await;
    world::partner(app, carol, alice).await;
    let ids = json!({"ids": [world.photo]});
    app.delete("/api/assets")
        .user(alice)
        .json(&ids)
        .send()
        .await
        .expect(204);
    let changes = json!({"ids": [world.bobs], "isFavorite": false, "description": "x"});
    app.put("/api/assets")
        .user(bob)
        .json(&changes)
        .send()
        .await
        .expect(204);
    let path = format!("/api/assets/{}/metadata/mobile-app", world.photo);
    app.delete(&path).user(alice).send().await.expect(204);
    let path = format!("/api/albums/{}/user/me", world.album);
    app.delete(&path).user(alice).send().await.expect(204);
    let purge = edge_store::assets::remove::purge(&[&world.other], app.app.now());
    app.app.db().batch(purge).await.unwrap();
}

on_each_database! {
    async fn a_copy_with_foreign_keys_can_follow(app: TestApp) {
        let world = world::world(&app).await;
        let copy = Copy::new().await;
        copy.apply_anew(&sync(&app, &world.alice, &APP_TYPES).await).await;
        let before = copy.contents().await;
        assert!(before.len() > 25, "{}", before.len());

        history(&app, &world).await;
        copy.apply(&sync(&app, &world.alice, &APP_TYPES).await).await;
        let followed = copy.contents().await;
        assert_ne!(followed, before);

        // Who starts anew now knows the same, but for what Alice has lost sight of.
        assert_eq!(known_anew(&app, &world.alice).await, followed);
        assert!(server_rows::compare(&app, &world.alice, &followed).await > 10);
    }

    async fn people_faces_and_duplicates_follow(app: TestApp) {
        let alice = app.user("alice").await;
        let group = app.app.uuid();
        let mut photos = Vec::new();
        for _ in 0..3 {
            photos.push(app.asset(&alice).with("duplicate_id", &group).insert().await);
        }
        let mut people = Vec::new();
        for name in ["Anna", "Ben", ""] {
            let made = app.post("/api/people").user(&alice).json(&json!({ "name": name })).send().await.expect(201);
            people.push(made.json()["id"].as_str().unwrap().to_owned());
        }
        for (photo, person) in [(0, 0), (1, 1), (2, 2), (0, 1)] {
            let body = json!({
                "assetId": photos[photo], "personId": people[person], "imageWidth": 9, "imageHeight": 9,
                "x": photo, "y": person, "width": 5, "height": 5,
            });
            app.post("/api/faces").user(&alice).json(&body).send().await.expect(201);
        }
        let copy = Copy::new().await;
        let first = sync(&app, &alice, &APP_TYPES).await;
        let (own, rest) = first.split_at(1);
        copy.apply(rest).await;
        copy.apply(own).await;
        let before = copy.contents().await;
        assert_eq!(before.iter().filter(|(table, _)| table == "person" || table == "asset_face").count(), 7);

        let face = before.iter().find(|(table, data)| table == "asset_face" && data["personId"] == people[0]).unwrap();
        let face = face.1["id"].as_str().unwrap();
        let put = async |path: String, body: Value| app.put(&path).user(&alice).json(&body).send().await.expect(200);
        put(format!("/api/faces/{}", people[1]), json!({ "id": face })).await;
        let pair = json!({ "personId": people[1], "assetId": photos[1] });
        put(format!("/api/people/{}/reassign", people[0]), json!({ "data": [pair] })).await;
        put("/api/people".to_owned(), json!({ "people": [{ "id": people[0], "isHidden": true, "birthDate": "2001-01-01" }] })).await;
        let merge = format!("/api/people/{}/merge", people[2]);
        app.post(&merge).user(&alice).json(&json!({ "ids": [people[1]] })).send().await.expect(200);
        app.delete(&format!("/api/faces/{face}")).user(&alice).json(&json!({ "force": true })).send().await.expect(204);
        let resolved = json!({ "groups": [{ "duplicateId": group, "keepAssetIds": [photos[0]], "trashAssetIds": [photos[1]] }] });
        app.post("/api/duplicates/resolve").user(&alice).json(&resolved).send().await.expect(200);
        app.delete(&format!("/api/people/{}", people[0])).user(&alice).send().await.expect(204);
        copy.apply(&sync(&app, &alice, &APP_TYPES).await).await;
        let followed = copy.contents().await;

        let (session_id, token) = app.session(&alice.id).await;
        let phone = edge_testkit::NewUser { session_id, token, ..alice.clone() };
        let fresh = Copy::new().await;
        let lines = sync(&app, &phone, &APP_TYPES).await;
        fresh.apply(&lines[1..]).await;
        fresh.apply(&lines[..1]).await;
        assert_eq!(fresh.contents().await, followed);
        assert!(server_rows::compare(&app, &alice, &followed).await > 8);
        assert_eq!(followed.iter().filter(|(table, _)| table == "person" || table == "asset_face").count(), 4);
        app.sql(edge_platform::stmt!("delete from job")).await;
    }

    async fn edits_follow(app: TestApp) {
        let alice = app.user("alice").await;
        let photo = app.asset(&alice).insert().await;
        let other = app.asset(&alice).insert().await;
        let edit = async |asset: &str, steps: Value| {
            let path = format!("/api/assets/{asset}/edits");
            app.put(&path).user(&alice).json(&json!({ "edits": steps })).send().await.expect(200).json()
        };
        let (turn, mirror) = (
            json!({ "action": "rotate", "parameters": { "angle": 270 } }),
            json!({ "action": "mirror", "parameters": { "axis": "vertical" } }),
        );
        edit(&photo, json!([turn, mirror])).await;
        edit(&other, json!([turn])).await;
        let copy = Copy::new().await;
        copy.apply_anew(&sync(&app, &alice, &APP_TYPES).await).await;
        let of = |contents: &[(String, Value)]| contents.iter().filter(|(table, _)| table == "asset_edit").count();
        assert_eq!(of(&copy.contents().await), 3);
        let last = edit(&photo, json!([mirror])).await;
        app.delete(&format!("/api/assets/{other}/edits")).user(&alice).send().await.expect(204);
        copy.apply(&sync(&app, &alice, &APP_TYPES).await).await;
        let followed = copy.contents().await;
        let row = followed.iter().find(|(table, _)| table == "asset_edit").unwrap();
        let wanted = json!({
            "id": last["edits"][0]["id"], "assetId": photo, "action": "mirror", "parameters": { "axis": "vertical" }, "sequence": 0,
        });
        assert_eq!((of(&followed), &row.1), (1, &wanted));
        assert_eq!(known_anew(&app, &alice).await, followed);
        assert!(server_rows::compare(&app, &alice, &followed).await > 4);
        app.sql(edge_platform::stmt!("delete from job")).await;
    }
}
