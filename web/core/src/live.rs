//! What the realtime channel says: frames of Engine.IO 4 with Socket.IO 5 inside (docs/realtime.md), as a browser reads them.

use std::time::Duration;

/// Answers [`Heard::Open`]: joins the namespace.
pub const JOIN: &str = "40";
/// Answers [`Heard::Ping`].
pub const PONG: &str = "3";
/// Seconds before the first and at most before later attempts to connect anew.
const BACK_OFF: (u64, u64) = (1, 60);

/// Milliseconds that news are collected at first and at most before the page asks anew: of an upload of many photos each one is told.
const COLLECT: (u32, u32) = (400, 5_000);

/// How long news are collected: longer and longer while they do not end, because each time all that is seen is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Collecting {
    /// The last wait.
    wait: u32,
    /// When it was over.
    end: f64,
}

impl Collecting {
    /// There are news at `now`: how long to wait for more, both in milliseconds.
    #[must_use = "nothing waits by itself"]
    pub fn begin(&mut self, now: f64) -> u32 {
        let longer = self.wait * 2;
        let is_quiet = now - self.end > f64::from(longer);
        let wait = if is_quiet { COLLECT.0 } else { longer };
        self.wait = wait.clamp(COLLECT.0, COLLECT.1);
        self.end = now + f64::from(self.wait);
        self.wait
    }
}

/// Milliseconds between two looks for the same photos, at first and at most, while other devices change some and none of these.
const PATIENCE: (u32, u32) = (2_000, 60_000);

/// How long a look for photos waits after the last one: longer and longer while it finds what it found before.
#[derive(Clone, Copy, Debug, Default)]
pub struct Patience {
    wait: u32,
    /// When the last look ended.
    end: f64,
}

impl Patience {
    /// A look has ended at `now`, and found the same as before or not.
    pub fn end(&mut self, is_same: bool, now: f64) {
        self.wait = if is_same {
            (self.wait * 2).clamp(PATIENCE.0, PATIENCE.1)
        } else {
            0
        };
        self.end = now;
    }

    /// How long it is from `now` to the next look.
    #[must_use = "nothing waits by itself"]
    pub fn left(&self, now: f64) -> Duration {
        let wait = f64::from(self.wait);
        let left = (self.end + wait - now).clamp(0.0, wait);
        Duration::from_secs_f64(left / 1_000.0)
    }
}

/// What a frame means for the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The connection is open.
    Open,
    /// The namespace is joined: from now on news come.
    Joined,
    /// The server wants to know who is still there.
    Ping,
    /// Photos have changed.
    Photos,
    /// Albums have changed, or somebody tells of one: others' photos in them, perhaps, but none that a search finds.
    Albums,
    /// This session was ended.
    SessionEnded,
    /// The maintenance mode began or ended.
    Restart,
    /// The server wants us to go; coming back is of no use.
    Leave,
    /// Nothing for this page.
    Other,
}

/// Reads a frame.
pub fn heard(frame: &str) -> Heard {
    match frame {
        "2" => return Heard::Ping,
        "1" | "41" => return Heard::Leave,
        _ => {}
    }
    // Names of events have nothing in them that JSON would escape.
    if let Some(event) = frame.strip_prefix("42[\"") {
        return named(event.split('"').next().unwrap_or_default());
    }
    if frame.starts_with("40") {
        return Heard::Joined;
    }
    if frame.starts_with('0') {
        return Heard::Open;
    }
    Heard::Other
}

fn named(event: &str) -> Heard {
    match event {
        "on_upload_success"
        | "on_asset_update"
        | "AssetEditReadyV2"
        | "on_asset_trash"
        | "on_asset_restore"
        | "on_asset_delete"
        | "on_asset_hidden"
        | "on_asset_stack_update"
        // Somebody was recognised.
        | "on_person_thumbnail" => Heard::Photos,
        // Somebody shares an album, or added to it.
        "on_album_update" | "on_notification" => Heard::Albums,
        "on_session_delete" => Heard::SessionEnded,
        "AppRestartV1" => Heard::Restart,
        _ => Heard::Other,
    }
}

/// Seconds to wait before connecting anew, after so many attempts that failed.
pub fn back_off(failed: u32) -> u64 {
    BACK_OFF
        .0
        .checked_shl(failed)
        .unwrap_or(BACK_OFF.1)
        .clamp(BACK_OFF.0, BACK_OFF.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_told_apart() {
        for (frame, expected) in [
            (r#"0{"sid":"a","pingInterval":75000}"#, Heard::Open),
            (r#"40{"sid":"a"}"#, Heard::Joined),
            ("2", Heard::Ping),
            ("41", Heard::Leave),
            ("1", Heard::Leave),
            ("6", Heard::Other),
            (r#"42["on_asset_trash",["a","b"]]"#, Heard::Photos),
            (r#"42["on_upload_success",{"id":"a"}]"#, Heard::Photos),
            (r#"42["on_notification",{}]"#, Heard::Albums),
            (r#"42["on_album_update",{}]"#, Heard::Albums),
            (r#"42["on_person_thumbnail","p"]"#, Heard::Photos),
            (r#"42["AssetEditReadyV2",{}]"#, Heard::Photos),
            (r#"42["on_session_delete","s"]"#, Heard::SessionEnded),
            (
                r#"42["AppRestartV1",{"isMaintenanceMode":true}]"#,
                Heard::Restart,
            ),
            (r#"42["on_server_version",{"major":3}]"#, Heard::Other),
            ("42[", Heard::Other),
            ("", Heard::Other),
        ] {
            assert_eq!(heard(frame), expected, "{frame}");
        }
    }

    #[test]
    fn news_that_do_not_end_are_collected_for_longer() {
        let mut collecting = Collecting::default();
        let mut now = 1_000_000.0;
        let mut after = |quiet: f64| {
            now += quiet;
            let wait = collecting.begin(now);
            now += f64::from(wait);
            wait
        };
        let waits = [0.0; 6].map(&mut after);
        assert_eq!(waits, [400, 800, 1600, 3200, 5000, 5000]);
        assert_eq!([9_999.0, 10_001.0, 3_000.0].map(after), [5000, 400, 400]);
    }

    #[test]
    fn what_does_not_change_is_looked_for_less_and_less() {
        let (mut patience, mut now) = (Patience::default(), 1_000_000.0);
        assert_eq!(patience.left(now), Duration::ZERO);
        let mut waits = Vec::new();
        for _ in 0..7 {
            patience.end(true, now);
            let left = patience.left(now);
            waits.push(left.as_secs());
            now += left.as_secs_f64() * 1_000.0;
            assert_eq!(patience.left(now), Duration::ZERO);
        }
        assert_eq!(waits, [2, 4, 8, 16, 32, 60, 60]);
        patience.end(true, now);
        assert_eq!(patience.left(now + 59_000.0), Duration::from_secs(1));
        assert_eq!(patience.left(now + 1e12), Duration::ZERO);
        // A clock that is set back makes nobody wait for longer.
        assert_eq!(patience.left(now - 1e12), Duration::from_secs(60));
        patience.end(false, now);
        assert_eq!(patience.left(now), Duration::ZERO);
    }

    #[test]
    fn attempts_come_later_and_later_up_to_a_minute() {
        let waits: Vec<u64> = [0, 1, 5, 6, 63, 64, u32::MAX].map(back_off).to_vec();
        assert_eq!(waits, [1, 2, 32, 60, 60, 60, 60]);
    }
}
