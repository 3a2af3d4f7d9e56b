//! Partners: users who show each other their timeline (api/features.md section A, Partners).

use serde::Serialize;

use crate::enums::PartnerDirection;
use crate::id::UserId;
use crate::input::{input, rule};
use crate::users::UserResponse;

/// `PartnerResponseDto`: the other side of a partnership.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PartnerResponse {
    /// The other user.
    #[serde(flatten)]
    pub user: UserResponse,
    /// The receiver shows these assets in their own timeline.
    pub in_timeline: bool,
}

input! {
    /// Query of `GET /partners`.
    pub struct PartnerQuery {
        /// With whom the caller shares, or who shares with the caller.
        pub direction: PartnerDirection = required("direction", rule::enum_of()),
    }
}

input! {
    /// `PartnerCreateDto`.
    pub struct PartnerCreate {
        /// Who will see the caller's assets.
        pub shared_with_id: UserId = required("sharedWithId", rule::id()),
    }
}

input! {
    /// `PartnerUpdateDto`.
    pub struct PartnerUpdate {
        /// Show the partner's assets in the caller's own timeline.
        pub in_timeline: bool = required("inTimeline", rule::boolean()),
    }
}
