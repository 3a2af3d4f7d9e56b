//! Metadata read from a file: rows of `asset_exif` and the dates and sizes of `asset`
//! (api/assets.md section 9).

use edge_platform::{Statement, Value, stmt};

use crate::{days, fold::fold, search::words};

/// What was read. `None` clears a column, unless the owner has set it by hand.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// Camera maker.
    pub make: Option<String>,
    /// Camera model.
    pub model: Option<String>,
    /// Lens.
    pub lens_model: Option<String>,
    /// Pixels as stored in the file.
    pub exif_image_width: Option<i64>,
    /// As `exif_image_width`.
    pub exif_image_height: Option<i64>,
    /// 1 to 8.
    pub orientation: Option<String>,
    /// Instant of `DateTimeOriginal` and the like, epoch ms; `None` when the file has no date.
    pub date_time_original: Option<i64>,
    /// Time of the file, epoch ms.
    pub modify_date: i64,
    /// Zone of the date.
    pub time_zone: Option<String>,
    /// Aperture.
    pub f_number: Option<f64>,
    /// Millimetres.
    pub focal_length: Option<f64>,
    /// Sensitivity.
    pub iso: Option<i64>,
    /// Such as `1/250`.
    pub exposure_time: Option<String>,
    /// Frames a second.
    pub fps: Option<f64>,
    /// Degrees.
    pub latitude: Option<f64>,
    /// Degrees.
    pub longitude: Option<f64>,
    /// What the position is called.
    pub city: Option<String>,
    /// Province.
    pub state: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Text of the owner.
    pub description: String,
    /// 1 to 5.
    pub rating: Option<i64>,
    /// Such as `EQUIRECTANGULAR`.
    pub projection_type: Option<String>,
    /// Name of the colour profile.
    pub profile_description: Option<String>,
    /// Colour space.
    pub colorspace: Option<String>,
    /// Bits of a channel.
    pub bits_per_sample: Option<i64>,
    /// Joins the halves of a live photo.
    pub live_photo_cid: Option<String>,
    /// Burst.
    pub auto_stack_id: Option<String>,
    /// JSON array of tag values.
    pub tags: Option<String>,
    /// When taken, epoch ms: the date, else the earliest time known of the file.
    pub file_created_at: i64,
    /// Its wall clock, written as if it were UTC, epoch ms.
    pub local_date_time: i64,
    /// Pixels as displayed.
    pub width: Option<i64>,
    /// As `width`.
    pub height: Option<i64>,
    /// Length of a video or animation, ms.
    pub duration_ms: Option<i64>,
}

/// A column that an owner can set by hand keeps what it has then (`locked_properties`).
fn unlocked(column: &str, names: &[&str]) -> String {
    let locked: Vec<String> = names
        .iter()
        .map(|name| format!("locked_properties like '%\"{name}\"%'"))
        .collect();
    format!(
        "case when {} then {column} else {{}} end",
        locked.join(" or ")
    )
}

struct Columns {
    set: Vec<String>,
    params: Vec<Value>,
}

impl Columns {
    fn add(&mut self, column: &str, cast: &str, value: impl Into<Value>, locks: &[&str]) {
        self.params.push(value.into());
        let new = format!("cast(?{} as {cast})", self.params.len());
        let value = if locks.is_empty() {
            new
        } else {
            unlocked(column, locks).replace("{}", &new)
        };
        self.set.push(format!("{column} = {value}"));
    }
}

/// Names under which the date and its zone are locked: they are set together.
const DATE: &[&str] = &["date_time_original", "time_zone"];
/// As [`DATE`], of the position.
const PLACE: &[&str] = &["latitude", "longitude"];

/// Stores the metadata of an asset; `now` in epoch ms.
pub fn store(asset_id: &str, facts: &Facts, now: i64) -> Vec<Statement> {
    vec![
        super::hold(asset_id),
        exif(asset_id, facts, now),
        asset(asset_id, facts, now),
        super::done(asset_id, "metadata_extracted_at", now),
    ]
}

fn exif(asset_id: &str, facts: &Facts, now: i64) -> Statement {
    let mut columns = Columns {
        set: Vec::new(),
        params: vec![asset_id.into()],
    };
    let (text, int, real) = ("text", "bigint", "double precision");
    columns.add("make", text, facts.make.clone(), &[]);
    columns.add("model", text, facts.model.clone(), &[]);
    columns.add("lens_model", text, facts.lens_model.clone(), &[]);
    columns.add("exif_image_width", "integer", facts.exif_image_width, &[]);
    columns.add("exif_image_height", "integer", facts.exif_image_height, &[]);
    columns.add("orientation", text, facts.orientation.clone(), &[]);
    columns.add("date_time_original", int, facts.date_time_original, DATE);
    columns.add("modify_date", int, facts.modify_date, &[]);
    columns.add("time_zone", text, facts.time_zone.clone(), DATE);
    columns.add("f_number", real, facts.f_number, &[]);
    columns.add("focal_length", real, facts.focal_length, &[]);
    columns.add("iso", "integer", facts.iso, &[]);
    columns.add("exposure_time", text, facts.exposure_time.clone(), &[]);
    columns.add("fps", real, facts.fps, &[]);
    columns.add("latitude", real, facts.latitude, PLACE);
    columns.add("longitude", real, facts.longitude, PLACE);
    columns.add("city", text, facts.city.clone(), PLACE);
    columns.add("state", text, facts.state.clone(), PLACE);
    columns.add("country", text, facts.country.clone(), PLACE);
    let description = facts.description.as_str();
    let (folded, lock) = (fold(description), &["description"]);
    columns.add("description", text, description, lock);
    columns.add("words", text, words::json(&folded), lock);
    columns.add("description_folded", text, folded, lock);
    columns.add("rating", "integer", facts.rating, &["rating"]);
    columns.add("projection_type", text, facts.projection_type.clone(), &[]);
    columns.add(
        "profile_description",
        text,
        facts.profile_description.clone(),
        &[],
    );
    columns.add("colorspace", text, facts.colorspace.clone(), &[]);
    columns.add("bits_per_sample", "integer", facts.bits_per_sample, &[]);
    columns.add("live_photo_cid", text, facts.live_photo_cid.clone(), &[]);
    columns.add("auto_stack_id", text, facts.auto_stack_id.clone(), &[]);
    columns.add("tags", text, facts.tags.clone(), &["tags"]);
    columns.add("updated_at", int, now, &[]);
    let Columns { set, params } = columns;
    Statement::new(
        format!(
            "update asset_exif set {}, update_id = uuid7() where asset_id = ?1 and {{held}}",
            set.join(", ")
        ),
        params,
    )
}

/// Dates stay when the owner has set them, sizes while the picture is edited.
fn asset(asset_id: &str, facts: &Facts, now: i64) -> Statement {
    let locked = "exists (select 1 from asset_exif e where e.asset_id = asset.id \
         and (e.locked_properties like '%\"date_time_original\"%' or e.locked_properties like '%\"time_zone\"%'))";
    stmt!(
        format!(
            "update asset set file_created_at = case when {locked} then file_created_at else cast(?2 as bigint) end, \
             local_date_time = case when {locked} then local_date_time else cast(?3 as bigint) end, \
             local_day = case when {locked} then local_day else cast(?4 as integer) end, \
             local_month = case when {locked} then local_month else cast(?5 as integer) end, \
             width = case when is_edited = 1 then width else cast(?6 as integer) end, \
             height = case when is_edited = 1 then height else cast(?7 as integer) end, \
             duration_ms = coalesce(cast(?8 as bigint), duration_ms), \
             updated_at = cast(?9 as bigint), update_id = uuid7() where id = ?1 and {{held}}"
        ),
        asset_id,
        facts.file_created_at,
        facts.local_date_time,
        days::day(facts.local_date_time),
        days::month(facts.local_date_time),
        facts.width,
        facts.height,
        facts.duration_ms,
        now
    )
}
