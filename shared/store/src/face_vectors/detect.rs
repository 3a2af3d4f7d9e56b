//! What `AssetDetectFaces` reads of an asset and stores (api/jobs-ml.md section 6.3).

use edge_platform::{Database, DbError, Row, Statement, stmt};
use serde_json::json;

use crate::{faces::Place, json_texts, media};

/// An asset in whose preview faces are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// Asset id.
    pub id: String,
    /// Whose it is.
    pub owner_id: String,
    /// It has edits, which may have cut faces away.
    pub is_edited: bool,
    /// Key of the preview of the unedited picture.
    pub preview: Option<String>,
    /// Its faces so far, those that were put away included.
    pub faces: Vec<Known>,
}

/// A face that is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Face id.
    pub id: String,
    /// A network has found it, not a file or a person.
    pub is_found: bool,
    /// Its owner has put it away.
    pub is_removed: bool,
    /// Where it is.
    pub place: Place,
}

/// A face as a network sees it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// That of the face it is known as, or a fresh one.
    pub id: String,
    /// Where it is; for one that is known nothing changes.
    pub place: Place,
    /// Its vector, base64 of numbers of 8 bits.
    pub code: String,
    /// It is not stored yet.
    pub is_new: bool,
}

/// The photo of a job; `None` when it is gone, in the trash or part of another. One round trip.
pub async fn find(db: &dyn Database, asset_id: &str) -> Result<Option<Photo>, DbError> {
    let rows = db
        .run(stmt!(
            "select a.id, a.owner_id, case when exists (select 1 from asset_edit d where d.asset_id = a.id) then 1 else 0 end \
             as is_edited, r.path as preview, f.id as face_id, f.source_type, f.deleted_at, f.image_width, f.image_height, \
             f.bounding_box_x1, f.bounding_box_y1, f.bounding_box_x2, f.bounding_box_y2 from asset a \
             left join asset_file r on r.asset_id = a.id and r.type = 'preview' and r.is_edited = 0 \
             left join asset_face f on f.asset_id = a.id \
             where a.id = ?1 and a.deleted_at is null and a.visibility <> 'hidden' order by f.id",
            asset_id
        ))
        .await?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let faces = rows.iter().filter_map(|row| known(&row).transpose());
    Ok(Some(Photo {
        id: first.get("id")?,
        owner_id: first.get("owner_id")?,
        is_edited: first.get("is_edited")?,
        preview: first.get("preview")?,
        faces: faces.collect::<Result<_, _>>()?,
    }))
}

fn known(row: &Row<'_>) -> Result<Option<Known>, DbError> {
    let Some(id) = row.get::<Option<String>>("face_id")? else {
        return Ok(None);
    };
    let pixels = |name: &str| {
        let pixels: i64 = row.get(name)?;
        i32::try_from(pixels).map_err(|error| DbError::Other(format!("asset_face.{name}: {error}")))
    };
    Ok(Some(Known {
        id,
        is_found: row.get::<String>("source_type")? == "machine-learning",
        is_removed: row.get::<Option<i64>>("deleted_at")?.is_some(),
        place: Place {
            x1: pixels("bounding_box_x1")?,
            y1: pixels("bounding_box_y1")?,
            x2: pixels("bounding_box_x2")?,
            y2: pixels("bounding_box_y2")?,
            width: pixels("image_width")?,
            height: pixels("image_height")?,
        },
    }))
}

/// The newest vector of this owner by this model, as it is stored: the next one is of its length. One round trip.
pub async fn newest(
    db: &dyn Database,
    owner_id: &str,
    model: &str,
) -> Result<Option<String>, DbError> {
    let rows = db
        .run(stmt!(
            "select v.code from face_vector v where v.owner_id = ?1 and v.model = ?2 order by v.seq desc limit 1",
            owner_id,
            model
        ))
        .await?;
    rows.first().map(|row| row.get("code")).transpose()
}

/// Makes these the faces of the photo that networks have found, with vectors of `model`; those of `gone` are seen no more.
/// Results of a job (`{held}`); `now` in epoch ms.
pub fn store(photo: &Photo, model: &str, seen: &[Seen], gone: &[&str], now: i64) -> Vec<Statement> {
    let mut batch = vec![
        media::hold(&photo.id),
        // Numbers of an owner's vectors come one after the other.
        stmt!(
            "select u.id from users u where u.id = ?1 for_update()",
            &photo.owner_id
        ),
    ];
    if !gone.is_empty() {
        batch.extend(remove(&photo.id, gone));
    }
    if !seen.is_empty() {
        let list: Vec<_> = seen.iter().map(row).collect();
        let list = serde_json::Value::from(list).to_string();
        batch.push(insert(&photo.id, &list, now));
        batch.push(vectors(&photo.id, model, &list));
    }
    batch.push(media::done(&photo.id, "faces_recognized_at", now));
    batch
}

fn row(seen: &Seen) -> serde_json::Value {
    let Place {
        x1,
        y1,
        x2,
        y2,
        width,
        height,
    } = seen.place;
    json!({
        "id": seen.id, "isNew": if seen.is_new { "1" } else { "0" }, "code": seen.code,
        "x1": x1, "y1": y1, "x2": x2, "y2": y2, "width": width, "height": height,
    })
}

/// Faces that are seen no more, and sync is told.
fn remove(asset_id: &str, gone: &[&str]) -> [Statement; 2] {
    let named = "(select f.id from json_rows(?1) v cross join asset_face f where f.id = v.value and f.asset_id = ?2 \
         and f.source_type = 'machine-learning' and f.deleted_at is null and {held})";
    let gone = json_texts(gone);
    [
        stmt!(
            format!(
                "insert into asset_face_audit (owner_id, id, asset_id, asset_face_id) \
                 select w.owner_id, uuid7(), w.asset_id, w.id from asset_face w where w.id in {named}"
            ),
            &gone,
            asset_id
        ),
        stmt!(
            format!("delete from asset_face where id in {named}"),
            &gone,
            asset_id
        ),
    ]
}

fn insert(asset_id: &str, list: &str, now: i64) -> Statement {
    stmt!(
        "insert into asset_face (id, asset_id, owner_id, image_width, image_height, bounding_box_x1, bounding_box_y1, \
         bounding_box_x2, bounding_box_y2, source_type, updated_at, update_id) \
         select json_text(v.value, id), a.id, a.owner_id, cast(json_text(v.value, width) as integer), \
         cast(json_text(v.value, height) as integer), cast(json_text(v.value, x1) as integer), \
         cast(json_text(v.value, y1) as integer), cast(json_text(v.value, x2) as integer), \
         cast(json_text(v.value, y2) as integer), 'machine-learning', cast(?3 as bigint), uuid7() \
         from json_rows(?1) v cross join asset a where a.id = ?2 and json_text(v.value, isNew) = '1' and {held}",
        list,
        asset_id,
        now
    )
}

/// Behind all vectors of the owner: also behind such as are gone, and stand in a block.
fn vectors(asset_id: &str, model: &str, list: &str) -> Statement {
    stmt!(
        "insert into face_vector (face_id, owner_id, model, seq, code, turn) \
         select f.id, f.owner_id, cast(?3 as text), 1 + v.position + (select coalesce(max(o.seq), 0) from \
         (select max(w.seq) as seq from face_vector w where w.owner_id = f.owner_id and w.model = ?3 \
         union all select max(b.last_seq) as seq from face_vector_block b where b.owner_id = f.owner_id and b.model = ?3) o), \
         json_text(v.value, code), case when f.person_id is null and f.deleted_at is null then 0 else 2 end \
         from json_rows(?1) v cross join asset_face f where f.id = json_text(v.value, id) and f.asset_id = ?2 and {held} \
         on conflict (face_id) do update set model = excluded.model, seq = excluded.seq, code = excluded.code, \
         turn = excluded.turn, former_person_id = null",
        list,
        asset_id,
        model
    )
}
