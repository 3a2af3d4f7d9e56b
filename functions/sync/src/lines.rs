//! One line of the stream: `{"type":…,"data":…,"ack":…}` and a line feed (api/sync.md section 1).

use edge_api::{enums::SyncEntityType, sync::Ack};

/// Lines without data have this.
const NO_DATA: &str = "{}";

/// Appends a line. Acks are ids and names, so they need no escape.
pub fn push(out: &mut String, kind: SyncEntityType, data: &str, ack: [&str; 2]) {
    for part in [
        "{\"type\":\"",
        kind.as_str(),
        "\",\"data\":",
        data,
        ",\"ack\":\"",
        ack[0],
        ack[1],
        "\"}\n",
    ] {
        out.push_str(part);
    }
}

/// A line without data that only moves a checkpoint.
pub fn mark(kind: SyncEntityType, ack: &Ack) -> String {
    let mut line = String::new();
    push(&mut line, kind, NO_DATA, [&ack.to_string(), ""]);
    line
}
