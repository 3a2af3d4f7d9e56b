//! Groups of look-alikes: `asset.duplicate_id` (api/assets.md section 16). Only own assets that are not in the trash count,
//! locked ones only while the folder is open. Stacks stay as they are.

mod look;
mod resolve;

use edge_api::{
    assets::{AssetResponse, ExifResponse},
    duplicates::DuplicateResponse,
    id::{AssetId, DuplicateId},
};
use edge_platform::{DbError, Rows, Statement, stmt};

pub use look::{Candidate, Look, candidates, detected, group, read_candidates, source, store};
pub use resolve::{Kept, Member, WRITTEN_NOW, batch_resolve, members, read_members};

use crate::{access::ASSET_OWN, assets::response, exif, json_texts};

/// `asset a` is an own one that is shown.
pub(super) fn shown() -> String {
    format!("{ASSET_OWN} and a.deleted_at is null")
}

/// The caller's groups with their assets, for [`read`]. Names `caller`.
pub fn list() -> Statement {
    stmt!(format!(
        "select c.user_id as viewer_id, {}, {} from caller c join asset a on a.owner_id = c.user_id \
         and a.duplicate_id is not null join asset_exif e on e.asset_id = a.id where {} \
         order by a.duplicate_id, a.file_created_at, a.id",
        response::COLUMNS,
        exif::COLUMNS,
        shown()
    ))
}

/// Reads the rows of [`list`]: the groups, and assets that are alone in theirs.
pub fn read(rows: &Rows) -> Result<(Vec<DuplicateResponse>, Vec<String>), DbError> {
    let mut groups: Vec<DuplicateResponse> = Vec::new();
    for row in rows.iter() {
        let viewer: String = row.get("viewer_id")?;
        let group: String = row.get("duplicate_id")?;
        let asset = response::asset_with_exif(&row, Some(&viewer))?;
        match groups
            .last_mut()
            .filter(|last| last.duplicate_id.as_str() == group)
        {
            Some(last) => last.assets.push(asset),
            None => groups.push(DuplicateResponse {
                duplicate_id: DuplicateId::from_trusted(group),
                assets: vec![asset],
                suggested_keep_asset_ids: Vec::new(),
            }),
        }
    }
    let (mut groups, alone): (Vec<_>, Vec<_>) =
        groups.into_iter().partition(|group| group.assets.len() > 1);
    for group in &mut groups {
        group.suggested_keep_asset_ids = best(&group.assets).into_iter().collect();
    }
    let alone = alone.into_iter().flat_map(|group| group.assets);
    Ok((groups, alone.map(|asset| asset.id.to_string()).collect()))
}

/// The largest original, and of equally large ones that of which most is known.
fn best(assets: &[AssetResponse]) -> Option<AssetId> {
    let rank = |asset: &AssetResponse| {
        let facts = asset.exif_info.as_ref();
        let size = facts.and_then(|facts| facts.file_size_in_byte);
        (size.unwrap_or(0), facts.map_or(0, known))
    };
    // Of equal ones the first.
    let best = assets.iter().rev().max_by_key(|asset| rank(asset));
    best.map(|asset| asset.id.clone())
}

/// How many facts of a photo are known.
fn known(facts: &ExifResponse) -> usize {
    let texts = [
        &facts.make,
        &facts.model,
        &facts.orientation,
        &facts.time_zone,
        &facts.lens_model,
        &facts.exposure_time,
        &facts.city,
        &facts.state,
        &facts.country,
        &facts.description,
        &facts.projection_type,
    ];
    let texts = texts
        .iter()
        .filter(|text| text.as_deref().is_some_and(|text| !text.is_empty()));
    let numbers = [
        facts.date_time_original.is_some(),
        facts.f_number.is_some(),
        facts.focal_length.is_some(),
        facts.iso.is_some(),
        facts.latitude.is_some(),
        facts.longitude.is_some(),
        facts.rating.is_some(),
        facts.exif_image_width.is_some(),
        facts.exif_image_height.is_some(),
    ];
    texts.count() + numbers.iter().filter(|is_known| **is_known).count()
}

/// Takes assets of one owner out of their group in which nobody else is, be it in the locked folder or the trash. `now` in
/// epoch ms.
pub fn leave_alone(owner_id: &str, asset_ids: &[String], now: i64) -> Statement {
    stmt!(
        "update asset set duplicate_id = null, updated_at = ?3, update_id = uuid7() where id in json_list(?1) \
         and owner_id = ?2 and not exists (select 1 from asset o where o.owner_id = asset.owner_id \
         and o.duplicate_id = asset.duplicate_id and o.id <> asset.id)",
        json_texts(asset_ids),
        owner_id,
        now
    )
}

/// Which of these groups the caller has; column `id`. Names `caller`.
pub fn owned(ids: &[&str]) -> Statement {
    stmt!(
        format!(
            // No `exists`: PostgreSQL made a join of it that walks through all duplicates for each of ten thousand groups.
            "select v.value as id from caller c cross join json_rows(?1) v where (select 1 from asset a \
             where a.owner_id = c.user_id and a.duplicate_id = v.value and {} limit 1) is not null",
            shown()
        ),
        json_texts(ids)
    )
}

/// The caller's shown assets in the groups of the parameter `?1`.
const IN_GROUPS: &str = "(select a.id from caller c cross join json_rows(?1) v cross join asset a \
     where a.owner_id = c.user_id and a.duplicate_id = v.value and {shown})";

/// Dissolves groups: their assets are no duplicates. Names `caller`; `now` in epoch ms.
pub fn dismiss(ids: &[&str], now: i64) -> Statement {
    stmt!(
        format!(
            "update asset set duplicate_id = null, updated_at = ?2, update_id = uuid7() where id in {}",
            IN_GROUPS.replace("{shown}", &shown())
        ),
        json_texts(ids),
        now
    )
}
