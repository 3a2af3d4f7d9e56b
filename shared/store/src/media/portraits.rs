//! The picture of a person: the face that stands for them, cut out of its photo (api/jobs-ml.md section 4,
//! `PersonGenerateThumbnail`).

use edge_platform::{Database, DbError, Row, Statement, stmt};

use crate::faces::Place;

/// A face to be cut out, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Portrait {
    /// The person.
    pub person_id: String,
    /// Whose they are.
    pub owner_id: String,
    /// The face.
    pub face_id: String,
    /// Where it is.
    pub place: Place,
    /// The photo's asset.
    pub asset_id: String,
    /// Its preview, object key.
    pub preview: Option<String>,
}

/// The portrait of a person; `None` when nobody stands for them, or only on a photo that is locked or thrown away. One
/// round trip.
pub async fn find(db: &dyn Database, person_id: &str) -> Result<Option<Portrait>, DbError> {
    let rows = db
        .run(stmt!(
            "select p.id, p.owner_id, f.id as face_id, f.image_width, f.image_height, f.bounding_box_x1, \
             f.bounding_box_y1, f.bounding_box_x2, f.bounding_box_y2, a.id as asset_id, r.path as preview \
             from person p join asset_face f on f.id = p.face_asset_id and f.person_id = p.id \
             join asset a on a.id = f.asset_id left join asset_file r on r.asset_id = a.id and r.type = 'preview' \
             and r.is_edited = 0 where p.id = ?1 and f.deleted_at is null and a.deleted_at is null \
             and a.visibility <> 'locked'",
            person_id
        ))
        .await?;
    rows.first().map(|row| portrait(&row)).transpose()
}

fn portrait(row: &Row<'_>) -> Result<Portrait, DbError> {
    let side = |name: &str| {
        let pixels: i64 = row.get(name)?;
        i32::try_from(pixels).map_err(|error| DbError::Other(format!("asset_face.{name}: {error}")))
    };
    Ok(Portrait {
        person_id: row.get("id")?,
        owner_id: row.get("owner_id")?,
        face_id: row.get("face_id")?,
        place: Place {
            x1: side("bounding_box_x1")?,
            y1: side("bounding_box_y1")?,
            x2: side("bounding_box_x2")?,
            y2: side("bounding_box_y2")?,
            width: side("image_width")?,
            height: side("image_height")?,
        },
        asset_id: row.get("asset_id")?,
        preview: row.get("preview")?,
    })
}

/// Makes a stored object the picture of a person, while that face still stands for them; the former picture is deleted later.
/// Results of a job (`{held}`); `now` in epoch ms.
pub fn store(portrait: &Portrait, key: &str, now: i64) -> Vec<Statement> {
    let shown = "exists (select 1 from asset_face f join asset a on a.id = f.asset_id where f.id = ?3 \
         and f.deleted_at is null and a.deleted_at is null and a.visibility <> 'locked')";
    let (person, face) = (portrait.person_id.as_str(), portrait.face_id.as_str());
    vec![
        crate::people::hold(&[person]),
        stmt!(
            format!(
                "insert into object_deletion (object_key, attempts, run_after, created_at) \
                 select p.thumbnail_path, 0, cast(?2 as bigint), cast(?2 as bigint) from person p where p.id = ?1 \
                 and p.face_asset_id = ?3 and p.thumbnail_path <> '' and {shown} and {{held}} \
                 on conflict (object_key) do nothing"
            ),
            person,
            now,
            face
        ),
        stmt!(
            format!(
                "update person set thumbnail_path = cast(?4 as text), updated_at = ?2, update_id = uuid7() \
                 where id = ?1 and face_asset_id = ?3 and {shown} and {{held}}"
            ),
            person,
            now,
            face,
            key
        ),
        // Where another face came in between, the object stays pending until it is swept.
        stmt!(
            "delete from pending_object where object_key = ?2 and {held} and exists (select 1 from person p \
             where p.id = ?1 and p.thumbnail_path = ?2)",
            person,
            key
        ),
    ]
}
