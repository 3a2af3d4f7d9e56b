//! Requests that a guest sends: to another component without a socket, or out over HTTP with and without TLS.
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::state::{Grants, Shared};
use crate::{log, mail, realtime};

/// The names of components for service chaining end so.
const INTERNAL: &str = ".spin.internal";
/// How long a connection may take unless the guest says otherwise.
const CONNECT: Duration = Duration::from_secs(10);
/// How long an answer may take unless the guest says otherwise.
const FIRST_BYTE: Duration = Duration::from_mins(10);

type Answer = Result<
    (
        http::Response<WasiBody>,
        Box<dyn Future<Output = Result<(), Error>> + Send>,
    ),
    Error,
>;

/// The HTTP client of the host, with connections kept open.
pub struct Outbound(Client<HttpsConnector<HttpConnector>, WasiBody>);

impl Default for Outbound {
    fn default() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(CONNECT));
        connector.set_nodelay(true);
        // The scheme is checked before.
        connector.enforce_http(false);
        // The authorities of the machine (or of SSL_CERT_FILE), as people at home have one of their own; a container may have
        // none, and gets Mozilla's.
        let builder = match HttpsConnectorBuilder::new().with_native_roots() {
            Ok(native) => native,
            Err(error) => {
                log::say(&format!(
                    "certificates of the system: {error}; Mozilla's instead"
                ));
                HttpsConnectorBuilder::new().with_webpki_roots()
            }
        };
        let connector = builder
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        Self(Client::builder(TokioExecutor::new()).build(connector))
    }
}

impl Outbound {
    async fn send(
        &self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
    ) -> Result<http::Response<WasiBody>, Error> {
        let limits = options.map_or((None, None), |options| {
            (options.connect_timeout, options.first_byte_timeout)
        });
        let limit = limits.0.unwrap_or_default() + limits.1.unwrap_or(FIRST_BYTE);
        let answer = tokio::time::timeout(limit, self.0.request(request)).await;
        let answer = match answer {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) if error.is_connect() => return Err(Error::ConnectionRefused),
            Ok(Err(error)) => return Err(Error::InternalError(Some(format!("{error:?}")))),
            Err(_elapsed) => return Err(Error::ConnectionReadTimeout),
        };
        Ok(answer.map(|body| body.map_err(Error::from).boxed_unsync()))
    }
}

/// What one instance's requests go through.
pub struct Hooks {
    grants: Arc<Grants>,
    shared: Arc<Shared>,
}

impl Hooks {
    /// For an instance of the component of `grants`.
    pub fn new(grants: Arc<Grants>, shared: Arc<Shared>) -> Self {
        Self { grants, shared }
    }

    /// Whether the component may send this request.
    fn permits(&self, uri: &http::Uri) -> bool {
        let scheme = uri.scheme_str().unwrap_or("http");
        let host = uri.host().unwrap_or_default();
        self.grants.allowed.permits(scheme, host, uri.port_u16())
    }
}

impl WasiHttpHooks for Hooks {
    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _response_read: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Answer> + Send> {
        let shared = self.shared.clone();
        let permitted = self.permits(request.uri());
        let component = self.grants.component.clone();
        Box::new(async move {
            let uri = request.uri();
            if !permitted {
                let origin = (uri.scheme_str(), uri.authority());
                log::say(&format!(
                    "{component}: {origin:?} is not in its allowed_outbound_hosts"
                ));
                return Err(Error::HttpRequestDenied);
            }
            let callee = uri.host().and_then(|host| host.strip_suffix(INTERNAL));
            let answer = match callee.map(str::to_owned) {
                Some(callee) if callee == realtime::COMPONENT && uri.path() == realtime::PATH => {
                    shared.channel.take(request).await
                }
                Some(callee) => chain(shared.clone(), callee, request).await?,
                None => send(&shared, request, options).await?,
            };
            let sent: Box<dyn Future<Output = _> + Send> = Box::new(async { Ok(()) });
            Ok((answer, sent))
        })
    }
}

/// Sends the request outside: connections are everybody's.
async fn send(
    shared: &Arc<Shared>,
    request: http::Request<WasiBody>,
    options: Option<RequestOptions>,
) -> Result<http::Response<WasiBody>, Error> {
    let all = shared.clone();
    let sent = async move { all.outbound.send(request, options).await };
    shared.threads.in_front(sent).await.unwrap_or_else(cut_off)
}

/// Hands the request to a component of the same application. Components call each other to wake jobs, which are nobody's to wait for.
async fn chain(
    shared: Arc<Shared>,
    callee: String,
    request: http::Request<WasiBody>,
) -> Result<http::Response<WasiBody>, Error> {
    if callee == mail::NAME {
        return shared
            .threads
            .in_front(mail::relay(request))
            .await
            .unwrap_or_else(cut_off);
    }
    let all = shared.clone();
    let work = async move {
        let components = all.components.get();
        let Some(handler) = components.and_then(|components| components.get(&callee)) else {
            return Err(Error::DestinationNotFound);
        };
        let answer = handler.handle(None, request).await;
        answer.map_err(|error| Error::InternalError(Some(format!("{callee}: {error:#}"))))
    };
    shared.threads.behind(work).await.unwrap_or_else(cut_off)
}

/// The other threads did not finish it.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it is handed to unwrap_or_else"
)]
fn cut_off<T>(error: anyhow::Error) -> Result<T, Error> {
    Err(Error::InternalError(Some(format!("{error:#}"))))
}
