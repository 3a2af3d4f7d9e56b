//! What the external service is asked for: the field `entries` of its form (api/jobs-ml.md section 6.1).

use edge_api::config::SystemConfig;
use serde_json::{Value, json};

/// The vector of a picture.
pub fn clip_picture(model: &str) -> Value {
    json!({ "clip": { "visual": { "modelName": model } } })
}

/// The vector of a text, in a language if one is known.
pub fn clip_text(model: &str, language: Option<&str>) -> Value {
    let mut textual = json!({ "modelName": model });
    if let Some(language) = language {
        textual["options"] = json!({ "language": language });
    }
    json!({ "clip": { "textual": textual } })
}

/// Faces and their vectors.
pub fn faces(model: &str, config: &SystemConfig) -> Value {
    let least_score = config.real("/machineLearning/facialRecognition/minScore");
    json!({ "facial-recognition": {
        "detection": { "modelName": model, "options": { "minScore": least_score } },
        "recognition": { "modelName": model },
    } })
}

/// Lines of text.
pub fn lines(model: &str, config: &SystemConfig) -> Value {
    let at = "/machineLearning/ocr";
    let real = |name: &str| config.real(&format!("{at}/{name}"));
    let detection = json!({
        "minScore": real("minDetectionScore"),
        "maxResolution": config.int(&format!("{at}/maxResolution")),
    });
    let recognition = json!({ "minScore": real("minRecognitionScore") });
    json!({ "ocr": {
        "detection": { "modelName": model, "options": detection },
        "recognition": { "modelName": model, "options": recognition },
    } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_as_the_service_takes_them() {
        let config = SystemConfig::defaults();
        let texts = [
            clip_text("m", None),
            clip_text("m", Some("de")),
            faces("buffalo_l", &config),
            lines("PP-OCRv5_mobile", &config),
        ];
        let expected = [
            json!({ "clip": { "textual": { "modelName": "m" } } }),
            json!({ "clip": { "textual": { "modelName": "m", "options": { "language": "de" } } } }),
            json!({ "facial-recognition": {
                "detection": { "modelName": "buffalo_l", "options": { "minScore": 0.7 } },
                "recognition": { "modelName": "buffalo_l" },
            } }),
            json!({ "ocr": {
                "detection": { "modelName": "PP-OCRv5_mobile", "options": { "minScore": 0.5, "maxResolution": 736 } },
                "recognition": { "modelName": "PP-OCRv5_mobile", "options": { "minScore": 0.8 } },
            } }),
        ];
        assert_eq!(texts, expected);
    }
}
