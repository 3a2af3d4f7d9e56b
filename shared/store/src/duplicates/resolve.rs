//! Resolving groups: what is kept takes over what the others have (api/assets.md section 16).

use edge_platform::{DbError, Rows, Statement, stmt};
use serde_json::{Value, json};

use super::shown;
use crate::{
    access::{ALBUM_EDIT, ASSET_OWN},
    assets::update::{CHANGEABLE, Changeable, locking_where},
    fold::fold,
    json_pieces, json_texts,
    search::words,
};

/// An asset of a group, with what may be merged.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The group.
    pub group: String,
    /// The asset as changes see it.
    pub asset: Changeable,
    /// Marked by the owner.
    pub is_favorite: bool,
    /// Stars.
    pub rating: Option<i64>,
    /// Caption.
    pub description: String,
    /// Latitude and longitude, degrees.
    pub place: Option<(f64, f64)>,
}

/// The caller's shown assets in these groups, for [`read_members`]. Names `caller`.
pub fn members(groups: &[&str]) -> Statement {
    stmt!(
        format!(
            "select a.duplicate_id, {CHANGEABLE}, a.is_favorite, e.rating, e.description, e.latitude, e.longitude \
             from caller c cross join json_rows(?1) named cross join asset a \
             join asset_exif e on e.asset_id = a.id left join asset v on v.id = a.live_photo_video_id \
             where a.owner_id = c.user_id and a.duplicate_id = named.value and {} order by a.file_created_at, a.id",
            shown()
        ),
        json_texts(groups)
    )
}

/// Reads the rows of [`members`].
pub fn read_members(rows: &Rows) -> Result<Vec<Member>, DbError> {
    rows.iter()
        .map(|row| {
            let latitude: Option<f64> = row.get("latitude")?;
            Ok(Member {
                group: row.get("duplicate_id")?,
                asset: Changeable::of(&row)?,
                is_favorite: row.get("is_favorite")?,
                rating: row.get("rating")?,
                description: row.get("description")?,
                place: latitude.zip(row.get("longitude")?),
            })
        })
        .collect()
}

/// What the one kept asset of a group becomes.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept<'a> {
    /// The asset.
    pub id: &'a str,
    /// Those it takes over from.
    pub from: Vec<&'a str>,
    /// Marked by the owner.
    pub is_favorite: bool,
    /// Where it is shown.
    pub visibility: &'a str,
    /// Stars, where they change.
    pub rating: Option<i64>,
    /// Caption, where it changes.
    pub description: Option<String>,
    /// Latitude and longitude, degrees, where they change.
    pub place: Option<(f64, f64)>,
}

impl Kept<'_> {
    /// Whether something changes that belongs into the sidecar file.
    pub fn touches_exif(&self) -> bool {
        self.rating.is_some() || self.description.is_some() || self.place.is_some()
    }

    fn asset(&self) -> Value {
        json!({ "id": self.id, "favorite": i64::from(self.is_favorite), "visibility": self.visibility })
    }

    fn exif(&self) -> Value {
        let (latitude, longitude) = self.place.unzip();
        let folded = self.description.as_deref().map(fold);
        json!({
            "id": self.id, "rating": self.rating, "description": self.description,
            "words": folded.as_deref().map(words::json), "folded": folded, "latitude": latitude, "longitude": longitude,
        })
    }
}

/// The rows `x` of the JSON parameter `?1`, of whose asset `a` the caller is the owner. The limit, which nobody reaches, keeps
/// SQLite from going through all assets for each element of the list.
fn rows(columns: &str) -> String {
    format!(
        "(select {columns} from caller c cross join json_rows(?1) v cross join asset a \
         where a.id = json_text(v.value, id) and {ASSET_OWN} limit 1000000) x"
    )
}

/// Which asset takes over of which, JSON.
fn pairs(kept: &[Kept<'_>]) -> String {
    let of_one = |kept: &Kept<'_>| {
        let pair = |from: &&str| json!({ "id": kept.id, "from": from });
        kept.from.iter().map(pair).collect::<Vec<_>>()
    };
    let pairs: Vec<Value> = kept.iter().flat_map(of_one).collect();
    Value::from(pairs).to_string()
}

/// Statements that give the kept assets what they take over and take `resolved` (assets) out of their groups. Whoever is
/// locked comes into no album. Names `caller`; `now` in epoch ms.
pub fn batch_resolve(kept: &[Kept<'_>], resolved: &[&str], now: i64) -> Vec<Statement> {
    let shown: Vec<Value> = kept.iter().map(Kept::asset).collect();
    let written: Vec<Value> = kept
        .iter()
        .filter(|kept| kept.touches_exif())
        .map(Kept::exif)
        .collect();
    let pairs = pairs(kept);
    let mut batch = vec![
        stmt!(
            format!(
                "update asset set is_favorite = x.favorite, visibility = x.visibility, updated_at = ?2, \
                 update_id = uuid7() from {} where asset.id = x.id and (asset.is_favorite <> x.favorite \
                 or asset.visibility <> x.visibility)",
                rows(
                    "a.id as id, cast(json_text(v.value, favorite) as integer) as favorite, \
                     json_text(v.value, visibility) as visibility"
                )
            ),
            Value::from(shown).to_string(),
            now
        ),
        stmt!(
            format!(
                "insert into album_asset (album_id, asset_id, created_at, updated_at, update_id) \
                 select al.id, a.id, cast(?2 as bigint), cast(?2 as bigint), uuid7() from caller c \
                 cross join json_rows(?1) v cross join album_asset aa cross join album al cross join asset a \
                 where aa.asset_id = json_text(v.value, from) and al.id = aa.album_id and a.id = json_text(v.value, id) \
                 and a.visibility <> 'locked' and {ALBUM_EDIT} and {ASSET_OWN} on conflict (album_id, asset_id) do nothing"
            ),
            &pairs,
            now
        ),
        stmt!(
            format!(
                "insert into tag_asset (tag_id, asset_id) select t.id, a.id from caller c cross join json_rows(?1) v \
                 cross join tag_asset ta cross join tag t cross join asset a where ta.asset_id = json_text(v.value, from) \
                 and t.id = ta.tag_id and t.owner_id = c.user_id and a.id = json_text(v.value, id) and {ASSET_OWN} \
                 on conflict (tag_id, asset_id) do nothing"
            ),
            &pairs
        ),
        stmt!(
            format!(
                "update asset set duplicate_id = null, updated_at = ?2, update_id = uuid7() where id in (\
                 select a.id from caller c cross join json_rows(?1) v cross join asset a where a.id = v.value \
                 and {ASSET_OWN})"
            ),
            json_texts(resolved),
            now
        ),
    ];
    let written = json_pieces(&written).into_iter();
    batch.extend(written.map(|piece| exif(&piece, now)));
    batch
}

/// Names of the place go with a new one; the next metadata extraction names it. What changes counts as set by hand.
fn exif(rows_of: &str, now: i64) -> Statement {
    let locking = locking_where(
        [
            ("rating", "x.rating is not null and "),
            ("description", "x.description is not null and "),
            ("latitude", "x.latitude is not null and "),
            ("longitude", "x.longitude is not null and "),
        ]
        .into_iter(),
    );
    stmt!(
        format!(
            "update asset_exif set rating = coalesce(x.rating, asset_exif.rating), \
             description = coalesce(x.description, asset_exif.description), \
             description_folded = coalesce(x.folded, asset_exif.description_folded), \
             words = coalesce(x.words, asset_exif.words), \
             latitude = coalesce(x.latitude, asset_exif.latitude), longitude = coalesce(x.longitude, asset_exif.longitude), \
             city = case when x.latitude is null then asset_exif.city end, \
             state = case when x.latitude is null then asset_exif.state end, \
             country = case when x.latitude is null then asset_exif.country end, \
             {locking}, updated_at = ?2, update_id = uuid7() \
             from {} where asset_exif.asset_id = x.id",
            rows(
                "a.id as id, cast(json_text(v.value, rating) as integer) as rating, \
                 json_text(v.value, description) as description, json_text(v.value, folded) as folded, \
                 json_text(v.value, words) as words, \
                 cast(json_text(v.value, latitude) as double precision) as latitude, \
                 cast(json_text(v.value, longitude) as double precision) as longitude"
            )
        ),
        rows_of,
        now
    )
}

/// For [`crate::jobs::many::insert_for_assets`] behind [`batch_resolve`] and [`crate::tags::set_by_hand`]: the assets of which
/// something was written down now that their owner set by hand.
pub const WRITTEN_NOW: &str = "exists (select 1 from asset_exif e where e.asset_id = a.id \
     and e.updated_at = cast(?4 as bigint) and e.locked_properties <> '[]')";
