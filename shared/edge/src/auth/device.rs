//! What a session remembers of its device (api/auth.md section 2).

use http::HeaderMap;

/// Device facts of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Device {
    /// Browser name, else the header `devicemodel`, else empty.
    pub device_type: String,
    /// Operating system, else the header `devicetype`, else empty.
    pub device_os: String,
    /// Version of the mobile app, if it is one.
    pub app_version: Option<String>,
}

/// Characters that are kept of what a client calls its device or itself.
const LONGEST: usize = 255;

/// Browser names and the product token each is known by; the more special ones first, because
/// browsers name their relatives too.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Mobile Firefox"),
    ("CriOS/", "Mobile Chrome"),
    ("Firefox/", "Firefox"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
];

/// Operating systems and how the User-Agent names them.
const SYSTEMS: &[(&str, &str)] = &[
    ("Windows", "Windows"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Android", "Android"),
    ("CrOS", "Chrome OS"),
    ("Mac OS X", "macOS"),
    ("Ubuntu", "Ubuntu"),
    ("Linux", "Linux"),
];

/// What the app calls itself before its version; the underscored ones are its old names.
const APPS: &[&str] = &[
    "immich-android/",
    "immich-ios/",
    "immich-unknown/",
    "Immich_Android_",
    "Immich_iOS_",
];

impl Device {
    /// Reads the device from the request headers.
    pub fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        let agent = text("user-agent");
        let first = |table: &[(&str, &'static str)]| {
            table
                .iter()
                .find(|(token, _)| agent.contains(token))
                .map(|(_, name)| (*name).to_owned())
        };
        let kept = |name: &str| text(name).chars().take(LONGEST).collect();
        Self {
            device_type: first(BROWSERS).unwrap_or_else(|| kept("devicemodel")),
            device_os: first(SYSTEMS).unwrap_or_else(|| kept("devicetype")),
            app_version: app_version(agent),
        }
    }
}

fn app_version(agent: &str) -> Option<String> {
    let (_, rest) = APPS.iter().find_map(|name| agent.split_once(name))?;
    let version: String = rest
        .chars()
        .take(LONGEST)
        .take_while(|c| c.is_ascii_alphanumeric() || ".+-".contains(*c))
        .collect();
    (!version.is_empty()).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(agent: &str) -> Device {
        let mut headers = HeaderMap::new();
        headers.insert("user-agent", agent.parse().unwrap());
        headers.insert("devicemodel", "Pixel 9".parse().unwrap());
        headers.insert("devicetype", "Android".parse().unwrap());
        Device::of(&headers)
    }

    #[test]
    fn long_names_are_cut() {
        let long = "1".repeat(300);
        let mut headers = HeaderMap::new();
        headers.insert("user-agent", format!("immich-ios/{long}").parse().unwrap());
        headers.insert("devicemodel", long.parse().unwrap());
        let device = Device::of(&headers);
        assert_eq!(device.device_type.len(), LONGEST);
        assert_eq!(
            device.app_version.map(|version| version.len()),
            Some(LONGEST)
        );
    }

    #[test]
    fn browsers_and_systems_are_named() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36";
        assert_eq!(device(chrome).device_type, "Chrome");
        assert_eq!(device(chrome).device_os, "Linux");
    }

    #[test]
    fn the_app_tells_its_model_in_headers_and_its_version_in_the_agent() {
        let app = device("immich-android/3.1.0");
        assert_eq!(app.app_version.as_deref(), Some("3.1.0"));
        assert_eq!(
            (app.device_type.as_str(), app.device_os.as_str()),
            ("Pixel 9", "Android")
        );
    }
}
