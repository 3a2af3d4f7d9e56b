//! Frames of Engine.IO 4 with Socket.IO 5 inside, as both official clients speak them (api/realtime.md section 1). Pure: a frame
//! is a text, and nothing is kept.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::Event;
use crate::{legacy::duration, server::ServerVersion};

/// Time between two pings where nothing else is said, ms. The handshake announces it, and a client that has heard nothing for this and [`PING_TIMEOUT`]
/// connects anew. Cloudflare ends a WebSocket that is silent for 100 s; what a ping costs is in docs/costs.md.
pub const PING_INTERVAL: u32 = 75_000;
/// How long a client may take to answer, ms.
pub const PING_TIMEOUT: u32 = 20_000;
/// Longest frame that a client may send, bytes. Clients have nothing to say but who they are.
pub const MAX_PAYLOAD: usize = 16 * 1024;

/// The server's ping.
pub const PING: &str = "2";
/// The client's answer.
pub const PONG: &str = "3";
/// Nothing: a frame that clients ignore.
pub const NOOP: &str = "6";
/// Disconnects from the namespace; a client does not come back by itself then.
pub const DISCONNECT: &str = "41";

/// Events of which clients of 2.7 know an earlier version, and its name.
const EARLIER: [(&str, &str); 2] = [
    ("AssetUploadReadyV2", "AssetUploadReadyV1"),
    ("AssetEditReadyV2", "AssetEditReadyV1"),
];

/// What a client says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// It connects to the namespace `/`.
    Connect,
    /// It is still there.
    Pong,
    /// It goes.
    Leave,
    /// Something that nobody waits for.
    Other,
}

/// Reads a frame of a client. A namespace other than `/` is none of ours.
pub fn read(frame: &str) -> Said {
    match frame {
        PONG => Said::Pong,
        "1" | DISCONNECT => Said::Leave,
        _ => match frame.strip_prefix("40") {
            Some(auth) if auth.is_empty() || auth.starts_with('{') => Said::Connect,
            _ => Said::Other,
        },
    }
}

/// How long a client may take to answer a ping, ms, where pings come at this interval (ms).
pub const fn timeout(interval: u32) -> u32 {
    if interval < PING_TIMEOUT {
        interval
    } else {
        PING_TIMEOUT
    }
}

/// Whether a client that was heard last at `heard` is gone: it has not answered a ping. Both times in epoch ms, `interval` in ms.
pub const fn is_gone(heard: i64, now: i64, interval: u32) -> bool {
    now - heard > interval as i64 + timeout(interval) as i64
}

/// The handshake: the first frame of the server. `interval` between its pings in ms.
pub fn open(sid: &str, interval: u32) -> String {
    let open = json!({
        "sid": sid, "upgrades": [], "pingInterval": interval, "pingTimeout": timeout(interval),
        "maxPayload": MAX_PAYLOAD,
    });
    format!("0{open}")
}

/// The answer to [`Said::Connect`].
pub fn connected(sid: &str) -> String {
    format!("40{}", json!({ "sid": sid }))
}

/// All frames that answer [`Said::Connect`] of somebody who was admitted, with the news for him.
///
/// # Errors
/// A version that has no JSON, which ours is not.
pub fn welcome(
    sid: &str,
    version: ServerVersion,
    news: Option<&str>,
) -> serde_json::Result<Vec<String>> {
    let version = Event::server_version(&version)?.frame();
    let news = news.map(str::to_owned);
    Ok([connected(sid), version].into_iter().chain(news).collect())
}

/// All frames that answer [`Said::Connect`] of somebody whose credentials are not good.
pub fn refusal(sid: &str) -> [String; 3] {
    [
        connected(sid),
        Event::unauthorized().frame(),
        DISCONNECT.to_owned(),
    ]
}

/// A frame as clients of 2.7 wait for it (api/v32.md section 13): the asset of two events is a `SyncAssetV1`, whose duration is a text. All
/// other frames stay as they are.
pub fn of_then(frame: &str) -> Cow<'_, str> {
    let earlier = EARLIER.iter().find_map(|(today, then)| {
        let event = frame.strip_prefix("42[\"")?.strip_prefix(today)?;
        let payload = event.strip_prefix("\",")?.strip_suffix(']')?;
        let mut payload: Value = serde_json::from_str(payload).ok()?;
        let duration = payload.get_mut("asset")?.get_mut("duration")?;
        *duration = duration.as_i64().map(duration::text).into();
        Some(format!("42[\"{then}\",{payload}]"))
    });
    earlier.map_or(Cow::Borrowed(frame), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::VERSION;

    #[test]
    fn what_clients_say_is_understood() {
        assert_eq!(read("40"), Said::Connect);
        assert_eq!(read("40{\"token\":1}"), Said::Connect);
        assert_eq!(read("40/admin,"), Said::Other);
        assert_eq!(read("3"), Said::Pong);
        assert_eq!(read("41"), Said::Leave);
        assert_eq!(read("1"), Said::Leave);
        for other in ["", "4", "42[\"x\"]", "2probe", "é", "\0"] {
            assert_eq!(read(other), Said::Other, "{other}");
        }
    }

    #[test]
    fn the_handshake_announces_when_pings_come() {
        let open = open("a", PING_INTERVAL);
        let text = open.strip_prefix('0').unwrap_or_default();
        let open: Value = serde_json::from_str(text).unwrap_or_default();
        let expected = json!({
            "sid": "a", "upgrades": [], "pingInterval": 75_000, "pingTimeout": 20_000, "maxPayload": 16_384,
        });
        assert_eq!(open, expected);
    }

    #[test]
    fn who_has_not_answered_a_ping_is_gone() {
        assert!(!is_gone(0, 95_000, PING_INTERVAL));
        assert!(is_gone(0, 95_001, PING_INTERVAL));
        assert_eq!(timeout(500), 500);
        assert!(!is_gone(0, 1_000, 500) && is_gone(0, 1_001, 500));
    }

    #[test]
    fn events_are_frames_with_none_or_one_argument() {
        let frames = [
            (Event::config_update(), r#"42["on_config_update"]"#),
            (
                Event::asset_stack_update(),
                r#"42["on_asset_stack_update"]"#,
            ),
            (Event::asset_delete("a"), r#"42["on_asset_delete","a"]"#),
            (
                Event::asset_trash(&["a", "\"b"]),
                r#"42["on_asset_trash",["a","\"b"]]"#,
            ),
            (Event::unauthorized(), r#"42["error","unauthorized"]"#),
            (
                Event::asset_upload_ready("{}", "{\"a\":1}"),
                r#"42["AssetUploadReadyV2",{"asset":{},"exif":{"a":1}}]"#,
            ),
            (
                Event::asset_edit_ready("{}", &["1".to_owned(), "2".to_owned()]),
                r#"42["AssetEditReadyV2",{"asset":{},"edit":[1,2]}]"#,
            ),
        ];
        for (said, frame) in frames {
            assert_eq!(said.frame(), frame);
        }
        let version =
            r#"42["on_server_version",{"major":3,"minor":1,"patch":0,"prerelease":null}]"#;
        let hello = r#"40{"sid":"a"}"#;
        assert_eq!(welcome("a", VERSION, None).unwrap(), [hello, version]);
        assert_eq!(
            welcome("a", VERSION, Some("42[\"x\"]")).unwrap(),
            [hello, version, "42[\"x\"]"]
        );
    }

    #[test]
    fn clients_of_then_hear_two_events_as_they_know_them() {
        let edited = Event::asset_edit_ready(r#"{"duration":null,"id":"a"}"#, &["1".to_owned()]);
        let uploaded = Event::asset_upload_ready(r#"{"duration":1500,"id":"a"}"#, r#"{"fps":1.5}"#);
        let frames = [
            (
                edited,
                r#"42["AssetEditReadyV1",{"asset":{"duration":null,"id":"a"},"edit":[1]}]"#,
            ),
            (
                uploaded,
                r#"42["AssetUploadReadyV1",{"asset":{"duration":"00:00:01.500","id":"a"},"exif":{"fps":1.5}}]"#,
            ),
        ];
        for (said, frame) in frames {
            assert_eq!(of_then(&said.frame()), frame);
        }
        for same in [
            PING,
            r#"42["on_asset_delete","AssetEditReadyV2"]"#,
            "42[\"AssetUploadReadyV2\"]",
        ] {
            assert_eq!(of_then(same), same);
        }
    }

    #[test]
    fn who_may_not_connect_is_told_and_sent_away() {
        assert_eq!(
            refusal("a"),
            [r#"40{"sid":"a"}"#, r#"42["error","unauthorized"]"#, "41"]
        );
    }
}
