//! What a caller may grant to a key.

use edge_api::permission::Permission;
use edge_http::{Error, Result};
use edge_store::caller::Kind;

/// A key cannot make a stronger one; a session may grant everything (api/auth.md section 6).
pub fn may_grant(caller: &Kind, wanted: &[Permission]) -> Result<()> {
    if holds(caller, wanted) {
        return Ok(());
    }
    Err(Error::bad_request(
        "Cannot grant permissions you do not have",
    ))
}

/// A key does not get at the secret of a stronger one (api/v32.md section 3).
pub fn may_rotate(caller: &Kind, permissions: &[Permission]) -> Result<()> {
    if holds(caller, permissions) {
        return Ok(());
    }
    Err(Error::bad_request(
        "Cannot rotate an API Key with permissions you do not have",
    ))
}

/// Whether the caller may do all of this.
fn holds(caller: &Kind, permissions: &[Permission]) -> bool {
    let Kind::ApiKey(key) = caller else {
        return true;
    };
    let held = key.permissions.iter();
    let held: Vec<Permission> = held.filter_map(|text| Permission::parse(text)).collect();
    permissions.iter().all(|wanted| wanted.is_granted_by(&held))
}

#[cfg(test)]
mod tests {
    use super::*;
    use edge_store::caller::KeyCaller;

    fn key(permissions: &[&str]) -> Kind {
        Kind::ApiKey(KeyCaller {
            id: String::new(),
            permissions: permissions.iter().map(|&text| text.to_owned()).collect(),
        })
    }

    #[test]
    fn a_key_grants_only_what_it_holds() {
        let read = [Permission::AssetRead];
        assert!(may_grant(&key(&["asset.read", "apiKey.create"]), &read).is_ok());
        assert!(may_grant(&key(&["apiKey.create"]), &read).is_err());
        assert!(may_grant(&key(&["asset.read"]), &[Permission::All]).is_err());
        assert!(may_grant(&key(&["all"]), &[Permission::All, Permission::AssetRead]).is_ok());
    }
}
