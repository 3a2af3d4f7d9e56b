//! A bucket that is S3 by HTTP, only read: path style, signed in a header. What fails is that the bucket cannot be read now
//! ([`ObjectError::Unavailable`]): that an object is not there is believed of a bucket that says so of the key, of nothing else, because
//! assets go into the trash for it.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderName, Method, Request, Response, header};

use super::{
    answer::{facts, length, missing, object, other, refused, whole_size},
    configured::Place,
    signature::{NO_BODY, Signing, amz_date, encode},
    words,
};
use crate::{
    ByteRange, Clock, HttpError, MultipartUpload, Object, ObjectBody, ObjectError, ObjectMeta,
    ObjectStore,
};

/// How long a bucket may think before its answer begins.
pub const THINK: Duration = Duration::from_secs(30);

/// Longest list: 1000 keys of at most 1024 bytes in XML, escaped.
const LIST: usize = 8 * 1024 * 1024;

/// Sends requests whose answers may be long.
#[async_trait]
pub trait Outward: Send + Sync {
    /// Sends a request without a body. Any status is an answer, also a redirect, which is not followed; its body has not been read.
    /// Errors: none within [`THINK`].
    async fn send(&self, request: Request<()>) -> Result<Response<ObjectBody>, HttpError>;
}

/// A bucket elsewhere.
pub struct SignedBucket {
    place: Place,
    clock: Arc<dyn Clock>,
    out: Arc<dyn Outward>,
}

impl SignedBucket {
    /// The bucket at a place.
    pub fn new(place: Place, clock: Arc<dyn Clock>, out: Arc<dyn Outward>) -> Self {
        Self { place, clock, out }
    }

    /// The request for a key, or for the bucket itself, signed.
    fn request(
        &self,
        method: Method,
        (key, query): (&str, &str),
        range: Option<&str>,
    ) -> Result<Request<()>, ObjectError> {
        let Place { bucket, host, .. } = &self.place;
        // Whoever sends the request would resolve them.
        if key.split('/').any(|part| part == "." || part == "..") {
            return Err(ObjectError::Other(format!("{key:?} cannot be asked for")));
        }
        let path = format!("/{}/{}", encode(bucket, false), encode(key, true));
        let date = amz_date(self.clock.now());
        let signing = Signing {
            key_id: &self.place.key_id,
            secret: &self.place.secret,
            region: &self.place.region,
        };
        let signed = [
            ("host", host.as_str()),
            ("x-amz-content-sha256", NO_BODY),
            ("x-amz-date", date.as_str()),
        ];
        let authorization = signing.authorization(method.as_str(), (&path, query), &signed, &date);
        let origin = &self.place.origin;
        let address = if query.is_empty() {
            format!("{origin}{path}")
        } else {
            format!("{origin}{path}?{query}")
        };
        let mut request = Request::builder()
            .method(method)
            .uri(address)
            .header(header::AUTHORIZATION, authorization)
            // Packed bytes would have another length.
            .header(header::ACCEPT_ENCODING, "identity")
            .header(HeaderName::from_static("x-amz-content-sha256"), NO_BODY)
            .header(HeaderName::from_static("x-amz-date"), date);
        if let Some(range) = range {
            request = request.header(header::RANGE, range);
        }
        request
            .body(())
            .map_err(|error| ObjectError::Other(error.to_string()))
    }

    async fn send(
        &self,
        method: Method,
        target: (&str, &str),
        range: Option<&str>,
    ) -> Result<Response<ObjectBody>, ObjectError> {
        let request = self.request(method, target, range)?;
        let answer = self.out.send(request).await;
        answer.map_err(|error| ObjectError::Unavailable(error.to_string()))
    }

    /// Asks for the first byte of an object, where the answer to HEAD said too little: one without an object has no body with a reason.
    async fn probe(&self, key: &str) -> Result<Option<ObjectMeta>, ObjectError> {
        let answer = self.send(Method::GET, (key, ""), Some("bytes=0-0")).await?;
        let size = match answer.status().as_u16() {
            200 => length(answer.headers())?,
            206 => whole_size(answer.headers())?,
            // It has no first byte.
            416 => 0,
            404 => return missing(answer).await.map(|()| None),
            _ => return Err(refused(answer).await),
        };
        Ok(Some(facts(answer.headers(), size)))
    }

    /// The answer to a range that no object satisfies: none without an object, an error with one.
    async fn refuse(&self, key: &str) -> Result<Option<Object>, ObjectError> {
        match self.head(key).await? {
            Some(_) => Err(ObjectError::Range),
            None => Ok(None),
        }
    }
}

#[async_trait]
impl ObjectStore for SignedBucket {
    async fn get(
        &self,
        key: &str,
        range: Option<ByteRange>,
    ) -> Result<Option<Object>, ObjectError> {
        let wanted = match range.map(wanted) {
            Some(None) => return self.refuse(key).await,
            Some(Some(wanted)) => Some(wanted),
            None => None,
        };
        let answer = self.send(Method::GET, (key, ""), wanted.as_deref()).await?;
        match (answer.status().as_u16(), range) {
            (200, _) | (206, Some(_)) => object(answer, range).map(Some),
            (404, _) => missing(answer).await.map(|()| None),
            (400 | 416, Some(_)) => self.refuse(key).await,
            _ => Err(refused(answer).await),
        }
    }

    async fn head(&self, key: &str) -> Result<Option<ObjectMeta>, ObjectError> {
        let answer = self.send(Method::HEAD, (key, ""), None).await?;
        match (answer.status().as_u16(), length(answer.headers())) {
            (200, Ok(size)) => Ok(Some(facts(answer.headers(), size))),
            (200 | 404, _) => self.probe(key).await,
            _ => Err(refused(answer).await),
        }
    }

    async fn put(&self, key: &str, _: Bytes, _: &str) -> Result<(), ObjectError> {
        Err(ObjectError::ReadOnly(key.to_owned()))
    }

    async fn begin(&self, key: &str, _: &str) -> Result<Box<dyn MultipartUpload>, ObjectError> {
        Err(ObjectError::ReadOnly(key.to_owned()))
    }

    async fn delete(&self, keys: &[String]) -> Result<(), ObjectError> {
        let first = keys.first().cloned().unwrap_or_default();
        Err(ObjectError::ReadOnly(first))
    }

    async fn list(&self, prefix: &str, after: Option<&str>) -> Result<Vec<String>, ObjectError> {
        let mut query = format!("list-type=2&max-keys=1000&prefix={}", encode(prefix, false));
        if let Some(after) = after {
            query.push_str("&start-after=");
            query.push_str(&encode(after, false));
        }
        let answer = self.send(Method::GET, ("", &query), None).await?;
        if answer.status().as_u16() != 200 {
            return Err(refused(answer).await);
        }
        let bytes = answer.into_body().collect(LIST).await?;
        let text = String::from_utf8_lossy(&bytes);
        words::keys(&text).ok_or_else(|| other("answered no list"))
    }
}

/// The range as a header; `None` when no object can satisfy it.
fn wanted(range: ByteRange) -> Option<String> {
    match range {
        ByteRange::FromTo { first, last: None } => Some(format!("bytes={first}-")),
        ByteRange::FromTo {
            first,
            last: Some(last),
        } => (first <= last).then(|| format!("bytes={first}-{last}")),
        ByteRange::Suffix { length } => (length > 0).then(|| format!("bytes=-{length}")),
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
    use std::sync::{Mutex, PoisonError};

    use http::StatusCode;

    use super::*;
    use crate::{external::Configured, native::FixedClock};

    /// Answers one after the other, and what was asked for.
    #[derive(Default)]
    struct Script {
        answers: Mutex<Vec<Response<ObjectBody>>>,
        asked: Mutex<Vec<Request<()>>>,
    }

    #[async_trait]
    impl Outward for Script {
        async fn send(&self, request: Request<()>) -> Result<Response<ObjectBody>, HttpError> {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            asked.push(request);
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers
                .pop()
                .ok_or_else(|| HttpError::Unreachable("refused".to_owned()))
        }
    }

    fn answer(status: u16, headers: &[(HeaderName, &str)], body: &str) -> Response<ObjectBody> {
        let body = Bytes::from(body.to_owned());
        let stream = futures::stream::iter([Ok(body)]);
        let mut answer = Response::new(ObjectBody::Stream(Box::pin(stream)));
        *answer.status_mut() = StatusCode::from_u16(status).unwrap();
        for (name, value) in headers {
            answer
                .headers_mut()
                .insert(name.clone(), value.parse().unwrap());
        }
        answer
    }

    fn error(status: u16, code: &str) -> Response<ObjectBody> {
        let body = format!("<Error><Code>{code}</Code><Key>hidden</Key></Error>");
        answer(status, &[], &body)
    }

    /// A bucket that answers so, and what it was asked.
    fn scripted(mut answers: Vec<Response<ObjectBody>>) -> (SignedBucket, Arc<Script>) {
        let text = r#"{"nas": {"endpoint": "https://s3.example.com", "bucket": "photos", "keyId": "k", "secret": "s"}}"#;
        let place = Configured::parse(text).unwrap()["nas"]
            .place()
            .ok()
            .unwrap();
        answers.reverse();
        let script = Arc::new(Script {
            answers: Mutex::new(answers),
            ..Script::default()
        });
        let clock = Arc::new(FixedClock::new(1_700_000_000_000));
        (SignedBucket::new(place, clock, script.clone()), script)
    }

    fn asked(script: &Script) -> Vec<String> {
        let asked = script.asked.lock().unwrap();
        let line = |request: &Request<()>| format!("{} {}", request.method(), request.uri());
        asked.iter().map(line).collect()
    }

    #[tokio::test]
    async fn requests_are_signed_and_whole_objects_streamed() {
        let headers = [
            (header::CONTENT_LENGTH, "3"),
            (header::ETAG, "\"x\""),
            (header::LAST_MODIFIED, "Tue, 14 Nov 2023 22:13:20 GMT"),
        ];
        let (bucket, script) = scripted(vec![answer(200, &headers, "abc")]);
        let found = bucket.get("a b/é.jpg", None).await.unwrap().unwrap();
        assert_eq!(
            (
                found.meta.size,
                found.meta.etag.as_str(),
                found.meta.modified
            ),
            (3, "x", 1_700_000_000_000)
        );
        assert_eq!(found.range, (0, 3));
        assert_eq!(found.body.collect(10).await.unwrap(), "abc");
        assert_eq!(
            asked(&script),
            ["GET https://s3.example.com/photos/a%20b/%C3%A9.jpg"]
        );
        let asked = script.asked.lock().unwrap();
        let headers = asked[0].headers();
        let scope = "AWS4-HMAC-SHA256 Credential=k/20231114/auto/s3/aws4_request, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=";
        assert!(
            headers[header::AUTHORIZATION]
                .to_str()
                .unwrap()
                .starts_with(scope)
        );
        assert_eq!(headers["x-amz-date"], "20231114T221320Z");
    }

    #[tokio::test]
    async fn parts_are_asked_for_and_checked() {
        let part = [
            (header::CONTENT_LENGTH, "2"),
            (header::CONTENT_RANGE, "bytes 1-2/9"),
        ];
        let (bucket, script) = scripted(vec![
            answer(206, &part, "bc"),
            answer(206, &part, "bc"),
            error(416, "InvalidRange"),
            answer(200, &[(header::CONTENT_LENGTH, "9")], ""),
        ]);
        let range = |first, last| Some(ByteRange::FromTo { first, last });
        let found = bucket.get("a", range(1, Some(2))).await.unwrap().unwrap();
        assert_eq!((found.range, found.meta.size), ((1, 2), 9));
        assert_eq!(
            script.asked.lock().unwrap()[0].headers()[header::RANGE],
            "bytes=1-2"
        );
        let others = bucket.get("a", range(0, Some(4))).await.err();
        assert!(matches!(others, Some(ObjectError::Unavailable(_))));
        let outside = bucket.get("a", range(9, None)).await.err();
        assert!(matches!(outside, Some(ObjectError::Range)));
    }

    #[tokio::test]
    async fn only_a_bucket_that_says_so_has_no_such_object() {
        let none = || answer(404, &[], "");
        let (bucket, script) = scripted(vec![
            none(),
            error(404, "NoSuchKey"),
            error(404, "NoSuchKey"),
        ]);
        assert_eq!(bucket.head("a").await.unwrap(), None);
        assert!(bucket.get("a", None).await.unwrap().is_none());
        assert_eq!(
            asked(&script)[..2],
            [
                "HEAD https://s3.example.com/photos/a",
                "GET https://s3.example.com/photos/a"
            ]
        );
        for answers in [
            vec![none(), error(404, "NoSuchBucket")],
            vec![none(), answer(404, &[], "<html>nothing here</html>")],
            vec![error(403, "AccessDenied")],
            vec![answer(301, &[], "")],
            vec![answer(503, &[], "")],
            vec![],
        ] {
            let (bucket, _) = scripted(answers);
            let error = bucket.head("a").await.err();
            assert!(
                matches!(&error, Some(ObjectError::Unavailable(text)) if !text.contains("hidden")),
                "{error:?}"
            );
        }
    }

    #[tokio::test]
    async fn lists_are_pages_of_keys() {
        let text = "<ListBucketResult><Contents><Key>a/2</Key></Contents></ListBucketResult>";
        let (bucket, script) = scripted(vec![
            answer(200, &[], text),
            answer(200, &[], "<html>"),
            error(404, "NoSuchBucket"),
        ]);
        assert_eq!(bucket.list("a/", Some("a/1")).await.unwrap(), ["a/2"]);
        assert_eq!(
            asked(&script),
            [
                "GET https://s3.example.com/photos/?list-type=2&max-keys=1000&prefix=a%2F&start-after=a%2F1"
            ]
        );
        for _ in 0..2 {
            let error = bucket.list("", None).await.err();
            assert!(matches!(error, Some(ObjectError::Unavailable(_))));
        }
    }

    #[tokio::test]
    async fn nothing_is_sent_that_would_write_or_lead_elsewhere() {
        let (bucket, script) = scripted(Vec::new());
        assert!(matches!(
            bucket.put("a", Bytes::new(), "x").await.err(),
            Some(ObjectError::ReadOnly(_))
        ));
        assert!(matches!(
            bucket.begin("a", "x").await.err(),
            Some(ObjectError::ReadOnly(_))
        ));
        assert!(matches!(
            bucket.delete(&["a".to_owned()]).await.err(),
            Some(ObjectError::ReadOnly(_))
        ));
        assert!(matches!(
            bucket.get("../other/a", None).await.err(),
            Some(ObjectError::Other(_))
        ));
        assert!(asked(&script).is_empty());
    }
}
