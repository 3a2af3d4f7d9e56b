//! The sync stream: what is asked for, what is acknowledged, what a line holds (api/sync.md).

use serde::Serialize;

use crate::enums::{SyncEntityType, SyncRequestType};
use crate::input::{input, rule};

mod ack;
pub mod entities;
mod shape;

pub use ack::{Ack, AckError, update_time};
pub use shape::{Cell, Field, Misfit, Shape};

/// Acknowledgements of one request at most.
const ACKS: u32 = 1000;

input! {
    /// Body of `POST /sync/stream` (`SyncStreamDto`).
    pub struct StreamRequest {
        /// In any order; the stream has its own.
        pub types: Vec<SyncRequestType> = required("types", rule::array_of(rule::enum_of())),
        /// Forget what was acknowledged and begin anew.
        pub reset: bool = default("reset", rule::boolean(), false),
    }
}

input! {
    /// Body of `POST /sync/ack` (`SyncAckSetDto`).
    pub struct SetAcks {
        /// As they came in lines of the stream; [`Ack::parse`] reads them.
        pub acks: Vec<String> = required("acks", rule::array_of(rule::string()).max(ACKS)),
    }
}

input! {
    /// Body of `DELETE /sync/ack` (`SyncAckDeleteDto`).
    pub struct DeleteAcks {
        /// Only these; all when missing.
        pub types: Option<Vec<SyncEntityType>> = optional("types", rule::array_of(rule::enum_of())),
    }
}

/// A stored acknowledgement (`SyncAckDto`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AckResponse {
    /// What it acknowledges.
    #[serde(rename = "type")]
    pub kind: SyncEntityType,
    /// The whole string.
    pub ack: String,
}
