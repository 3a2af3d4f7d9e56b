//! Bodies that several areas share.

use std::collections::HashSet;

use serde::Serialize;

use crate::enums::{AssetIdErrorReason, BulkIdErrorReason};
use crate::id::AssetId;
use crate::input::{input, rule};

input! {
    /// `BulkIdsDto` of assets: `{"ids": […]}`.
    pub struct BulkIds {
        /// What to act on, in the client's order.
        pub ids: Vec<AssetId> = required("ids", rule::ids()),
    }
    limits BULK
}

input! {
    /// `BulkIdsDto` of what goes to the database as one parameter.
    pub struct IdsAtOnce {
        /// What to act on, in the client's order.
        pub ids: Vec<AssetId> = required("ids", rule::ids().max(rule::IDS_AT_ONCE)),
    }
    limits BULK
}

input! {
    /// `AssetIdsDto`: `{"assetIds": […]}`.
    pub struct AssetIds {
        /// What to act on, in the client's order.
        pub asset_ids: Vec<AssetId> = required("assetIds", rule::ids().max(rule::IDS_AT_ONCE)),
    }
    limits BULK
}

/// `BulkIdResponseDto`: what became of one id of a bulk request (api/features.md, legend).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BulkIdResponse {
    /// The id as asked for.
    pub id: String,
    /// Whether it was done.
    pub success: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<BulkIdErrorReason>,
    /// Why not, in words (`validation` only).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
}

impl BulkIdResponse {
    /// Done.
    pub fn ok(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            success: true,
            error: None,
            error_message: None,
        }
    }

    /// Not done.
    pub fn failed(id: impl Into<String>, error: BulkIdErrorReason) -> Self {
        Self {
            success: false,
            error: Some(error),
            ..Self::ok(id)
        }
    }
}

/// Ids as texts, each once, in the client's order.
pub fn distinct<'a, T: AsRef<str> + 'a + ?Sized>(
    ids: impl IntoIterator<Item = &'a T>,
) -> Vec<&'a str> {
    let mut seen = HashSet::new();
    let texts = ids.into_iter().map(AsRef::as_ref);
    texts.filter(|id| seen.insert(*id)).collect()
}

/// What became of each id of a request that puts assets somewhere, in the client's order: of an id sent twice, the
/// first counts. `before` were there already, `added` are new, everything else the caller may not use.
pub fn bulk_added(asked: &[&str], before: &[String], added: &[String]) -> Vec<BulkIdResponse> {
    let mut added: HashSet<&str> = added.iter().map(String::as_str).collect();
    let mut there: HashSet<&str> = before.iter().map(String::as_str).collect();
    let mut answer = |id: &str| {
        if let Some(id) = added.take(id) {
            there.insert(id);
            return BulkIdResponse::ok(id);
        }
        let error = if there.contains(id) {
            BulkIdErrorReason::Duplicate
        } else {
            BulkIdErrorReason::NoPermission
        };
        BulkIdResponse::failed(id, error)
    };
    asked.iter().map(|id| answer(id)).collect()
}

/// What became of each id of a request that takes assets off something, in the client's order.
pub fn bulk_removed(asked: &[&str], removed: &[String]) -> Vec<BulkIdResponse> {
    let mut removed: HashSet<&str> = removed.iter().map(String::as_str).collect();
    let mut answer = |id: &str| {
        if removed.remove(id) {
            BulkIdResponse::ok(id)
        } else {
            BulkIdResponse::failed(id, BulkIdErrorReason::NotFound)
        }
    };
    asked.iter().map(|id| answer(id)).collect()
}

/// `AssetIdsResponseDto`: what became of one asset of a bulk request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AssetIdsResponse {
    /// The asset asked for.
    pub asset_id: AssetId,
    /// Whether it was done.
    pub success: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<AssetIdErrorReason>,
}

/// `{"count": n}`: how many rows a command touched (`TrashResponseDto` and others).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CountResponse {
    /// Rows touched.
    pub count: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(answers: &[BulkIdResponse]) -> Vec<Option<BulkIdErrorReason>> {
        answers.iter().map(|answer| answer.error).collect()
    }

    #[test]
    fn ids_are_taken_once_in_their_order() {
        assert_eq!(distinct(["b", "a", "b"]), ["b", "a"]);
    }

    #[test]
    fn the_first_of_two_equal_ids_counts() {
        use BulkIdErrorReason::{Duplicate, NoPermission, NotFound};
        let before = ["old".to_owned()];
        let asked = ["new", "new", "old", "foreign"];
        let answers = bulk_added(&asked, &before, &["new".to_owned()]);
        let wanted = [None, Some(Duplicate), Some(Duplicate), Some(NoPermission)];
        assert_eq!(errors(&answers), wanted);
        let answers = bulk_removed(&["a", "a"], &["a".to_owned()]);
        assert_eq!(errors(&answers), [None, Some(NotFound)]);
    }

    /// What is wrong with lists of ids that D1 does not take as one parameter.
    fn refused<T: crate::Input>(field: &str) -> bool {
        let id = "3fe388e4-2078-44d7-b36c-39d9dee3a657";
        let most = usize::try_from(rule::IDS_AT_ONCE).unwrap_or(usize::MAX);
        let is_too_big = |length: usize| {
            let body = serde_json::json!({ field: vec![id; length], "name": "refresh-metadata" });
            let issues = crate::input::from_json::<T>(&body)
                .err()
                .unwrap_or_default();
            issues.iter().any(|issue| issue.message.contains("Too big"))
        };
        is_too_big(most + 1) && !is_too_big(most)
    }

    #[test]
    fn lists_that_are_one_parameter_are_bounded() {
        assert!(refused::<IdsAtOnce>("ids") && refused::<AssetIds>("assetIds"));
        assert!(refused::<crate::people::MergePeople>("ids"));
        assert!(refused::<crate::assets::AssetBulkUpdate>("ids"));
        assert!(refused::<crate::assets::AssetBulkDelete>("ids"));
        assert!(refused::<crate::assets::AssetJobs>("assetIds"));
        for field in ["albumIds", "personIds", "tagIds"] {
            assert!(refused::<crate::search::Filters>(field), "{field}");
        }
    }
}
