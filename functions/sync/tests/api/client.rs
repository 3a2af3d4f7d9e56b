//! A client that syncs as the mobile app does (api/sync.md section 5).

use std::time::Duration;

use edge_testkit::{NewUser, TestApp};
use serde_json::{Value, json};

/// What the app asks a server of version 3 for.
pub const APP_TYPES: [&str; 22] = [
    "AuthUsersV1",
    "UsersV1",
    "AssetsV2",
    "AssetExifsV1",
    "AssetEditsV1",
    "AssetMetadataV1",
    "PartnersV1",
    "PartnerAssetsV2",
    "PartnerAssetExifsV1",
    "AlbumsV2",
    "AlbumUsersV1",
    "AlbumAssetsV2",
    "AlbumAssetExifsV1",
    "AlbumToAssetsV1",
    "MemoriesV1",
    "MemoryToAssetsV1",
    "StacksV1",
    "PartnerStacksV1",
    "UserMetadataV1",
    "PeopleV1",
    "AssetFacesV2",
    "AssetOcrV1",
];

/// One line of a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub kind: String,
    pub data: Value,
    pub ack: String,
}

/// Ids are hidden from readers until the millisecond they were made in is over.
pub fn let_the_bound_pass() {
    std::thread::sleep(Duration::from_millis(3));
}

/// Asks for a stream, whatever comes of it.
pub async fn request(app: &TestApp, user: &NewUser, body: &Value) -> edge_testkit::Reply {
    let_the_bound_pass();
    app.post("/api/sync/stream")
        .user(user)
        .json(body)
        .send()
        .await
}

/// Reads a body of lines; each ends with a line feed and has its keys in the contract's order.
pub fn lines(body: &[u8]) -> Vec<Line> {
    let text = std::str::from_utf8(body).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "{text}");
    let read = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        let keys: Vec<&String> = value.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["type", "data", "ack"], "{line}");
        Line {
            kind: value["type"].as_str().unwrap().to_owned(),
            data: value["data"].clone(),
            ack: value["ack"].as_str().unwrap().to_owned(),
        }
    };
    text.lines().map(read).collect()
}

/// A complete stream of these types without its last line.
pub async fn stream(app: &TestApp, user: &NewUser, types: &[&str]) -> Vec<Line> {
    let reply = request(app, user, &json!({ "types": types })).await;
    let reply = reply.expect(200);
    assert_eq!(reply.header("content-type"), "application/jsonlines+json");
    let mut lines = lines(&reply.body);
    let last = lines.pop().unwrap();
    assert_eq!(last.kind, "SyncCompleteV1");
    assert_eq!(last.data, json!({}));
    assert!(last.ack.starts_with("SyncCompleteV1|"), "{last:?}");
    lines
}

/// Sends acknowledgements.
pub async fn ack(app: &TestApp, user: &NewUser, acks: &[&str]) {
    app.post("/api/sync/ack")
        .user(user)
        .json(&json!({ "acks": acks }))
        .send()
        .await
        .expect(204);
}

/// A stream that is acknowledged line after line: the last ack of each run of one type.
pub async fn sync(app: &TestApp, user: &NewUser, types: &[&str]) -> Vec<Line> {
    let reply = request(app, user, &json!({ "types": types })).await;
    let mut all = lines(&reply.expect(200).body);
    for run in all.chunk_by(|a, b| a.kind == b.kind) {
        ack(app, user, &[&run.last().unwrap().ack]).await;
    }
    assert_eq!(all.pop().unwrap().kind, "SyncCompleteV1");
    all
}

/// The types of lines, each run once, with the number of its lines.
pub fn runs(lines: &[Line]) -> Vec<(&str, usize)> {
    lines
        .chunk_by(|a, b| a.kind == b.kind)
        .map(|run| (run[0].kind.as_str(), run.len()))
        .collect()
}

/// A field of all lines of one type.
pub fn field<'a>(lines: &'a [Line], kind: &str, name: &str) -> Vec<&'a str> {
    lines
        .iter()
        .filter(|line| line.kind == kind)
        .map(|line| line.data[name].as_str().unwrap())
        .collect()
}
