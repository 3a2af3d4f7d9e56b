//! Settings as forms: what is in a JSON object of the server's becomes fields, and fields become JSON again. What a value may be is the
//! server's to check; the page knows its kind by the value itself, and the words that the contract allows for some.
use serde_json::{Map, Value};

/// A setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Where it is, as a JSON pointer: `/trash/days`.
    pub path: String,
    /// What it is.
    pub kind: Kind,
}

/// What a setting is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// On or off.
    Flag,
    /// A number, or none.
    Number,
    /// Words.
    Words,
    /// Words of several lines.
    Text,
    /// Words that nobody else may read.
    Secret,
    /// Several, with commas between them.
    List,
    /// One of these.
    Choice(&'static [&'static str]),
    /// Some of these.
    Choices(&'static [&'static str]),
}

const VIDEO_CODECS: &[&str] = &["h264", "hevc", "vp9", "av1"];
const AUDIO_CODECS: &[&str] = &["mp3", "aac", "opus", "pcm_s16le"];

/// The words that are allowed, by the end of the path: a test of the server's (shared/api/src/input/tree.rs) holds them equal to what it takes.
/// For the last two it takes any.
const CHOICES: [(&str, &[&str]); 20] = [
    (
        "/logging/level",
        &["verbose", "debug", "log", "warn", "error", "fatal"],
    ),
    ("/ffmpeg/targetVideoCodec", VIDEO_CODECS),
    ("/ffmpeg/acceptedVideoCodecs", VIDEO_CODECS),
    ("/ffmpeg/realtime/videoCodecs", VIDEO_CODECS),
    ("/ffmpeg/targetAudioCodec", AUDIO_CODECS),
    ("/ffmpeg/acceptedAudioCodecs", AUDIO_CODECS),
    ("/ffmpeg/acceptedContainers", &["mov", "mp4", "ogg", "webm"]),
    (
        "/ffmpeg/realtime/resolutions",
        &["480", "720", "1080", "1440", "2160"],
    ),
    ("/ffmpeg/cqMode", &["auto", "cqp", "icq"]),
    (
        "/ffmpeg/transcode",
        &["all", "optimal", "bitrate", "required", "disabled"],
    ),
    (
        "/ffmpeg/tonemap",
        &["hable", "mobius", "reinhard", "disabled"],
    ),
    (
        "/ffmpeg/accel",
        &["nvenc", "qsv", "vaapi", "rkmpp", "disabled"],
    ),
    ("/image/colorspace", &["srgb", "p3"]),
    ("/format", &["jpeg", "webp"]),
    (
        "/oauth/tokenEndpointAuthMethod",
        &["client_secret_post", "client_secret_basic"],
    ),
    ("/newVersionCheck/channel", &["stable", "releaseCandidate"]),
    ("/albums/defaultAssetOrder", &["asc", "desc"]),
    ("/people/updateStrategy", &["self", "everyone"]),
    (
        "/preset",
        &[
            "ultrafast",
            "superfast",
            "veryfast",
            "faster",
            "fast",
            "medium",
            "slow",
            "slower",
            "veryslow",
        ],
    ),
    (
        "/targetResolution",
        &["480", "720", "1080", "1440", "2160", "original"],
    ),
];

/// Ends of paths of what is written in lines (style sheets, templates of mails), also while it is empty.
const TEXTS: [&str; 2] = ["/theme/customCss", "Template"];

/// The settings below `value`, as they come.
pub fn fields(value: &Value) -> Vec<Field> {
    let mut found = Vec::new();
    collect(value, "", &mut found);
    found
}

fn collect(value: &Value, path: &str, found: &mut Vec<Field>) {
    if let Value::Object(parts) = value {
        for (name, part) in parts {
            collect(part, &format!("{path}/{name}"), found);
        }
        return;
    }
    found.push(Field {
        kind: kind(value, path),
        path: path.to_owned(),
    });
}

fn kind(value: &Value, path: &str) -> Kind {
    let choice = CHOICES.iter().find(|(end, _)| path.ends_with(end));
    // What is set and we do not know must not get lost.
    let choice = |now: &[String]| {
        let (_, words) = choice?;
        let are_known = now.iter().all(|it| words.contains(&it.as_str()));
        are_known.then_some(*words)
    };
    match value {
        Value::Bool(_) => Kind::Flag,
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(word).collect();
            choice(&items).map_or(Kind::List, Kind::Choices)
        }
        Value::String(now) => match choice(std::slice::from_ref(now)) {
            Some(words) => Kind::Choice(words),
            _ if path.ends_with("Secret") || path.ends_with("/password") => Kind::Secret,
            _ if now.contains('\n') || TEXTS.iter().any(|end| path.ends_with(end)) => Kind::Text,
            _ => Kind::Words,
        },
        _ => Kind::Number,
    }
}

/// The first part of a path and the rest, in words: `newVersionCheck` is `New version check`.
pub fn names(path: &str) -> (String, String) {
    let mut parts = path.split('/').skip(1).map(in_words);
    let first = parts.next().unwrap_or_default();
    let rest = parts.collect::<Vec<_>>().join(": ");
    if rest.is_empty() {
        (String::new(), first)
    } else {
        (first, rest)
    }
}

fn in_words(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if words.is_empty() {
            words.push(letter.to_ascii_uppercase());
        } else if letter.is_ascii_uppercase() {
            words.push(' ');
            words.push(letter.to_ascii_lowercase());
        } else {
            words.push(letter);
        }
    }
    words
}

/// What a list shows of one of its values.
fn word(item: &Value) -> String {
    match item {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What a field shows.
pub fn shown(value: &Value, path: &str) -> String {
    match value.pointer(path) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => items.iter().map(word).collect::<Vec<_>>().join(", "),
        Some(other) => other.to_string(),
    }
}

/// Puts what a field shows into `value`; whether it is one of its kind.
pub fn put(value: &mut Value, field: &Field, text: &str) -> bool {
    let Some(place) = value.pointer_mut(&field.path) else {
        return false;
    };
    let made = match field.kind {
        Kind::Flag => Some(Value::Bool(text == "true")),
        Kind::Number if text.trim().is_empty() => Some(Value::Null),
        Kind::Number => number(text),
        Kind::Words | Kind::Text | Kind::Secret | Kind::Choice(_) => Some(Value::from(text)),
        Kind::List => {
            let are_numbers = place
                .as_array()
                .is_some_and(|all| all.iter().any(Value::is_number));
            list(text, are_numbers)
        }
        // An empty list does not tell what was in it.
        Kind::Choices(words) => list(text, words.iter().all(|word| number(word).is_some())),
    };
    let is_good = made.is_some();
    if let Some(made) = made {
        *place = made;
    }
    is_good
}

fn list(text: &str, are_numbers: bool) -> Option<Value> {
    let items = text
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty());
    let made = items.map(|item| {
        if are_numbers {
            number(item)
        } else {
            Some(Value::from(item))
        }
    });
    made.collect::<Option<Vec<_>>>().map(Value::Array)
}

fn number(text: &str) -> Option<Value> {
    let text = text.trim();
    let whole = text.parse::<i64>().ok().map(Value::from);
    whole.or_else(|| {
        text.parse::<f64>()
            .ok()
            .filter(|it| it.is_finite())
            .map(Value::from)
    })
}

/// Only what differs: preferences are merged by the server.
pub fn changed(old: &Value, new: &Value) -> Value {
    let (Value::Object(before), Value::Object(after)) = (old, new) else {
        return new.clone();
    };
    let mut parts = Map::new();
    for (name, part) in after {
        if before.get(name) != Some(part) {
            let old = before.get(name).unwrap_or(&Value::Null);
            parts.insert(name.clone(), changed(old, part));
        }
    }
    Value::Object(parts)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn config() -> Value {
        json!({
            "trash": { "enabled": true, "days": 30 },
            "oauth": { "clientSecret": "s", "defaultStorageQuota": null },
            "logging": { "level": "log" },
            "theme": { "customCss": "" },
            "templates": { "email": { "welcomeTemplate": "Hello\n\n{name}" } },
            "server": { "externalDomain": "", "loginPageMessage": "one\ntwo" },
            "ffmpeg": { "realtime": { "resolutions": [480, 720] }, "acceptedVideoCodecs": ["h264"] },
            "machineLearning": { "urls": ["http://ml:3003"] },
        })
    }

    #[test]
    fn every_value_is_a_field() {
        let fields = fields(&config());
        // How an object orders its names is no matter.
        let kinds: std::collections::BTreeMap<_, _> = fields
            .iter()
            .map(|it| (it.path.as_str(), it.kind))
            .collect();
        let expected = [
            ("/trash/enabled", Kind::Flag),
            ("/trash/days", Kind::Number),
            ("/oauth/clientSecret", Kind::Secret),
            ("/oauth/defaultStorageQuota", Kind::Number),
            ("/logging/level", Kind::Choice(CHOICES[0].1)),
            ("/theme/customCss", Kind::Text),
            ("/templates/email/welcomeTemplate", Kind::Text),
            ("/server/externalDomain", Kind::Words),
            ("/server/loginPageMessage", Kind::Text),
            (
                "/ffmpeg/realtime/resolutions",
                Kind::Choices(&["480", "720", "1080", "1440", "2160"]),
            ),
            ("/ffmpeg/acceptedVideoCodecs", Kind::Choices(VIDEO_CODECS)),
            ("/machineLearning/urls", Kind::List),
        ];
        assert_eq!(kinds, expected.into_iter().collect());
        let strange = json!({ "logging": { "level": "loud" } });
        assert_eq!(super::fields(&strange)[0].kind, Kind::Words);
        let strange = json!({ "ffmpeg": { "acceptedVideoCodecs": ["h264", "h266"] } });
        assert_eq!(super::fields(&strange)[0].kind, Kind::List);
    }

    #[test]
    fn what_is_shown_can_be_put_back() {
        let mut value = config();
        for field in fields(&config()) {
            let text = shown(&value, &field.path);
            assert!(put(&mut value, &field, &text), "{}", field.path);
        }
        assert_eq!(value, config());
    }

    #[test]
    fn fields_become_values_of_their_kind() {
        let mut value = config();
        for (path, text, expected) in [
            ("/trash/enabled", "false", Some(json!(false))),
            ("/trash/days", "7", Some(json!(7))),
            ("/trash/days", "0.5", Some(json!(0.5))),
            ("/trash/days", "many", None),
            ("/oauth/defaultStorageQuota", "5", Some(json!(5))),
            ("/oauth/defaultStorageQuota", "", Some(json!(null))),
            (
                "/ffmpeg/realtime/resolutions",
                "480,1080",
                Some(json!([480, 1080])),
            ),
            ("/ffmpeg/realtime/resolutions", "big", None),
            ("/ffmpeg/realtime/resolutions", "", Some(json!([]))),
            ("/ffmpeg/realtime/resolutions", "720", Some(json!([720]))),
            (
                "/machineLearning/urls",
                "http://a, http://b",
                Some(json!(["http://a", "http://b"])),
            ),
            ("/theme/customCss", "a {}\nb {}", Some(json!("a {}\nb {}"))),
            (
                "/ffmpeg/acceptedVideoCodecs",
                "av1 , hevc,",
                Some(json!(["av1", "hevc"])),
            ),
        ] {
            let field = fields(&config()).into_iter().find(|it| it.path == path);
            let is_good = put(&mut value, &field.unwrap(), text);
            assert_eq!(
                is_good.then(|| value.pointer(path).cloned().unwrap()),
                expected,
                "{path} {text}"
            );
        }
    }

    #[test]
    fn paths_become_words() {
        assert_eq!(
            names("/newVersionCheck/enabled"),
            ("New version check".into(), "Enabled".into())
        );
        assert_eq!(
            names("/ffmpeg/realtime/videoCodecs"),
            ("Ffmpeg".into(), "Realtime: Video codecs".into())
        );
        assert_eq!(names("/days"), (String::new(), "Days".into()));
    }

    #[test]
    fn only_what_differs_is_sent() {
        let mut new = config();
        new["trash"]["days"] = json!(7);
        assert_eq!(changed(&config(), &new), json!({ "trash": { "days": 7 } }));
        assert_eq!(changed(&new, &new), json!({}));
    }
}
