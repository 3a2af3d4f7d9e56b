//! Where the official sources contradict each other or themselves: what is no mistake of ours although a schema says so.
//!
//! The contract is 3.1.0. A run with the types of SDK 3.2.2 alone can tell a newer contract from a mistake by this list;
//! a run with both fails when it finds a difference that is not listed.

/// Something a schema finds that is right nevertheless.
pub struct Known {
    /// The operation; empty for all.
    pub operation: &'static str,
    /// What the problem contains.
    pub problem: &'static str,
    /// Why it is none.
    pub reason: &'static str,
}

const fn known(operation: &'static str, problem: &'static str, reason: &'static str) -> Known {
    Known {
        operation,
        problem,
        reason,
    }
}

/// Stands for every operation.
const ANY: &str = "";

/// What the newer SDK says differently.
pub const NEWER: &[Known] = &[
    known(
        "createApiKey",
        ": \"",
        "3.2 puts the key's fields beside its secret, 3.1 into apiKey",
    ),
    known(
        ANY,
        ": \"clusterGroupId\"",
        "users belong to cluster groups since 3.2",
    ),
    known(ANY, "/memories: \"sidebarWeb\"", "a preference of 3.2"),
];

/// Where the OpenAPI document contradicts itself.
pub const CONTRADICTIONS: &[Known] = &[known(
    "updateAsset",
    "/exifInfo/rating",
    "requests may set -1 (rejected), so answers must be able to say it",
)];

/// Operations of 3.1.0 that the SDK has under another name or no longer.
pub const RENAMED: &[(&str, &str)] = &[("mergePerson", "mergePersonLegacy")];

/// Why a problem is none, if `list` says so.
pub fn reason(list: &'static [Known], operation: &str, problem: &str) -> Option<&'static str> {
    let known = list.iter().find(|known| {
        [ANY, operation].contains(&known.operation) && problem.contains(known.problem)
    });
    known.map(|known| known.reason)
}

/// What an asset still tells through a link that hides metadata (api/assets.md section 10); the contract has no
/// schema for it.
const STRIPPED: [&str; 10] = [
    "id",
    "type",
    "originalMimeType",
    "thumbhash",
    "localDateTime",
    "duration",
    "livePhotoVideoId",
    "hasMetadata",
    "width",
    "height",
];

/// Whether this is an asset as such a link shows it.
pub fn is_stripped_asset(body: &serde_json::Value) -> bool {
    let Some(keys) = body.as_object() else {
        return false;
    };
    body["hasMetadata"] == false
        && keys.keys().all(|key| STRIPPED.contains(&key.as_str()))
        && keys.len() == STRIPPED.len()
}
