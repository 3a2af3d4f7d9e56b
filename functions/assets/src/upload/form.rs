//! The multipart form of an upload (api/assets.md section 1, api/gumnut-upload.md), read as it arrives.
//! Fields may come in any order; only a `filename` before the file decides whether the file is taken.

use axum::body::Body;
use edge_api::{enums::AssetType, input, media_type};
use edge_http::{App, Error, Result, part_name};
use http::HeaderMap;
use multer::{Field, Multipart};

use super::{
    paced::{Broken, Meter, Paced},
    spool::{PART, Spool},
};
use crate::rules;

/// Longest text field (bytes), as the official server's form parser has it.
const FIELD_LIMIT: usize = 1024 * 1024;
/// Text of all fields together (bytes).
const TEXT_LIMIT: usize = 2 * 1024 * 1024;
/// Number of text fields.
const FIELD_COUNT_LIMIT: usize = 1000;

/// Which client speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Immich: file field `assetData`.
    Immich,
    /// The snake_case one: file field `asset_data`.
    Gumnut,
}

/// The file of an upload.
pub struct File {
    /// Name to keep.
    pub name: String,
    /// Photo or video, by extension.
    pub kind: AssetType,
    /// Its bytes.
    pub spool: Spool,
}

/// What has been received so far.
pub struct Form {
    app: App,
    owner_id: String,
    may_store: bool,
    is_of_guest: bool,
    /// Id of the asset to be.
    pub id: String,
    /// Text fields in order.
    pub fields: Vec<(String, String)>,
    /// The file.
    pub file: Option<File>,
    /// The sidecar.
    pub sidecar: Option<Spool>,
    /// Told by the name of the file field.
    pub dialect: Dialect,
}

impl Form {
    /// An empty form of an upload for `owner_id`. Without `may_store` nothing goes to the object store. Of what guests send a checksum of
    /// the bytes alone is kept beside that of link and bytes (docs/security.md).
    pub fn new(app: &App, owner_id: &str, may_store: bool, is_of_guest: bool) -> Self {
        Self {
            app: app.clone(),
            owner_id: owner_id.to_owned(),
            may_store,
            is_of_guest,
            id: app.uuid(),
            fields: Vec::new(),
            file: None,
            sidecar: None,
            dialect: Dialect::Immich,
        }
    }

    /// Reads the whole body. A body that is no multipart form counts as an empty one.
    pub async fn read(&mut self, headers: &HeaderMap, body: Body) -> Result<()> {
        let content_type = headers
            .get(http::header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let boundary = match multer::parse_boundary(content_type) {
            Ok(boundary) => boundary,
            Err(multer::Error::NoBoundary) => {
                return Err(Error::bad_request("Multipart: Boundary not found"));
            }
            Err(_) => return self.check_file(),
        };
        let meter = Meter::default();
        let paced = Paced::new(body.into_data_stream(), meter.clone());
        let mut parts = Multipart::new(paced, boundary);
        while let Some(part) = parts.next_field().await.map_err(refused)? {
            meter.reset();
            self.part(part, &meter).await?;
        }
        self.check_file()
    }

    fn check_file(&self) -> Result<()> {
        if self.file.is_some() {
            return Ok(());
        }
        Err(Error::bad_request("Field(s) assetData should not be empty"))
    }

    async fn part(&mut self, part: Field<'_>, meter: &Meter) -> Result<()> {
        // Only a name of a file makes a part one; without it `assetData` is a text like any other.
        let Some(sent) = part_name::file_name(part.headers()) else {
            return self.field(part, meter).await;
        };
        match part.name().unwrap_or_default() {
            "assetData" => self.file(part, &sent, meter, Dialect::Immich).await,
            "asset_data" => self.file(part, &sent, meter, Dialect::Gumnut).await,
            "sidecarData" => self.sidecar(part, &sent, meter).await,
            _ => Err(Error::bad_request("Unexpected field")),
        }
    }

    async fn file(
        &mut self,
        mut part: Field<'_>,
        sent: &str,
        meter: &Meter,
        dialect: Dialect,
    ) -> Result<()> {
        if self.file.is_some() {
            return Err(Error::bad_request("Unexpected field"));
        }
        let sent = self.text("filename").unwrap_or(sent);
        input::check_text("filename", sent)?;
        let name = rules::file_name(sent);
        let kind = media_type::asset_type(&name)
            .ok_or_else(|| Error::bad_request(format!("Unsupported file type {name}")))?;
        let key = rules::object_key(&self.owner_id, &self.id, &media_type::extension(&name));
        let with_sha256 = dialect == Dialect::Gumnut || self.is_of_guest;
        let spool = Spool::new(&self.app, key, media_type::mime_type(&name), with_sha256);
        self.dialect = dialect;
        // Kept in `self` while it is being received, so that it can be discarded.
        let file = self.file.insert(File { name, kind, spool });
        while let Some(bytes) = part.chunk().await.map_err(refused)? {
            meter.reset();
            file.spool.write(bytes, self.may_store).await?;
        }
        if file.spool.size() == 0 {
            return Err(Error::bad_request("File is empty"));
        }
        Ok(())
    }

    async fn sidecar(&mut self, mut part: Field<'_>, sent: &str, meter: &Meter) -> Result<()> {
        if self.sidecar.is_some() {
            return Err(Error::bad_request("Unexpected field"));
        }
        let name = rules::file_name(sent);
        if !media_type::is_sidecar(&name) {
            return Err(Error::bad_request(format!("Unsupported file type {name}")));
        }
        let key = rules::object_key(&self.owner_id, &self.id, ".xmp");
        let mut spool = Spool::new(&self.app, key, media_type::mime_type(&name), false);
        while let Some(bytes) = part.chunk().await.map_err(refused)? {
            meter.reset();
            // A sidecar is a text; it never leaves memory before it is known to be wanted.
            if spool.size() + bytes.len() as u64 >= PART as u64 {
                return Err(Error::PayloadTooLarge);
            }
            spool.write(bytes, false).await?;
        }
        self.sidecar = (spool.size() > 0).then_some(spool);
        Ok(())
    }

    async fn field(&mut self, mut part: Field<'_>, meter: &Meter) -> Result<()> {
        let Some(name) = part.name().map(str::to_owned) else {
            return Err(Error::bad_request("Field name missing"));
        };
        if self.fields.len() >= FIELD_COUNT_LIMIT {
            return Err(Error::bad_request("Too many fields"));
        }
        let known: usize = self
            .fields
            .iter()
            .map(|(name, text)| name.len() + text.len())
            .sum();
        let mut text = Vec::new();
        while let Some(bytes) = part.chunk().await.map_err(refused)? {
            meter.reset();
            text.extend_from_slice(&bytes);
            if text.len() > FIELD_LIMIT || known + name.len() + text.len() > TEXT_LIMIT {
                return Err(Error::bad_request("Field value too long"));
            }
        }
        let text = String::from_utf8_lossy(&text).into_owned();
        self.fields.push((name, text));
        Ok(())
    }

    /// The last value of a text field that is not empty.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .rev()
            .find(|(field, text)| field == name && !text.is_empty())
            .map(|(_, text)| text.as_str())
    }

    /// Leaves nothing of this upload behind.
    pub async fn discard(&mut self) {
        if let Some(file) = self.file.take() {
            file.spool.discard().await;
        }
        if let Some(sidecar) = self.sidecar.take() {
            sidecar.discard().await;
        }
    }
}

/// What is wrong with the body, in the words of the official server's form parser.
#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn refused(error: multer::Error) -> Error {
    match &error {
        multer::Error::StreamReadFailed(cause) => match cause.downcast_ref::<Broken>() {
            Some(Broken::Endless) => Error::bad_request("Malformed part header"),
            _ => Error::bad_request("Request aborted"),
        },
        multer::Error::IncompleteFieldData { .. }
        | multer::Error::IncompleteHeaders
        | multer::Error::IncompleteStream => Error::bad_request("Unexpected end of form"),
        _ => Error::bad_request("Malformed part header"),
    }
}
