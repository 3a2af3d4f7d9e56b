//! The sync stream in the types of 2.7 (api/v32.md section 13): an asset is an `AssetV1`, whose duration is a text, and owners are no
//! users of their albums. Acknowledgements are the server's own, by another name.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use edge_api::legacy::duration;
use edge_http::{Response, areas::handed_on};
use edge_platform::{ByteStream, ObjectBody};
use futures::{TryStreamExt as _, stream};
use http::header;
use serde_json::Value;

/// Kinds of lines that were called V1; each is followed by `V1` or `V2`.
const ASSETS: [&str; 6] = [
    "AlbumAssetBackfill",
    "AlbumAssetCreate",
    "AlbumAssetUpdate",
    "Asset",
    "PartnerAsset",
    "PartnerAssetBackfill",
];
/// What of it is asked for; the same.
const ASKED: [&str; 3] = ["AlbumAssets", "Assets", "PartnerAssets"];
/// Kinds of acknowledgements that clients of this generation never gave.
const LATER: [&str; 3] = ["AlbumV2", "AssetOcrV1", "AssetOcrDeleteV1"];

/// The name today of a type of lines of then.
pub fn told_type(name: &str) -> String {
    renamed(&ASSETS, name, "V1", "V2")
}

/// The same of a type that is asked for.
pub fn asked_type(name: &str) -> String {
    renamed(&ASKED, name, "V1", "V2")
}

/// An acknowledgement of then as it was given out by the stream.
pub fn told_ack(ack: &str) -> String {
    of_ack(ack, told_type)
}

/// An acknowledgement of the stream for clients of then.
fn ack(ack: &str) -> String {
    of_ack(ack, old_type)
}

fn old_type(name: &str) -> String {
    renamed(&ASSETS, name, "V2", "V1")
}

fn renamed(of: &[&str], name: &str, from: &str, to: &str) -> String {
    let kind = name.strip_suffix(from).filter(|kind| of.contains(kind));
    kind.map_or_else(|| name.to_owned(), |kind| format!("{kind}{to}"))
}

fn of_ack(ack: &str, rename: impl Fn(&str) -> String) -> String {
    let (kind, rest) = ack.split_at(ack.find('|').unwrap_or(ack.len()));
    format!("{}{rest}", rename(kind))
}

/// The list of acknowledgements.
pub fn acks(mut found: Value) -> Value {
    let Some(list) = found.as_array_mut() else {
        return found;
    };
    list.retain(|one| {
        !one["type"]
            .as_str()
            .is_some_and(|kind| LATER.contains(&kind))
    });
    for one in list {
        let kind = one["type"].as_str().map(old_type);
        let acked = one["ack"].as_str().map(ack);
        one["type"] = kind.into();
        one["ack"] = acked.into();
    }
    found
}

/// An answer that is no JSON: lines are read one by one, everything else is handed on.
pub fn answer(answer: http::Response<ObjectBody>) -> Response {
    let kind = answer.headers().get(header::CONTENT_TYPE);
    if !kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/jsonlines+json")) {
        return handed_on(answer);
    }
    let (mut parts, body) = answer.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let state = (body.into_stream(), BytesMut::new(), false);
    let lines = stream::try_unfold(
        state,
        |(mut chunks, mut rest, is_over): (ByteStream, BytesMut, bool)| async move {
            if is_over {
                return Ok::<_, edge_platform::ObjectError>(None);
            }
            loop {
                if let Some(end) = rest.iter().rposition(|byte| *byte == b'\n') {
                    let whole = rest.split_to(end + 1);
                    return Ok(Some((reworded(&whole), (chunks, rest, false))));
                }
                match chunks.try_next().await? {
                    Some(chunk) => rest.extend_from_slice(&chunk),
                    None => return Ok(Some((reworded(&rest), (chunks, BytesMut::new(), true)))),
                }
            }
        },
    );
    Response::from_parts(parts, Body::from_stream(lines))
}

/// Whole lines in old words; those that clients of then cannot read are left out.
fn reworded(lines: &[u8]) -> Bytes {
    let mut text = Vec::with_capacity(lines.len());
    for line in lines
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let Ok(value) = serde_json::from_slice(line) else {
            text.extend_from_slice(line);
            text.push(b'\n');
            continue;
        };
        if let Some(value) = reworded_line(value) {
            text.extend_from_slice(value.to_string().as_bytes());
            text.push(b'\n');
        }
    }
    text.into()
}

fn reworded_line(mut line: Value) -> Option<Value> {
    let kind = line["type"].as_str().unwrap_or_default().to_owned();
    let is_user_of_album = ["AlbumUserV1", "AlbumUserBackfillV1"].contains(&kind.as_str());
    if is_user_of_album && line["data"]["role"] == "owner" {
        return None;
    }
    let old = old_type(&kind);
    if old != kind {
        let duration = line["data"]["duration"].as_i64().map(duration::text);
        line["data"]["duration"] = duration.into();
    }
    line["type"] = old.into();
    line["ack"] = line["ack"].as_str().map(ack).into();
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_assets_have_other_names() {
        assert_eq!(
            told_type("PartnerAssetBackfillV1"),
            "PartnerAssetBackfillV2"
        );
        assert_eq!(told_type("AssetExifV1"), "AssetExifV1");
        assert_eq!(asked_type("AlbumAssetsV1"), "AlbumAssetsV2");
        assert_eq!(asked_type("AlbumsV1"), "AlbumsV1");
        assert_eq!(told_ack("AssetV1|1|2"), "AssetV2|1|2");
        assert_eq!(ack("AlbumAssetCreateV2|1"), "AlbumAssetCreateV1|1");
        assert_eq!(ack("nothing"), "nothing");
    }

    #[test]
    fn lines_are_reworded_or_left_out() {
        let lines = [
            json!({ "type": "AssetV2", "ack": "AssetV2|1", "data": { "id": "a", "duration": 1500 } }),
            json!({ "type": "AlbumUserV1", "ack": "AlbumUserV1|1", "data": { "role": "owner" } }),
            json!({ "type": "AlbumUserV1", "ack": "AlbumUserV1|2", "data": { "role": "editor" } }),
        ];
        let text = lines.each_ref().map(Value::to_string).join("\n") + "\n";
        let found = reworded(text.as_bytes());
        let found: Vec<Value> = found
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect();
        let asset = json!({ "type": "AssetV1", "ack": "AssetV1|1", "data": { "id": "a", "duration": "00:00:01.500" } });
        assert_eq!(found, [asset, lines[2].clone()]);
    }
}
