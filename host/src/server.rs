//! The HTTP server in front of an application.
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use http::header::HOST;
use http::{HeaderValue, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1::UpgradeableConnection;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use wasmtime_wasi_http::handler::InstantiationError;
use wasmtime_wasi_http::{Error, WasiBody};

use crate::app::{App, Permit};
use crate::{generation, log, realtime};

/// Where the host itself answers: what it has measured.
pub const STATS: &str = "/.well-known/edge-host";
/// How long connections may take to end when the host stops.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves until `stop` is ready; then finishes what is being answered.
pub async fn serve(app: Arc<App>, listener: TcpListener, stop: impl Future<Output = ()>) {
    accept(listener, stop, |stream, client| {
        let app = app.clone();
        let service = service_fn(move |request| {
            let app = app.clone();
            async move { Ok::<_, Infallible>(answer(&app, request, client).await) }
        });
        hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades()
    })
    .await;
}

/// A connection that can be told to finish what it is answering, and then end.
pub(crate) trait Connection: Future<Output = hyper::Result<()>> + Send + 'static {
    /// Tells it so.
    fn finish(self: Pin<&mut Self>);
}

impl<S, B> Connection for UpgradeableConnection<TokioIo<TcpStream>, S>
where
    S: HttpService<Incoming, ResBody = B> + Send + 'static,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    S::Future: Send,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn finish(self: Pin<&mut Self>) {
        self.graceful_shutdown();
    }
}

/// Accepts connections until `stop` is ready, and lets those that are in use finish.
pub(crate) async fn accept<C: Connection>(
    listener: TcpListener,
    stop: impl Future<Output = ()>,
    serve: impl Fn(TcpStream, SocketAddr) -> C,
) {
    // Every connection holds a receiver: what is sent tells them to finish, and when all are gone they have.
    let (stopping, stopped) = watch::channel(());
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, client) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Too many open files, most likely: others have to end first.
                log::say(&format!("accept: {error}"));
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        drop(stream.set_nodelay(true));
        tokio::spawn(run(serve(stream, client), stopped.clone()));
    }
    drop(stopped);
    stopping.send_replace(());
    drop(tokio::time::timeout(PATIENCE, stopping.closed()).await);
}

/// Answers what comes over a connection, until it ends or has to.
async fn run(connection: impl Connection, mut stopped: watch::Receiver<()>) {
    let mut connection = std::pin::pin!(connection);
    // A client that goes away in the middle is no matter.
    tokio::select! {
        ended = connection.as_mut() => return drop(ended),
        _ = stopped.changed() => connection.as_mut().finish(),
    }
    drop(connection.await);
}

async fn answer(
    app: &App,
    mut request: Request<Incoming>,
    client: SocketAddr,
) -> Response<WasiBody> {
    request.headers_mut().remove(realtime::ASKS);
    if request.uri().path() == STATS {
        return stats(app);
    }
    if realtime::is_socket(&request) {
        return realtime::connect(app, request, client)
            .await
            .unwrap_or_else(|error| words(StatusCode::BAD_REQUEST, &format!("{error:#}")));
    }
    if app.component(generation::LEGACY).is_some() {
        generation::send_below(&mut request);
    }
    ask(app, request, client).await
}

/// The answer of the component that a route leads to.
pub(crate) async fn ask(
    app: &App,
    request: Request<Incoming>,
    client: SocketAddr,
) -> Response<WasiBody> {
    let Some(handler) = app.find(request.uri().path()) else {
        return words(StatusCode::NOT_FOUND, "");
    };
    let is_upload = generation::is_upload(request.method(), request.uri().path());
    let _arrival = is_upload.then(|| app.arrival());
    let request = match prepared(request, client) {
        Ok(request) => request,
        Err(error) => return words(StatusCode::BAD_REQUEST, &format!("{error:#}")),
    };
    let permit = app.permit().await;
    match handler.handle(permit, request).await {
        Ok(answer) => answer,
        Err(error) => {
            let component = handler.state().name();
            log::say(&format!("{component}: no answer: {error:#}"));
            let is_full = error.is::<InstantiationError<Permit>>();
            let status = if is_full {
                StatusCode::SERVICE_UNAVAILABLE
            } else {
                StatusCode::INTERNAL_SERVER_ERROR
            };
            words(status, "")
        }
    }
}

/// The request as the guest sees it: with the authority of its `host` header, and Spin's own headers.
fn prepared(request: Request<Incoming>, client: SocketAddr) -> Result<Request<WasiBody>> {
    let (mut parts, body) = request.into_parts();
    let host = parts.headers.get(HOST).map(HeaderValue::to_str);
    let host = host.transpose()?.unwrap_or("localhost");
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let uri = Uri::builder()
        .scheme("http")
        .authority(host)
        .path_and_query(path)
        .build()
        .context("host or path")?;
    for (name, value) in [
        ("spin-full-url", uri.to_string()),
        ("spin-path-info", uri.path().to_owned()),
        ("spin-client-addr", client.to_string()),
    ] {
        parts.headers.insert(name, value.try_into()?);
    }
    parts.uri = uri;
    Ok(Request::from_parts(
        parts,
        body.map_err(Error::from).boxed_unsync(),
    ))
}

fn stats(app: &App) -> Response<WasiBody> {
    let stats = serde_json::json!({
        "loadedInMs": app.loaded_in().as_millis(),
        "instantiations": app.instantiations(),
    });
    words(StatusCode::OK, &stats.to_string())
}

fn words(status: StatusCode, text: &str) -> Response<WasiBody> {
    let body = Full::new(Bytes::from(text.to_owned()));
    let mut response = Response::new(body.map_err(Error::from).boxed_unsync());
    *response.status_mut() = status;
    response
}
