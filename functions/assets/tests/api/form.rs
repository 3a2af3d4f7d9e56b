//! Multipart forms as clients send them.

use bytes::Bytes;
use edge_testkit::{Reply, Request, TestApp};
use futures::stream;

const BOUNDARY: &str = "----test-boundary";

/// A form being put together.
#[derive(Clone, Default)]
pub struct Form(Vec<u8>);

impl Form {
    /// An empty form.
    pub fn new() -> Self {
        Self::default()
    }

    /// The two required times.
    pub fn dated() -> Self {
        Self::new()
            .text("fileCreatedAt", "2024-03-01T10:00:00.000Z")
            .text("fileModifiedAt", "2024-03-02T10:00:00.000Z")
    }

    /// A photo with the two required times.
    pub fn photo(name: &str, content: &[u8]) -> Self {
        Self::dated().file("assetData", name, content)
    }

    /// Adds a text field.
    pub fn text(mut self, name: &str, value: &str) -> Self {
        let part = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        self.0.extend_from_slice(part.as_bytes());
        self
    }

    /// Adds a file.
    pub fn file(self, field: &str, name: &str, content: &[u8]) -> Self {
        let name = format!("filename=\"{name}\"");
        self.named(field, name.as_bytes(), content)
    }

    /// Adds a file whose name is the parameter `name` as it stands in the header.
    pub fn named(mut self, field: &str, name: &[u8], content: &[u8]) -> Self {
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; ");
        self.0.extend_from_slice(head.as_bytes());
        self.0.extend_from_slice(name);
        self.0
            .extend_from_slice(b"\r\nContent-Type: application/octet-stream\r\n\r\n");
        self.0.extend_from_slice(content);
        self.0.extend_from_slice(b"\r\n");
        self
    }

    /// The body, closed.
    pub fn bytes(mut self) -> Vec<u8> {
        self.0
            .extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        self.0
    }

    /// The body, cut off `missing` bytes before its end.
    pub fn cut(self, missing: usize) -> Vec<u8> {
        let mut bytes = self.bytes();
        bytes.truncate(bytes.len() - missing);
        bytes
    }

    /// The content type of the form.
    pub fn content_type() -> String {
        format!("multipart/form-data; boundary={BOUNDARY}")
    }

    /// `POST /assets` with this form, for adding credentials.
    pub fn request(self, app: &TestApp) -> Request<'_> {
        app.post("/api/assets")
            .body(&Self::content_type(), self.bytes())
    }

    /// As [`Form::request`], in chunks of `size` bytes; with `broken` the connection breaks at the end.
    pub fn streamed(self, app: &TestApp, size: usize, broken: bool) -> Request<'_> {
        let bytes = Bytes::from(self.bytes());
        let cut = if broken {
            bytes.len() * 2 / 3
        } else {
            bytes.len()
        };
        let mut chunks: Vec<Result<Bytes, std::io::Error>> = bytes
            .slice(..cut)
            .chunks(size)
            .map(|chunk| Ok(Bytes::copy_from_slice(chunk)))
            .collect();
        if broken {
            chunks.push(Err(std::io::ErrorKind::ConnectionReset.into()));
        }
        let body = axum::body::Body::from_stream(stream::iter(chunks));
        app.post("/api/assets").body(&Self::content_type(), body)
    }
}

/// The id of an upload that was taken.
pub fn id(reply: &Reply) -> String {
    reply.json()["id"].as_str().unwrap().to_owned()
}
