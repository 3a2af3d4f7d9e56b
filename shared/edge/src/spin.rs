//! Entry glue of Spin components, once for all areas.

use std::sync::{Arc, OnceLock};

use axum::{Router, body::Body, response::IntoResponse};
use edge_platform::{
    Areas,
    spin::{
        Components, Invocation, NativeBody, Ports,
        spin_sdk::{
            self,
            wasip3::{
                http::types::{
                    ErrorCode, Fields, Method, Request as HostRequest, Response as HostResponse,
                },
                http_compat::BodyWriter,
                spawn, wit_future,
            },
        },
        variable,
    },
};
use http::{HeaderName, HeaderValue, Request, header};

use crate::{
    App, Error, Native, Route,
    rest::{PATIENCE, Rest, take_in},
    serve,
};

/// Where Spin puts the address and port of the client.
const CLIENT_ADDRESS: HeaderName = HeaderName::from_static("spin-client-addr");
/// Where handlers look for the client's address. Whatever the client itself put there is removed.
const ADDRESS: HeaderName = HeaderName::from_static("cf-connecting-ip");

/// What an instance keeps between requests. No user data lives here.
static APP: OnceLock<App> = OnceLock::new();
static ROUTER: OnceLock<Router> = OnceLock::new();

/// The ports as spin.toml grants them to this component. An instance serves one kind of invocation only.
pub(crate) async fn app(invocation: Invocation) -> &'static App {
    if let Some(app) = APP.get() {
        return app;
    }
    let ports = Ports::load(invocation).await;
    let trusted = variable("trusted_proxies").await;
    APP.get_or_init(|| {
        App::new(
            ports.db,
            ports.objects,
            ports.queue,
            ports.clock,
            ports.random,
        )
        .with_realtime(ports.realtime)
        .with_variables(ports.variables)
        .with_http(ports.http)
        .with_siblings(ports.siblings)
        .trusting(&trusted)
    })
}

/// No way to the components that answer clients.
pub fn alone() -> Option<Arc<dyn Areas>> {
    None
}

/// The components that answer clients, by service chaining.
pub fn among() -> Option<Arc<dyn Areas>> {
    Some(Arc::new(Components))
}

/// Answers one request of an area, which is [`alone`] or [`among`] others.
///
/// # Errors
/// Only what the host cannot turn into an answer.
pub async fn serve(
    table: &'static [Route],
    routes: fn() -> Router<App>,
    areas: fn() -> Option<Arc<dyn Areas>>,
    request: HostRequest,
) -> Result<HostResponse, ErrorCode> {
    let app = app(Invocation::Request).await;
    let is_head = matches!(request.get_method(), Method::Head);
    let mut response = match from_host(request) {
        Ok(request) => {
            let router = ROUTER.get_or_init(|| {
                let app = app.clone().with_areas(areas());
                serve::router(routes(), app)
            });
            let (head, body) = request.into_parts();
            let (body, rest) = Rest::of(body);
            let request = Request::from_parts(head, body);
            let response = serve::handle(table, router.clone(), &*app.random, request).await;
            take_in(rest, &response, spin_sdk::time::sleep(PATIENCE)).await;
            response
        }
        Err(error) => {
            serve::log(&format!("malformed request: {error}"));
            Error::bad_request("Bad Request").into_response()
        }
    };
    if is_head {
        // axum has taken the body out already, if it was not the host's own.
        drop(response.extensions_mut().remove::<Native>());
    }
    to_host(response)
}

/// Answers one request with what `answer` makes of it, without database or store: for a component that only serves files.
///
/// # Errors
/// Only what the host cannot turn into an answer.
pub fn serve_files(
    request: HostRequest,
    answer: impl Fn(&Request<Body>) -> crate::Response,
) -> Result<HostResponse, ErrorCode> {
    to_host(match from_host(request) {
        Ok(request) => answer(&request),
        Err(error) => {
            serve::log(&format!("malformed request: {error}"));
            Error::bad_request("Bad Request").into_response()
        }
    })
}

/// A request as handlers know it.
pub(crate) fn from_host(request: HostRequest) -> Result<Request<Body>, http::Error> {
    let path = request.get_path_with_query();
    let authority = request.get_authority();
    let method = http::Method::try_from(request.get_method())?;
    let mut builder = Request::builder()
        .method(method.clone())
        .uri(path.as_deref().unwrap_or("/"));
    for (name, value) in request.get_headers().copy_all() {
        builder = builder.header(name, value);
    }
    let mut length = None;
    if let Some(headers) = builder.headers_mut() {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        length = text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
        let address = text(CLIENT_ADDRESS).and_then(|address| address.parse().ok());
        let address = address.map(|address: std::net::SocketAddr| address.ip().to_string());
        headers.remove(ADDRESS);
        // Hosts say it beside the headers (WASI HTTP); handlers look for it there, as they do on Workers.
        if let Some(Ok(authority)) = authority.as_deref().map(HeaderValue::from_str) {
            headers.entry(header::HOST).or_insert(authority);
        }
        if let Some(Ok(address)) = address.as_deref().map(HeaderValue::from_str) {
            headers.insert(ADDRESS, address);
        }
    }
    // What comes with these means nothing (RFC 9110 sections 9.3.1 and 9.3.2), and to ask the host for it takes its time.
    builder.body(
        if matches!(method, http::Method::GET | http::Method::HEAD) {
            Body::empty()
        } else {
            Body::from_stream(NativeBody::of_request(request, length).into_stream())
        },
    )
}

/// Hands an answer to the host; an object's bytes go on without passing through our memory.
pub(crate) fn to_host(mut response: crate::Response) -> Result<HostResponse, ErrorCode> {
    let native = response
        .extensions_mut()
        .remove::<Native>()
        .and_then(|native| native.take());
    let (parts, mut body) = response.into_parts();
    let headers = Fields::try_from(parts.headers)
        .map_err(|error| ErrorCode::InternalError(Some(error.to_string())))?;
    let (host, _sent) = if let Some(native) = native {
        let (contents, end) = native.into_inner();
        HostResponse::new(headers, Some(contents), end)
    } else if http_body::Body::is_end_stream(&body) {
        let (_end, told) = wit_future::new(|| Ok(None));
        HostResponse::new(headers, None, told)
    } else {
        let (writer, contents, end) = BodyWriter::new();
        spawn(async move {
            if let Err(error) = writer.send_http_body(&mut body).await {
                serve::log(&format!("answer: {error}"));
            }
        });
        HostResponse::new(headers, Some(contents), end)
    };
    host.set_status_code(parts.status.as_u16())
        .map_err(|()| ErrorCode::InternalError(None))?;
    Ok(host)
}
