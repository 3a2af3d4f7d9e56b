//! `AssetDetectDuplicates`: copies of a picture, exact and nearly so: by what it looks like to CLIP where that is known, else without
//! machine learning.

use edge_http::{
    App,
    consumer::{Done, Failure, id_of},
    vectors,
};
use edge_store::{
    asset_vectors::{self, Subject},
    assets::remove,
    duplicates::{self, Candidate},
    jobs::Job,
};
use edge_vectors::code::Code;

/// Bits of 128 in which the looks of copies differ at most.
const NEAREST: u32 = 4;

/// Pictures whose signs are most alike, which are compared exactly.
const LOOKED_AT: usize = 256;
/// Copies that are taken into a group at once (api/jobs-ml.md section 6.5).
const NEIGHBOURS: usize = 64;

/// How far the shapes of copies may differ: rounding of small sides.
const SHAPE: f64 = 0.02;

/// Puts an asset and its copies into one group: that of the asset, else that of a copy, else a new one
/// (api/jobs-ml.md section 6.5).
pub async fn run(app: &App, job: &Job) -> Result<Done, Failure> {
    let id = id_of(job)?;
    let config = app.job_settings().await?;
    if !config.flag("/machineLearning/duplicateDetection/enabled") {
        return Ok(Done::nothing());
    }
    if let Some(model) = app.clip_model(&config).await
        && let Some(subject) = asset_vectors::subject(app.db(), id, &model).await?
    {
        let most_distance = config.real("/machineLearning/duplicateDetection/maxDistance");
        return by_vectors(app, &subject, &model, most_distance).await;
    }
    let Some(asset) = duplicates::source(app.db(), id).await? else {
        return Ok(Done::nothing());
    };
    let rows = app.db().run(duplicates::candidates(&asset)).await?;
    let mut copies = duplicates::read_candidates(&rows)?;
    copies.retain(|other| is_copy(&asset, other));
    let member = |one: &Candidate| Member {
        id: one.id.clone(),
        duplicate_id: one.duplicate_id.clone(),
    };
    let copies: Vec<Member> = copies.iter().map(member).collect();
    Ok(grouped(app, &asset.owner_id, &member(&asset), &copies))
}

/// One of a group.
#[derive(Debug, Clone)]
struct Member {
    id: String,
    duplicate_id: Option<String>,
}

/// Copies by what pictures look like to CLIP: the nearest within a distance (api/jobs-ml.md section 6.5).
async fn by_vectors(
    app: &App,
    subject: &Subject,
    model: &str,
    most_distance: f64,
) -> Result<Done, Failure> {
    let owner = &subject.owner_id;
    let heads = app.db().run(asset_vectors::heads_of(owner, model)).await?;
    let heads = asset_vectors::read_heads(&heads)?;
    let owners = std::slice::from_ref(owner);
    let wanted = vectors::read(&subject.code)?;
    let alike = app.alike(model, owners, &heads, &wanted, LOOKED_AT).await?;
    let ids: Vec<&str> = alike.ids.iter().map(String::as_str).collect();
    let rows = asset_vectors::neighbours(subject, model, &ids);
    let rows = app.db().run(rows).await?;
    let mut near = Vec::new();
    for neighbour in asset_vectors::read_neighbours(&rows)? {
        let numbers = vectors::read(&neighbour.code)?;
        let distance = Code::new(&wanted).distance(Code::new(&numbers));
        if distance <= most_distance {
            near.push((distance, neighbour));
        }
    }
    near.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.id.cmp(&b.1.id)));
    let copies = near
        .into_iter()
        .take(NEIGHBOURS)
        .map(|(_, neighbour)| Member {
            id: neighbour.id,
            duplicate_id: neighbour.duplicate_id,
        });
    let asset = Member {
        id: subject.id.clone(),
        duplicate_id: subject.duplicate_id.clone(),
    };
    Ok(grouped(app, owner, &asset, &copies.collect::<Vec<_>>()))
}

/// The end of the job: the asset and its copies in one group, if it has copies.
fn grouped(app: &App, owner: &str, asset: &Member, copies: &[Member]) -> Done {
    let now = app.now();
    let noted = duplicates::detected(&asset.id, now);
    if copies.is_empty() {
        return Done::with(vec![noted]);
    }
    let all = || [asset].into_iter().chain(copies);
    let groups: Vec<&str> = all()
        .filter_map(|one| one.duplicate_id.as_deref())
        .collect();
    let ids: Vec<&str> = all().map(|one| one.id.as_str()).collect();
    let fresh = app.uuid();
    let into = groups.first().copied().unwrap_or(&fresh);
    Done::with(vec![
        remove::hold(&ids),
        duplicates::group(owner, &ids, &groups, into, now),
        noted,
    ])
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
