//! Faces that files name: regions of XMP become people and faces (api/assets.md section 9, row "faces").
//!
//! All statements are results of a job (`{held}`). A face is known by its place: whom its owner gives it to, and that its owner
//! put it away, stays when the file is read again.

use edge_platform::{Statement, stmt};
use serde_json::json;

use crate::{faces::Place, fold::fold, jobs, people::OTHER};

/// A named face of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Who it is.
    pub name: String,
    /// Where, on the upright picture.
    pub place: Place,
}

/// The same place as `asset_face f`.
const SAME: &str = "cast(json_text(v.value, x1) as integer) = f.bounding_box_x1 \
     and cast(json_text(v.value, y1) as integer) = f.bounding_box_y1 \
     and cast(json_text(v.value, x2) as integer) = f.bounding_box_x2 \
     and cast(json_text(v.value, y2) as integer) = f.bounding_box_y2";

/// Makes the faces of an asset that come from its file these, with people of their names; people who have no portrait yet
/// get one. The rows of the last statement are for [`jobs::many::stored`]. `new_id` makes ids; `now` in epoch ms.
pub fn store(
    asset_id: &str,
    faces: &[Named],
    mut new_id: impl FnMut() -> String,
    now: i64,
) -> Vec<Statement> {
    let rows: Vec<_> = faces
        .iter()
        .map(|face| {
            let Place {
                x1,
                y1,
                x2,
                y2,
                width,
                height,
            } = face.place;
            json!({
                "id": new_id(), "person": new_id(), "name": face.name, "folded": fold(&face.name),
                "x1": x1, "y1": y1, "x2": x2, "y2": y2, "width": width, "height": height,
            })
        })
        .collect();
    let list = serde_json::Value::from(rows).to_string();
    let mut batch = vec![
        super::hold(asset_id),
        // Two photos of the same owner that name the same new person come one after the other.
        stmt!(
            "select u.id from users u where u.id in (select a.owner_id from asset a where a.id = ?1) for_update()",
            asset_id
        ),
    ];
    batch.extend(remove_others(&list, asset_id));
    if !faces.is_empty() {
        batch.push(people(&list, asset_id, now));
        batch.push(insert_new(&list, asset_id, now));
    }
    batch.extend(portraits(asset_id, now));
    batch
}

/// Faces that the file names no more.
fn remove_others(list: &str, asset_id: &str) -> [Statement; 2] {
    let gone = format!(
        "(select f.id from asset_face f where f.asset_id = ?2 and f.source_type = 'exif' and not exists (\
         select 1 from json_rows(?1) v where {SAME}))"
    );
    [
        stmt!(
            format!(
                "insert into asset_face_audit (owner_id, id, asset_id, asset_face_id) select w.owner_id, uuid7(), w.asset_id, \
                 w.id from asset_face w where w.id in {gone} and {{held}}"
            ),
            list,
            asset_id
        ),
        stmt!(
            format!("delete from asset_face where id in {gone} and {{held}}"),
            list,
            asset_id
        ),
    ]
}

/// Faces that the file did not name before.
fn insert_new(list: &str, asset_id: &str, now: i64) -> Statement {
    stmt!(
        format!(
            "insert into asset_face (id, asset_id, owner_id, person_id, image_width, image_height, bounding_box_x1, \
             bounding_box_y1, bounding_box_x2, bounding_box_y2, source_type, updated_at, update_id) \
             select json_text(v.value, id), a.id, a.owner_id, (select p.id from person p where p.owner_id = a.owner_id \
             and p.name = json_text(v.value, name) order by p.id limit 1), cast(json_text(v.value, width) as integer), \
             cast(json_text(v.value, height) as integer), cast(json_text(v.value, x1) as integer), \
             cast(json_text(v.value, y1) as integer), cast(json_text(v.value, x2) as integer), \
             cast(json_text(v.value, y2) as integer), 'exif', cast(?3 as bigint), uuid7() \
             from json_rows(?1) v cross join asset a where a.id = ?2 and {{held}} and not exists (\
             select 1 from asset_face f where f.asset_id = a.id and f.source_type = 'exif' and {SAME})"
        ),
        list,
        asset_id,
        now
    )
}

/// People of these names whom the owner does not have yet.
fn people(list: &str, asset_id: &str, now: i64) -> Statement {
    stmt!(
        "insert into person (id, owner_id, name, name_folded, created_at, updated_at, update_id) \
         select json_text(v.value, person), a.owner_id, json_text(v.value, name), json_text(v.value, folded), \
         cast(?3 as bigint), cast(?3 as bigint), uuid7() from json_rows(?1) v cross join asset a where a.id = ?2 and {held} \
         and not exists (select 1 from person p where p.owner_id = a.owner_id and p.name = json_text(v.value, name)) \
         and not exists (select 1 from json_rows(?1) b where b.position < v.position \
         and json_text(b.value, name) = json_text(v.value, name))",
        list,
        asset_id,
        now
    )
}

/// Portraits of the people on the asset who have none.
fn portraits(asset_id: &str, now: i64) -> [Statement; 2] {
    let bare = "(select w.id from asset_face x join person w on w.id = x.person_id where x.asset_id = ?1 \
         and {without} and {held})";
    [
        stmt!(
            format!(
                "update person set face_asset_id = {}, updated_at = ?2, update_id = uuid7() where id in {}",
                OTHER.replace("{not}", ""),
                bare.replace("{without}", "w.face_asset_id is null")
            ),
            asset_id,
            now
        ),
        stmt!(
            jobs::portraits::insert(&bare.replace(
                "{without}",
                "w.face_asset_id is not null and w.thumbnail_path = ''"
            )),
            asset_id,
            now
        ),
    ]
}
