//! Frames of Engine.IO 4 with Socket.IO 5 inside, as both official clients speak them (api/realtime.md section 1). Pure: a frame
//! is a text, and nothing is kept.

use serde_json::{Value, json};

use super::Event;
use crate::server::VERSION;

/// Time between two pings, ms. The handshake announces it, and a client that has heard nothing for this and [`PING_TIMEOUT`]
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

/// The handshake: the first frame of the server.
pub fn open(sid: &str) -> String {
    let open = json!({
        "sid": sid, "upgrades": [], "pingInterval": PING_INTERVAL, "pingTimeout": PING_TIMEOUT,
        "maxPayload": MAX_PAYLOAD,
    });
    format!("0{open}")
}

/// The answer to [`Said::Connect`].
pub fn connected(sid: &str) -> String {
    format!("40{}", json!({ "sid": sid }))
}

/// An event: its name and its payload.
///
/// # Errors
/// A payload that has no JSON, which none of ours is.
pub fn event(event: &Event) -> serde_json::Result<String> {
    let mut arguments = vec![Value::from(event.name())];
    arguments.extend(event.payload()?);
    Ok(format!("42{}", Value::Array(arguments)))
}

/// All frames that answer [`Said::Connect`] of somebody who was admitted.
///
/// # Errors
/// As [`event`].
pub fn welcome(sid: &str) -> serde_json::Result<[String; 2]> {
    Ok([connected(sid), event(&Event::ServerVersion(VERSION))?])
}

/// All frames that answer [`Said::Connect`] of somebody whose credentials are not good.
///
/// # Errors
/// As [`event`].
pub fn refusal(sid: &str) -> serde_json::Result<[String; 3]> {
    Ok([
        connected(sid),
        event(&Event::Unauthorized)?,
        DISCONNECT.to_owned(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let open = open("a");
        let text = open.strip_prefix('0').unwrap_or_default();
        let open: Value = serde_json::from_str(text).unwrap_or_default();
        let expected = json!({
            "sid": "a", "upgrades": [], "pingInterval": 75_000, "pingTimeout": 20_000, "maxPayload": 16_384,
        });
        assert_eq!(open, expected);
    }

    #[test]
    fn events_are_frames_with_none_or_one_argument() {
        let frames = [
            (Event::ConfigUpdate, r#"42["on_config_update"]"#),
            (Event::AssetStackUpdate, r#"42["on_asset_stack_update"]"#),
            (
                Event::AssetDelete("a".into()),
                r#"42["on_asset_delete","a"]"#,
            ),
            (
                Event::AssetTrash(vec!["a".into()]),
                r#"42["on_asset_trash",["a"]]"#,
            ),
            (Event::Unauthorized, r#"42["error","unauthorized"]"#),
            (
                Event::AssetEditReady {
                    asset: json!({}),
                    edits: vec![json!(1)],
                },
                r#"42["AssetEditReadyV2",{"asset":{},"edit":[1]}]"#,
            ),
            (
                Event::ServerVersion(VERSION),
                r#"42["on_server_version",{"major":3,"minor":1,"patch":0,"prerelease":null}]"#,
            ),
        ];
        for (said, frame) in frames {
            assert_eq!(event(&said).ok().as_deref(), Some(frame));
        }
    }

    #[test]
    fn who_may_not_connect_is_told_and_sent_away() {
        let frames = refusal("a").map(Vec::from).unwrap_or_default();
        assert_eq!(
            frames,
            [r#"40{"sid":"a"}"#, r#"42["error","unauthorized"]"#, "41"]
        );
    }
}
