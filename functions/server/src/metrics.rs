//! Numbers for Prometheus (api/admin.md section 9): its text format 0.0.4. Counters of requests are the platform's (Cloudflare's
//! analytics, the log of a host); an isolate that lives for minutes has none worth adding up. Jobs that went well are not counted by kind
//! (`immich.jobs.<job>.success` of 3.x): that would be a row more for each of them, which all workers on PostgreSQL would wait for.

use std::fmt::Write as _;

use edge_api::{jobs::QueueResponse, server::ServerStats};

/// Media type of the text format.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// All numbers as text. Names are those of 3.x, dots as underscores.
pub fn text(stats: &ServerStats, queues: &[QueueResponse]) -> String {
    let mut text = Text::default();
    let users = i64::try_from(stats.usage_by_user.len()).unwrap_or(i64::MAX);
    text.gauge("immich_users_total", "Users", users);
    text.gauge("immich_photos_total", "Photos of all users", stats.photos);
    text.gauge("immich_videos_total", "Videos of all users", stats.videos);
    let usage = "Bytes of originals of all users";
    text.gauge("immich_usage_bytes", usage, stats.usage);
    for queue in queues {
        let name = snake_case(queue.name.as_str());
        let counts = queue.statistics;
        for (state, jobs) in [
            ("active", counts.active),
            ("waiting", counts.waiting),
            ("delayed", counts.delayed),
            ("paused", counts.paused),
            ("failed", counts.failed),
        ] {
            let metric = format!("immich_queues_{name}_{state}");
            text.gauge(&metric, &format!("Jobs of {name}: {state}"), jobs);
        }
    }
    text.0
}

#[derive(Default)]
struct Text(String);

impl Text {
    fn gauge(&mut self, name: &str, help: &str, value: i64) {
        // A text that is written to has no end.
        let _infallible = writeln!(
            self.0,
            "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}"
        );
    }
}

fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_are_named_as_prometheus_demands() {
        assert_eq!(snake_case("thumbnailGeneration"), "thumbnail_generation");
        assert_eq!(snake_case("ocr"), "ocr");
    }
}
