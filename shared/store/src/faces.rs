//! Table `asset_face`: faces on photos (api/features.md section A, Faces).

use edge_api::{enums::SourceType, faces::FaceResponse, id::FaceId};
use edge_platform::{DbError, Row, Rows, Statement, stmt};

use crate::{
    access::{ASSET_OWN, one_asset_read},
    assets::response,
    people,
};

/// The faces of an asset with their people, for [`read`]: those that are visible and not removed. No row: the caller may not
/// read the asset. People of others stay unknown, but for those whom the caller knows, too. Names `caller`.
pub fn list(asset_id: &str) -> Statement {
    stmt!(
        format!(
            "select f.id as face_id, f.bounding_box_x1, f.bounding_box_x2, f.bounding_box_y1, f.bounding_box_y2, \
             f.image_width, f.image_height, f.source_type, {} from caller c join asset a on a.id = ?1 \
             left join asset_face f on f.asset_id = a.id and f.is_visible = 1 and f.deleted_at is null \
             left join person q on q.id = f.person_id left join person p on p.id = {} \
             where a.status <> 'deleted' and {} order by f.id",
            people::COLUMNS,
            people::known("c.user_id"),
            one_asset_read()
        ),
        asset_id
    )
}

/// Reads the rows of [`list`]; `None`: the caller may not read the asset.
pub fn read(rows: &Rows) -> Result<Option<Vec<FaceResponse>>, DbError> {
    if rows.is_empty() {
        return Ok(None);
    }
    let faces = rows.iter().filter_map(|row| face(&row).transpose());
    faces.collect::<Result<_, _>>().map(Some)
}

/// `None`: the asset has no face.
fn face(row: &Row<'_>) -> Result<Option<FaceResponse>, DbError> {
    let Some(id) = row.get::<Option<String>>("face_id")? else {
        return Ok(None);
    };
    let source: String = row.get("source_type")?;
    let is_known = row.get::<Option<String>>("id")?.is_some();
    Ok(Some(FaceResponse {
        id: FaceId::from_trusted(id),
        x1: row.get("bounding_box_x1")?,
        x2: row.get("bounding_box_x2")?,
        y1: row.get("bounding_box_y1")?,
        y2: row.get("bounding_box_y2")?,
        image_width: row.get("image_width")?,
        image_height: row.get("image_height")?,
        source_type: SourceType::parse(&source)
            .ok_or_else(|| DbError::Other(format!("asset_face.source_type: {source}")))?,
        person: is_known.then(|| response::person(row)).transpose()?,
    }))
}

/// A box in pixels of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// Left side.
    pub x1: i32,
    /// Upper side.
    pub y1: i32,
    /// Right side.
    pub x2: i32,
    /// Lower side.
    pub y2: i32,
    /// Width of the image.
    pub width: i32,
    /// Height of the image.
    pub height: i32,
}

/// Whether the caller owns this asset (locked only while the folder is open); a row if so. Names `caller`.
pub fn own_asset(asset_id: &str) -> Statement {
    stmt!(
        format!(
            "select a.id from caller c join asset a on a.id = ?1 where a.status <> 'deleted' and {ASSET_OWN}"
        ),
        asset_id
    )
}

/// Stores a face that the caller has drawn on an own asset, of an own person. `now` in epoch ms. Names `caller`.
pub fn insert(id: &str, asset_id: &str, person_id: &str, place: Place, now: i64) -> Statement {
    stmt!(
        format!(
            "insert into asset_face (id, asset_id, owner_id, person_id, image_width, image_height, bounding_box_x1, \
             bounding_box_y1, bounding_box_x2, bounding_box_y2, source_type, updated_at, update_id) \
             select cast(?1 as text), a.id, a.owner_id, p.id, cast(?4 as integer), cast(?5 as integer), \
             cast(?6 as integer), cast(?7 as integer), cast(?8 as integer), cast(?9 as integer), 'manual', \
             cast(?10 as bigint), uuid7() from caller c join asset a on a.id = ?2 join person p on p.id = ?3 \
             where p.owner_id = c.user_id and {ASSET_OWN}"
        ),
        id,
        asset_id,
        person_id,
        place.width,
        place.height,
        place.x1,
        place.y1,
        place.x2,
        place.y2,
        now
    )
}

/// A face of the caller (on a locked asset only while the folder is open): column `person_id`, null for nobody. No row: the
/// caller has no such face. Names `caller`.
pub fn find(id: &str) -> Statement {
    stmt!(
        format!(
            "select f.person_id from caller c join asset_face f on f.id = ?1 join asset a on a.id = f.asset_id \
             where f.owner_id = c.user_id and {ASSET_OWN}"
        ),
        id
    )
}

/// Reads the row of [`find`]: the face's person; the outer `None`: the caller has no such face.
pub fn person_of(rows: Option<&Rows>) -> Result<Option<Option<String>>, DbError> {
    let row = rows.and_then(Rows::first);
    row.map(|row| row.get("person_id")).transpose()
}

/// The caller's face of the parameter `?1`.
const OWN: &str = "id = ?1 and owner_id in (select c.user_id from caller c)";

/// Removes a face of the caller for good and tells sync. Names `caller`.
pub fn batch_delete(id: &str) -> [Statement; 2] {
    [
        stmt!(
            format!(
                "insert into asset_face_audit (owner_id, id, asset_id, asset_face_id) \
                 select f.owner_id, uuid7(), f.asset_id, f.id from asset_face f where f.{OWN}"
            ),
            id
        ),
        stmt!(format!("delete from asset_face where {OWN}"), id),
    ]
}

/// Puts a face of the caller away: it is shown no more and not found again. Names `caller`; `now` in epoch ms.
pub fn hide(id: &str, now: i64) -> Statement {
    stmt!(
        format!(
            "update asset_face set deleted_at = ?2, updated_at = ?2, update_id = uuid7() where {OWN}"
        ),
        id,
        now
    )
}

/// Gives a face of the caller to an own person. Names `caller`; `now` in epoch ms.
pub fn set_person(id: &str, person_id: &str, now: i64) -> Statement {
    stmt!(
        format!(
            "update asset_face set person_id = cast(?2 as text), updated_at = ?3, update_id = uuid7() where {OWN} \
             and exists (select 1 from caller c join person p on p.id = ?2 where p.owner_id = c.user_id)"
        ),
        id,
        person_id,
        now
    )
}
