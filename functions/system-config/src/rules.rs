//! What a configuration must fulfil beyond its schema (api/features.md section E).

use edge_api::config::{SystemConfig, storage_template};
use edge_http::{Error, Result};

/// Refuses a configuration that the server could not work with: 400 with the reason.
pub fn check(config: &SystemConfig) -> Result<()> {
    let template = config.text("/storageTemplate/template");
    storage_template::preview(template)
        .map(drop)
        .map_err(|reason| Error::bad_request(format!("Invalid storage template: {reason}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_template_that_cannot_be_rendered_is_refused() {
        let stored = json!({ "storageTemplate": { "template": "{{nonsense}}" } });
        assert!(check(&SystemConfig::from_stored(&stored)).is_err());
        assert!(check(&SystemConfig::defaults()).is_ok());
    }
}
