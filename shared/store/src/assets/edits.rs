//! Table `asset_edit`: how a picture is cropped, turned and mirrored (api/assets.md section 12).

use edge_api::{
    assets::{AssetEdit, AssetEditResponse},
    enums::AssetEditAction,
    id::EditId,
    input::from_json,
};
use edge_platform::{DbError, Row, Rows, Statement, stmt};
use serde_json::json;

use crate::{
    access::ASSET_OWN,
    assets::frame::Frame,
    jobs::{self, NewJob},
};

/// SQL condition: visitors of a link see `asset a` only as it is edited, also while its edits are not rendered yet. Names `caller c`.
pub(crate) const ONLY_EDITED: &str =
    "(c.link_id is not null and exists (select 1 from asset_edit way where way.asset_id = a.id))";

/// What decides whether an asset can be edited, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Editable {
    /// A picture, no video.
    pub is_image: bool,
    /// It has a motion part.
    pub is_live_photo: bool,
    /// It is shown as a sphere.
    pub is_panorama: bool,
    /// Name as uploaded.
    pub file_name: String,
    /// Pixels of the upright original.
    pub size: Option<(i64, i64)>,
}

/// What tells the size of the upright original, of `asset a` and `asset_exif e` ([`size`]).
const SIZE: &str =
    "e.exif_image_width, e.exif_image_height, e.orientation, a.width, a.height, a.is_edited";

/// What [`editable`] reads of an asset of the caller. Names `caller`.
pub fn find(asset_id: &str) -> Statement {
    stmt!(
        format!(
            "select a.type, a.live_photo_video_id, e.projection_type, a.original_file_name, {SIZE} from caller c \
             join asset a on a.id = ?1 join asset_exif e on e.asset_id = a.id \
             where a.status <> 'deleted' and {ASSET_OWN}"
        ),
        asset_id
    )
}

/// Reads the row of [`find`]; `None`: the caller has no such asset.
pub fn editable(rows: &Rows) -> Result<Option<Editable>, DbError> {
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let projection: Option<String> = row.get("projection_type")?;
    Ok(Some(Editable {
        is_image: row.get::<String>("type")? == "IMAGE",
        is_live_photo: row.get::<Option<String>>("live_photo_video_id")?.is_some(),
        is_panorama: projection.as_deref() == Some("EQUIRECTANGULAR"),
        file_name: row.get("original_file_name")?,
        size: size(&row)?,
    }))
}

/// Width and height of the upright original; `None`: unknown. Of an edited asset the columns tell the edited size, so its file
/// has to say it.
fn size(row: &Row<'_>) -> Result<Option<(i64, i64)>, DbError> {
    let pair = |width: &str, height: &str| {
        Ok::<_, DbError>(row.get::<Option<i64>>(width)?.zip(row.get(height)?))
    };
    let shown = if row.get("is_edited")? {
        None
    } else {
        pair("width", "height")?
    };
    let orientation: Option<String> = row.get("orientation")?;
    let is_turned = matches!(orientation.as_deref(), Some("5" | "6" | "7" | "8"));
    let stored = pair("exif_image_width", "exif_image_height")?;
    let upright = stored.map(|(width, height)| {
        if is_turned {
            (height, width)
        } else {
            (width, height)
        }
    });
    let size = shown.or(upright);
    Ok(size.filter(|(width, height)| *width > 0 && *height > 0))
}

/// What [`read_frame`] reads of an asset. It asks nobody's permission: a statement beside it does.
pub fn frame(asset_id: &str) -> Statement {
    stmt!(
        format!(
            "select {SIZE}, t.id, t.action, t.parameters from asset_edit t join asset a on a.id = t.asset_id \
             join asset_exif e on e.asset_id = t.asset_id where t.asset_id = ?1 order by t.sequence"
        ),
        asset_id
    )
}

/// How an asset is edited; `None`: not at all, or its size is unknown.
pub fn read_frame(rows: &Rows) -> Result<Option<Frame>, DbError> {
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let edits = read(rows)?.into_iter().map(|step| step.edit).collect();
    Ok(size(&row)?.map(|size| Frame { size, edits }))
}

/// The steps of an asset in order, for [`read`].
pub fn list(asset_id: &str) -> Statement {
    stmt!(
        "select t.id, t.action, t.parameters, (select max(newer.update_id) from asset_edit newer \
         where newer.asset_id = ?1) as newest from asset_edit t where t.asset_id = ?1 order by t.sequence",
        asset_id
    )
}

/// Reads the rows of [`list`].
pub fn read(rows: &Rows) -> Result<Vec<AssetEditResponse>, DbError> {
    rows.iter().map(|row| step(&row)).collect()
}

fn step(row: &Row<'_>) -> Result<AssetEditResponse, DbError> {
    let broken = |what: String| DbError::Other(format!("asset_edit: {what}"));
    let parameters: String = row.get("parameters")?;
    let parameters: serde_json::Value =
        serde_json::from_str(&parameters).map_err(|error| broken(error.to_string()))?;
    let action: String = row.get("action")?;
    let value = json!({ "action": action, "parameters": parameters });
    Ok(AssetEditResponse {
        id: EditId::from_trusted(row.get::<String>("id")?),
        edit: from_json(&value).map_err(|issues| broken(format!("{issues:?}")))?,
    })
}

/// Replaces the steps of an asset of the caller, tells sync, and stores the job that renders them; none means the
/// original again. Names `caller`; `new_id` makes ids; `now` in epoch ms.
pub fn batch_replace(
    asset_id: &str,
    edits: &[AssetEdit],
    mut new_id: impl FnMut() -> String,
    job: &NewJob,
    now: i64,
) -> Vec<Statement> {
    let own = format!(
        "exists (select 1 from caller c join asset a on a.id = ?1 where {ASSET_OWN} and a.status <> 'deleted')"
    );
    let mut batch = vec![
        super::remove::hold(&[asset_id]),
        stmt!(
            format!(
                "insert into asset_edit_audit (owner_id, id, asset_id, edit_id) select x.owner_id, uuid7(), x.asset_id, \
                 x.id from asset_edit x where x.asset_id = ?1 and {own}"
            ),
            asset_id
        ),
        stmt!(
            format!("delete from asset_edit where asset_id = ?1 and {own}"),
            asset_id
        ),
    ];
    for (sequence, edit) in (0_i64..).zip(edits) {
        let (action, parameters) = columns(edit);
        batch.push(stmt!(
            format!(
                "insert into asset_edit (id, asset_id, owner_id, sequence, action, parameters, update_id) \
                 select cast(?2 as text), a.id, a.owner_id, cast(?3 as integer), cast(?4 as text), cast(?5 as text), \
                 uuid7() from caller c join asset a on a.id = ?1 where {ASSET_OWN} and a.status <> 'deleted'"
            ),
            asset_id,
            new_id(),
            sequence,
            action,
            parameters
        ));
    }
    batch.push(jobs::insert_for_asset(job, asset_id, now));
    batch
}

/// `action` and `parameters` of a row.
fn columns(edit: &AssetEdit) -> (&'static str, String) {
    let (action, parameters) = match edit {
        AssetEdit::Crop(crop) => (
            AssetEditAction::Crop,
            json!({ "x": crop.x, "y": crop.y, "width": crop.width, "height": crop.height }),
        ),
        AssetEdit::Rotate(rotate) => (AssetEditAction::Rotate, json!({ "angle": rotate.angle })),
        AssetEdit::Mirror(mirror) => (
            AssetEditAction::Mirror,
            json!({ "axis": mirror.axis.as_str() }),
        ),
    };
    (action.as_str(), parameters.to_string())
}
