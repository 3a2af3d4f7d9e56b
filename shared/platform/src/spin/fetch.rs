//! One outbound HTTP request, as the adapters need it.

use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt as _, stream};
use http::{HeaderMap, Request, header};
use spin_sdk::wasip3::{
    self,
    http::{
        client,
        types::{ErrorCode, Fields, Request as HostRequest, RequestOptions},
    },
    wit_future, wit_stream,
};

use super::NativeBody;
use crate::{ByteStream, SentBody};

/// How long a connection may take to be made; a store that is down must be told within 5 s. Nanoseconds.
const CONNECT: u64 = 3_000_000_000;
/// How long the other side may think, and pause between bytes, unless the caller says otherwise.
const THINK: Duration = Duration::from_secs(30);

/// An answer whose body has not been read.
pub(super) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: NativeBody,
}

impl Answer {
    /// The value of a header, if it is text.
    pub fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Sends a request. An answer with any status is a success.
pub(super) async fn send(request: Request<Bytes>) -> Result<Answer, ErrorCode> {
    send_within(request, THINK).await
}

/// The same; the other side may think and pause for so long.
pub(super) async fn send_within(
    request: Request<Bytes>,
    think: Duration,
) -> Result<Answer, ErrorCode> {
    answered(to_host(request.map(SentBody::Whole), think)?).await
}

/// Sends a request whose body may be a stream.
pub(super) async fn send_any(request: Request<SentBody>) -> Result<Answer, ErrorCode> {
    answered(to_host(request, THINK)?).await
}

async fn answered(request: HostRequest) -> Result<Answer, ErrorCode> {
    let response = client::send(request).await?;
    let status = response.get_status_code();
    let headers: HeaderMap = response.get_headers().try_into()?;
    let length = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    Ok(Answer {
        status,
        headers,
        body: NativeBody::of_response(response, length),
    })
}

fn to_host(request: Request<SentBody>, think: Duration) -> Result<HostRequest, ErrorCode> {
    let (mut parts, body) = request.into_parts();
    if let SentBody::Whole(bytes) = &body {
        // Without it the host would send chunks, which S3 refuses.
        parts
            .headers
            .insert(header::CONTENT_LENGTH, bytes.len().into());
    }
    let headers = Fields::try_from(parts.headers)
        .map_err(|error| ErrorCode::InternalError(Some(error.to_string())))?;
    let options = RequestOptions::new();
    // A host that knows no time limits goes on without them.
    drop(options.set_connect_timeout(Some(CONNECT)));
    let think = u64::try_from(think.as_nanos()).unwrap_or(u64::MAX);
    drop(options.set_first_byte_timeout(Some(think)));
    drop(options.set_between_bytes_timeout(Some(think)));
    let (end, told) = wit_future::new(|| Ok(None));
    let chunks = match body {
        SentBody::Whole(bytes) if bytes.is_empty() => None,
        SentBody::Whole(bytes) => Some(Box::pin(stream::iter([Ok(bytes)])) as ByteStream),
        SentBody::Stream(chunks) => Some(chunks),
    };
    let contents = chunks.map(|mut chunks| {
        let (mut writer, reader) = wit_stream::new();
        wasip3::spawn(async move {
            let mut ended = Ok(None);
            while let Some(chunk) = chunks.next().await {
                match chunk {
                    // What the other side does not read is its answer's business.
                    Ok(bytes) => drop(writer.write_all(bytes.into()).await),
                    Err(error) => {
                        ended = Err(ErrorCode::InternalError(Some(error.to_string())));
                        break;
                    }
                }
            }
            drop(writer);
            drop(end.write(ended).await);
        });
        reader
    });
    let (host, _sent) = HostRequest::new(headers, contents, told, Some(options));
    let invalid = |()| ErrorCode::HttpRequestUriInvalid;
    host.set_method(&parts.method.into()).map_err(invalid)?;
    host.set_scheme(parts.uri.scheme().map(Into::into).as_ref())
        .map_err(invalid)?;
    host.set_authority(parts.uri.authority().map(http::uri::Authority::as_str))
        .map_err(invalid)?;
    host.set_path_with_query(
        parts
            .uri
            .path_and_query()
            .map(http::uri::PathAndQuery::as_str),
    )
    .map_err(invalid)?;
    Ok(host)
}
