//! The realtime channel of web and mobile apps (api/realtime.md): frames of Engine.IO 4 and socket.io 4, what the server
//! answers to a client's frames, and the events with their payloads. Pure: platforms only carry the frames.

mod channel;
mod event;
mod frame;

pub use channel::{Channel, Step};
pub use event::{Event, Release, UNAUTHORIZED};
pub use frame::{DISCONNECT, Frame, LONGEST, PING, PONG, Timing, connected, event, open};
