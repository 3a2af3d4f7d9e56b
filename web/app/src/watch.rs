//! Long lists that follow what other devices do, without asking for all of them at each news.
use std::pin::Pin;
use std::rc::Rc;

use edge_web_core::live::Patience;
use js_sys::Date;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::Answer;
use crate::app::{Changes, Globals};

/// How long a look may take, in milliseconds, without the next one waiting for longer.
const SHORT: f64 = 1_000.0;

/// A look at a list: shows what it finds, and tells whether that was there before.
pub type Looked = Pin<Box<dyn Future<Output = Answer<bool>>>>;

/// How a list is looked at.
#[derive(Clone, Copy, Default)]
struct Turn {
    /// Whether an answer is on its way.
    is_asking: bool,
    /// Whether it is going to look for what other devices do.
    is_waiting: bool,
    /// How often photos had changed when it was asked for.
    asked: Option<Changes>,
    patience: Patience,
}

/// A list that is followed.
struct Watch {
    globals: Globals,
    ask: Box<dyn Fn() -> Looked>,
    turn: StoredValue<Turn>,
}

/// Asks now, and again after photos have changed: one look after the other, so that each comes to its end. At once for what is done on this
/// page; for other devices later and later, while that takes long or finds what was there before.
pub fn watch(globals: Globals, ask: impl Fn() -> Looked + 'static) {
    watch_boxed(globals, Box::new(ask));
}

fn watch_boxed(globals: Globals, ask: Box<dyn Fn() -> Looked>) {
    let watch = Rc::new(Watch {
        globals,
        ask,
        turn: StoredValue::default(),
    });
    Effect::new(move |_| {
        globals.found.track();
        let watch = watch.clone();
        untrack(move || watch.follow());
    });
}

impl Watch {
    fn follow(self: Rc<Self>) {
        // Without one the page is gone.
        let Some(turn) = self.turn.try_get_value() else {
            return;
        };
        let now = self.globals.found.get_untracked();
        if turn.is_asking || turn.asked == Some(now) {
            return;
        }
        if turn.asked.is_none_or(|asked| asked.here != now.here) {
            return self.look(now);
        }
        if turn.is_waiting {
            return;
        }
        let left = turn.patience.left(Date::now());
        if left.is_zero() {
            return self.look(now);
        }
        self.turn.try_update_value(|turn| turn.is_waiting = true);
        let later = move || {
            self.turn.try_update_value(|turn| turn.is_waiting = false);
            self.follow();
        };
        set_timeout(later, left);
    }

    fn look(self: Rc<Self>, now: Changes) {
        self.turn.try_update_value(|turn| {
            (turn.is_asking, turn.asked) = (true, Some(now));
        });
        let begun = Date::now();
        spawn_local(async move {
            let looked = (self.ask)().await;
            let end = Date::now();
            let is_there = self.turn.try_update_value(|turn| {
                turn.is_asking = false;
                let is_new = matches!(looked, Ok(false)) && end - begun < SHORT;
                turn.patience.end(!is_new, end);
            });
            if is_there.is_none() {
                return;
            }
            if let Err(failure) = looked {
                self.globals.fail(&failure);
            }
            self.follow();
        });
    }
}
