//! Rules of settings and administration: what is sent of what is written, how far a queue is, which jobs belong to what.
use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::model::{IntegritySummary, Queue};

/// What is written in lines, each once: blanks around it, empty lines and lines that are there already do not count, because the server
/// refuses them (admin.md section 1 of the contract).
pub fn lines(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim) {
        if !line.is_empty() && !found.iter().any(|other| other == line) {
            found.push(line.to_owned());
        }
    }
    found
}

/// How far queues are. The server tells how many jobs there are and not how many there were: as far as this page has seen.
#[derive(Debug, Default)]
pub struct Progress {
    most: BTreeMap<String, u64>,
}

impl Progress {
    /// The share of the queue's jobs that is done, from 0 to 1. `None`: there is nothing to do.
    pub fn share(&mut self, queue: &Queue) -> Option<f64> {
        let jobs = &queue.statistics;
        let open = jobs.active + jobs.waiting + jobs.delayed + jobs.paused;
        if open == 0 {
            self.most.remove(&queue.name);
            return None;
        }
        let most = self.most.entry(queue.name.clone()).or_default();
        *most = open.max(*most);
        Some(float(*most - open) / float(*most))
    }
}

/// Counts of jobs are far below what a float holds exactly.
fn float(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

/// Queues that `start` fills with jobs (jobs-ml.md section 1 of the contract), but for that of backups, which are made elsewhere.
pub const STARTED: [&str; 12] = [
    "thumbnailGeneration",
    "metadataExtraction",
    "videoConversion",
    "sidecar",
    "smartSearch",
    "duplicateDetection",
    "faceDetection",
    "facialRecognition",
    "ocr",
    "library",
    "storageTemplateMigration",
    "migration",
];

/// What is started of them: what is missing, or everything anew.
pub fn start(everything: bool) -> Value {
    json!({ "command": "start", "force": everything })
}

/// A check of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Files that nobody names.
    Untracked,
    /// Files that are named and not there.
    Missing,
    /// Originals that are not what was uploaded.
    Checksum,
}

impl Check {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Untracked, Self::Missing, Self::Checksum];

    /// Its type in reports.
    pub fn report(self) -> &'static str {
        match self {
            Self::Untracked => "untracked_file",
            Self::Missing => "missing_file",
            Self::Checksum => "checksum_mismatch",
        }
    }

    /// The job that does it: `""` looks for more, `-refresh` at what was found, `-delete-all` puts right what was found.
    pub fn job(self, kind: &str) -> Value {
        let name = match self {
            Self::Untracked => "untracked-files",
            Self::Missing => "missing-files",
            Self::Checksum => "checksum-mismatch",
        };
        json!({ "name": format!("integrity-{name}{kind}") })
    }

    /// How many it has found.
    pub fn count(self, summary: &IntegritySummary) -> u64 {
        match self {
            Self::Untracked => summary.untracked_file,
            Self::Missing => summary.missing_file,
            Self::Checksum => summary.checksum_mismatch,
        }
    }
}

/// Whether this is a PIN: six digits (auth.md section 5 of the contract).
pub fn is_pin(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|letter| letter.is_ascii_digit())
}

/// What proves that a PIN is one's own: the PIN, or the password where that is given.
pub fn proof(pin: &str, password: &str) -> Map<String, Value> {
    let (name, value) = if password.is_empty() {
        ("pinCode", pin)
    } else {
        ("password", password)
    };
    let mut proof = Map::new();
    proof.insert(name.to_owned(), json!(value));
    proof
}

/// What a notification says that can be acted on. What the server makes is text that holds JSON, and an object otherwise (admin.md
/// section 7 of the contract).
pub fn told(data: &Value, name: &str) -> Option<String> {
    let parsed = match data {
        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
        other => other.clone(),
    };
    parsed[name].as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::FromValue as _;

    #[test]
    fn lines_are_given_once_and_without_blanks() {
        assert_eq!(
            lines("  /a/b \n\n/c d\n/a/b\n   \n**/x"),
            ["/a/b", "/c d", "**/x"]
        );
        assert!(lines(" \n").is_empty());
    }

    fn queue(active: u64, waiting: u64) -> Queue {
        let statistics =
            json!({ "active": active, "waiting": waiting, "delayed": 0, "failed": 3, "paused": 0 });
        Queue::from_value(&json!({ "name": "sidecar", "statistics": statistics }))
    }

    #[test]
    fn a_queue_is_as_far_as_was_seen() {
        let mut progress = Progress::default();
        assert_eq!(progress.share(&queue(0, 0)), None);
        assert_eq!(progress.share(&queue(0, 8)), Some(0.0));
        assert_eq!(progress.share(&queue(2, 4)), Some(0.25));
        assert_eq!(progress.share(&queue(2, 14)), Some(0.0));
        assert_eq!(progress.share(&queue(0, 4)), Some(0.75));
        assert_eq!(progress.share(&queue(0, 0)), None);
        assert_eq!(progress.share(&queue(0, 4)), Some(0.0));
    }

    #[test]
    fn what_is_started_are_queues_of_the_contract() {
        let source = include_str!("../../../shared/api/src/enums/jobs.rs");
        for queue in STARTED {
            assert!(source.contains(&format!("= \"{queue}\",")), "{queue}");
        }
        assert_eq!(start(true), json!({ "command": "start", "force": true }));
    }

    #[test]
    fn jobs_of_checks_are_those_of_the_contract() {
        let jobs = include_str!("../../../shared/api/src/enums/jobs.rs");
        let reports = include_str!("../../../shared/api/src/enums/wire.rs");
        let summary = IntegritySummary {
            untracked_file: 1,
            missing_file: 2,
            checksum_mismatch: 3,
        };
        for (check, count) in Check::ALL.into_iter().zip(1..) {
            assert!(reports.contains(&format!("= \"{}\",", check.report())));
            for kind in ["", "-refresh", "-delete-all"] {
                let job = check.job(kind);
                let name = job["name"].as_str().unwrap_or_default();
                assert!(jobs.contains(&format!("= \"{name}\",")), "{name}");
            }
            assert_eq!(check.count(&summary), count);
        }
    }

    #[test]
    fn a_pin_has_six_digits_and_is_proved_by_itself_or_the_password() {
        for (text, expected) in [
            ("123456", true),
            ("12345", false),
            ("1234567", false),
            ("12345a", false),
            ("", false),
        ] {
            assert_eq!(is_pin(text), expected, "{text}");
        }
        assert_eq!(
            Value::from(proof("123456", "")),
            json!({ "pinCode": "123456" })
        );
        assert_eq!(
            Value::from(proof("123456", "secret")),
            json!({ "password": "secret" })
        );
    }

    #[test]
    fn notifications_hold_json_or_text_of_it() {
        for data in [json!({ "albumId": "a" }), json!("{\"albumId\":\"a\"}")] {
            assert_eq!(told(&data, "albumId").as_deref(), Some("a"));
            assert_eq!(told(&data, "clusterGroupId"), None);
        }
        for data in [
            json!(null),
            json!("no JSON"),
            json!({ "albumId": 5 }),
            json!([]),
        ] {
            assert_eq!(told(&data, "albumId"), None);
        }
    }
}
