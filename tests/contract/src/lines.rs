//! Answers of JSON lines: each line of the sync stream against the type of its data (api/sync.md).

use serde_json::Value;

use crate::official::Contract;

/// Content type of such answers.
const JSON_LINES: &str = "application/jsonlines+json";

/// Whether an answer of this content type consists of lines.
pub fn is_stream(content_type: &str) -> bool {
    content_type.starts_with(JSON_LINES)
}

/// What does not fit in lines that were recorded as an array; a line that is no JSON was recorded as null.
pub fn problems(contract: &Contract, body: &Value) -> Vec<String> {
    let Some(lines) = body.as_array() else {
        return vec!["is no array of lines".into()];
    };
    let mut found: Vec<String> = lines
        .iter()
        .flat_map(|line| problems_of(contract, line))
        .collect();
    found.sort();
    found.dedup();
    found
}

fn problems_of(contract: &Contract, line: &Value) -> Vec<String> {
    let keys = line.as_object().map(|line| line.keys().collect::<Vec<_>>());
    let (Some(kind), Some(ack)) = (line["type"].as_str(), line["ack"].as_str()) else {
        return vec!["a line without type or ack".into()];
    };
    let mut found = contract.errors_of_type("SyncEntityType", &kind.into());
    if keys.is_none_or(|keys| keys.len() != 3) || ack.is_empty() {
        found.push(format!("{kind}: a line has type, data and ack"));
    }
    let problems = contract.errors_of_type(&type_of(kind), &line["data"]);
    found.extend(
        problems
            .into_iter()
            .map(|problem| format!("{kind}{problem}")),
    );
    found
}

/// The type of a line's data. Lines that come by way of a partner or an album have the type of the row itself.
fn type_of(kind: &str) -> String {
    let mut name = kind.replace("Backfill", "");
    for (way, rows) in [
        ("Partner", &["Asset", "Stack"][..]),
        ("Album", &["Asset"][..]),
    ] {
        let rest = name.strip_prefix(way);
        if let Some(rest) = rest.filter(|rest| rows.iter().any(|row| rest.starts_with(row))) {
            name = rest.replace("Create", "").replace("Update", "");
        }
    }
    if name.starts_with("Sync") {
        return name;
    }
    format!("Sync{}", name.replace("MemoryToAsset", "MemoryAsset"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_the_type_of_its_row() {
        for (kind, expected) in [
            ("AssetV2", "SyncAssetV2"),
            ("PartnerV1", "SyncPartnerV1"),
            ("PartnerDeleteV1", "SyncPartnerDeleteV1"),
            ("PartnerAssetBackfillV2", "SyncAssetV2"),
            ("PartnerAssetDeleteV1", "SyncAssetDeleteV1"),
            ("PartnerAssetExifBackfillV1", "SyncAssetExifV1"),
            ("PartnerStackDeleteV1", "SyncStackDeleteV1"),
            ("AlbumV2", "SyncAlbumV2"),
            ("AlbumDeleteV1", "SyncAlbumDeleteV1"),
            ("AlbumUserBackfillV1", "SyncAlbumUserV1"),
            ("AlbumAssetCreateV2", "SyncAssetV2"),
            ("AlbumAssetExifUpdateV1", "SyncAssetExifV1"),
            ("AlbumToAssetBackfillV1", "SyncAlbumToAssetV1"),
            ("AlbumToAssetDeleteV1", "SyncAlbumToAssetDeleteV1"),
            ("MemoryToAssetV1", "SyncMemoryAssetV1"),
            ("MemoryToAssetDeleteV1", "SyncMemoryAssetDeleteV1"),
            ("SyncAckV1", "SyncAckV1"),
        ] {
            assert_eq!(type_of(kind), expected, "{kind}");
        }
    }
}
