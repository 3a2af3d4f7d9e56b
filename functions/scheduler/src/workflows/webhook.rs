//! Sends the data of an asset to another server (api/workflows.md section 4).

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use edge_http::consumer::Failure;
use edge_platform::Limits;
use http::{HeaderName, HeaderValue, Method, Request, Uri, header};
use serde_json::{Map, Value, json};

use super::{Context, Outcome, Reason, target, text};

/// A server has so long to answer, and at most so much is read of its answer, which does not matter.
const LIMITS: Limits = Limits {
    timeout: Duration::from_secs(10),
    bytes: 64 * 1024,
};

/// Redirects that are followed.
const REDIRECTS: usize = 3;

/// Headers that say where a request goes and where it ends: not for users to set.
const FRAMING: [&str; 7] = [
    "connection",
    "content-length",
    "host",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Variable that, when it is `true`, lets webhooks go to private addresses.
const PRIVATE: &str = "webhook_private_addresses";

/// What is sent where.
struct Hook {
    address: Uri,
    method: Method,
    header: Option<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl Context<'_> {
    /// Any answer will do; the run fails only when there is none.
    pub(super) async fn webhook(&self, config: &Map<String, Value>) -> Result<Outcome, Failure> {
        let may_be_private = self.app.variables.get(PRIVATE).await.as_deref() == Some("true");
        let mut hook = self.hook(config).map_err(Failure::Final)?;
        for _ in 0..=REDIRECTS {
            if let Some(reason) = target::refused(&hook.address, may_be_private) {
                return Err(Failure::Final(reason.to_owned()));
            }
            let request = hook.request().map_err(Failure::Final)?;
            match self.app.fetch(request, LIMITS).await {
                Ok(answer) => {
                    let place = answer.headers().get(header::LOCATION);
                    let Some(next) = hook.redirected(answer.status().as_u16(), place) else {
                        return Ok(Outcome::On);
                    };
                    hook = next;
                }
                // Somebody was there.
                Err(edge_platform::HttpError::TooLarge(_)) => return Ok(Outcome::On),
                Err(error) => return Err(Failure::Final(error.to_string())),
            }
        }
        Err(Failure::Final("too many redirects".to_owned()))
    }

    fn hook(&self, config: &Map<String, Value>) -> Result<Hook, Reason> {
        let address = text(config, "url").ok_or("url is missing")?;
        let address: Uri = address.parse().map_err(|error| format!("url: {error}"))?;
        let method = match text(config, "method") {
            None | Some("POST") => Method::POST,
            Some("PUT") => Method::PUT,
            Some(other) => return Err(format!("method {other} is not POST or PUT")),
        };
        let header = text(config, "headerName").zip(text(config, "headerValue"));
        let header = header.map(|(name, value)| {
            let name: HeaderName = name
                .parse()
                .map_err(|error| format!("headerName: {error}"))?;
            if FRAMING.contains(&name.as_str()) {
                return Err(format!("headerName: {name} is not for workflows to set"));
            }
            let value = value
                .parse()
                .map_err(|error| format!("headerValue: {error}"))?;
            Ok::<_, Reason>((name, value))
        });
        Ok(Hook {
            address,
            method,
            header: header.transpose()?,
            body: self.data().to_string().into(),
        })
    }

    /// The body.
    fn data(&self) -> Value {
        let mut asset = json!(self.asset);
        let checksum = STANDARD.decode(&self.asset.checksum).unwrap_or_default();
        asset["checksum"] = json!({ "type": "Buffer", "data": checksum });
        json!({ "type": "AssetV1", "trigger": self.run.trigger, "data": { "asset": asset } })
    }
}

impl Hook {
    fn request(&self) -> Result<Request<Bytes>, Reason> {
        if !matches!(self.address.scheme_str(), Some("http" | "https"))
            || self.address.host().is_none()
        {
            return Err("url: only http and https".to_owned());
        }
        let mut request = Request::builder()
            .method(&self.method)
            .uri(&self.address)
            .body(self.body.clone())
            .map_err(|error| error.to_string())?;
        let headers = request.headers_mut();
        if let Some((name, value)) = &self.header {
            headers.insert(name.clone(), value.clone());
        }
        if self.method != Method::GET {
            let json = HeaderValue::from_static("application/json");
            headers.insert(header::CONTENT_TYPE, json);
        }
        Ok(request)
    }

    /// The request that an answer leads to, as browsers make it. The configured header stays with the server that it is for.
    fn redirected(&self, status: u16, place: Option<&HeaderValue>) -> Option<Self> {
        let place = place?.to_str().ok()?;
        let address = if place.starts_with('/') && !place.starts_with("//") {
            let mut parts = self.address.clone().into_parts();
            parts.path_and_query = Some(place.parse().ok()?);
            Uri::from_parts(parts).ok()?
        } else {
            place.parse().ok()?
        };
        let is_same = address.scheme() == self.address.scheme()
            && address.authority() == self.address.authority();
        let header = self.header.clone().filter(|_| is_same);
        let (method, body) = match status {
            307 | 308 => (self.method.clone(), self.body.clone()),
            301..=303 => (Method::GET, Bytes::new()),
            _ => return None,
        };
        Some(Self {
            address,
            method,
            header,
            body,
        })
    }
}
