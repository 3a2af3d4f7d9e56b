//! Table `asset_exif`: what was read from the file or set by the owner (api/assets.md sections 8 to 10).

use edge_api::{assets::ExifResponse, time::ExifMillis};
use edge_platform::{DbError, Row};

/// Columns of `asset_exif e` for [`response`].
pub const COLUMNS: &str = "e.make, e.model, e.exif_image_width, e.exif_image_height, e.file_size_in_byte, \
     e.orientation, e.date_time_original, e.modify_date, e.time_zone, e.lens_model, e.f_number, e.focal_length, \
     e.iso, e.exposure_time, e.latitude, e.longitude, e.city, e.state, e.country, e.description, \
     e.projection_type, e.rating";

/// Reads [`COLUMNS`].
pub fn response(row: &Row<'_>) -> Result<ExifResponse, DbError> {
    Ok(ExifResponse {
        make: row.get("make")?,
        model: row.get("model")?,
        exif_image_width: row.get("exif_image_width")?,
        exif_image_height: row.get("exif_image_height")?,
        file_size_in_byte: row.get("file_size_in_byte")?,
        orientation: row.get("orientation")?,
        date_time_original: row
            .get::<Option<i64>>("date_time_original")?
            .map(ExifMillis),
        modify_date: row.get::<Option<i64>>("modify_date")?.map(ExifMillis),
        time_zone: row.get("time_zone")?,
        lens_model: row.get("lens_model")?,
        f_number: row.get("f_number")?,
        focal_length: row.get("focal_length")?,
        iso: row.get("iso")?,
        exposure_time: row.get("exposure_time")?,
        latitude: row.get("latitude")?,
        longitude: row.get("longitude")?,
        city: row.get("city")?,
        state: row.get("state")?,
        country: row.get("country")?,
        description: row.get("description")?,
        projection_type: row.get("projection_type")?,
        rating: row.get("rating")?,
    })
}
