//! Rules between fields, forms, and the shape of answers.

use serde_json::json;

use super::*;
use crate::id::AssetId;
use crate::input::{Input, from_form, from_json, from_query};

const ID: &str = "3fe388e4-2078-44d7-b36c-39d9dee3a657";

fn problems<T: Input + core::fmt::Debug>(body: &serde_json::Value) -> Vec<String> {
    from_json::<T>(body)
        .err()
        .unwrap_or_default()
        .iter()
        .map(|issue| format!("{}: {}", issue.path_text(), issue.message))
        .collect()
}

#[test]
fn coordinates_come_in_pairs_and_rating_zero_is_refused() {
    assert_eq!(
        problems::<UpdateAsset>(&json!({"latitude": 1, "rating": 0})),
        [
            ": Latitude and longitude must be provided together",
            "rating: Rating must be -1, 1-5 or null"
        ]
    );
    assert!(
        problems::<UpdateAsset>(&json!({"latitude": 1, "longitude": 2, "rating": -1})).is_empty()
    );
    assert_eq!(
        problems::<UpdateAsset>(&json!({"latitude": 91, "longitude": 2, "rating": 6})),
        [
            "latitude: Too big: expected number to be <=90",
            "rating: Too big: expected number to be <=5"
        ]
    );
}

#[test]
fn a_date_is_set_or_moved_not_both() {
    let body =
        json!({"ids": [ID], "dateTimeRelative": 5, "dateTimeOriginal": "2024-01-01T00:00:00Z"});
    assert_eq!(
        problems::<AssetBulkUpdate>(&body),
        ["dateTimeRelative: dateTimeRelative cannot exist alongside dateTimeOriginal"]
    );
}

#[test]
fn edits_know_their_parameters() {
    let body = json!({"edits": [
        {"action": "crop", "parameters": {"x": 0, "y": 0, "width": 2, "height": 3}},
        {"action": "mirror", "parameters": {"axis": "vertical"}},
    ]});
    let edits = from_json::<AssetEditsCreate>(&body).unwrap().edits;
    assert_eq!(
        serde_json::to_value(edits).unwrap(),
        *body.get("edits").unwrap()
    );
    assert_eq!(
        problems::<AssetEditsCreate>(&json!({"edits": []})),
        ["edits: Too small: expected array to have >=1 items"]
    );
    let turn = json!({"action": "rotate", "parameters": {"angle": 90}});
    assert_eq!(
        problems::<AssetEditsCreate>(&json!({"edits": [turn, turn]})),
        ["edits: Duplicate edit actions are not allowed"]
    );
    assert_eq!(
        problems::<AssetEditsCreate>(
            &json!({"edits": [{"action": "rotate", "parameters": {"angle": 45}}]})
        ),
        ["edits.0.parameters.angle: Invalid option: expected one of 0|90|180|270"]
    );
}

#[test]
fn upload_fields_are_text() {
    let form = |fields: &[(&str, &str)]| {
        from_form::<AssetUpload>(
            fields
                .iter()
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned())),
        )
    };
    let upload = form(&[
        ("fileCreatedAt", "2024-01-01T10:00:00.000Z"),
        ("fileModifiedAt", "2024-01-01T10:00:00.000Z"),
        ("fileSize", "123"),
        ("isFavorite", "false"),
        ("duration", "1500"),
        (
            "metadata",
            r#"[{"key":"mobile-app","value":{"iCloudId":"x"}}]"#,
        ),
    ])
    .unwrap();
    assert_eq!((upload.duration, upload.metadata.len()), (Some(1500), 1));
    let issues = form(&[("fileCreatedAt", "now"), ("metadata", "[{}]")]).unwrap_err();
    let paths: Vec<String> = issues
        .iter()
        .map(super::super::error::Issue::path_text)
        .collect();
    assert_eq!(
        paths,
        [
            "fileCreatedAt",
            "fileModifiedAt",
            "metadata.0.key",
            "metadata.0.value"
        ]
    );
}

#[test]
fn thumbnails_default_to_the_small_unedited_one() {
    let query = from_query::<ThumbnailQuery>("c=abc&key=x").unwrap();
    assert_eq!((query.size.as_str(), query.edited), ("thumbnail", false));
}

#[test]
fn upload_check_answers_carry_only_what_is_known() {
    let accepted = AssetBulkUploadCheckResult::accept("/a.jpg".into());
    assert_eq!(
        serde_json::to_value(accepted).unwrap(),
        json!({"id": "/a.jpg", "action": "accept"})
    );
    let known = AssetBulkUploadCheckResult::duplicate("b".into(), AssetId::from_trusted(ID), true);
    assert_eq!(
        serde_json::to_value(known).unwrap(),
        json!({"id": "b", "action": "reject", "reason": "duplicate", "assetId": ID, "isTrashed": true})
    );
}
