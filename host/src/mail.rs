//! Sends mails for components, which have no sockets with TLS: what they call `http://mail.spin.internal` is here (docs/mails.md).
use bytes::Bytes;
use edge_mail::Relayed;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use wasmtime_wasi_http::{Error, WasiBody};

/// The name that components call.
pub const NAME: &str = "mail";
/// Largest mail, bytes: a picture of half a megabyte, twice in base64.
const LARGEST: usize = 2 * 1024 * 1024;

/// Takes a [`Relayed`]: 204, or 422 with the [`edge_mail::MailError`].
pub async fn relay(request: Request<WasiBody>) -> Result<Response<WasiBody>, Error> {
    let body = Limited::new(request.into_body(), LARGEST).collect().await;
    let Ok(body) = body.map(http_body_util::Collected::to_bytes) else {
        return answer(StatusCode::PAYLOAD_TOO_LARGE, Bytes::new());
    };
    let Ok(Relayed { server, message }) = serde_json::from_slice(&body) else {
        return answer(StatusCode::BAD_REQUEST, Bytes::new());
    };
    match edge_mail::deliver(&server, message.as_ref()).await {
        Ok(()) => answer(StatusCode::NO_CONTENT, Bytes::new()),
        Err(error) => {
            let said = serde_json::to_vec(&error).map_err(internal)?;
            answer(StatusCode::UNPROCESSABLE_ENTITY, said.into())
        }
    }
}

fn answer(status: StatusCode, body: Bytes) -> Result<Response<WasiBody>, Error> {
    let body = Full::new(body).map_err(Error::from).boxed_unsync();
    let answer = Response::builder().status(status).body(body);
    answer.map_err(internal)
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn internal(error: impl ToString) -> Error {
    Error::InternalError(Some(error.to_string()))
}
