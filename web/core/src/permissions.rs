//! What an API key may be used for (auth.md section 6 of the contract).

/// Stands for everything, also for what comes later.
pub const ALL: &str = "all";

/// First part of a permission, and the second parts that it has, with blanks between them. One without second parts is a permission itself.
const GROUPS: [(&str, &str); 51] = [
    ("activity", "create read update delete statistics"),
    ("apiKey", "create read update delete rotate"),
    (
        "asset",
        "create read update delete statistics share view download upload copy derive edit.get edit.create edit.delete",
    ),
    (
        "album",
        "create read update delete statistics share download",
    ),
    ("albumAsset", "create delete"),
    ("albumUser", "create update delete"),
    ("auth", "changePassword"),
    ("authDevice", "delete"),
    ("archive", "read"),
    ("backup", "list download upload delete"),
    ("duplicate", "read delete"),
    ("face", "create read update delete"),
    ("folder", "read"),
    ("job", "create read"),
    ("library", "create read update delete statistics"),
    ("timeline", "read download"),
    ("maintenance", ""),
    ("map", "read search"),
    ("memory", "create read update delete statistics"),
    ("memoryAsset", "create delete"),
    ("notification", "create read update delete"),
    ("partner", "create read update delete"),
    (
        "person",
        "create read update delete statistics merge reassign",
    ),
    ("pinCode", "create update delete"),
    ("plugin", "create read update delete"),
    ("server", "about apkLinks storage statistics versionCheck"),
    ("serverLicense", "read update delete"),
    ("session", "create read update delete lock"),
    ("sharedLink", "create read update delete"),
    ("stack", "create read update delete"),
    ("sync", "stream"),
    ("syncCheckpoint", "read update delete"),
    ("systemConfig", "read update"),
    ("systemMetadata", "read update"),
    ("tag", "create read update delete asset"),
    ("user", "read update"),
    ("userLicense", "create read update delete"),
    ("userOnboarding", "read update delete"),
    ("userPreference", "read update"),
    ("userProfileImage", "create read update delete"),
    ("queue", "read update"),
    ("queueJob", "create read update delete"),
    ("workflow", "create read update delete logs"),
    ("adminUser", "create read update delete"),
    ("adminSession", "read"),
    ("adminAuth", "unlinkAll"),
    ("adminConfig", "read update"),
    ("assetFile", "read download delete"),
    ("clusterGroup", "read leave"),
    ("clusterGroupRequest", "read create delete"),
    ("userConfig", "read"),
];

/// Permissions about one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// What they are about: `asset`.
    pub name: &'static str,
    actions: &'static str,
}

impl Group {
    /// The permissions: `asset.read`, …
    pub fn permissions(self) -> Vec<String> {
        if self.actions.is_empty() {
            return vec![self.name.to_owned()];
        }
        let actions = self.actions.split(' ');
        actions
            .map(|action| format!("{}.{action}", self.name))
            .collect()
    }
}

/// All permissions but [`ALL`], by what they are about.
pub fn groups() -> impl Iterator<Item = Group> {
    GROUPS
        .into_iter()
        .map(|(name, actions)| Group { name, actions })
}

/// What is sent of a choice: everything, or what is ticked. `None`: nothing is, and a key that may do nothing is refused.
pub fn chosen(is_all: bool, ticked: Vec<String>) -> Option<Vec<String>> {
    if is_all {
        return Some(vec![ALL.to_owned()]);
    }
    (!ticked.is_empty()).then_some(ticked)
}

/// Whether a key with these permissions may do everything.
pub fn is_all(permissions: &[String]) -> bool {
    permissions.iter().any(|permission| permission == ALL)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn there_are_those_of_the_contract_and_no_others() {
        let source = include_str!("../../../shared/api/src/permission.rs");
        let (_, list) = source.split_once("\npermissions! {").unwrap();
        let (list, _) = list.split_once("\n}").unwrap();
        let named: BTreeSet<String> = list
            .lines()
            .filter_map(|line| line.split('"').nth(1))
            .map(str::to_owned)
            .collect();
        let mut ours: BTreeSet<String> = groups().flat_map(Group::permissions).collect();
        assert!(ours.insert(ALL.to_owned()));
        assert_eq!(ours, named);
    }

    #[test]
    fn a_choice_is_everything_or_what_is_ticked() {
        let ticked = vec!["asset.read".to_owned()];
        assert_eq!(chosen(true, ticked.clone()), Some(vec![ALL.to_owned()]));
        assert_eq!(chosen(false, ticked.clone()), Some(ticked.clone()));
        assert_eq!(chosen(false, Vec::new()), None);
        assert!(is_all(&["asset.read".to_owned(), ALL.to_owned()]));
        assert!(!is_all(&ticked));
    }
}
