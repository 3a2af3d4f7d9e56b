//! Requests that a guest sends: to another component without a socket, or out over HTTP with and without TLS.
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use edge_protocol::address::is_private;

use http_body_util::BodyExt as _;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{
    Client,
    connect::{
        HttpConnector,
        dns::{GaiResolver, Name},
    },
};
use hyper_util::rt::TokioExecutor;
use tower_service::Service;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::state::{Grants, Shared};
use crate::{generation, log, mail, realtime};

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

/// The variable of components that send where users say: unless it is `true`, names that lead to private addresses lead nowhere
/// (docs/workflows.md).
const PRIVATE: &str = "webhook_private_addresses";

/// Looks names up.
#[derive(Clone)]
struct Resolver {
    names: GaiResolver,
    /// Private addresses are left out: judged is what is connected to, whatever the name meant a moment before.
    is_public: bool,
}

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.names.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let (found, is_public) = (self.names.call(name), self.is_public);
        Box::pin(async move {
            let all = found.await?;
            let kept: Vec<SocketAddr> = all
                .filter(|address| !is_public || !is_private(address.ip()))
                .collect();
            if kept.is_empty() {
                return Err(io::Error::other("no address that may be connected to"));
            }
            Ok(kept.into_iter())
        })
    }
}

type Web = Client<HttpsConnector<HttpConnector<Resolver>>, WasiBody>;

/// The HTTP clients of the host, with connections kept open.
pub struct Outbound {
    all: Web,
    public: Web,
}

impl Default for Outbound {
    fn default() -> Self {
        Self {
            all: Self::web(false),
            public: Self::web(true),
        }
    }
}

impl Outbound {
    fn web(is_public: bool) -> Web {
        let mut connector = HttpConnector::new_with_resolver(Resolver {
            names: GaiResolver::new(),
            is_public,
        });
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
        Client::builder(TokioExecutor::new()).build(connector)
    }

    async fn send(
        &self,
        is_public: bool,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
    ) -> Result<http::Response<WasiBody>, Error> {
        let limits = options.map_or((None, None), |options| {
            (options.connect_timeout, options.first_byte_timeout)
        });
        let limit = limits.0.unwrap_or_default() + limits.1.unwrap_or(FIRST_BYTE);
        let web = if is_public { &self.public } else { &self.all };
        let answer = tokio::time::timeout(limit, web.request(request)).await;
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

    /// Whether the request may go to public addresses only: users choose where this component sends, and no entry names the host.
    fn is_public(&self, uri: &http::Uri) -> bool {
        let scheme = uri.scheme_str().unwrap_or("http");
        let host = uri.host().unwrap_or_default();
        let private = self.grants.variables.get(PRIVATE);
        private.is_some_and(|private| private != "true")
            && !self.grants.allowed.names(scheme, host, uri.port_u16())
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
        let is_public = self.is_public(request.uri());
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
                Some(callee) => {
                    // What it wakes is no request of a client.
                    let is_api = !uri.path().starts_with("/internal/");
                    let is_awaited = component == generation::LEGACY && is_api;
                    chain(shared.clone(), callee, is_awaited, request).await?
                }
                None => send(&shared, is_public, request, options).await?,
            };
            let sent: Box<dyn Future<Output = _> + Send> = Box::new(async { Ok(()) });
            Ok((answer, sent))
        })
    }
}

/// Sends the request outside: connections are everybody's.
async fn send(
    shared: &Arc<Shared>,
    is_public: bool,
    request: http::Request<WasiBody>,
    options: Option<RequestOptions>,
) -> Result<http::Response<WasiBody>, Error> {
    let all = shared.clone();
    let sent = async move { all.outbound.send(is_public, request, options).await };
    shared.threads.in_front(sent).await.unwrap_or_else(cut_off)
}

/// Hands the request to a component of the same application. Components call each other to wake jobs, which are nobody's to wait for,
/// but for the one that answers clients by what others say.
async fn chain(
    shared: Arc<Shared>,
    callee: String,
    is_awaited: bool,
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
    let answer = if is_awaited {
        shared.threads.in_front(work).await
    } else {
        shared.threads.behind(work).await
    };
    answer.unwrap_or_else(cut_off)
}

/// The other threads did not finish it.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it is handed to unwrap_or_else"
)]
fn cut_off<T>(error: anyhow::Error) -> Result<T, Error> {
    Err(Error::InternalError(Some(format!("{error:#}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_of_private_addresses_lead_nowhere_when_users_address() {
        let look_up = async |is_public: bool| {
            let mut resolver = Resolver {
                names: GaiResolver::new(),
                is_public,
            };
            let name: Name = "localhost".parse().unwrap();
            resolver.call(name).await.map(Iterator::count)
        };
        assert!(look_up(false).await.is_ok_and(|count| count > 0));
        assert!(look_up(true).await.is_err());
    }
}
