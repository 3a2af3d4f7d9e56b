//! Follows the realtime channel while somebody is signed in and the page is on the screen, so that what other devices do shows.
use std::cell::RefCell;
use std::time::Duration;

use edge_web_core::live::{Collecting, Heard, JOIN, PONG, back_off, heard};
use leptos::ev;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{MessageEvent, VisibilityState, WebSocket};

use crate::app::Globals;
use crate::route;

/// How long to wait when the maintenance mode begins or ends: whoever began it is on the way to its page.
const RESTART: Duration = Duration::from_millis(500);

thread_local! {
    static CONNECTION: RefCell<Option<Connection>> = const { RefCell::new(None) };
}

/// An open connection; dropped, it is closed and says nothing more.
struct Connection {
    socket: WebSocket,
    _message: Closure<dyn Fn(MessageEvent)>,
    _close: Closure<dyn Fn()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // Fails only for a code of ours, and we give none.
        drop(self.socket.close());
    }
}

/// What the channel knows.
#[derive(Clone, Copy)]
struct Live {
    globals: Globals,
    /// Whether somebody is signed in who looks at the page.
    is_wanted: Memo<bool>,
    /// Attempts that failed since the last connection.
    failed: StoredValue<u32>,
    /// Whether there was a connection before: what was said since then was missed.
    was_joined: StoredValue<bool>,
    /// Whether the page is about to ask anew.
    is_collecting: StoredValue<bool>,
    /// Whether photos are among what has changed, and not only albums.
    has_photos: StoredValue<bool>,
    collecting: StoredValue<Collecting>,
}

/// Follows the channel from now on.
pub fn follow(globals: Globals) {
    let is_seen = RwSignal::new(is_seen());
    let changed = ev::Custom::<web_sys::Event>::new("visibilitychange");
    // For as long as the page lives.
    drop(window_event_listener(changed, move |_event| {
        is_seen.set(self::is_seen());
    }));
    let live = Live {
        globals,
        is_wanted: Memo::new(move |_| is_seen.get() && globals.user.with(Option::is_some)),
        failed: StoredValue::new(0),
        was_joined: StoredValue::new(false),
        is_collecting: StoredValue::new(false),
        has_photos: StoredValue::new(false),
        collecting: StoredValue::default(),
    };
    Effect::new(move |_| {
        if live.is_wanted.get() {
            live.connect();
        } else {
            close();
        }
    });
}

fn is_seen() -> bool {
    document().visibility_state() == VisibilityState::Visible
}

fn close() {
    let connection = CONNECTION.with_borrow_mut(Option::take);
    drop(connection);
}

/// Where the channel is: no port or scheme of its own.
fn address() -> Option<String> {
    let location = window().location();
    let scheme = match location.protocol().ok()?.as_str() {
        "https:" => "wss",
        _ => "ws",
    };
    let host = location.host().ok()?;
    Some(format!(
        "{scheme}://{host}/api/socket.io/?EIO=4&transport=websocket"
    ))
}

impl Live {
    fn connect(self) {
        close();
        let socket = address().and_then(|address| WebSocket::new(&address).ok());
        let Some(socket) = socket else {
            return self.connect_later();
        };
        let own = socket.clone();
        let message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(frame) = event.data().as_string() {
                self.hear(&own, &frame);
            }
        });
        let close = Closure::<dyn Fn()>::new(move || self.connect_later());
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(close.as_ref().unchecked_ref()));
        let connection = Connection {
            socket,
            _message: message,
            _close: close,
        };
        CONNECTION.with_borrow_mut(|held| *held = Some(connection));
    }

    fn connect_later(self) {
        let failed = self.failed.get_value();
        self.failed.set_value(failed.saturating_add(1));
        let connect = move || {
            if self.is_wanted.get_untracked() {
                self.connect();
            }
        };
        set_timeout(connect, Duration::from_secs(back_off(failed)));
    }

    fn hear(self, socket: &WebSocket, frame: &str) {
        // A connection that breaks meanwhile is told of by its end.
        match heard(frame) {
            Heard::Open => drop(socket.send_with_str(JOIN)),
            Heard::Ping => drop(socket.send_with_str(PONG)),
            Heard::Joined => self.joined(),
            Heard::Photos => self.collect(true),
            Heard::Albums => self.collect(false),
            Heard::SessionEnded => {
                self.globals.user.set(None);
                route::replace(self.globals, route::SIGNED_OUT);
            }
            Heard::Restart => set_timeout(|| drop(window().location().reload()), RESTART),
            Heard::Leave => {
                // The closure that runs now must not be dropped with the connection.
                socket.set_onclose(None);
                drop(socket.close());
            }
            Heard::Other => {}
        }
    }

    fn joined(self) {
        self.failed.set_value(0);
        if self.was_joined.get_value() {
            self.collect(true);
        }
        self.was_joined.set_value(true);
    }

    fn collect(self, is_of_photos: bool) {
        if is_of_photos {
            self.has_photos.set_value(true);
        }
        if self.is_collecting.get_value() {
            return;
        }
        self.is_collecting.set_value(true);
        let ask = move || {
            self.is_collecting.set_value(false);
            let has_photos = self.has_photos.get_value();
            self.has_photos.set_value(false);
            self.globals.heard(has_photos);
        };
        let begin = |it: &mut Collecting| it.begin(js_sys::Date::now());
        let wait = self.collecting.try_update_value(begin).unwrap_or_default();
        set_timeout(ask, Duration::from_millis(wait.into()));
    }
}
