//! An asset in the second dialect (api/gumnut-upload.md).

use edge_api::{
    gumnut::{GumnutAsset, GumnutBox, GumnutExif, GumnutFace, GumnutPerson, GumnutUpload},
    media_type,
    time::{LocalMillis, Millis},
};
use edge_platform::{DbError, Row, Rows, Statement, stmt};

/// The statements that read one asset of `owner_id`; read their results with [`asset`].
pub fn statements(id: &str, owner_id: &str) -> Vec<Statement> {
    vec![
        stmt!(
            "select a.id, a.original_file_name, a.file_created_at, a.file_modified_at, a.local_date_time, \
             a.checksum, a.checksum_sha256, a.created_at, a.updated_at, a.width, a.height, \
             e.file_size_in_byte, e.make, e.model, e.orientation, e.modify_date, e.date_time_original, \
             e.lens_model, e.f_number, e.focal_length, e.iso, e.exposure_time, e.latitude, e.longitude, e.city, \
             e.state, e.country, e.description, e.fps, e.live_photo_cid, e.projection_type, \
             e.profile_description, e.auto_stack_id, e.rating, e.updated_at as exif_updated_at, \
             s.metadata_extracted_at from asset a join asset_exif e on e.asset_id = a.id \
             left join asset_job_status s on s.asset_id = a.id where a.id = ?1 and a.owner_id = ?2",
            id,
            owner_id,
        ),
        stmt!(
            "select f.id, f.asset_id, f.person_id, f.bounding_box_x1, f.bounding_box_y1, f.bounding_box_x2, \
             f.bounding_box_y2, f.updated_at from asset_face f where f.asset_id = ?1 and f.owner_id = ?2 \
             and f.is_visible = 1 and f.deleted_at is null order by f.id",
            id,
            owner_id,
        ),
        stmt!(
            "select p.id, p.is_hidden, p.is_favorite, p.created_at, p.updated_at, p.name, p.birth_date, \
             p.face_asset_id, p.thumbnail_path from person p where p.owner_id = ?2 and p.id in \
             (select f.person_id from asset_face f where f.asset_id = ?1 and f.is_visible = 1 \
             and f.deleted_at is null) order by p.id",
            id,
            owner_id,
        ),
    ]
}

/// Reads the results of [`statements`]; echoes what the client sent. `None` when the asset is gone.
pub fn asset(results: &[Rows], sent: &GumnutUpload) -> Result<Option<GumnutAsset>, DbError> {
    let [assets, faces, people] = results else {
        return Err(DbError::Other(
            "an asset is read by three statements".into(),
        ));
    };
    let Some(row) = assets.first() else {
        return Ok(None);
    };
    let id: String = row.get("id")?;
    let file_name: String = row.get("original_file_name")?;
    let is_read = row.get::<Option<i64>>("metadata_extracted_at")?.is_some();
    Ok(Some(GumnutAsset {
        device_asset_id: sent.device_asset_id.clone(),
        device_id: sent.device_id.clone(),
        mime_type: media_type::mime_type(&file_name),
        original_file_name: file_name,
        file_created_at: Millis(row.get("file_created_at")?),
        file_modified_at: Millis(row.get("file_modified_at")?),
        local_datetime: LocalMillis(row.get("local_date_time")?),
        checksum: row
            .get::<Option<String>>("checksum_sha256")?
            .unwrap_or_default(),
        checksum_sha1: row.get("checksum")?,
        created_at: Millis(row.get("created_at")?),
        updated_at: Millis(row.get("updated_at")?),
        exif: is_read.then(|| exif(&row, &id)).transpose()?,
        metrics: serde_json::Map::new(),
        download_url: format!("/api/assets/{id}/original"),
        thumbnail_url: format!("/api/assets/{id}/thumbnail"),
        faces: faces
            .iter()
            .map(|row| face(&row))
            .collect::<Result<_, _>>()?,
        people: people
            .iter()
            .map(|row| person(&row))
            .collect::<Result<_, _>>()?,
        width: row.get::<Option<i64>>("width")?.unwrap_or(0),
        height: row.get::<Option<i64>>("height")?.unwrap_or(0),
        file_size_bytes: row.get::<Option<i64>>("file_size_in_byte")?.unwrap_or(0),
        id: format!("asset_{id}"),
    }))
}

fn exif(row: &Row<'_>, id: &str) -> Result<GumnutExif, DbError> {
    let orientation: Option<String> = row.get("orientation")?;
    let exposure: Option<String> = row.get("exposure_time")?;
    Ok(GumnutExif {
        asset_id: format!("asset_{id}"),
        created_at: Millis(row.get("created_at")?),
        updated_at: Millis(row.get("exif_updated_at")?),
        make: row.get("make")?,
        model: row.get("model")?,
        orientation: orientation.and_then(|text| text.parse().ok()),
        modified_datetime: row.get::<Option<i64>>("modify_date")?.map(Millis),
        original_datetime: row.get::<Option<i64>>("date_time_original")?.map(Millis),
        lens_model: row.get("lens_model")?,
        f_number: row.get("f_number")?,
        focal_length: row.get("focal_length")?,
        iso: row.get("iso")?,
        exposure_time: exposure.as_deref().and_then(seconds),
        latitude: row.get("latitude")?,
        longitude: row.get("longitude")?,
        city: row.get("city")?,
        state: row.get("state")?,
        country: row.get("country")?,
        description: row.get("description")?,
        fps: row.get("fps")?,
        live_photo_cid: row.get("live_photo_cid")?,
        projection_type: row.get("projection_type")?,
        profile_description: row.get("profile_description")?,
        auto_stack_id: row.get("auto_stack_id")?,
        rating: row.get("rating")?,
        ..GumnutExif::default()
    })
}

/// `1/250` or `0.5` in seconds.
fn seconds(text: &str) -> Option<f64> {
    // By the parser of JSON numbers, which is in every function; the tables of std's would add 12 KB.
    let number = |text: &str| serde_json::from_str::<f64>(text.trim()).ok();
    let value = match text.split_once('/') {
        None => number(text)?,
        Some((over, under)) => number(over)? / number(under)?,
    };
    value.is_finite().then_some(value)
}

fn face(row: &Row<'_>) -> Result<GumnutFace, DbError> {
    let corner = |name: &str| row.get::<i64>(name);
    let (x, y) = (corner("bounding_box_x1")?, corner("bounding_box_y1")?);
    let updated_at = Millis(row.get("updated_at")?);
    Ok(GumnutFace {
        id: format!("face_{}", row.get::<String>("id")?),
        asset_id: format!("asset_{}", row.get::<String>("asset_id")?),
        bounding_box: GumnutBox {
            x,
            y,
            width: corner("bounding_box_x2")? - x,
            height: corner("bounding_box_y2")? - y,
        },
        created_at: updated_at,
        updated_at,
        person_id: row
            .get::<Option<String>>("person_id")?
            .map(|id| format!("person_{id}")),
        timestamp_ms: None,
        thumbnail_url: None,
    })
}

fn person(row: &Row<'_>) -> Result<GumnutPerson, DbError> {
    let id: String = row.get("id")?;
    let has_portrait = !row.get::<String>("thumbnail_path")?.is_empty();
    Ok(GumnutPerson {
        is_hidden: row.get("is_hidden")?,
        is_favorite: row.get("is_favorite")?,
        created_at: Millis(row.get("created_at")?),
        updated_at: Millis(row.get("updated_at")?),
        name: row.get("name")?,
        birth_date: row.get("birth_date")?,
        thumbnail_face_id: row
            .get::<Option<String>>("face_asset_id")?
            .map(|id| format!("face_{id}")),
        thumbnail_face_url: has_portrait.then(|| format!("/api/people/{id}/thumbnail")),
        id: format!("person_{id}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exposure_times_become_seconds() {
        assert_eq!(seconds("1/250"), Some(0.004));
        assert_eq!(seconds("2"), Some(2.0));
        assert_eq!(seconds("1/0"), None);
        assert_eq!(seconds("x"), None);
    }
}
