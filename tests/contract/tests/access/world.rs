//! Alice, what she has, whom she shares it with, and everybody else.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use edge_platform::{Statement, stmt};
use edge_testkit::{NewUser, Reply, Request, TestApp};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use crate::{
    areas::areas,
    table::{Call, USERS},
};

/// An id that nothing has.
pub const MISSING: &str = "00000000-0000-4000-8000-000000000000";

/// The one object behind all assets.
const PICTURE: &str = "upload/picture.jpg";

/// The object behind a rendition.
const PREVIEW: &str = "thumbs/world_preview.webp";

/// Which of a world's ids a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ids {
    /// Alice's.
    Hers,
    /// [`MISSING`], but for users, whom everybody may know.
    Missing,
}

/// What a request is authenticated with.
#[derive(Debug, Clone)]
pub enum Credential {
    /// Nothing.
    Nothing,
    /// A user's session.
    User(&'static str),
    /// A session of alice's that has expired.
    Expired,
    /// A header and a value that nobody has.
    Wrong(&'static str),
    /// A key of this user with these permissions.
    Key(&'static str, Vec<&'static str>),
    /// A shared link and the cookie of its password.
    Link(&'static str, Option<String>),
}

/// A fresh server with all of it.
pub struct World {
    /// The areas.
    pub app: TestApp,
    users: BTreeMap<&'static str, NewUser>,
    ids: BTreeMap<&'static str, String>,
    expired: String,
}

/// What is not in the database.
async fn prepared(app: TestApp) -> TestApp {
    app.variables.set("transformations", "on");
    app.variables
        .set("transformation_secret", "of this installation");
    let objects = &app.app.objects;
    for (key, content, mime_type) in [
        (PICTURE, "picture", "image/jpeg"),
        (PREVIEW, "preview", "image/webp"),
    ] {
        let put = objects.put(key, content.into(), mime_type);
        put.await.expect("the object is stored");
    }
    app
}

/// What is in every world.
struct First {
    image: Vec<u8>,
    users: BTreeMap<&'static str, NewUser>,
    ids: BTreeMap<&'static str, String>,
    expired: String,
}

impl World {
    /// Makes one: a copy of the first.
    pub async fn new() -> Self {
        static FIRST: OnceCell<First> = OnceCell::const_new();
        let first = FIRST
            .get_or_init(|| async {
                let made = Self::first().await;
                First {
                    image: made.app.image().await,
                    users: made.users,
                    ids: made.ids,
                    expired: made.expired,
                }
            })
            .await;
        let app = prepared(TestApp::sqlite_from(areas(), &first.image)).await;
        Self {
            app,
            users: first.users.clone(),
            ids: first.ids.clone(),
            expired: first.expired.clone(),
        }
    }

    async fn first() -> Self {
        let app = prepared(TestApp::sqlite(areas()).await).await;
        let mut users = BTreeMap::new();
        for name in USERS {
            let user = match name {
                "admin" => app.admin().await,
                "owner" => app.user("alice").await,
                other => app.user(other).await,
            };
            users.insert(name, user);
        }
        let (session, _) = app.session(&users["owner"].id).await;
        let (id, expired) = app.session(&users["owner"].id).await;
        app.sql(stmt!("update session set expires_at = 1 where id = ?1", id))
            .await;
        let gone = app.user("gone").await.id;
        let mut world = Self {
            app,
            users,
            ids: BTreeMap::from([("session", session), ("gone", gone)]),
            expired,
        };
        for (name, user) in &world.users {
            world.ids.insert(name, user.id.clone());
        }
        world.add_assets().await;
        world.add_album().await;
        world.add_links().await;
        world.add_collections().await;
        world.add_people().await;
        world.add_newer().await;
        world
    }

    async fn add_assets(&mut self) {
        let owner = &self.users["owner"];
        for name in [
            "asset", "spare", "private", "locked", "trashed", "video", "vault", "top", "below",
        ] {
            let asset = self.app.asset(owner).with("original_path", PICTURE);
            let asset = match name {
                "private" => asset.visibility("archive"),
                "locked" => asset.visibility("locked"),
                "vault" => asset.visibility("locked").with("type", "VIDEO"),
                "trashed" => asset.trashed(),
                "video" => asset.with("type", "VIDEO"),
                _ => asset,
            };
            let id = asset.insert().await;
            self.run(stmt!(
                "insert into asset_file (asset_id, type, id, path, mime_type, size_in_byte, created_at, updated_at) \
                 values (?1, 'thumbnail', ?2, ?3, 'image/jpeg', 7, 0, 0)",
                &id,
                self.app.app.uuid(),
                PICTURE
            ))
            .await;
            self.ids.insert(name, id);
        }
        let finding = "01890a5d-ac96-774b-bcce-b302099a8057".to_owned();
        self.run(stmt!(
            "insert into integrity_report (id, type, path, asset_id, created_at) values (?1, 'missing_file', ?2, ?3, 0)",
            &finding,
            PICTURE,
            &self.ids["spare"]
        ))
        .await;
        self.ids.insert("finding", finding);
        let key = self.app.app.uuid();
        self.run(stmt!(
            "insert into api_key (id, key_digest, user_id, name, permissions, created_at, updated_at) \
             values (?1, 'digest', ?2, 'k', '[\"all\"]', 0, 0)",
            &key, &owner.id
        )).await;
        self.ids.insert("key", key);
    }

    async fn add_album(&mut self) {
        let album = json!({
            "albumName": "a", "assetIds": [self.ids["asset"], self.ids["video"]],
            "albumUsers": [
                { "userId": self.ids["viewer"], "role": "viewer" }, { "userId": self.ids["editor"], "role": "editor" },
            ],
        });
        let answer = self
            .app
            .post("/api/albums")
            .user(&self.users["owner"])
            .json(&album)
            .send()
            .await
            .expect(201);
        self.ids.insert(
            "album",
            answer.json()["id"].as_str().unwrap_or_default().to_owned(),
        );
        self.run(stmt!(
            "insert into album_asset (album_id, asset_id, created_at, updated_at, update_id) values (?1, ?2, 0, 0, uuid7())",
            &self.ids["album"], &self.ids["vault"]
        )).await;
        self.run(stmt!(
            "insert into partner (shared_by_id, shared_with_id, created_at, updated_at, create_id, update_id) \
             values (?1, ?2, 0, 0, uuid7(), uuid7())",
            &self.ids["owner"], &self.ids["partner"]
        )).await;
    }

    /// `open`, `secret` (password `p`), `over` and `shut` (neither up- nor download) lead to the album, `single` to assets of it by
    /// themselves, `admins` to nothing of the administrator's.
    async fn add_links(&self) {
        let (owner, admin, album) = (
            &self.ids["owner"],
            &self.ids["admin"],
            self.ids["album"].as_str(),
        );
        for (key, user, album, password, expires_at) in [
            ("open", owner, Some(album), None, None),
            ("secret", owner, Some(album), Some("p"), None),
            ("over", owner, Some(album), None, Some(1)),
            ("shut", owner, Some(album), None, None),
            ("single", owner, None, None, None),
            ("admins", admin, None, None, None),
        ] {
            self.run(stmt!(
                "insert into shared_link (id, key, user_id, type, album_id, password, expires_at, allow_upload, allow_download, created_at) \
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, 0)",
                link_id(key), key, user, if album.is_some() { "ALBUM" } else { "INDIVIDUAL" }, album, password, expires_at,
                key != "shut"
            )).await;
        }
        for asset in ["asset", "video", "vault"] {
            self.run(stmt!(
                "insert into shared_link_asset (shared_link_id, asset_id) values (?1, ?2)",
                link_id("single"),
                &self.ids[asset]
            ))
            .await;
        }
    }

    /// A tag, a stack and a memory of alice, and what the viewer says about the album.
    async fn add_collections(&mut self) {
        let (top, below) = (self.ids["top"].clone(), self.ids["below"].clone());
        let memory = json!({
            "type": "on_this_day", "data": { "year": 2020 }, "memoryAt": "2020-01-01T00:00:00.000Z",
            "assetIds": [self.ids["asset"]],
        });
        let link = json!({ "type": "INDIVIDUAL", "assetIds": [self.ids["asset"]] });
        let comment = json!({ "albumId": self.ids["album"], "type": "comment", "comment": "c" });
        for (name, user, path, body) in [
            ("tag", "owner", "/api/tags", json!({ "name": "t" })),
            (
                "stack",
                "owner",
                "/api/stacks",
                json!({ "assetIds": [top, below] }),
            ),
            ("memory", "owner", "/api/memories", memory),
            ("activity", "viewer", "/api/activities", comment),
            ("shared", "owner", "/api/shared-links", link),
            (
                "workflow",
                "owner",
                "/api/workflows",
                json!({ "trigger": "AssetCreate", "name": "w" }),
            ),
            (
                "notification",
                "admin",
                "/api/admin/notifications",
                json!({ "userId": self.ids["owner"], "title": "n" }),
            ),
        ] {
            let request = self.app.post(path).user(&self.users[user]).json(&body);
            let made = request.send().await.expect(201).json();
            self.ids
                .insert(name, made["id"].as_str().unwrap_or_default().to_owned());
        }
    }

    /// What 3.2 knows: a rendition of `{asset}`, the cluster group of alice, and whom she has asked to join it.
    async fn add_newer(&mut self) {
        let file = self.app.app.uuid();
        self.run(stmt!(
            "insert into asset_file (asset_id, type, is_edited, id, path, mime_type, size_in_byte, created_at, updated_at) \
             values (?1, 'preview', 0, ?2, ?3, 'image/webp', 7, 0, 0)",
            &self.ids["asset"], &file, PREVIEW
        )).await;
        self.ids.insert("file", file);
        let owner = self.users["owner"].clone();
        let me = self.app.get("/api/users/me").user(&owner).send().await;
        let group = me.expect(200).json()["clusterGroupId"].clone();
        let group = group.as_str().unwrap_or_default().to_owned();
        let request = self
            .app
            .put(&format!("/api/cluster-groups/{group}/requests"));
        let body = json!({ "userId": self.ids["viewer"] });
        let asked = request
            .user(&owner)
            .json(&body)
            .send()
            .await
            .expect(201)
            .json();
        self.ids.insert("group", group);
        self.ids
            .insert("asked", asked["id"].as_str().unwrap_or_default().to_owned());
    }

    /// Two people of alice, one with a face on `{asset}`, which is in a group of look-alikes with `{spare}`.
    async fn add_people(&mut self) {
        for name in ["person", "sibling"] {
            let request = self
                .app
                .post("/api/people")
                .user(&self.users["owner"])
                .json(&json!({ "name": name }));
            let made = request.send().await.expect(201).json();
            self.ids
                .insert(name, made["id"].as_str().unwrap_or_default().to_owned());
        }
        let (face, duplicate) = (self.app.app.uuid(), self.app.app.uuid());
        self.run(stmt!(
            "insert into asset_face (id, asset_id, owner_id, person_id, image_width, image_height, bounding_box_x1, \
             bounding_box_y1, bounding_box_x2, bounding_box_y2, updated_at, update_id) \
             values (?1, ?2, ?3, ?4, 9, 9, 0, 0, 9, 9, 0, uuid7())",
            &face,
            &self.ids["asset"],
            &self.ids["owner"],
            &self.ids["person"]
        ))
        .await;
        for name in ["asset", "spare"] {
            self.run(stmt!(
                "update asset set duplicate_id = ?2, update_id = uuid7() where id = ?1",
                &self.ids[name],
                &duplicate
            ))
            .await;
        }
        self.ids.insert("face", face);
        self.ids.insert("duplicate", duplicate);
    }

    async fn run(&self, statement: Statement) {
        self.app.sql(statement).await;
    }

    /// Sends a request of the table.
    pub async fn send(&self, call: &Call, ids: Ids, credential: &Credential) -> Reply {
        let request = self
            .app
            .request(call.method.clone(), &self.filled(&call.path, ids));
        let request = self.authenticated(request, credential).await;
        let request = match call.body.as_str() {
            "" => request,
            "@upload" => request.body("multipart/form-data; boundary=b", upload()),
            "@picture" => request.body("multipart/form-data; boundary=b", picture()),
            "@backup" => request.body("multipart/form-data; boundary=b", backup()),
            "@config" => request.json(&defaults()),
            text => request.body("application/json", self.filled(text, ids)),
        };
        request.send().await
    }

    async fn authenticated<'a>(
        &'a self,
        request: Request<'a>,
        credential: &Credential,
    ) -> Request<'a> {
        match credential {
            Credential::Nothing => request,
            Credential::User(name) => request.user(&self.users[name]),
            Credential::Expired => {
                request.header("authorization", &format!("Bearer {}", self.expired))
            }
            Credential::Wrong(header) => request.header(header, "wrong"),
            Credential::Key(user, permissions) => {
                request.key(&self.app.api_key(&self.users[user], permissions).await)
            }
            Credential::Link(key, cookie) => {
                let request = request.header("x-immich-share-key", key);
                match cookie {
                    Some(token) => {
                        request.header("cookie", &format!("immich_shared_link_token={token}"))
                    }
                    None => request,
                }
            }
        }
    }

    fn filled(&self, text: &str, ids: Ids) -> String {
        let mut text = text.to_owned();
        for (name, id) in &self.ids {
            let id = if ids == Ids::Missing && !USERS.contains(name) {
                MISSING
            } else {
                id
            };
            text = text.replace(&format!("{{{name}}}"), id);
        }
        text
    }

    /// A text with [`MISSING`] in place of alice's ids.
    pub fn without_ids(&self, text: &str) -> String {
        let ids = self.ids.iter().filter(|(name, _)| !USERS.contains(name));
        ids.fold(text.to_owned(), |text, (_, id)| text.replace(id, MISSING))
    }
}

/// The cookie that proves a link's password (api/auth.md section 10).
pub fn link_token(link: &str, password: &str) -> String {
    let id = link_id(link);
    STANDARD.encode(Sha256::digest(format!("{id}-{password}")))
}

/// The id of a link by its key: always the same, and of the form that answers must have.
fn link_id(key: &str) -> String {
    let digits = hex::encode(Sha256::digest(key));
    format!(
        "{}-{}-4{}-8{}-{}",
        &digits[..8],
        &digits[8..12],
        &digits[12..15],
        &digits[15..18],
        &digits[18..30]
    )
}

fn upload() -> String {
    let field = |name: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    format!(
        "{}{}--b\r\nContent-Disposition: form-data; name=\"assetData\"; filename=\"a.jpg\"\r\n\r\nphoto\r\n--b--\r\n",
        field("fileCreatedAt", "2024-03-01T10:00:00.000Z"),
        field("fileModifiedAt", "2024-03-01T10:00:00.000Z"),
    )
}

fn picture() -> Vec<u8> {
    let head = b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n";
    [&head[..], b"\x89PNG\r\n\x1a\n0000", b"\r\n--b--\r\n"].concat()
}

fn backup() -> Vec<u8> {
    let head =
        b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.sql.gz\"\r\n\r\n";
    let dump = edge_http::backup::gzip(&edge_http::backup::header(0));
    [&head[..], &dump, b"\r\n--b--\r\n"].concat()
}

fn defaults() -> Value {
    serde_json::to_value(edge_api::config::SystemConfig::defaults())
        .expect("the configuration is JSON")
}
