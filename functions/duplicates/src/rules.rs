//! What is wrong with a group, and what the kept asset of one takes over.

use std::collections::HashSet;

use edge_api::{
    common::{BulkIdResponse, distinct},
    duplicates::ResolveGroup,
    enums::BulkIdErrorReason,
};
use edge_store::duplicates::{Kept, Member};

/// Characters of a description (UTF-16 units) as everywhere else.
const DESCRIPTION: usize = edge_api::input::rule::DESCRIPTION as usize;

/// A group that can be resolved.
#[derive(Debug)]
pub struct Plan<'a> {
    /// What the one kept asset becomes; `None` when none or several are kept.
    pub kept: Option<Kept<'a>>,
    /// Assets that are no duplicates any more.
    pub resolved: Vec<&'a str>,
    /// Of these, the ones that go.
    pub trashed: Vec<&'a str>,
}

/// What to do about a group whose shown assets are `members`. Errors: the answer for the group.
pub fn plan<'a>(
    group: &'a ResolveGroup,
    members: &'a [&'a Member],
) -> Result<Plan<'a>, BulkIdResponse> {
    let id = group.duplicate_id.as_str();
    if members.is_empty() {
        return Err(BulkIdResponse::failed(id, BulkIdErrorReason::NotFound));
    }
    let known: HashSet<&str> = members
        .iter()
        .map(|member| member.asset.id.as_str())
        .collect();
    let (keep, trash) = (
        distinct(&group.keep_asset_ids),
        distinct(&group.trash_asset_ids),
    );
    let resolved: Vec<&str> = keep.iter().chain(&trash).copied().collect();
    let problem = if resolved.is_empty() {
        Some("No assets to keep or trash")
    } else if resolved.iter().any(|id| !known.contains(id)) {
        Some("Asset is not in the duplicate group")
    } else if keep.iter().any(|id| trash.contains(id)) {
        Some("Asset cannot be kept and trashed")
    } else {
        None
    };
    if let Some(problem) = problem {
        return Err(BulkIdResponse {
            error_message: Some(problem.to_owned()),
            ..BulkIdResponse::failed(id, BulkIdErrorReason::Validation)
        });
    }
    let taking: Vec<&Member> = members
        .iter()
        .copied()
        .filter(|member| resolved.contains(&member.asset.id.as_str()))
        .collect();
    let kept = match keep.as_slice() {
        [one] if !trash.is_empty() => taking
            .iter()
            .find(|member| member.asset.id == *one)
            .map(|member| merged(member, &taking)),
        _ => None,
    };
    Ok(Plan {
        kept,
        resolved,
        trashed: trash,
    })
}

/// The kept asset with what the group has (api/assets.md section 16): marked if one is, where the strictest is, with the
/// most stars, all lines of the descriptions, and the place if all who know one know the same.
fn merged<'a>(kept: &'a Member, group: &[&'a Member]) -> Kept<'a> {
    let others: Vec<&Member> = group
        .iter()
        .copied()
        .filter(|member| member.asset.id != kept.asset.id)
        .collect();
    let rating = group.iter().filter_map(|member| member.rating).max();
    let rating = rating.filter(|_| rating != kept.rating);
    let description = lines(kept, &others);
    let description = Some(description).filter(|text| *text != kept.description);
    let places: Vec<(f64, f64)> = group.iter().filter_map(|member| member.place).collect();
    let first = places.first().copied();
    let is_common = places.iter().all(|place| Some(*place) == first);
    let place = first.filter(|_| is_common && kept.place.is_none());
    Kept {
        id: &kept.asset.id,
        from: others
            .iter()
            .map(|member| member.asset.id.as_str())
            .collect(),
        is_favorite: group.iter().any(|member| member.is_favorite),
        visibility: strictest(kept, group),
        rating,
        description,
        place,
    }
}

/// The kept description and the lines of the others that are not in it yet, as far as they fit.
fn lines(kept: &Member, others: &[&Member]) -> String {
    let mut text = kept.description.clone();
    let mut seen: HashSet<String> = text.lines().map(|line| line.trim().to_owned()).collect();
    for line in others.iter().flat_map(|member| member.description.lines()) {
        let line = line.trim();
        let length = text.encode_utf16().count() + 1 + line.encode_utf16().count();
        if line.is_empty() || length > DESCRIPTION || !seen.insert(line.to_owned()) {
            continue;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(line);
    }
    text
}

/// Where the group's most hidden asset is.
fn strictest<'a>(kept: &'a Member, group: &[&'a Member]) -> &'a str {
    let rank = |visibility: &str| match visibility {
        "locked" => 3,
        "hidden" => 2,
        "archive" => 1,
        _ => 0,
    };
    let all = group.iter().map(|member| member.asset.visibility.as_str());
    all.max_by_key(|visibility| rank(visibility))
        .unwrap_or(&kept.asset.visibility)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use edge_api::id::{AssetId, DuplicateId};
    use edge_store::assets::update::Changeable;

    fn member(id: &str, description: &str) -> Member {
        Member {
            group: "g".to_owned(),
            asset: Changeable {
                id: id.to_owned(),
                visibility: "timeline".to_owned(),
                file_created_at: 0,
                local_date_time: 0,
                motion: None,
            },
            is_favorite: false,
            rating: None,
            description: description.to_owned(),
            place: None,
        }
    }

    fn group(keep: &[&str], trash: &[&str]) -> ResolveGroup {
        let ids = |ids: &[&str]| ids.iter().map(|id| AssetId::from_trusted(*id)).collect();
        ResolveGroup {
            duplicate_id: DuplicateId::from_trusted("g"),
            keep_asset_ids: ids(keep),
            trash_asset_ids: ids(trash),
        }
    }

    #[test]
    fn the_kept_one_takes_over_what_the_others_have() {
        let (one, mut two, mut three) = (
            member("1", "sea\nsun"),
            member("2", "sun \n\nsand"),
            member("3", ""),
        );
        two.rating = Some(4);
        two.place = Some((1.0, 2.0));
        two.asset.visibility = "archive".to_owned();
        three.is_favorite = true;
        three.rating = Some(2);
        let members = [&one, &two, &three];
        let request = group(&["1"], &["2", "3"]);
        let kept = plan(&request, &members).unwrap().kept.unwrap();
        assert_eq!(kept.from, ["2", "3"]);
        assert_eq!(
            (kept.is_favorite, kept.visibility, kept.rating),
            (true, "archive", Some(4))
        );
        assert_eq!(kept.description.as_deref(), Some("sea\nsun\nsand"));
        assert_eq!(kept.place, Some((1.0, 2.0)));
        assert!(kept.touches_exif());
        three.place = Some((1.0, 3.0));
        let members = [&one, &two, &three];
        let kept = plan(&request, &members).unwrap().kept.unwrap();
        assert_eq!(kept.place, None, "they do not agree");
    }

    #[test]
    fn only_members_are_kept_or_go_and_never_both() {
        let (one, two) = (member("1", ""), member("2", ""));
        let members = [&one, &two];
        for (keep, trash) in [(&["1"][..], &["1"][..]), (&["1"], &["3"]), (&[], &[])] {
            let request = group(keep, trash);
            let answer = plan(&request, &members).unwrap_err();
            assert_eq!(answer.error, Some(BulkIdErrorReason::Validation));
        }
        let request = group(&["1"], &[]);
        let answer = plan(&request, &[]).unwrap_err();
        assert_eq!(answer.error, Some(BulkIdErrorReason::NotFound));
        assert!(
            plan(&request, &members).unwrap().kept.is_none(),
            "nothing to take over from"
        );
    }
}
