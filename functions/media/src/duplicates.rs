//! `AssetDetectDuplicates`: copies of a picture, exact and nearly so, without machine learning.

use edge_http::{
    App,
    consumer::{Done, Failure},
};
use edge_store::{
    assets::remove,
    duplicates::{self, Candidate},
    jobs::Job,
};

/// Bits of 128 in which the looks of copies differ at most.
const NEAREST: u32 = 4;

/// How far the shapes of copies may differ: rounding of small sides.
const SHAPE: f64 = 0.02;

/// Puts an asset and its copies into one group: that of the asset, else that of a copy, else a new one
/// (api/jobs-ml.md section 6.5).
pub async fn run(app: &App, job: &Job) -> Result<Done, Failure> {
    let id = job
        .text("id")
        .ok_or_else(|| Failure::Final("payload without id".to_owned()))?;
    if !app
        .job_settings()
        .await?
        .flag("/machineLearning/duplicateDetection/enabled")
    {
        return Ok(Done::nothing());
    }
    let Some(asset) = duplicates::source(app.db(), id).await? else {
        return Ok(Done::nothing());
    };
    let rows = app.db().run(duplicates::candidates(&asset)).await?;
    let mut copies = duplicates::read_candidates(&rows)?;
    copies.retain(|other| is_copy(&asset, other));
    let now = app.now();
    let noted = duplicates::detected(&asset.id, now);
    if copies.is_empty() {
        return Ok(Done::with(vec![noted]));
    }
    let groups = copies.iter().filter_map(|copy| copy.duplicate_id.clone());
    let groups: Vec<String> = asset
        .duplicate_id
        .clone()
        .into_iter()
        .chain(groups)
        .collect();
    let into = groups.first().cloned().unwrap_or_else(|| app.uuid());
    let groups: Vec<&str> = groups.iter().map(String::as_str).collect();
    let ids: Vec<&str> = [&asset]
        .into_iter()
        .chain(&copies)
        .map(|one| one.id.as_str())
        .collect();
    Ok(Done::with(vec![
        remove::hold(&ids),
        duplicates::group(&asset.owner_id, &ids, &groups, &into, now),
        noted,
    ]))
}

/// Whether two pictures look the same and have the same shape.
fn is_copy(one: &Candidate, other: &Candidate) -> bool {
    let shape = |candidate: &Candidate| candidate.size.map(|(width, height)| ratio(width, height));
    let is_alike = match (shape(one), shape(other)) {
        (Some(one), Some(other)) => (one - other).abs() <= SHAPE * one.max(other),
        _ => true,
    };
    is_alike && one.look.distance(other.look) <= NEAREST
}

#[expect(clippy::cast_precision_loss, reason = "sides of pictures")]
fn ratio(width: i64, height: i64) -> f64 {
    width as f64 / height.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use edge_store::duplicates::Look;

    fn candidate(look: u128, size: (i64, i64)) -> Candidate {
        Candidate {
            id: String::new(),
            owner_id: String::new(),
            size: Some(size),
            look: Look(look),
            duplicate_id: None,
        }
    }

    #[test]
    fn copies_have_nearly_all_bits_and_the_shape_in_common() {
        let one = candidate(0, (4000, 3000));
        assert!(is_copy(&one, &candidate(0b1111, (800, 600))));
        assert!(!is_copy(&one, &candidate(0b1_1111, (800, 600))));
        assert!(!is_copy(&one, &candidate(0, (800, 500))));
    }
}
