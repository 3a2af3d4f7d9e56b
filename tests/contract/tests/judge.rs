//! The program finds what is wrong in a recording, and nothing in a good one.
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::{Value, json};

/// Judges one answer of `GET /api/albums/{id}`, which must be `{count: number, name: string | null}`.
fn judge(status: u16, content_type: &str, body: &Value, openapi: Option<&Value>) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::create_dir(path.join("answers")).unwrap();
    let operation = json!({
        "area": "albums", "method": "GET", "path": "/api/albums/{id}", "name": "getAlbumInfo",
        "hidden": false, "built": true,
    });
    write(&path.join("routes.json"), &json!([operation]));
    let sdk = json!({
        "version": "3.2.2",
        "operations": { "getAlbumInfo": {
            "method": "GET", "path": "/api/albums/{}", "answer": "json", "schema": { "$ref": "#/definitions/Album" },
        } },
        "definitions": { "Album": {
            "type": "object", "required": ["count", "name"], "additionalProperties": false,
            "properties": {
                "count": { "type": "number" }, "name": { "type": ["string", "null"] },
                "assets": { "type": "array", "items": { "$ref": "#/definitions/Asset" } },
            },
        }, "Asset": {
            "type": "object", "required": ["id", "checksum"], "properties": { "width": { "type": "number" } },
        } },
    });
    write(&path.join("sdk.json"), &sdk);
    let answer = |status: u16, content_type: &str, body: &Value| {
        json!({
            "method": "GET", "uri": "/api/albums/1?x=2", "sent": null, "status": status, "type": content_type,
            "size": body.to_string().len(), "body": body,
        })
    };
    let good = answer(200, "application/json", &json!({ "count": 1, "name": "a" }));
    let lines = format!("{good}\n{}\n", answer(status, content_type, body));
    fs::write(path.join("answers/a.jsonl"), lines).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_edge-contract"));
    program.arg(path);
    if let Some(openapi) = openapi {
        write(&path.join("openapi.json"), openapi);
        program.arg(path.join("openapi.json"));
    }
    program.output().unwrap()
}

fn write(path: &Path, value: &Value) {
    fs::write(path, value.to_string()).unwrap();
}

/// A document in which the count is an integer and nothing may be null.
fn openapi() -> Value {
    json!({
        "info": { "version": "3.1.0" },
        "paths": { "/albums/{id}": { "get": {
            "operationId": "getAlbumInfo",
            "parameters": [{ "in": "query", "name": "x", "schema": { "type": "integer" } }],
            "responses": { "200": { "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/Album" },
            } } } },
        } } },
        "components": { "schemas": { "Album": {
            "type": "object", "required": ["count", "name"],
            "properties": { "count": { "type": "integer" }, "name": { "type": "string" } },
        } } },
    })
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn an_asset_without_its_metadata_lacks_what_links_hide_and_nothing_else() {
    let stripped = json!({
        "id": "1", "type": "IMAGE", "originalMimeType": null, "thumbhash": null, "localDateTime": null, "duration": null,
        "livePhotoVideoId": null, "hasMetadata": false, "width": 1, "height": 1,
    });
    let with = |change: &dyn Fn(&mut Value)| {
        let mut asset = stripped.clone();
        change(&mut asset);
        let body = json!({ "count": 1, "name": null, "assets": [asset] });
        judge(200, "application/json", &body, None)
    };
    assert!(with(&|_| {}).status.success());
    for change in [
        &(|asset: &mut Value| asset["width"] = json!("1")) as &dyn Fn(&mut Value),
        &|asset: &mut Value| asset["hasMetadata"] = json!(true),
        &|asset: &mut Value| asset["originalPath"] = json!("a.jpg"),
        &|asset: &mut Value| *asset = json!({ "id": "1", "hasMetadata": false }),
    ] {
        assert!(!with(change).status.success());
    }
}

#[test]
fn what_fits_passes() {
    for (status, body) in [
        (200, json!({ "count": 1, "name": "a" })),
        (
            400,
            json!({ "message": "Not found or no album.read access" }),
        ),
        (501, json!({ "message": "This operation is not built yet" })),
    ] {
        let output = judge(
            status,
            "application/json; charset=utf-8",
            &body,
            Some(&openapi()),
        );
        assert!(output.status.success(), "{}", text(&output));
        assert!(
            text(&output).contains("| albums | 1 | 1 | 1 | 2 | 2 |"),
            "{}",
            text(&output)
        );
    }
}

#[test]
fn what_does_not_fit_fails() {
    let table = [
        (
            200,
            json!({ "count": 1 }),
            "\"name\" is a required property",
        ),
        (200, json!({ "count": "1", "name": null }), "/count"),
        (
            200,
            json!({ "count": 1, "name": null, "more": 1 }),
            "Additional properties",
        ),
        (
            400,
            json!({ "message": "x", "statusCode": 400 }),
            "Additional properties",
        ),
        (
            500,
            json!({ "message": "Failed to get album info" }),
            "status 500",
        ),
    ];
    for (status, body, wanted) in table {
        let output = judge(status, "application/json", &body, None);
        assert!(!output.status.success(), "{body}");
        assert!(
            text(&output).contains(wanted),
            "{wanted} in {}",
            text(&output)
        );
    }
    let output = judge(200, "text/plain", &Value::Null, None);
    assert!(text(&output).contains("is not JSON"), "{}", text(&output));
}

#[test]
fn the_document_rules_and_a_difference_has_to_be_listed() {
    let output = judge(
        200,
        "application/json",
        &json!({ "count": 1.5, "name": "a" }),
        Some(&openapi()),
    );
    assert!(
        text(&output).contains("WRONG: getAlbumInfo: /count"),
        "{}",
        text(&output)
    );
    let mut document = openapi();
    document["paths"]["/albums/{id}"]["get"]["responses"] = json!({ "204": {} });
    let output = judge(
        200,
        "application/json",
        &json!({ "count": 1, "name": "a" }),
        Some(&document),
    );
    assert!(
        text(&output).contains("status 200, not [204]"),
        "{}",
        text(&output)
    );
    let mut document = openapi();
    document["components"]["schemas"]["Album"]["required"] = json!([]);
    let output = judge(
        200,
        "application/json",
        &json!({ "count": 1 }),
        Some(&document),
    );
    assert!(!output.status.success());
    assert!(text(&output).contains("NOT LISTED"), "{}", text(&output));
}

#[test]
fn a_table_that_leaves_the_contract_fails() {
    let mut document = openapi();
    document["paths"]["/albums"] =
        json!({ "get": { "operationId": "getAllAlbums", "responses": {} } });
    let good = json!({ "count": 1, "name": "a" });
    let output = judge(200, "application/json", &good, Some(&document));
    assert!(
        text(&output).contains("getAllAlbums: is in no route table"),
        "{}",
        text(&output)
    );
    let mut document = openapi();
    document["paths"] = json!({ "/album/{id}": document["paths"]["/albums/{id}"] });
    let output = judge(200, "application/json", &good, Some(&document));
    assert!(
        text(&output).contains("is not an operation of OpenAPI 3.1.0"),
        "{}",
        text(&output)
    );
}

/// Judges a stream of these lines, of which assets must have an id.
fn judge_lines(lines: &Value) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::create_dir(path.join("answers")).unwrap();
    let operation = json!({
        "area": "sync", "method": "POST", "path": "/api/sync/stream", "name": "getSyncStream", "hidden": false, "built": true,
    });
    write(&path.join("routes.json"), &json!([operation]));
    let none = json!({ "type": "object", "additionalProperties": false });
    let asset = json!({
        "type": "object", "required": ["id"], "additionalProperties": false, "properties": { "id": { "type": "string" } },
    });
    let sdk = json!({
        "version": "3.2.2",
        "operations": { "getSyncStream": { "method": "POST", "path": "/api/sync/stream", "answer": "nothing" } },
        "definitions": {
            "SyncAssetV2": asset, "SyncCompleteV1": none,
            "SyncEntityType": { "type": "string", "enum": ["AlbumAssetCreateV2", "AssetV2", "SyncCompleteV1"] },
        },
    });
    write(&path.join("sdk.json"), &sdk);
    let answer = json!({
        "method": "POST", "uri": "/api/sync/stream", "sent": null, "status": 200,
        "type": "application/jsonlines+json", "size": 1, "body": lines,
    });
    fs::write(path.join("answers/a.jsonl"), format!("{answer}\n")).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_edge-contract"));
    program.arg(path).output().unwrap()
}

#[test]
fn every_line_of_a_stream_is_judged() {
    let line = |kind: &str, data: Value| json!({ "type": kind, "data": data, "ack": "x" });
    let asset = line("AlbumAssetCreateV2", json!({ "id": "1" }));
    let end = line("SyncCompleteV1", json!({}));
    let output = judge_lines(&json!([asset, end]));
    assert!(output.status.success(), "{}", text(&output));
    for (bad, wanted) in [
        (
            line("AssetV2", json!({})),
            "AssetV2: \"id\" is a required property",
        ),
        (line("AssetV2", json!({ "id": 1 })), "AssetV2/id"),
        (line("AssetV9", json!({})), "SyncAssetV9"),
        (
            json!({ "type": "AssetV2", "data": { "id": "1" } }),
            "without type or ack",
        ),
        (Value::Null, "without type or ack"),
    ] {
        let output = judge_lines(&json!([asset, bad, end]));
        assert!(!output.status.success(), "{bad}");
        assert!(
            text(&output).contains(wanted),
            "{wanted} in {}",
            text(&output)
        );
    }
}
