//! What an owner set by hand and the sidecar file that is to say so (api/assets.md section 9).

use edge_api::{enums::JobName, libraries::is_own};
use edge_platform::{Database, DbError, Statement, stmt};

use crate::{jobs::many, objects};

/// The values of an asset that can be set by hand, and which of them were.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ByHand {
    /// `locked_properties` as stored.
    pub locked: String,
    /// When any of the values changed last, epoch ms.
    pub updated_at: i64,
    /// Text of the owner.
    pub description: String,
    /// When taken, epoch ms.
    pub date_time_original: Option<i64>,
    /// Its wall clock as if it were UTC, epoch ms.
    pub local_date_time: i64,
    /// Zone of the date.
    pub time_zone: Option<String>,
    /// Degrees.
    pub latitude: Option<f64>,
    /// Degrees.
    pub longitude: Option<f64>,
    /// 1 to 5, or -1.
    pub rating: Option<i64>,
    /// Tags as paths with slashes.
    pub tags: Vec<String>,
    /// Object key of the sidecar that there is.
    pub sidecar_path: Option<String>,
}

impl ByHand {
    /// Names of the columns that were set by hand.
    pub fn names(&self) -> Vec<String> {
        serde_json::from_str(&self.locked).unwrap_or_default()
    }
}

/// What was set by hand; `None` when the asset is gone. One round trip.
pub async fn by_hand(db: &dyn Database, asset_id: &str) -> Result<Option<ByHand>, DbError> {
    let rows = db
        .run(stmt!(
            "select e.locked_properties, e.updated_at, e.description, e.date_time_original, a.local_date_time, e.time_zone, \
             e.latitude, e.longitude, e.rating, e.tags, (select f.path from asset_file f where f.asset_id = a.id \
             and f.type = 'sidecar' and f.is_edited = 0) as sidecar_path from asset a join asset_exif e on e.asset_id = a.id where a.id = ?1",
            asset_id
        ))
        .await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    Ok(Some(ByHand {
        locked: row.get("locked_properties")?,
        updated_at: row.get("updated_at")?,
        description: row.get("description")?,
        date_time_original: row.get("date_time_original")?,
        local_date_time: row.get("local_date_time")?,
        time_zone: row.get("time_zone")?,
        latitude: row.get("latitude")?,
        longitude: row.get("longitude")?,
        rating: row.get("rating")?,
        tags: row
            .get::<Option<String>>("tags")?
            .and_then(|tags| serde_json::from_str(&tags).ok())
            .unwrap_or_default(),
        sidecar_path: row.get("sidecar_path")?,
    }))
}

/// A sidecar whose object is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSidecar<'a> {
    /// Fresh id.
    pub id: &'a str,
    /// Object key.
    pub key: &'a str,
    /// Bytes.
    pub size: i64,
}

/// Makes it, whose key must be pending and fresh, the sidecar of an asset, deletes the former one later, and leaves only `locked` (a JSON
/// array) locked: unless anything was set by hand, or the asset got another sidecar, since `before` was read. Then nothing happens, and
/// [`again`] has another try. `now` in epoch ms.
pub fn store(
    asset_id: &str,
    sidecar: &NewSidecar<'_>,
    before: &ByHand,
    locked: &str,
    now: i64,
) -> Vec<Statement> {
    const TAKEN: &str =
        "exists (select 1 from asset_file f where f.asset_id = ?1 and f.path = ?2) and {held}";
    let pending = objects::IS_PENDING.replace("{key}", "?6");
    let old = before.sidecar_path.as_deref().unwrap_or_default();
    let mut batch = vec![
        super::hold(asset_id),
        stmt!(
            format!(
                "insert into asset_file (asset_id, type, is_edited, id, path, mime_type, size_in_byte, created_at, updated_at) \
                 select a.id, 'sidecar', 0, cast(?5 as text), cast(?6 as text), 'application/xml', cast(?7 as bigint), \
                 cast(?8 as bigint), cast(?8 as bigint) from asset a join asset_exif e on e.asset_id = a.id where a.id = ?1 \
                 and e.locked_properties = ?2 and e.updated_at = ?3 and coalesce((select f.path from asset_file f \
                 where f.asset_id = a.id and f.type = 'sidecar' and f.is_edited = 0), '') = ?4 and {pending} and {{held}} \
                 on conflict (asset_id, type, is_edited) do update set id = excluded.id, path = excluded.path, \
                 size_in_byte = excluded.size_in_byte, updated_at = excluded.updated_at"
            ),
            asset_id,
            &before.locked,
            before.updated_at,
            old,
            sidecar.id,
            sidecar.key,
            sidecar.size,
            now
        ),
        stmt!(
            format!("update asset_exif set locked_properties = ?3 where asset_id = ?1 and {TAKEN}"),
            asset_id,
            sidecar.key,
            locked
        ),
        stmt!(
            format!("delete from pending_object where object_key = ?2 and {TAKEN}"),
            asset_id,
            sidecar.key
        ),
    ];
    if is_own(old) {
        batch.push(stmt!(
            format!(
                "insert into object_deletion (object_key, run_after, created_at) \
                 select cast(?3 as text), cast(?4 as bigint), cast(?4 as bigint) where {TAKEN} on conflict (object_key) do nothing"
            ),
            asset_id,
            sidecar.key,
            old,
            now
        ));
    }
    batch
}

/// Has the sidecar written again where [`store`] did nothing; for what follows a job ([`many::stored`]). `now` in epoch ms.
pub fn again(asset_id: &str, sidecar: &NewSidecar<'_>, now: i64) -> Statement {
    // Fresh ids of ours may stand in the text.
    let condition = format!(
        "{{held}} and not exists (select 1 from asset_file f where f.asset_id = a.id and f.id = '{}')",
        sidecar.id
    );
    let ids = [asset_id.to_owned()];
    many::insert_for_assets(JobName::SidecarWrite, &ids, None, Some(&condition), now)
}

/// Makes a file that lies beside the original the sidecar of an asset, for the results of a job; the one that was noted already is
/// left as it is. What waits for its deletion is not taken. `now` in epoch ms.
pub fn found(asset_id: &str, sidecar: &NewSidecar<'_>, now: i64) -> Vec<Statement> {
    vec![
        super::hold(asset_id),
        stmt!(
            "insert into asset_file (asset_id, type, is_edited, id, path, mime_type, size_in_byte, created_at, updated_at) \
             select a.id, 'sidecar', 0, cast(?2 as text), cast(?3 as text), 'application/xml', cast(?4 as bigint), \
             cast(?5 as bigint), cast(?5 as bigint) from asset a where a.id = ?1 \
             and not exists (select 1 from object_deletion d where d.object_key = ?3) and {held} \
             on conflict (asset_id, type, is_edited) do update set id = excluded.id, path = excluded.path, \
             size_in_byte = excluded.size_in_byte, updated_at = excluded.updated_at \
             where asset_file.path <> excluded.path or asset_file.size_in_byte <> excluded.size_in_byte",
            asset_id,
            sidecar.id,
            sidecar.key,
            sidecar.size,
            now
        ),
    ]
}

/// Notes that the sidecar `key` of an asset is not there any more, for the results of a job.
pub fn lost(asset_id: &str, key: &str) -> Statement {
    stmt!(
        "delete from asset_file where asset_id = ?1 and type = 'sidecar' and path = ?2 and {held}",
        asset_id,
        key
    )
}
