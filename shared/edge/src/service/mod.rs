//! The external machine learning service that an administrator configured: whether it answers, and what it says of pictures and texts
//! (api/jobs-ml.md section 6.1, docs/external-ml.md).

pub mod answer;
pub mod entries;
mod turn;

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use edge_api::config::Service;
use edge_platform::{HttpError, Limits};
use futures::future::join_all;
use http::{Request, StatusCode, Uri, header};
use serde_json::Value;

use crate::{App, consumer::Failure};

/// How long all addresses together may take for one picture, ms: with checks before and behind, 5 s each, within the lease of a job
/// (`store::jobs`, 90 s).
const PATIENCE: i64 = 40_000;

/// What of it each address keeps that is asked later, ms: enough for a picture where the one before does not answer.
const RESERVE: i64 = 5_000;

/// How long whoever asks for the server's features waits for all addresses at most, ms: everybody may ask, before logging in.
const GLANCE: u64 = 1_000;

/// Longest answer, bytes: five hundred faces take 6 MB.
const LONGEST: usize = 8 << 20;

/// Longest answer to a check, bytes.
const PONG: usize = 64;

/// What is wrong with an address to which nothing can be sent.
const NO_ADDRESS: &str = "it is no address of a server";

/// Addresses whose checks an isolate remembers.
const MOST: usize = 16;

/// Which addresses answered when this isolate last heard of them: when (epoch ms), and whether.
#[derive(Default)]
pub struct Checked(Mutex<BTreeMap<String, (i64, bool)>>);

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    /// The bytes of a picture file.
    Picture(&'a Bytes),
    /// Words.
    Text(&'a str),
}

/// Why an address gave nothing. The most hopeful one of all addresses decides what becomes of a job.
#[derive(Debug)]
enum Refusal {
    /// It does not want this picture, and will not the next time.
    Refused(String),
    /// It failed, or answered what nobody understands.
    Failed(String),
    /// It did not answer in time: it may be away, or this picture may take it longer.
    Slow(String),
    /// It is not there.
    Away(String),
}

impl App {
    /// Whether an address of the service answers, as far as it was checked within the configured interval; known within a second.
    pub async fn is_service_up(&self, service: Service) -> bool {
        let timeout = service.timeout.min(GLANCE);
        let service = Service { timeout, ..service };
        self.up(&service).await.contains(&true)
    }

    /// What a job waits for while no address of the service answers; `None`: one does.
    async fn absence(&self, service: &Service) -> Option<Failure> {
        if self.up(service).await.contains(&true) {
            return None;
        }
        let urls = service.urls.iter();
        Some(failure(urls.map(|url| (shown(url), silent())).collect()))
    }

    /// What the service says about a subject: of the addresses that answer, in their order, the first whose answer can be read. `entries`
    /// says what is wanted.
    ///
    /// # Errors
    /// Nobody answers (the job waits), those who do fail (it is tried again), or they refuse the subject (final).
    pub async fn predict<T>(
        &self,
        service: &Service,
        entries: &Value,
        subject: Subject<'_>,
        read: impl Fn(&[u8]) -> Result<T, String>,
    ) -> Result<T, Failure> {
        let boundary = format!("edge-{}", self.uuid());
        let body = form(&boundary, entries, subject);
        let up = self.up(service).await;
        let mut later = up.iter().filter(|is_up| **is_up).count();
        let end = self.now() + PATIENCE;
        let mut refusals = Vec::new();
        for (url, is_up) in service.urls.iter().zip(up) {
            if !is_up {
                refusals.push((shown(url), silent()));
                continue;
            }
            later = later.saturating_sub(1);
            let limits = Limits {
                timeout: share(end - self.now(), later),
                bytes: LONGEST,
            };
            let answer = self.ask(url, &boundary, body.clone(), limits).await;
            match answer.and_then(|bytes| read(&bytes).map_err(Refusal::Failed)) {
                Ok(answer) => return Ok(answer),
                Err(refusal) => {
                    let refusal = self.noted(service, url, refusal).await;
                    refusals.push((shown(url), refusal));
                }
            }
        }
        Err(failure(refusals))
    }

    /// Whether the addresses answer, in their order; those whose checks are too old are checked at the same time.
    async fn up(&self, service: &Service) -> Vec<bool> {
        join_all(service.urls.iter().map(|url| self.is_up(service, url))).await
    }

    /// Remembers an address that is away. One that was slow is asked whether it is there: a picture that takes it long is no reason to
    /// ask it for nobody else's.
    async fn noted(&self, service: &Service, url: &str, refusal: Refusal) -> Refusal {
        let refusal = match refusal {
            Refusal::Slow(text) => {
                let is_there = service.interval.is_none() || self.check(url, service.timeout).await;
                if is_there {
                    Refusal::Failed(text)
                } else {
                    Refusal::Away(text)
                }
            }
            other => other,
        };
        if matches!(refusal, Refusal::Away(_)) {
            self.services.saw(url, self.now(), false);
        }
        refusal
    }

    /// Whether this address answers, as seen within the configured interval.
    async fn is_up(&self, service: &Service, url: &str) -> bool {
        let Some(interval) = service.interval else {
            return true;
        };
        if let Some(is_up) = self.services.seen(url, self.now(), interval) {
            return is_up;
        }
        let is_up = self.check(url, service.timeout).await;
        self.services.saw(url, self.now(), is_up);
        is_up
    }

    /// Asks an address whether it is such a service.
    async fn check(&self, url: &str, timeout: u64) -> bool {
        let Ok(request) = Request::get(format!("{url}/ping")).body(Bytes::new()) else {
            return false;
        };
        let limits = Limits {
            timeout: Duration::from_millis(timeout),
            bytes: PONG,
        };
        let answer = self.fetch(request, limits).await;
        answer.is_ok_and(|answer| {
            let text = answer.body().trim_ascii();
            answer.status() == StatusCode::OK && matches!(text, b"pong" | b"\"pong\"")
        })
    }

    async fn ask(
        &self,
        url: &str,
        boundary: &str,
        body: Bytes,
        limits: Limits,
    ) -> Result<Bytes, Refusal> {
        let kind = format!("multipart/form-data; boundary={boundary}");
        let request = Request::post(format!("{url}/predict"))
            .header(header::CONTENT_TYPE, kind)
            .header(header::ACCEPT, "application/json")
            .body(body);
        let request = request.map_err(|error| Refusal::Failed(format!("{NO_ADDRESS}: {error}")))?;
        let answer = self.fetch(request, limits).await;
        let answer = answer.map_err(|error| unanswered(&error))?;
        let status = answer.status();
        match status.as_u16() {
            200 => Ok(answer.into_body()),
            // What it says may hold what is in the picture: it is not repeated.
            400 | 413 | 422 => Err(Refusal::Refused(format!("status {}", status.as_u16()))),
            502..=504 => Err(Refusal::Away(format!("status {}", status.as_u16()))),
            _ => Err(Refusal::Failed(format!("status {}", status.as_u16()))),
        }
    }
}

impl Checked {
    fn seen(&self, url: &str, now: i64, interval: i64) -> Option<bool> {
        let seen = self.lock().get(url).copied();
        let (_, is_up) = seen.filter(|(at, _)| (0..interval).contains(&(now - at)))?;
        Some(is_up)
    }

    fn saw(&self, url: &str, now: i64, is_up: bool) {
        let mut checked = self.lock();
        if checked.len() >= MOST && !checked.contains_key(url) {
            checked.clear();
        }
        checked.insert(url.to_owned(), (now, is_up));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, (i64, bool)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long an address may take of the time that is `left` (ms), when so many are asked `later` who answer checks, too.
fn share(left: i64, later: usize) -> Duration {
    let later = i64::try_from(later).unwrap_or(i64::MAX);
    let own = left.saturating_sub(RESERVE.saturating_mul(later));
    Duration::from_millis(own.clamp(RESERVE, PATIENCE).unsigned_abs())
}

/// The form of `POST /predict`. No picture holds the boundary, which is random.
fn form(boundary: &str, entries: &Value, subject: Subject<'_>) -> Bytes {
    let field = "Content-Disposition: form-data; name=";
    let mut body =
        format!("--{boundary}\r\n{field}\"entries\"\r\n\r\n{entries}\r\n--{boundary}\r\n");
    let mut body = match subject {
        Subject::Picture(bytes) => {
            body.push_str(field);
            body.push_str("\"image\"; filename=\"image\"\r\n");
            body.push_str("Content-Type: application/octet-stream\r\n\r\n");
            let mut body = body.into_bytes();
            body.extend_from_slice(bytes);
            body
        }
        Subject::Text(text) => {
            body.push_str(field);
            body.push_str("\"text\"\r\n\r\n");
            body.push_str(text);
            body.into_bytes()
        }
    };
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    body.into()
}

/// Of an address that did not answer when it was checked.
fn silent() -> Refusal {
    Refusal::Away("does not answer".to_owned())
}

fn unanswered(error: &HttpError) -> Refusal {
    match error {
        HttpError::Unreachable(_) => Refusal::Away(error.to_string()),
        HttpError::TimedOut(_) => Refusal::Slow(error.to_string()),
        // Its text may repeat the address with what is secret in it.
        HttpError::Invalid(_) => Refusal::Failed(NO_ADDRESS.to_owned()),
        HttpError::TooLarge(_) => Refusal::Failed(error.to_string()),
    }
}

/// An address without what may be secret in it: user, password, query.
fn shown(url: &str) -> String {
    let uri: Option<Uri> = url.parse().ok();
    let uri = uri.filter(|uri| uri.host().is_some() && uri.scheme().is_some());
    let Some(uri) = uri else {
        return "an address that cannot be read".to_owned();
    };
    let host = uri.host().unwrap_or_default();
    let scheme = uri.scheme_str().unwrap_or_default();
    match uri.port_u16() {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    }
}

/// What a job ends with when no address gave an answer.
fn failure(refusals: Vec<(String, Refusal)>) -> Failure {
    let mut reasons = vec!["machine learning service".to_owned()];
    let (mut is_away, mut is_refused) = (false, true);
    for (url, refusal) in refusals {
        is_away |= matches!(refusal, Refusal::Away(_));
        is_refused &= matches!(refusal, Refusal::Refused(_));
        let (Refusal::Refused(text)
        | Refusal::Failed(text)
        | Refusal::Slow(text)
        | Refusal::Away(text)) = refusal;
        reasons.push(format!("{url}: {text}"));
    }
    let reason = reasons.join("; ");
    if is_away {
        Failure::Waiting(reason)
    } else if is_refused {
        Failure::Final(reason)
    } else {
        Failure::Passing(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn forms_have_two_fields() {
        let entries = json!({ "clip": {} });
        let picture = Bytes::from_static(b"\xff\xd8--b");
        let form_of = |subject| form("b", &entries, subject);
        let head = "--b\r\nContent-Disposition: form-data; name=\"entries\"\r\n\r\n{\"clip\":{}}\r\n--b\r\n\
                    Content-Disposition: form-data; name=";
        let expected = [
            head.as_bytes(),
            b"\"image\"; filename=\"image\"\r\nContent-Type: application/octet-stream\r\n\r\n\xff\xd8--b\r\n--b--\r\n",
        ];
        assert_eq!(form_of(Subject::Picture(&picture)), expected.concat());
        let expected = format!("{head}\"text\"\r\n\r\na cat\r\n--b--\r\n");
        assert_eq!(form_of(Subject::Text("a cat")), expected);
    }

    #[test]
    fn the_most_hopeful_address_decides() {
        let away = || ("a".to_owned(), Refusal::Away("x".to_owned()));
        let failed = || ("b".to_owned(), Refusal::Failed("y".to_owned()));
        let refused = || ("c".to_owned(), Refusal::Refused("z".to_owned()));
        let all = failure(vec![refused(), failed(), away()]);
        let reason = "machine learning service; c: z; b: y; a: x";
        assert_eq!(all, Failure::Waiting(reason.to_owned()));
        assert!(matches!(
            failure(vec![refused(), failed()]),
            Failure::Passing(_)
        ));
        assert!(matches!(failure(vec![refused()]), Failure::Final(_)));
    }

    #[test]
    fn an_address_takes_the_time_that_others_do_not_need() {
        let shares = |of: &[(i64, usize)]| -> Vec<u64> {
            let shares = of
                .iter()
                .map(|(left, later)| share(*left, *later).as_secs());
            shares.collect()
        };
        assert_eq!(
            shares(&[(40_000, 0), (40_000, 1), (40_000, 3), (5_000, 0)]),
            [40, 35, 25, 5]
        );
        assert_eq!(shares(&[(-9_000, 0), (50_000, 0)]), [5, 40]);
    }

    #[test]
    fn reasons_hold_no_passwords() {
        assert_eq!(
            shown("http://me:secret@ml.example:3003/x?k=v"),
            "http://ml.example:3003"
        );
        assert_eq!(shown("https://ml.example"), "https://ml.example");
        assert_eq!(shown("nonsense"), "an address that cannot be read");
    }
}
