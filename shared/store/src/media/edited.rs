//! What becomes of an asset whose edits were rendered (api/assets.md section 12): renditions, size, and which faces and
//! texts are left in the picture.

use edge_api::assets::{AssetEdit, Crop};
use edge_platform::{Database, DbError, Rows, Statement, stmt};

use super::{
    Source,
    renditions::{self, NewRendition, Side, files},
};
use crate::assets::edits;

/// The edits of an asset at one time.
#[derive(Debug, Clone, PartialEq)]
pub struct Edits {
    /// In the order they are applied.
    pub steps: Vec<AssetEdit>,
    /// Another one whenever they change.
    pub version: String,
}

impl Edits {
    /// What they keep of the picture; `None`: all.
    pub fn crop(&self) -> Option<Crop> {
        self.steps.iter().find_map(|step| match step {
            AssetEdit::Crop(crop) => Some(*crop),
            AssetEdit::Rotate(_) | AssetEdit::Mirror(_) => None,
        })
    }
}

/// Key of an edited rendition. Each time its pictures are made has a `version` of its own, so that a worker who comes late replaces no
/// newer one: `thumbs/<owner>/<id[0:2]>/<id[2:4]>/<id>_<kind>_edited_<version>.<extension>`.
pub fn key(source: &Source, kind: &str, version: &str, extension: &str) -> String {
    renditions::key(source, &format!("{kind}_edited_{version}"), extension)
}

/// What an asset looks like by its edits.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// Base64.
    pub thumbhash: String,
    /// Pixels as displayed.
    pub width: u32,
    /// As `width`.
    pub height: u32,
    /// Width and height of the upright original.
    pub original: (u32, u32),
    /// What is kept of it; `None`: all.
    pub crop: Option<Crop>,
}

/// The edits of an asset. One round trip.
pub async fn find(db: &dyn Database, asset_id: &str) -> Result<Edits, DbError> {
    let rows = db.run(edits::list(asset_id)).await?;
    let steps = edits::read(&rows)?;
    Ok(Edits {
        steps: steps.into_iter().map(|step| step.edit).collect(),
        version: version(&rows)?,
    })
}

/// The same, with width and height of the upright original as far as they are known: edits count in its pixels. One round trip.
pub async fn find_with_size(
    db: &dyn Database,
    asset_id: &str,
) -> Result<(Edits, Option<(u32, u32)>), DbError> {
    let batch = vec![edits::list(asset_id), edits::frame(asset_id)];
    let results = db.batch(batch).await?;
    let [listed, framed] = results.as_slice() else {
        return Err(DbError::Other("asset_edit: no answer".to_owned()));
    };
    let steps = edits::read(listed)?;
    let found = Edits {
        steps: steps.into_iter().map(|step| step.edit).collect(),
        version: version(listed)?,
    };
    let side = |length: i64| u32::try_from(length).ok();
    let size = edits::read_frame(framed)?.and_then(|frame| {
        let (width, height) = frame.size;
        Some((side(width)?, side(height)?))
    });
    Ok((found, size))
}

/// Which edits these are, of the rows of `edits::list`.
pub(crate) fn version(rows: &Rows) -> Result<String, DbError> {
    let newest = rows.iter().map(|row| row.get::<String>("newest"));
    Ok(newest.last().transpose()?.unwrap_or_default())
}

/// Results of a job (`{held}`): these are the renditions of the edited asset; none means that it has no edits any more.
/// Where its edits are others meanwhile, nothing is stored: their own job does it. `now` in epoch ms.
pub fn store(
    asset_id: &str,
    version: &str,
    renditions: &[NewRendition],
    look: &Look,
    now: i64,
) -> Vec<Statement> {
    let side = Side::Edited { asset_id, version };
    let mut batch = files(asset_id, renditions, side, now);
    batch.push(side.guard(stmt!(
        "update asset set thumbhash = ?2, width = cast(?3 as integer), height = cast(?4 as integer), \
         is_edited = cast(?5 as integer), updated_at = ?6, update_id = uuid7() where id = ?1 and {guard}",
        asset_id,
        &look.thumbhash,
        look.width,
        look.height,
        !renditions.is_empty(),
        now
    )));
    batch.extend(visible(asset_id, look, now).map(|statement| side.guard(statement)));
    batch
}

/// What has its middle in the crop is visible.
fn visible(asset_id: &str, look: &Look, now: i64) -> [Statement; 2] {
    let (width, height) = (i64::from(look.original.0), i64::from(look.original.1));
    let crop = look.crop.unwrap_or(Crop {
        x: 0,
        y: 0,
        width,
        height,
    });
    let inside = |middle: &str, unit: &str, from: usize| {
        let to = from + 1;
        format!(
            "{middle} >= cast(?{from} as bigint) * {unit} and {middle} <= cast(?{to} as bigint) * {unit}"
        )
    };
    let middle = |axis: char, side: usize| {
        format!(
            "(cast(bounding_box_{axis}1 as bigint) + bounding_box_{axis}2) * cast(?{side} as bigint)"
        )
    };
    let face = format!(
        "case when {} and {} then 1 else 0 end",
        inside(&middle('x', 6), "2 * image_width", 2),
        inside(&middle('y', 7), "2 * image_height", 4)
    );
    let text = format!(
        "case when {} and {} then 1 else 0 end",
        inside("(x1 + x2 + x3 + x4) * cast(?6 as bigint)", "4", 2),
        inside("(y1 + y2 + y3 + y4) * cast(?7 as bigint)", "4", 4)
    );
    let statement = |sql: String| {
        stmt!(
            sql,
            asset_id,
            crop.x,
            crop.x + crop.width,
            crop.y,
            crop.y + crop.height,
            width,
            height,
            now
        )
    };
    [
        statement(format!(
            "update asset_face set is_visible = {face}, updated_at = cast(?8 as bigint), update_id = uuid7() \
             where asset_id = ?1 and is_visible <> {face} and {{guard}}"
        )),
        statement(format!(
            "update asset_ocr set is_visible = {text}, update_id = uuid7() \
             where asset_id = ?1 and is_visible <> {text} and cast(?8 as bigint) >= 0 and {{guard}}"
        )),
    ]
}
