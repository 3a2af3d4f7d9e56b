//! Groups of accounts in which people are recognised together (api/v32.md section 5).

use serde::Serialize;

use crate::id::{ClusterGroupId, ClusterGroupRequestId, UserId};
use crate::input::{input, rule};
use crate::time::Millis;

/// `ClusterGroupRequestResponseDto`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterGroupRequestResponse {
    /// The request.
    pub id: ClusterGroupRequestId,
    /// The group to join.
    pub cluster_group_id: ClusterGroupId,
    /// Who is asked.
    pub user_id: UserId,
    /// When.
    pub created_at: Millis,
}

input! {
    /// `ClusterGroupRequestCreateDto`.
    pub struct ClusterGroupRequestCreate {
        /// Who is asked.
        pub user_id: UserId = required("userId", rule::id()),
    }
}
