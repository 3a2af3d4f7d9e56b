//! Frames: one text message of the WebSocket each. The first digit is the packet of Engine.IO 4; in a message (`4`) the
//! second is the packet of socket.io 4 (protocol revision 5), then a namespace other than `/`, then JSON.

use serde::Serialize;

/// Longest frame a client may send, bytes; the handshake says so.
pub const LONGEST: usize = 1_000_000;

/// Ends the channel, in both directions: the client does not come back by itself.
pub const DISCONNECT: &str = "41";
/// Asks whether the client is still there; it answers `3`.
pub const PING: &str = "2";
/// The answer to a client's own ping, which clients of Engine.IO 3 send.
pub const PONG: &str = "3";

/// What a handshake promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Timing {
    /// Time between two pings of the server, ms.
    pub ping_interval: u32,
    /// How long either side waits beyond that before it calls the other gone, ms.
    pub ping_timeout: u32,
}

impl Timing {
    /// What the official server promises.
    pub const OFFICIAL: Self = Self {
        ping_interval: 25_000,
        ping_timeout: 20_000,
    };
}

/// The handshake of Engine.IO, the first frame of a connection. `sid` must be an id we made.
pub fn open(sid: &str, timing: Timing) -> String {
    let Timing {
        ping_interval,
        ping_timeout,
    } = timing;
    format!(
        "0{{\"sid\":\"{sid}\",\"upgrades\":[],\"pingInterval\":{ping_interval},\"pingTimeout\":{ping_timeout},\"maxPayload\":{LONGEST}}}"
    )
}

/// The client is in the namespace `/`. `sid` must be an id we made.
pub fn connected(sid: &str) -> String {
    format!("40{{\"sid\":\"{sid}\"}}")
}

/// There is no such namespace (connect error); `namespace` begins with a slash.
pub(crate) fn no_namespace(namespace: &str) -> String {
    format!("44{namespace},{{\"message\":\"Invalid namespace\"}}")
}

/// An event; `packet` is the JSON array of its name and arguments ([`crate::Event::packet`]).
pub fn event(packet: &str) -> String {
    format!("42{packet}")
}

/// What a client sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame<'a> {
    /// It wants into a namespace, `/` when it names none.
    Connect(&'a str),
    /// It leaves the namespace, or closes the connection.
    Leave,
    /// It is there, asking.
    Ping,
    /// It is there: the answer to a ping.
    Pong,
    /// An event or acknowledgement, which nobody listens to.
    Message,
    /// No frame of this protocol.
    Unknown,
}

impl<'a> Frame<'a> {
    /// Reads a text message of a client.
    pub fn parse(text: &'a str) -> Self {
        if text.len() > LONGEST {
            return Self::Unknown;
        }
        let mut rest = text.chars();
        match (rest.next(), rest.next()) {
            (Some('1'), None) => Self::Leave,
            (Some('2'), _) => Self::Ping,
            (Some('3'), _) => Self::Pong,
            // Noop.
            (Some('6'), None) => Self::Message,
            (Some('4'), Some('0')) => Self::Connect(namespace(rest.as_str())),
            (Some('4'), Some('1')) => Self::Leave,
            (Some('4'), Some('2' | '3')) => Self::Message,
            _ => Self::Unknown,
        }
    }
}

/// The namespace that a packet's text begins with: up to the comma, without its query.
fn namespace(text: &str) -> &str {
    if !text.starts_with('/') {
        return "/";
    }
    let end = text.find([',', '?']).unwrap_or(text.len());
    text.get(..end).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handshake_is_the_official_one() {
        assert_eq!(
            open("a-b", Timing::OFFICIAL),
            r#"0{"sid":"a-b","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#
        );
        assert_eq!(connected("c"), r#"40{"sid":"c"}"#);
        assert_eq!(
            event(r#"["on_config_update"]"#),
            r#"42["on_config_update"]"#
        );
    }

    #[test]
    fn frames_of_clients_are_told_apart() {
        for (text, frame) in [
            ("40", Frame::Connect("/")),
            (r#"40{"token":"x"}"#, Frame::Connect("/")),
            ("40/,", Frame::Connect("/")),
            (r#"40/admin,{"a":1}"#, Frame::Connect("/admin")),
            ("40/admin?a=b,", Frame::Connect("/admin")),
            ("41", Frame::Leave),
            ("1", Frame::Leave),
            ("2", Frame::Ping),
            ("2probe", Frame::Ping),
            ("3", Frame::Pong),
            (r#"42["x"]"#, Frame::Message),
            (r"431[]", Frame::Message),
            ("6", Frame::Message),
            ("", Frame::Unknown),
            ("4", Frame::Unknown),
            ("5", Frame::Unknown),
            ("49", Frame::Unknown),
            ("0{}", Frame::Unknown),
            ("é", Frame::Unknown),
            ("4é", Frame::Unknown),
            (r#"451-["x"]"#, Frame::Unknown),
        ] {
            assert_eq!(Frame::parse(text), frame, "{text}");
        }
        assert_eq!(Frame::parse(&"4".repeat(LONGEST + 1)), Frame::Unknown);
    }
}
