//! An external machine learning service: `machineLearning.urls` and `machineLearning.availabilityChecks` (api/jobs-ml.md section 6.1).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::SystemConfig;

/// The address in the contract's default configuration. It stands in every configuration that nobody touched, so it asks for nothing.
const DEFAULT: &str = "http://immich-machine-learning:3003";

/// Addresses of one configuration that are asked.
const MOST_URLS: usize = 4;

/// Shortest and longest time-out of a check, ms: somebody waits for it.
const TIMEOUT: (i64, i64) = (100, 5_000);

/// Shortest and longest time for which a check counts, ms.
const INTERVAL: (i64, i64) = (1_000, 3_600_000);

/// Who looks at pictures instead of our own networks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its addresses in the order in which they are asked, without a slash at the end.
    pub urls: Vec<String>,
    /// How long a check waits for an answer, ms.
    pub timeout: u64,
    /// How long what a check found counts, ms; `None`: nothing is checked, all addresses are believed to answer.
    pub interval: Option<i64>,
}

impl SystemConfig {
    /// The service that an administrator configured; `None`: our own networks do the work. The contract's default address is not asked
    /// as it stands there; with a slash at its end somebody has written it.
    pub fn service(&self) -> Option<Service> {
        let urls = self.0.pointer("/machineLearning/urls");
        let urls = urls.and_then(Value::as_array)?.iter();
        let urls = urls.filter_map(Value::as_str).map(str::trim);
        let urls = urls
            .filter(|url| *url != DEFAULT)
            .map(|url| url.trim_end_matches('/').to_owned());
        let urls: Vec<String> = urls.filter(|url| !url.is_empty()).take(MOST_URLS).collect();
        if urls.is_empty() {
            return None;
        }
        let at = "/machineLearning/availabilityChecks";
        let of = |name: &str, (least, most): (i64, i64)| {
            self.int(&format!("{at}/{name}")).clamp(least, most)
        };
        let is_checked = self.flag(&format!("{at}/enabled"));
        Some(Service {
            urls,
            timeout: of("timeout", TIMEOUT).unsigned_abs(),
            interval: is_checked.then(|| of("interval", INTERVAL)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(section: &Value) -> Option<Service> {
        SystemConfig::from_stored(&json!({ "machineLearning": section })).service()
    }

    #[test]
    fn nobody_is_asked_until_an_address_is_written() {
        assert_eq!(SystemConfig::defaults().service(), None);
        assert_eq!(of(&json!({ "urls": [DEFAULT] })), None);
        assert_eq!(of(&json!({ "urls": ["", " / "] })), None);
        let written = of(&json!({ "urls": [format!("{DEFAULT}/")] }));
        assert_eq!(written.unwrap().urls, [DEFAULT]);
        let two = of(&json!({ "urls": [DEFAULT, "http://a:1/", "https://b"] }));
        assert_eq!(two.unwrap().urls, ["http://a:1", "https://b"]);
    }

    #[test]
    fn checks_are_as_configured_within_reason() {
        let checks = |checks: Value| {
            let of = of(&json!({ "urls": ["http://a"], "availabilityChecks": checks }));
            of.map(|it| (it.timeout, it.interval)).unwrap()
        };
        assert_eq!(checks(json!({})), (2_000, Some(30_000)));
        assert_eq!(checks(json!({ "enabled": false })), (2_000, None));
        let odd = json!({ "timeout": -5, "interval": 0 });
        assert_eq!(checks(odd), (100, Some(1_000)));
    }
}
