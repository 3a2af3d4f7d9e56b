//! `GET /assets/{id}/ocr`: the text in a picture (docs/ocr.md).

use axum::{Json, extract::State};
use edge_api::{
    assets::AssetOcr,
    id::AssetId,
    permission::{Permission, perm},
};
use edge_http::{App, Error, Guard, Id, Result};
use edge_store::{
    assets::{edits, frame::Frame},
    ocr,
};

/// The lines of text of an asset, where they are in the picture as it is shown. One round trip.
pub async fn ocr(
    guard: Guard<perm::AssetRead>,
    State(app): State<App>,
    Id(id): Id<AssetId>,
) -> Result<Json<Vec<AssetOcr>>> {
    let reads = vec![ocr::list(id.as_str()), edits::frame(id.as_str())];
    let (_, answers) = guard.admit(&app, reads).await?;
    let lines = answers.first().map(ocr::read).transpose()?.flatten();
    let mut lines = lines.ok_or_else(|| Error::no_access(Permission::AssetRead))?;
    let frame = answers.get(1).map(edits::read_frame).transpose()?.flatten();
    if let Some(frame) = frame {
        for line in &mut lines {
            show(line, &frame);
        }
    }
    Ok(Json(lines))
}

/// Moves the corners to where edits brought them.
fn show(line: &mut AssetOcr, frame: &Frame) {
    let corners = [
        (line.x1, line.y1),
        (line.x2, line.y2),
        (line.x3, line.y3),
        (line.x4, line.y4),
    ];
    let [one, two, three, four] = frame.shown_points(corners);
    (line.x1, line.y1) = one;
    (line.x2, line.y2) = two;
    (line.x3, line.y3) = three;
    (line.x4, line.y4) = four;
}
