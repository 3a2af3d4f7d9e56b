//! Incoming requests: the head as `http` knows it, the body as a stream of large chunks.
//!
//! workerd gives a plain reader chunks of 4 KiB, each a JavaScript buffer of its own: 23,000 of them for an
//! upload of 90 MB, which leave 110 MB of garbage behind. A "bring your own buffer" reader fills one buffer
//! again and again.

use bytes::Bytes;
use futures::{Stream, stream};
use wasm_bindgen::prelude::*;
use worker::{
    js_sys::{Object, Reflect, Uint8Array},
    send::{SendFuture, SendWrapper},
};

use super::message;
use crate::ObjectError;

/// Largest chunk of a body, in bytes.
const CHUNK: u32 = 256 * 1024;

#[wasm_bindgen]
extern "C" {
    type Source;

    #[wasm_bindgen(method, catch, js_name = getReader)]
    fn get_reader(this: &Source, options: &JsValue) -> Result<Reader, JsValue>;

    type Reader;

    #[wasm_bindgen(method, catch)]
    async fn read(this: &Reader, view: &Uint8Array, options: &JsValue) -> Result<JsValue, JsValue>;

    type Chunk;

    #[wasm_bindgen(method, getter)]
    fn done(this: &Chunk) -> bool;

    #[wasm_bindgen(method, getter)]
    fn value(this: &Chunk) -> Option<Uint8Array>;
}

/// A request's head with whatever `body` makes of its bytes; `None` when it has no body.
///
/// # Errors
/// A method, address or header that `http` does not take.
pub fn convert<B>(
    request: &worker::Request,
    body: impl FnOnce(Option<BodyStream>) -> B,
) -> Result<http::Request<B>, http::Error> {
    let raw = request.inner();
    let mut builder = http::Request::builder()
        .method(raw.method().as_str())
        .uri(raw.url());
    for (name, value) in request.headers().entries() {
        builder = builder.header(name, value);
    }
    let length = builder
        .headers_ref()
        .and_then(|headers| headers.get(http::header::CONTENT_LENGTH))
        .and_then(|length| length.to_str().ok()?.parse().ok());
    let stream = raw
        .body()
        .map(|source| chunks(source.unchecked_into(), length.unwrap_or(CHUNK)));
    builder.body(body(stream))
}

/// The bytes of a request's body.
pub type BodyStream = stream::BoxStream<'static, Result<Bytes, ObjectError>>;

/// Reads `source` to its end. `expected` bytes are enough to hold it, if that is less than [`CHUNK`].
fn chunks(source: Source, expected: u32) -> BodyStream {
    let state = SendWrapper::new(State::Unread(source, expected.clamp(1, CHUNK)));
    Box::pin(read_all(state))
}

fn read_all(
    state: SendWrapper<State>,
) -> impl Stream<Item = Result<Bytes, ObjectError>> + Send + 'static {
    stream::try_unfold(state, |state| {
        SendFuture::new(async move {
            match state.0.next().await {
                Ok(None) => Ok(None),
                Ok(Some((bytes, state))) => Ok(Some((bytes, SendWrapper::new(state)))),
                Err(thrown) => Err(ObjectError::Unavailable(message(&thrown))),
            }
        })
    })
}

enum State {
    Unread(Source, u32),
    Reading(Reader, Uint8Array),
    Done,
}

impl State {
    async fn next(self) -> Result<Option<(Bytes, Self)>, JsValue> {
        let (reader, buffer) = match self {
            Self::Done => return Ok(None),
            Self::Reading(reader, buffer) => (reader, buffer),
            Self::Unread(source, size) => {
                let reader = source.get_reader(&options("mode", &"byob".into())?)?;
                (reader, Uint8Array::new_with_length(size))
            }
        };
        let size = buffer.length();
        // `min`: wait for a full buffer, or the end.
        let chunk = reader.read(&buffer, &options("min", &size.into())?).await?;
        let chunk: Chunk = chunk.unchecked_into();
        let Some(value) = chunk.value().filter(|value| value.length() > 0) else {
            return Ok(None);
        };
        let bytes = Bytes::from(value.to_vec());
        if chunk.done() {
            return Ok(Some((bytes, Self::Done)));
        }
        // The view now belongs to the reader's answer; the memory behind it is taken again.
        let buffer = Uint8Array::new_with_byte_offset_and_length(&value.buffer(), 0, size);
        Ok(Some((bytes, Self::Reading(reader, buffer))))
    }
}

fn options(name: &str, value: &JsValue) -> Result<JsValue, JsValue> {
    let options = Object::new();
    Reflect::set(&options, &name.into(), value)?;
    Ok(options.into())
}
