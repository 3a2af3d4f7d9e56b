//! The map with tiles: whose style it has, and what the page and the map's document (web/app/map) say to each other, in JSON. What the
//! document says is read as if anybody could have said it.
use serde_json::{Value, json};

use crate::map::{self, Circle, Spot, View};
use crate::model::Config;

/// The styles that stand in the settings where nobody configured any: those of the official project's tile server. A fresh installation
/// asks no server of others, so that they count as none; apps make of them what they do.
const DEFAULTS: [&str; 2] = [
    "https://tiles.immich.cloud/v1/style/light.json",
    "https://tiles.immich.cloud/v1/style/dark.json",
];
/// Pixels that a circle has from west to east.
const ROOM: f64 = 48.0;
/// A part of the world that is less than this much larger than where one would come is near enough.
const NEAR: f64 = 1.2;

/// What the administrator configured for the map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Style {
    /// Nothing.
    None,
    /// An address that nothing is loaded from.
    Refused,
    /// These addresses.
    At {
        /// By day.
        light: String,
        /// By night.
        dark: String,
    },
}

impl Style {
    /// Of a server whose page is at `origin`. One style is for day and night where the other is missing.
    pub fn of(config: &Config, origin: &str) -> Self {
        let own = |address: &String| {
            let is_own = !address.is_empty() && !DEFAULTS.contains(&address.as_str());
            is_own.then(|| address.clone())
        };
        let light = own(&config.map_light_style_url);
        let dark = own(&config.map_dark_style_url);
        let (light, dark) = match (light, dark) {
            (None, None) => return Self::None,
            (Some(only), None) | (None, Some(only)) => (only.clone(), only),
            (Some(light), Some(dark)) => (light, dark),
        };
        if [&light, &dark].iter().all(|it| may_be_asked(it, origin)) {
            Self::At { light, dark }
        } else {
            Self::Refused
        }
    }
}

/// Only what nobody changes on the way, or the server itself.
fn may_be_asked(address: &str, origin: &str) -> bool {
    let scheme = address.get(.."https://".len());
    let rest = address.strip_prefix(origin).filter(|_| !origin.is_empty());
    scheme.is_some_and(|it| it.eq_ignore_ascii_case("https://"))
        || rest.is_some_and(|rest| rest.starts_with('/'))
}

/// The part of the world that the map shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// Which part.
    pub view: View,
    /// Pixels from west to east.
    columns: f64,
    /// Pixels from north to south.
    rows: f64,
}

impl Seen {
    /// The circles to draw.
    pub fn circles(&self, spots: &[Spot]) -> Vec<Circle> {
        map::circles_beside(spots, self.view, (self.columns / ROOM).max(1.0))
    }

    /// Whether the map shows little more than it would after it came to `near`, be it because all photos there are at one place.
    pub fn is_near(&self, near: View) -> bool {
        let middle = (near.top + near.height / 2.0).to_radians();
        // A degree to the north is longer the farther from the equator it is; where the map is wide, it shows more beside.
        let higher = near.height / middle.cos().max(0.05);
        let width = near.width.max(higher * self.columns / self.rows);
        self.view.width <= width * NEAR
    }
}

/// What the document says.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// It is there and listens.
    Ready,
    /// The style is read, the map drawn.
    Shown,
    /// There is no such style, or nothing to draw it with.
    Failed,
    /// Another part of the world is seen.
    Seen(Seen),
    /// A circle was pressed.
    Pressed {
        /// When it was drawn.
        round: u32,
        /// Which of those.
        index: usize,
    },
}

/// Reads it; `None`: something else.
pub fn said(text: &str) -> Option<Said> {
    let value: Value = serde_json::from_str(text).ok()?;
    let number = |name: &str| value[name].as_f64();
    let whole = |name: &str| value[name].as_u64();
    Some(match value["kind"].as_str()? {
        "ready" => Said::Ready,
        "shown" => Said::Shown,
        "failed" => Said::Failed,
        "seen" => {
            let view = View {
                left: number("left")?,
                top: number("top")?,
                width: number("width")?,
                height: number("height")?,
            };
            let (columns, rows) = (number("columns")?, number("rows")?);
            let is_part = view.width > 0.0 && view.height > 0.0 && columns > 0.0 && rows > 0.0;
            return is_part.then_some(Said::Seen(Seen {
                view,
                columns,
                rows,
            }));
        }
        "pressed" => Said::Pressed {
            round: u32::try_from(whole("round")?).ok()?,
            index: usize::try_from(whole("index")?).ok()?,
        },
        _ => return None,
    })
}

/// What the map is to begin with: styles for day and night, the language, what it and its buttons are called.
pub fn begin(light: &str, dark: &str, language: &str, words: [&str; 3], view: View) -> String {
    let [map, nearer, farther] = words;
    let words = json!({ "map": map, "nearer": nearer, "farther": farther });
    json!({
        "kind": "begin", "light": light, "dark": dark, "language": language, "words": words, "view": part(view),
    })
    .to_string()
}

/// The part of the world to show.
pub fn show(view: View) -> String {
    json!({ "kind": "show", "view": part(view) }).to_string()
}

/// The circles to draw; `words` are what stands in one and what it is called, by how many photos it is for.
pub fn draw(round: u32, circles: &[Circle], words: impl Fn(u32) -> (String, String)) -> String {
    let circles = circles.iter().map(|circle| {
        let (count, label) = words(circle.middle.count);
        json!({ "x": circle.middle.x, "y": -circle.middle.y, "count": count, "label": label })
    });
    let circles: Vec<Value> = circles.collect();
    json!({ "kind": "draw", "round": round, "circles": circles }).to_string()
}

fn part(view: View) -> Value {
    json!({ "left": view.left, "top": view.top, "width": view.width, "height": view.height })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::Spots;
    use crate::model::Marker;

    const ORIGIN: &str = "http://photos.example:8080";

    fn style(light: &str, dark: &str) -> Style {
        let config = Config {
            map_light_style_url: light.to_owned(),
            map_dark_style_url: dark.to_owned(),
            ..Config::default()
        };
        Style::of(&config, ORIGIN)
    }

    #[test]
    fn the_defaults_are_the_servers_and_count_as_none() {
        let file = include_str!("../../../shared/api/src/config/defaults.json");
        let defaults: Value = serde_json::from_str(file).unwrap();
        let map = &defaults["map"];
        let found = ["lightStyle", "darkStyle"].map(|name| map[name].as_str().unwrap());
        assert_eq!(found, DEFAULTS);
        assert_eq!(style(DEFAULTS[0], DEFAULTS[1]), Style::None);
        assert_eq!(style("", ""), Style::None);
    }

    #[test]
    fn a_style_is_loaded_with_https_or_from_the_server_itself() {
        let at = |light: &str, dark: &str| Style::At {
            light: light.to_owned(),
            dark: dark.to_owned(),
        };
        let [day, night] = ["https://tiles.example/day", "HTTPS://tiles.example/night"];
        let own = "http://photos.example:8080/style.json";
        for (light, dark, expected) in [
            (day, night, at(day, night)),
            (day, DEFAULTS[1], at(day, day)),
            (DEFAULTS[0], night, at(night, night)),
            (own, "", at(own, own)),
            ("http://tiles.example/day", night, Style::Refused),
            (day, "http://photos.example:80801/x", Style::Refused),
            (day, "http://photos.example:8080@evil/x", Style::Refused),
            ("data:application/json,{}", "", Style::Refused),
            ("javascript:alert(1)", "", Style::Refused),
        ] {
            assert_eq!(style(light, dark), expected, "{light} {dark}");
        }
        let config = Config {
            map_light_style_url: "/x".to_owned(),
            ..Config::default()
        };
        assert_eq!(Style::of(&config, ""), Style::Refused);
    }

    fn seen(width: f64, columns: f64, rows: f64) -> Seen {
        let view = View {
            left: 0.0,
            top: -60.0 - width / 4.0,
            width,
            height: width / 2.0,
        };
        Seen {
            view,
            columns,
            rows,
        }
    }

    #[test]
    fn what_the_document_says_is_read_with_care() {
        let text = r#"{"kind":"seen","left":0,"top":-70.0,"width":40,"height":20,"columns":960,"rows":480}"#;
        assert_eq!(said(text), Some(Said::Seen(seen(40.0, 960.0, 480.0))));
        let pressed = Said::Pressed { round: 2, index: 1 };
        let text = r#"{"kind":"pressed","round":2,"index":1}"#;
        assert_eq!(said(text), Some(pressed));
        for (kind, expected) in [
            ("ready", Said::Ready),
            ("shown", Said::Shown),
            ("failed", Said::Failed),
        ] {
            assert_eq!(said(&json!({ "kind": kind }).to_string()), Some(expected));
        }
        for strange in [
            "",
            "null",
            "[]",
            r#"{"kind":5}"#,
            r#"{"kind":"other"}"#,
            r#"{"kind":"pressed","round":-1,"index":0}"#,
            r#"{"kind":"pressed","round":1}"#,
            r#"{"kind":"seen","left":0,"top":0,"width":0,"height":1,"columns":1,"rows":1}"#,
            r#"{"kind":"seen","left":0,"top":0,"width":1,"height":1,"columns":"1","rows":1}"#,
        ] {
            assert_eq!(said(strange), None, "{strange}");
        }
    }

    #[test]
    fn what_the_page_says_has_what_the_document_reads() {
        let mut spots = Spots::default();
        for id in ["a", "b"] {
            spots.add(Marker {
                id: id.to_owned(),
                lat: 60.0,
                lon: 20.0,
            });
        }
        let circles = seen(40.0, 960.0, 480.0).circles(&spots.all());
        let text = draw(3, &circles, |count| {
            (count.to_string(), format!("{count} items"))
        });
        let drawn: Value = serde_json::from_str(&text).unwrap();
        let circle = json!({ "x": 20.0, "y": 60.0, "count": "2", "label": "2 items" });
        assert_eq!(
            drawn,
            json!({ "kind": "draw", "round": 3, "circles": [circle] })
        );
        let world = json!({ "left": -180.0, "top": -90.0, "width": 360.0, "height": 180.0 });
        let shown: Value = serde_json::from_str(&show(View::WORLD)).unwrap();
        assert_eq!(shown, json!({ "kind": "show", "view": world }));
        let begun = begin(
            "day",
            "night",
            "de",
            ["map", "nearer", "farther"],
            View::WORLD,
        );
        let begun: Value = serde_json::from_str(&begun).unwrap();
        let words = json!({ "map": "map", "nearer": "nearer", "farther": "farther" });
        assert_eq!(
            begun,
            json!({ "kind": "begin", "light": "day", "dark": "night", "language": "de", "words": words, "view": world })
        );
        let script = include_str!("../../app/map/map.js");
        for kind in ["begin", "show", "draw"] {
            assert!(script.contains(&format!("\n  {kind}({{ ")), "{kind}");
        }
        for kind in ["ready", "shown", "failed", "seen", "pressed"] {
            assert!(script.contains(&format!("kind: \"{kind}\"")), "{kind}");
        }
    }

    #[test]
    fn wide_maps_have_more_circles_than_phones() {
        let mut spots = Spots::default();
        for (id, lon) in [("a", 20.0), ("b", 23.0)] {
            let (id, lat) = (id.to_owned(), 60.0);
            spots.add(Marker { id, lat, lon });
        }
        let spots = spots.all();
        assert_eq!(seen(40.0, 960.0, 480.0).circles(&spots).len(), 2);
        assert_eq!(seen(40.0, 240.0, 480.0).circles(&spots).len(), 1);
    }

    #[test]
    fn it_is_near_when_coming_nearer_changes_nothing() {
        let near = seen(10.0, 960.0, 480.0).view;
        assert!(!seen(40.0, 960.0, 480.0).is_near(near));
        // At 60 degrees north what is half as high as wide takes a map that is.
        assert!(seen(20.0, 960.0, 480.0).is_near(near));
        assert!(!seen(20.0, 480.0, 480.0).is_near(near));
        assert!(seen(10.0, 480.0, 480.0).is_near(near));
    }
}
