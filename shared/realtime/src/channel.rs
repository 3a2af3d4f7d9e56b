//! What the server answers to a client's frames.

use crate::{
    Event, Frame,
    frame::{DISCONNECT, PONG, connected, event, no_namespace},
};

/// How far a connection has come. Platforms keep it while a connection sleeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Whoever it is has no credentials that hold; told so as soon as it asks for a namespace.
    Unauthorized,
    /// Credentials hold, the client has not connected to the namespace yet.
    Opened,
    /// Events go to it.
    Joined,
}

/// What follows from a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where the connection is now.
    pub channel: Channel,
    /// Frames to send, in order.
    pub send: Vec<String>,
    /// Whether the server closes the WebSocket afterwards.
    pub closes: bool,
}

impl Channel {
    /// Takes a text message of the client. `sid` is an id we made for the connection; `greetings` are the packets
    /// ([`Event::packet`]) of what one learns who connects.
    pub fn take(self, text: &str, sid: &str, greetings: &[String]) -> Step {
        let stay = |send: Vec<String>| Step {
            channel: self,
            send,
            closes: false,
        };
        let end = |send: Vec<String>| Step {
            channel: self,
            send,
            closes: true,
        };
        match Frame::parse(text) {
            Frame::Ping => stay(vec![PONG.to_owned()]),
            Frame::Pong => stay(Vec::new()),
            Frame::Message if self == Self::Joined => stay(Vec::new()),
            Frame::Connect("/") => match self {
                Self::Joined => stay(Vec::new()),
                Self::Unauthorized => end(refusal(sid)),
                Self::Opened => {
                    let greetings = greetings.iter().map(|packet| event(packet));
                    Step {
                        channel: Self::Joined,
                        send: std::iter::once(connected(sid)).chain(greetings).collect(),
                        closes: false,
                    }
                }
            },
            Frame::Connect(namespace) if namespace.len() < NAMESPACE => {
                stay(vec![no_namespace(namespace)])
            }
            Frame::Leave | Frame::Message | Frame::Connect(_) | Frame::Unknown => end(Vec::new()),
        }
    }
}

/// Longest name of a namespace that is answered, bytes.
const NAMESPACE: usize = 100;

/// Connected, told why, disconnected (api/realtime.md section 2).
fn refusal(sid: &str) -> Vec<String> {
    let told = Event::Error.packet().map(|packet| event(&packet));
    let told = told.into_iter();
    std::iter::once(connected(sid))
        .chain(told)
        .chain(std::iter::once(DISCONNECT.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(channel: Channel, text: &str) -> (Channel, Vec<String>, bool) {
        let greetings = [r#"["on_server_version",{}]"#.to_owned()];
        let step = channel.take(text, "s", &greetings);
        (step.channel, step.send, step.closes)
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn who_is_known_joins_and_is_greeted_once() {
        let greeted = texts(&[r#"40{"sid":"s"}"#, r#"42["on_server_version",{}]"#]);
        assert_eq!(
            take(Channel::Opened, "40"),
            (Channel::Joined, greeted, false)
        );
        assert_eq!(
            take(Channel::Joined, "40"),
            (Channel::Joined, texts(&[]), false)
        );
    }

    #[test]
    fn who_is_unknown_is_told_and_disconnected() {
        let told = texts(&[r#"40{"sid":"s"}"#, r#"42["error","unauthorized"]"#, "41"]);
        assert_eq!(
            take(Channel::Unauthorized, "40{}"),
            (Channel::Unauthorized, told, true)
        );
    }

    #[test]
    fn pings_are_answered_and_pongs_taken() {
        for channel in [Channel::Unauthorized, Channel::Opened, Channel::Joined] {
            assert_eq!(take(channel, "2"), (channel, texts(&["3"]), false));
            assert_eq!(take(channel, "3"), (channel, texts(&[]), false));
        }
    }

    #[test]
    fn there_is_one_namespace() {
        let refused = texts(&[r#"44/admin,{"message":"Invalid namespace"}"#]);
        assert_eq!(
            take(Channel::Opened, "40/admin,"),
            (Channel::Opened, refused, false)
        );
        let long = format!("40/{},", "x".repeat(NAMESPACE));
        assert_eq!(
            take(Channel::Opened, &long),
            (Channel::Opened, texts(&[]), true)
        );
    }

    #[test]
    fn events_of_clients_mean_nothing_and_need_a_namespace() {
        assert_eq!(
            take(Channel::Joined, r#"42["x"]"#),
            (Channel::Joined, texts(&[]), false)
        );
        assert_eq!(
            take(Channel::Opened, r#"42["x"]"#),
            (Channel::Opened, texts(&[]), true)
        );
    }

    #[test]
    fn leaving_and_nonsense_end_the_connection() {
        for text in ["41", "1", "", "hello", "0{}", "451-[]"] {
            assert_eq!(
                take(Channel::Joined, text),
                (Channel::Joined, texts(&[]), true),
                "{text}"
            );
        }
    }
}
