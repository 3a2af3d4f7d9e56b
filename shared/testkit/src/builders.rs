//! Rows that stories start from.

use base64::{Engine, engine::general_purpose::STANDARD};
use edge_platform::{Dialect, Statement, Value, stmt};
use serde_json::json;
use sha1::{Digest, Sha1};

use crate::TestApp;

/// The password of every test user.
pub const PASSWORD: &str = "password";

/// bcrypt of [`PASSWORD`] at the lowest cost, so that tests do not spend their time hashing.
const PASSWORD_HASH: &str = "$2b$04$CPhuAeXKZFl8ZrRzleSpmu17ep2HmPjsGd81ikFPjDgdyaQle55m6";

/// A user with a session.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// User id.
    pub id: String,
    /// `<name>@immich.test`.
    pub email: String,
    /// Session id.
    pub session_id: String,
    /// Session token.
    pub token: String,
}

impl TestApp {
    /// An ordinary user who is logged in.
    pub async fn user(&self, name: &str) -> NewUser {
        self.insert_user(name, false).await
    }

    /// An administrator who is logged in.
    pub async fn admin(&self) -> NewUser {
        self.insert_user("admin", true).await
    }

    async fn insert_user(&self, name: &str, is_admin: bool) -> NewUser {
        let (id, email) = (self.app.uuid(), format!("{name}@immich.test"));
        self.sql(stmt!(
            "insert into users (id, email, name, password, is_admin, profile_changed_at, \
             should_change_password, created_at, updated_at, update_id, cluster_group_id) \
             values (?1, ?2, ?3, ?4, ?5, ?6, 0, ?6, ?6, uuid7(), ?1)",
            &id,
            &email,
            name,
            PASSWORD_HASH,
            is_admin,
            self.app.now(),
        ))
        .await;
        let (session_id, token) = self.session(&id).await;
        NewUser {
            id,
            email,
            session_id,
            token,
        }
    }

    /// Another session of a user: its id and token.
    pub async fn session(&self, user_id: &str) -> (String, String) {
        let (id, token) = (
            self.app.uuid(),
            edge_http::secret::new_token(&*self.app.random),
        );
        self.sql(stmt!(
            "insert into session (id, token_digest, user_id, created_at, updated_at) \
             values (?1, ?2, ?3, ?4, ?4)",
            &id,
            edge_http::secret::digest(&token),
            user_id,
            self.app.now(),
        ))
        .await;
        (id, token)
    }

    /// Opens the locked folder for the user's session.
    pub async fn elevate(&self, user: &NewUser) {
        let until = self.app.now() + 900_000;
        self.sql(edge_store::sessions::elevate(&user.session_id, until))
            .await;
    }

    /// An API key of a user; gives its secret.
    pub async fn api_key(&self, user: &NewUser, permissions: &[&str]) -> String {
        let secret = edge_http::secret::new_token(&*self.app.random);
        self.sql(stmt!(
            "insert into api_key (id, key_digest, user_id, name, permissions, created_at, updated_at) \
             values (?1, ?2, ?3, 'API Key', ?4, ?5, ?5)",
            self.app.uuid(),
            edge_http::secret::digest(&secret),
            &user.id,
            json!(permissions).to_string(),
            self.app.now(),
        ))
        .await;
        secret
    }

    /// An album of `owner` with `assets` and further `members` (user, role), made through the API; its id.
    ///
    /// # Panics
    /// The answer is not 201 with an id, e.g. because the app has no albums.
    pub async fn album(
        &self,
        owner: &NewUser,
        assets: &[&str],
        members: &[(&NewUser, &str)],
    ) -> String {
        let users: Vec<_> = members
            .iter()
            .map(|(user, role)| json!({"userId": user.id, "role": role}))
            .collect();
        let body = json!({"albumName": "Trip", "assetIds": assets, "albumUsers": users});
        let request = self.post("/api/albums").user(owner).json(&body);
        request.send().await.expect(201).json()["id"]
            .as_str()
            .expect("the id of an album")
            .to_owned()
    }

    /// So many photos of a user, one after the other taken, with names that hold no word.
    pub async fn assets(&self, owner: &NewUser, count: usize) -> Vec<String> {
        let ids: Vec<String> = (0..count).map(|_| self.app.uuid()).collect();
        let list = json!(ids).to_string();
        self.sql(stmt!(
            "insert into asset (id, owner_id, type, checksum, original_path, original_file_name, file_name_folded, words, \
             width, height, file_created_at, file_modified_at, local_date_time, local_day, local_month, created_at, created_month, \
             updated_at, update_id) select v.value, cast(?2 as text), 'IMAGE', v.value, 'upload/' || v.value, '-', '-', '[]', \
             4000, 3000, v.position, 0, v.position, 19700101, 197001, 0, 197001, 0, uuid7() from json_rows(?1) v",
            &list,
            &owner.id
        ))
        .await;
        self.sql(stmt!(
            "insert into asset_exif (asset_id, owner_id, words, updated_at, update_id) \
             select v.value, cast(?2 as text), '[]', 0, uuid7() from json_rows(?1) v",
            &list,
            &owner.id
        ))
        .await;
        // As a server does by itself within a minute.
        if self.app.db().dialect() == Dialect::Postgres {
            self.sql(stmt!("analyze asset")).await;
            self.sql(stmt!("analyze asset_exif")).await;
        }
        ids
    }

    /// A photo of a user; [`AssetBuilder::insert`] stores its rows.
    pub fn asset(&self, owner: &NewUser) -> AssetBuilder<'_> {
        let id = self.app.uuid();
        AssetBuilder {
            app: self,
            checksum: STANDARD.encode(Sha1::digest(&id)),
            owner_id: owner.id.clone(),
            taken: self.app.now(),
            columns: Vec::new(),
            exif: Vec::new(),
            id,
        }
    }
}

/// An asset being put together: a photo `IMG.jpg` of 4000 x 3000 pixels and 1000 bytes, taken now, on
/// the timeline, with no objects behind it.
pub struct AssetBuilder<'a> {
    app: &'a TestApp,
    id: String,
    owner_id: String,
    checksum: String,
    taken: i64,
    columns: Vec<(&'static str, Value)>,
    exif: Vec<(&'static str, Value)>,
}

impl AssetBuilder<'_> {
    /// When it was taken, epoch ms (capture instant and local time alike).
    pub fn taken(mut self, at: i64) -> Self {
        self.taken = at;
        self
    }

    /// Sets a column of `asset`.
    pub fn with(mut self, column: &'static str, value: impl Into<Value>) -> Self {
        self.columns.push((column, value.into()));
        self
    }

    /// Sets a column of `asset_exif`.
    pub fn exif(mut self, column: &'static str, value: impl Into<Value>) -> Self {
        self.exif.push((column, value.into()));
        self
    }

    /// Makes it archived, hidden or locked.
    pub fn visibility(self, visibility: &str) -> Self {
        self.with("visibility", visibility)
    }

    /// Puts it into the trash.
    pub fn trashed(self) -> Self {
        let now = self.app.app.now();
        self.with("status", "trashed").with("deleted_at", now)
    }

    /// Stores the rows and gives the id.
    pub async fn insert(self) -> String {
        let Self {
            app,
            id,
            owner_id,
            checksum,
            taken,
            columns,
            exif,
        } = self;
        let now = app.app.now();
        let (day, month) = days(taken);
        let (_, created_month) = days(now);
        let mut asset: Vec<(&str, Value)> = vec![
            ("id", Value::from(&id)),
            ("owner_id", Value::from(&owner_id)),
            ("type", "IMAGE".into()),
            ("checksum", checksum.into()),
            (
                "original_path",
                format!("upload/{owner_id}/{id}.jpg").into(),
            ),
            ("original_file_name", "IMG.jpg".into()),
            ("file_name_folded", "img.jpg".into()),
            ("width", 4000.into()),
            ("height", 3000.into()),
            ("file_created_at", taken.into()),
            ("file_modified_at", taken.into()),
            ("local_date_time", taken.into()),
            ("local_day", day.into()),
            ("local_month", month.into()),
            ("created_at", now.into()),
            ("created_month", created_month.into()),
            ("updated_at", now.into()),
        ];
        merge(&mut asset, columns);
        let mut facts: Vec<(&str, Value)> = vec![
            ("asset_id", Value::from(&id)),
            ("owner_id", owner_id.into()),
            ("file_size_in_byte", 1000.into()),
            ("updated_at", now.into()),
        ];
        merge(&mut facts, exif);
        add_words(&mut asset, "file_name_folded");
        add_words(&mut facts, "description_folded");
        let batch = vec![insert("asset", asset), insert("asset_exif", facts)];
        app.app
            .db()
            .batch(batch)
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        id
    }
}

fn merge<'a>(columns: &mut Vec<(&'a str, Value)>, more: Vec<(&'a str, Value)>) {
    for (name, value) in more {
        columns.retain(|(known, _)| *known != name);
        columns.push((name, value));
    }
}

/// The words of a folded text, as whoever writes it does.
fn add_words(columns: &mut Vec<(&str, Value)>, folded: &str) {
    let text = columns.iter().find(|(name, _)| *name == folded);
    let words = text
        .and_then(|(_, text)| text.as_text().ok())
        .map(edge_store::search::words::json);
    if let Some(words) = words {
        columns.push(("words", words.into()));
    }
}

fn insert(table: &str, columns: Vec<(&str, Value)>) -> Statement {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let holes: Vec<String> = (1..=columns.len())
        .map(|number| format!("?{number}"))
        .collect();
    let sql = format!(
        "insert into {table} ({}, update_id) values ({}, uuid7())",
        names.join(", "),
        holes.join(", ")
    );
    Statement::new(sql, columns.into_iter().map(|(_, value)| value).collect())
}

/// `YYYYMMDD` and `YYYYMM` of an instant (civil-from-days, proleptic Gregorian calendar).
fn days(at: i64) -> (i64, i64) {
    let date = edge_api::time::Date::of(edge_api::time::LocalMillis(at)).0;
    let (year, month, day) = (
        i64::from(date.year()),
        i64::from(date.month()),
        i64::from(date.day()),
    );
    (year * 10_000 + month * 100 + day, year * 100 + month)
}
