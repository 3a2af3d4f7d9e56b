//! Where the official sources contradict each other or themselves: what is no mistake of ours although a schema says so.
//!
//! The contract is 3.1.0, and answers have what clients of later versions cannot do without ([`LATER`]). A run with the types
//! of SDK 3.2.2 alone can tell a newer contract from a mistake by this list; a run with both fails when it finds a difference
//! that is not listed.

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

/// What the newer SDK says differently, unless it is a field of [`LATER`].
pub const NEWER: &[Known] = &[
    NO_VALUE,
    known("getNotifications", "/data: value is not of type", DATA),
    known("getNotification", "/data: value is not of type", DATA),
    known("updateNotification", "/data: value is not of type", DATA),
    known("getPlugin", "/schema: False schema", METHOD_SCHEMA.1),
    known("searchPlugins", "/schema: False schema", METHOD_SCHEMA.1),
    known(
        "searchPluginMethods",
        "/schema: False schema",
        METHOD_SCHEMA.1,
    ),
    known("getIntegrityReport", FINDING.0, FINDING.1),
    known("maintenanceLogin", TOKEN.0, TOKEN.1),
    known("getMainPlaylist", PLAYLIST.0, PLAYLIST.1),
    known("getMediaPlaylist", PLAYLIST.0, PLAYLIST.1),
];

/// A field that answers have beside those of 3.1.0, because clients of a later version cannot read them without it.
pub struct Later {
    /// The schema, or type of the SDK, that has it.
    pub schema: &'static str,
    /// Its name.
    pub field: &'static str,
    /// What it is, as JSON schema.
    pub is: &'static str,
}

const fn later(schema: &'static str, field: &'static str, is: &'static str) -> Later {
    Later { schema, field, is }
}

const UUID: &str = r#"{"type": "string", "format": "uuid"}"#;
const TIME: &str = r#"{"type": "string", "format": "date-time"}"#;
const TEXT: &str = r#"{"type": "string"}"#;
const TEXTS: &str = r#"{"type": "array", "items": {"type": "string"}}"#;
const FLAG: &str = r#"{"type": "boolean"}"#;

/// Fields of 3.2 (api/v32.md section 1), and one of 3.3.
pub const LATER: &[Later] = &[
    later("UserAdminResponseDto", "clusterGroupId", UUID),
    later("MemoriesResponse", "sidebarWeb", FLAG),
    later("MemoriesUpdate", "sidebarWeb", FLAG),
    later("WorkflowResponseDto", "logging", FLAG),
    later("ApiKeyCreateResponseDto", "id", UUID),
    later("ApiKeyCreateResponseDto", "name", TEXT),
    later("ApiKeyCreateResponseDto", "permissions", TEXTS),
    later("ApiKeyCreateResponseDto", "createdAt", TIME),
    later("ApiKeyCreateResponseDto", "updatedAt", TIME),
    later(
        "SearchAssetResponseDto",
        "nextCursor",
        r#"{"type": ["string", "null"]}"#,
    ),
    later(
        "PeopleResponse",
        "updateStrategy",
        r#"{"type": "string", "enum": ["self", "everyone"]}"#,
    ),
];

/// Values of 3.2 (api/v32.md sections 3, 5 and 8): a schema, and what it has besides.
const LATER_VALUES: &[(&str, &str)] = &[
    ("WorkflowTrigger", "AssetTagged"),
    ("NotificationType", "ClusterGroupRequest"),
    ("Permission", "adminConfig.read"),
    ("Permission", "adminConfig.update"),
    ("Permission", "apiKey.rotate"),
    ("Permission", "assetFile.delete"),
    ("Permission", "assetFile.download"),
    ("Permission", "assetFile.read"),
    ("Permission", "clusterGroup.leave"),
    ("Permission", "clusterGroup.read"),
    ("Permission", "clusterGroupRequest.create"),
    ("Permission", "clusterGroupRequest.delete"),
    ("Permission", "clusterGroupRequest.read"),
    ("Permission", "userConfig.read"),
    ("Permission", "workflow.logs"),
];

/// Fields of 3.2 that need not be there.
const OPTIONAL: &[Later] = &[later("SystemConfigOAuthDto", "accountManagementUrl", TEXT)];

/// Adds the fields of [`LATER`] to the schemas that lack them, as ones that must be there, and [`LATER_VALUES`].
pub fn extend(schemas: &mut serde_json::Value) {
    for (schema, value) in LATER_VALUES {
        let schema = schemas.get_mut(schema);
        let values = schema.and_then(|schema| schema.get_mut("enum"));
        if let Some(values) = values.and_then(|values| values.as_array_mut())
            && !values.iter().any(|known| known == value)
        {
            values.push((*value).into());
        }
    }
    for later in LATER.iter().chain(OPTIONAL) {
        let Some(schema) = schemas.get_mut(later.schema) else {
            continue;
        };
        let is_known = schema["properties"].get(later.field).is_some();
        if is_known || !schema["properties"].is_object() {
            continue;
        }
        schema["properties"][later.field] = serde_json::from_str(later.is).unwrap_or_default();
        // A key that is looked up to be written is made, and `required: null` is no schema.
        let required = schema
            .get_mut("required")
            .and_then(|list| list.as_array_mut());
        let is_optional = later.schema.ends_with("Update")
            || OPTIONAL.iter().any(|other| other.field == later.field);
        if let Some(required) = required.filter(|_| !is_optional) {
            required.push(later.field.into());
        }
    }
}

/// A suggestion that stands for assets without a value.
const NO_VALUE: Known = known(
    "getSearchSuggestions",
    "/*: value is not of type \"string\"",
    "includeNull appends null (api/features.md, search)",
);

/// What clients are told when the identity provider's part of a login fails.
const PROVIDER_FAILED: (&str, &str) = (
    "status 500",
    "what fails at the identity provider is 500 (api/auth.md section 8, api/features.md)",
);

/// What players get, which the SDK reads as if it were JSON.
const PLAYLIST: (&str, &str) = (
    "is not JSON but \"application/vnd.apple.mpegurl\"",
    "playlists are no JSON (api/hls.md)",
);

/// What a finding of the integrity checks says.
const FINDING: (&str, &str) = (
    "/items/*: Additional properties are not allowed",
    "findings carry their asset or file and their time (api/admin.md section 4)",
);

/// What the cookie of the maintenance mode says.
const TOKEN: (&str, &str) = (
    "Additional properties are not allowed ('iat', 'exp' were unexpected)",
    "the answer is the payload of the token (api/admin.md section 3)",
);

/// What the form of a method's configuration holds.
const METHOD_SCHEMA: (&str, &str) = (
    "/schema: Additional properties are not allowed",
    "the document names no property of it, the editor draws its forms from them (api/workflows.md section 2)",
);

/// Why the data of a notification may be a text.
const DATA: &str =
    "the web app opens an album only by a text that holds JSON (api/admin.md section 7)";

/// Where the OpenAPI document contradicts itself, or the pages beside it.
pub const CONTRADICTIONS: &[Known] = &[
    known(
        "updateAsset",
        "/exifInfo/rating",
        "requests may set -1 (rejected), so answers must be able to say it",
    ),
    known(
        "createActivity",
        "status 200, not [201]",
        "a second like gives the first (api/features.md, activities)",
    ),
    NO_VALUE,
    known("getNotifications", "/data: value is not of type", DATA),
    known("getNotification", "/data: value is not of type", DATA),
    known("updateNotification", "/data: value is not of type", DATA),
    known(
        "searchMemories",
        "accepted: ?for ",
        "clients of 2.7 send a time (api/v32.md section 12)",
    ),
    known(
        "redirectOAuthToMobile",
        "status 307, not [200]",
        "it redirects (api/auth.md section 8)",
    ),
    known(
        "getIntegrityReport",
        "/id: ",
        "ids of findings are UUID v7, which the path of the same document wants (api/admin.md section 4)",
    ),
    known("getIntegrityReport", FINDING.0, FINDING.1),
    known("maintenanceLogin", TOKEN.0, TOKEN.1),
    known("getPlugin", METHOD_SCHEMA.0, METHOD_SCHEMA.1),
    known("searchPlugins", METHOD_SCHEMA.0, METHOD_SCHEMA.1),
    known("searchPluginMethods", METHOD_SCHEMA.0, METHOD_SCHEMA.1),
    known(
        "getMaintenanceStatus",
        "/progress: value is not of type",
        "it is a part from 0 to 1 although the schema has a whole number (api/admin.md section 3)",
    ),
    known(
        "getMainPlaylist",
        "status 500",
        "no companion takes the session in time (api/hls.md)",
    ),
    known("startOAuth", PROVIDER_FAILED.0, PROVIDER_FAILED.1),
    known("finishOAuth", PROVIDER_FAILED.0, PROVIDER_FAILED.1),
    known("linkOAuthAccount", PROVIDER_FAILED.0, PROVIDER_FAILED.1),
];

/// What answers to clients of 2.7 say although the document of 2.7.4 does not (docs/generations.md).
pub const OLD: &[Known] = &[
    known(
        ANY,
        "accepted: ",
        "what only 3.0 refuses, or only 2.7 refused, is taken as the server takes it today",
    ),
    known("getConfig", NO_ADDRESS.0, NO_ADDRESS.1),
    known("getConfigDefaults", NO_ADDRESS.0, NO_ADDRESS.1),
    known("updateConfig", NO_ADDRESS.0, NO_ADDRESS.1),
];

/// What stands for an address that is not set.
const NO_ADDRESS: (&str, &str) = (
    "value is not a \"uri\"",
    "an empty text stands for an address that is not set, as its defaults do (api/admin.md section 5)",
);

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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn later_fields_are_added_where_they_lack_and_nothing_else_changes() {
        let mut schemas = json!({
            "MemoriesUpdate": { "type": "object", "properties": { "enabled": { "type": "boolean" } } },
            "MemoriesResponse": { "type": "object", "properties": {}, "required": ["enabled"] },
            "Other": { "type": "object" },
        });
        extend(&mut schemas);
        let flag = json!({ "type": "boolean" });
        let expected = json!({
            "MemoriesUpdate": { "type": "object", "properties": { "enabled": flag, "sidebarWeb": flag } },
            "MemoriesResponse": { "type": "object", "properties": { "sidebarWeb": flag }, "required": ["enabled", "sidebarWeb"] },
            "Other": { "type": "object" },
        });
        assert_eq!(schemas, expected);
    }
}
