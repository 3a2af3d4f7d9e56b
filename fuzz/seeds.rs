//! Writes what the fuzzers start from: `seeds <folder>` makes `<folder>/<target>/<name>`.

use std::{fs, path::Path};

// Only for the counters that its flags put into all code.
use libfuzzer_sys as _;

#[path = "../shared/media/tests/common/mod.rs"]
mod common;

fn main() -> std::io::Result<()> {
    let folder = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "corpus".to_owned());
    let folder = Path::new(&folder);
    let write = |target: &str, name: &str, bytes: &[u8]| {
        fs::create_dir_all(folder.join(target))?;
        fs::write(folder.join(target).join(name), bytes)
    };
    for (at, (name, bytes)) in common::samples::samples().into_iter().enumerate() {
        write("picture", name, &bytes)?;
        let choice = u8::try_from(at).unwrap_or(0);
        write("metadata", name, &[&[choice][..], &bytes].concat())?;
    }
    let packet = common::exif::xmp(
        r#"xmp:Rating="2" exif:GPSLatitude="52,30.5N""#,
        "<dc:title>t</dc:title>",
    );
    write("sidecar", "a.xmp", &packet)?;
    for text in [
        "2024:05:06 07:08:09.123+02:00",
        "2024-05-06T07:08:09Z",
        "2024-05-06",
        "UTC+2",
        "-03:30",
    ] {
        write("dates", &text.replace([':', '/'], "_"), text.as_bytes())?;
    }
    let id = "0190a5d0-ac96-774b-bcce-b302099a8057";
    for (name, text) in [
        ("row", format!("AssetV2|{id}")),
        ("backfill", format!("AlbumAssetBackfillV2|{id}|{id}")),
        ("complete", format!("PartnerStackBackfillV1|{id}|complete")),
        ("reset", "SyncResetV1|reset".to_owned()),
    ] {
        write("checkpoints", name, text.as_bytes())?;
    }
    let form = "--b\r\nContent-Disposition: form-data; name=\"fileCreatedAt\"\r\n\r\n2024-03-01T10:00:00.000Z\r\n\
        --b\r\nContent-Disposition: form-data; name=\"fileModifiedAt\"\r\n\r\n2024-03-01T10:00:00.000Z\r\n\
        --b\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n[{\"key\":\"k\",\"value\":{}}]\r\n\
        --b\r\nContent-Disposition: form-data; name=\"assetData\"; filename=\"a.jpg\"\r\n\r\nbytes\r\n--b--\r\n";
    write("upload", "form", form.as_bytes())?;
    let id = "00000000-0000-4000-8000-000000000001";
    let bodies = [
        format!("\0\n{{\"ids\":[\"{id}\"],\"rating\":3,\"latitude\":1.5,\"longitude\":2,\"dateTimeOriginal\":\"2024-05-06T07:08:09Z\"}}"),
        format!("\u{1}\n{{\"items\":[{{\"assetId\":\"{id}\",\"key\":\"k\",\"value\":{{}}}}]}}"),
        "\u{2}\n{\"assets\":[{\"id\":\"a\",\"checksum\":\"0000000000000000000000000000000000000000\"}]}".to_owned(),
        format!("\u{3}\n{{\"assetIds\":[\"{id}\"],\"name\":\"refresh-metadata\"}}"),
        format!("\u{4}\n{{\"albumName\":\"a\",\"albumUsers\":[{{\"userId\":\"{id}\",\"role\":\"editor\"}}]}}"),
        format!("\u{5}assetId={id}&shared=true\n"),
        "\u{6}\n{\"name\":\"n\",\"avatarColor\":\"red\"}".to_owned(),
        "\u{7}\n{\"tags\":{\"enabled\":true},\"memories\":{\"duration\":5}}".to_owned(),
    ];
    for (at, body) in bodies.iter().enumerate() {
        write("bodies", &at.to_string(), body.as_bytes())?;
    }
    Ok(())
}
