//! The parts of the configuration that users and everybody may see: 3.2 asks for them by routes of their own (api/v32.md section 2).

use serde_json::{Map, Value};

use super::SystemConfig;

/// `PublicConfigDto`: before anybody logs in.
const PUBLIC: &[&str] = &[
    "oauth/enabled",
    "oauth/autoLaunch",
    "oauth/buttonText",
    "passwordLogin/enabled",
    "server/loginPageMessage",
    "theme/customCss",
];

/// `UserConfigDto`: what apps need of it.
const USER: &[&str] = &[
    "ffmpeg/realtime",
    "image/fullsize/enabled",
    "image/preview/size",
    "image/thumbnail/size",
    "machineLearning/enabled",
    "machineLearning/clip/enabled",
    "machineLearning/duplicateDetection/enabled",
    "machineLearning/facialRecognition/enabled",
    "machineLearning/facialRecognition/minFaces",
    "machineLearning/ocr/enabled",
    "map",
    "oauth/enabled",
    "oauth/autoLaunch",
    "oauth/buttonText",
    "passwordLogin/enabled",
    "reverseGeocoding/enabled",
    "server",
    "theme/customCss",
    "trash",
    "user/deleteDelay",
];

impl SystemConfig {
    /// What everybody may see (`PublicConfigDto`).
    pub fn public(&self) -> Value {
        self.parts(PUBLIC)
    }

    /// What every user may see (`UserConfigDto`).
    pub fn of_user(&self) -> Value {
        self.parts(USER)
    }

    /// A tree of these parts only; what there is not is left out.
    fn parts(&self, paths: &[&str]) -> Value {
        let mut root = Map::new();
        for path in paths {
            let Some(value) = self.as_value().pointer(&format!("/{path}")) else {
                continue;
            };
            let mut steps = path.split('/').peekable();
            let mut place = &mut root;
            while let Some(step) = steps.next() {
                if steps.peek().is_none() {
                    place.insert(step.to_owned(), value.clone());
                    break;
                }
                let next = place.entry(step).or_insert_with(|| Map::new().into());
                let Value::Object(next) = next else { break };
                place = next;
            }
        }
        root.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_these_parts_are_told() {
        let config = SystemConfig::from_stored(
            &json!({ "oauth": { "clientSecret": "secret" }, "theme": { "customCss": "p {}" } }),
        );
        assert_eq!(
            config.public(),
            json!({
                "oauth": { "enabled": false, "autoLaunch": false, "buttonText": "Login with OAuth" },
                "passwordLogin": { "enabled": true },
                "server": { "loginPageMessage": "" },
                "theme": { "customCss": "p {}" },
            })
        );
        let user = config.of_user();
        let sections: Vec<&String> = user.as_object().unwrap().keys().collect();
        assert_eq!(
            sections,
            [
                "ffmpeg",
                "image",
                "machineLearning",
                "map",
                "oauth",
                "passwordLogin",
                "reverseGeocoding",
                "server",
                "theme",
                "trash",
                "user"
            ]
        );
        assert_eq!(
            user["machineLearning"]["facialRecognition"],
            json!({ "enabled": true, "minFaces": 3 })
        );
        assert_eq!(
            user["image"],
            json!({ "fullsize": { "enabled": false }, "preview": { "size": 1440 }, "thumbnail": { "size": 250 } })
        );
        assert_eq!(user["server"].as_object().unwrap().len(), 3);
        assert!(!user.to_string().contains("secret"));
    }
}
