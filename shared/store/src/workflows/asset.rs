//! The asset that a workflow is about, as its methods and webhooks see it (api/workflows.md section 3).

use edge_api::time::{ExifMillis, Millis};
use edge_platform::{DbError, Row, Rows, Statement, stmt};
use serde::Serialize;
use serde_json::{Value, json};

/// `asset` of the data of a method.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "columns of the table asset by their names")]
#[expect(clippy::struct_excessive_bools, reason = "so has the table")]
pub struct Asset {
    pub id: String,
    pub owner_id: String,
    pub stack_id: Option<String>,
    pub live_photo_video_id: Option<String>,
    pub library_id: Option<String>,
    pub duplicate_id: Option<String>,
    pub created_at: Millis,
    pub updated_at: Millis,
    pub deleted_at: Option<Millis>,
    pub file_created_at: Millis,
    pub file_modified_at: Millis,
    /// Wall clock, as if it were UTC.
    pub local_date_time: Millis,
    #[serde(rename = "type")]
    pub kind: String,
    pub status: String,
    pub visibility: String,
    /// Milliseconds.
    pub duration: Option<i64>,
    /// Base64.
    pub checksum: String,
    pub original_path: String,
    pub original_file_name: String,
    pub is_offline: bool,
    pub is_favorite: bool,
    pub is_external: bool,
    pub is_edited: bool,
    /// Values of `asset_exif`, by the names of the contract.
    pub exif_info: Value,
}

/// Reads an asset of this owner for [`asset`].
pub fn asset_statement(id: &str, owner_id: &str) -> Statement {
    stmt!(
        "select a.id, a.owner_id, a.stack_id, a.live_photo_video_id, a.library_id, a.duplicate_id, a.created_at, \
         a.updated_at, a.deleted_at, a.file_created_at, a.file_modified_at, a.local_date_time, a.type, a.status, \
         a.visibility, a.duration_ms, a.checksum, a.original_path, a.original_file_name, a.is_offline, a.is_favorite, \
         a.is_external, a.is_edited, e.make, e.model, e.orientation, e.date_time_original, e.modify_date, \
         e.exif_image_width, e.exif_image_height, e.file_size_in_byte, e.lens_model, e.f_number, e.focal_length, e.iso, \
         e.latitude, e.longitude, e.city, e.state, e.country, e.description, e.fps, e.exposure_time, e.live_photo_cid, \
         e.time_zone, e.projection_type, e.profile_description, e.colorspace, e.bits_per_sample, e.auto_stack_id, \
         e.rating, e.tags, e.updated_at as exif_updated_at \
         from asset a join asset_exif e on e.asset_id = a.id \
         where a.id = ?1 and a.owner_id = ?2 and a.status <> 'deleted'",
        id,
        owner_id
    )
}

/// Reads the row of [`asset_statement`]; `None`: it is gone.
pub fn asset(rows: &Rows) -> Result<Option<Asset>, DbError> {
    let read = |row: Row<'_>| {
        Ok(Asset {
            id: row.get("id")?,
            owner_id: row.get("owner_id")?,
            stack_id: row.get("stack_id")?,
            live_photo_video_id: row.get("live_photo_video_id")?,
            library_id: row.get("library_id")?,
            duplicate_id: row.get("duplicate_id")?,
            created_at: Millis(row.get("created_at")?),
            updated_at: Millis(row.get("updated_at")?),
            deleted_at: row.get::<Option<i64>>("deleted_at")?.map(Millis),
            file_created_at: Millis(row.get("file_created_at")?),
            file_modified_at: Millis(row.get("file_modified_at")?),
            local_date_time: Millis(row.get("local_date_time")?),
            kind: row.get("type")?,
            status: row.get("status")?,
            visibility: row.get("visibility")?,
            duration: row.get("duration_ms")?,
            checksum: row.get("checksum")?,
            original_path: row.get("original_path")?,
            original_file_name: row.get("original_file_name")?,
            is_offline: row.get("is_offline")?,
            is_favorite: row.get("is_favorite")?,
            is_external: row.get("is_external")?,
            is_edited: row.get("is_edited")?,
            exif_info: exif(&row)?,
        })
    };
    rows.first().map(read).transpose()
}

/// Texts of `asset_exif` and their names in the contract.
const TEXTS: [(&str, &str); 15] = [
    ("make", "make"),
    ("model", "model"),
    ("orientation", "orientation"),
    ("lensModel", "lens_model"),
    ("city", "city"),
    ("state", "state"),
    ("country", "country"),
    ("description", "description"),
    ("exposureTime", "exposure_time"),
    ("livePhotoCID", "live_photo_cid"),
    ("timeZone", "time_zone"),
    ("projectionType", "projection_type"),
    ("profileDescription", "profile_description"),
    ("colorspace", "colorspace"),
    ("autoStackId", "auto_stack_id"),
];

const WHOLE_NUMBERS: [(&str, &str); 6] = [
    ("exifImageWidth", "exif_image_width"),
    ("exifImageHeight", "exif_image_height"),
    ("fileSizeInByte", "file_size_in_byte"),
    ("iso", "iso"),
    ("bitsPerSample", "bits_per_sample"),
    ("rating", "rating"),
];

const NUMBERS: [(&str, &str); 5] = [
    ("fNumber", "f_number"),
    ("focalLength", "focal_length"),
    ("latitude", "latitude"),
    ("longitude", "longitude"),
    ("fps", "fps"),
];

fn exif(row: &Row<'_>) -> Result<Value, DbError> {
    let mut exif = serde_json::Map::new();
    for (name, column) in TEXTS {
        exif.insert(name.into(), row.get::<Option<String>>(column)?.into());
    }
    for (name, column) in WHOLE_NUMBERS {
        exif.insert(name.into(), row.get::<Option<i64>>(column)?.into());
    }
    for (name, column) in NUMBERS {
        exif.insert(name.into(), number(row.get(column)?));
    }
    for (name, column) in [
        ("dateTimeOriginal", "date_time_original"),
        ("modifyDate", "modify_date"),
        ("updatedAt", "exif_updated_at"),
    ] {
        let time = row.get::<Option<i64>>(column)?.map(ExifMillis);
        exif.insert(name.into(), json!(time));
    }
    let tags: Option<String> = row.get("tags")?;
    let tags = tags.and_then(|tags| serde_json::from_str(&tags).ok());
    exif.insert("tags".into(), tags.unwrap_or_default());
    Ok(Value::Object(exif))
}

/// As JavaScript writes it: a whole number has no point.
#[expect(
    clippy::cast_possible_truncation,
    reason = "only whole numbers that a double holds exactly are converted"
)]
fn number(number: Option<f64>) -> Value {
    const EXACT: f64 = 9_007_199_254_740_991.0;
    match number {
        Some(number) if number.fract() == 0.0 && number.abs() <= EXACT => json!(number as i64),
        number => json!(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_in_javascript() {
        assert_eq!(number(Some(5.0)).to_string(), "5");
        assert_eq!(number(Some(2.8)).to_string(), "2.8");
        assert_eq!(number(None), Value::Null);
    }
}
