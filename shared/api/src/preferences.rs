//! A user's preferences (`UserPreferencesResponseDto`; api/features.md section D). Two keys are of later versions, whose
//! clients need them to read the others: `memories.sidebarWeb` (3.2; api/v32.md) and `people.updateStrategy` (3.3).

use serde::Serialize;
use serde_json::Value;

use crate::enums::{AssetOrder, TextEnum, UserAvatarColor};
use crate::input::tree::{
    Field, NO_MAX,
    Node::{self, Choice, Flag, Group, Int, Text},
    field,
};
use crate::input::{Fields, Input};
use crate::sparse;

/// All preferences. Serialises as the contract's object.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Preferences(Value);

/// `UserPreferencesUpdateDto`: only what is to change.
#[derive(Debug, Clone, PartialEq)]
pub struct PreferencesUpdate(Value);

const BIG: i64 = NO_MAX;
const SWITCH: Node = Group(&[field("enabled", Flag)]);
const SECTION: Node = Group(&[field("enabled", Flag), field("sidebarWeb", Flag)]);

static FIELDS: &[Field] = &[
    field(
        "albums",
        Group(&[field("defaultAssetOrder", Choice(AssetOrder::TEXTS))]),
    ),
    field("folders", SECTION),
    field(
        "memories",
        Group(&[
            field("enabled", Flag),
            field("duration", Int(1, BIG)),
            field("sidebarWeb", Flag),
        ]),
    ),
    field(
        "people",
        Group(&[
            field("enabled", Flag),
            field("sidebarWeb", Flag),
            field("minimumFaces", Int(1, BIG)),
            field("updateStrategy", Choice(&["self", "everyone"])),
        ]),
    ),
    field("sharedLinks", SECTION),
    field("ratings", SWITCH),
    field("tags", SECTION),
    field(
        "emailNotifications",
        Group(&[
            field("enabled", Flag),
            field("albumInvite", Flag),
            field("albumUpdate", Flag),
        ]),
    ),
    field(
        "download",
        Group(&[
            field("archiveSize", Int(1, BIG)),
            field("includeEmbeddedVideos", Flag),
        ]),
    ),
    field(
        "purchase",
        Group(&[
            field("showSupportBadge", Flag),
            field("hideBuyButtonUntil", Text),
        ]),
    ),
    field("cast", Group(&[field("gCastEnabled", Flag)])),
    field("recentlyAdded", Group(&[field("sidebarWeb", Flag)])),
    field(
        "avatar",
        Group(&[field("color", Choice(UserAvatarColor::TEXTS))]),
    ),
];

impl Input for PreferencesUpdate {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        Some(Self(fields.tree(FIELDS, true)))
    }
}

impl PreferencesUpdate {
    /// A new avatar colour; it belongs to the user, not to the preferences.
    pub fn avatar_color(&self) -> Option<UserAvatarColor> {
        let color = self.0.pointer("/avatar/color")?;
        UserAvatarColor::parse(color.as_str()?)
    }
}

impl Preferences {
    /// What holds for a user who changed nothing.
    pub fn defaults() -> Self {
        Self(serde_json::from_str(DEFAULTS).unwrap_or_default())
    }

    /// The defaults with the stored differences laid upon them.
    pub fn from_stored(stored: &Value) -> Self {
        let mut preferences = Self::defaults();
        sparse::merge(&mut preferences.0, stored);
        preferences
    }

    /// What to store: the differences from the defaults.
    pub fn to_stored(&self) -> Value {
        sparse::difference(&Self::defaults().0, &self.0)
    }

    /// Changes what the update names and leaves the rest.
    pub fn apply(&mut self, update: &PreferencesUpdate) {
        let mut change = update.0.clone();
        if let Value::Object(sections) = &mut change {
            sections.remove("avatar");
        }
        sparse::merge(&mut self.0, &change);
    }

    /// Direction of new albums.
    pub fn default_asset_order(&self) -> AssetOrder {
        self.0
            .pointer("/albums/defaultAssetOrder")
            .and_then(Value::as_str)
            .and_then(AssetOrder::parse)
            .unwrap_or(AssetOrder::Desc)
    }

    /// A flag by JSON pointer, e.g. `/emailNotifications/albumInvite`; false when there is none.
    pub fn flag(&self, pointer: &str) -> bool {
        sparse::flag(&self.0, pointer)
    }

    /// An integer by JSON pointer, e.g. `/people/minimumFaces`; 0 when there is none.
    pub fn int(&self, pointer: &str) -> i64 {
        sparse::int(&self.0, pointer)
    }
}

const DEFAULTS: &str = r#"{
    "albums": {"defaultAssetOrder": "desc"},
    "folders": {"enabled": false, "sidebarWeb": false},
    "memories": {"enabled": true, "duration": 5, "sidebarWeb": false},
    "people": {"enabled": true, "sidebarWeb": false, "minimumFaces": 3, "updateStrategy": "self"},
    "sharedLinks": {"enabled": true, "sidebarWeb": false},
    "ratings": {"enabled": false},
    "tags": {"enabled": false, "sidebarWeb": false},
    "emailNotifications": {"enabled": true, "albumInvite": true, "albumUpdate": true},
    "download": {"archiveSize": 4294967296, "includeEmbeddedVideos": false},
    "purchase": {"showSupportBadge": true, "hideBuyButtonUntil": "2022-02-12T00:00:00.000Z"},
    "cast": {"gCastEnabled": false},
    "recentlyAdded": {"sidebarWeb": false}
}"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::from_json;
    use serde_json::json;

    #[test]
    fn updates_are_deep_and_stored_sparsely() {
        let mut preferences = Preferences::from_stored(&json!({"memories": {"duration": 9}}));
        let update = from_json::<PreferencesUpdate>(
            &json!({"memories": {"enabled": false}, "avatar": {"color": "red"}, "x": 1}),
        )
        .unwrap();
        preferences.apply(&update);
        assert_eq!(update.avatar_color(), Some(UserAvatarColor::Red));
        assert_eq!(
            preferences.to_stored(),
            json!({"memories": {"duration": 9, "enabled": false}})
        );
        assert_eq!(preferences.int("/people/minimumFaces"), 3);
    }

    #[test]
    fn the_defaults_fit_their_own_schema() {
        let defaults = Preferences::defaults();
        assert!(from_json::<PreferencesUpdate>(&defaults.0).is_ok());
        assert_eq!(defaults.default_asset_order(), AssetOrder::Desc);
        assert_eq!(defaults.to_stored(), json!({}));
    }

    #[test]
    fn the_web_page_offers_what_is_allowed() {
        crate::input::tree::page::assert_offers(FIELDS, &Preferences::defaults().0, &[]);
    }

    #[test]
    fn what_later_clients_need_is_there() {
        let Value::Object(defaults) = Preferences::defaults().0 else {
            panic!("an object");
        };
        assert_eq!(defaults["memories"]["sidebarWeb"], json!(false));
        assert_eq!(defaults["people"]["updateStrategy"], json!("self"));
    }

    #[test]
    fn types_are_strict() {
        let issues = from_json::<PreferencesUpdate>(&json!({
            "download": {"archiveSize": 1.5, "includeEmbeddedVideos": "true"},
            "memories": {"duration": 0}, "people": {"minimumFaces": null},
        }))
        .unwrap_err();
        let lines: Vec<String> = issues
            .iter()
            .map(|issue| format!("{}: {}", issue.path_text(), issue.message))
            .collect();
        assert_eq!(
            lines,
            [
                "memories.duration: Too small: expected number to be >=1",
                "people.minimumFaces: Invalid input: expected number, received null",
                "download.archiveSize: Invalid input: expected int, received number",
                "download.includeEmbeddedVideos: Invalid input: expected boolean, received string",
            ]
        );
    }
}
