//! What the realtime channel says: frames of Engine.IO 4 with Socket.IO 5 inside (docs/realtime.md), as a browser reads them.

/// Answers [`Heard::Open`]: joins the namespace.
pub const JOIN: &str = "40";
/// Answers [`Heard::Ping`].
pub const PONG: &str = "3";
/// Seconds before the first and at most before later attempts to connect anew.
const BACK_OFF: (u64, u64) = (1, 60);

/// What a frame means for the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The connection is open.
    Open,
    /// The namespace is joined: from now on news come.
    Joined,
    /// The server wants to know who is still there.
    Ping,
    /// Photos or albums have changed.
    Photos,
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
        | "on_album_update"
        // Somebody shares an album, or added to it.
        | "on_notification" => Heard::Photos,
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
            (r#"42["on_notification",{}]"#, Heard::Photos),
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
    fn attempts_come_later_and_later_up_to_a_minute() {
        let waits: Vec<u64> = [0, 1, 5, 6, 63, 64, u32::MAX].map(back_off).to_vec();
        assert_eq!(waits, [1, 2, 32, 60, 60, 60, 60]);
    }
}
