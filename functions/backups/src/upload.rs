//! Uploaded backups: streamed into the bucket, once their beginning was looked at.

use axum::{body::Body, extract::State};
use bytes::BytesMut;
use edge_api::permission::perm;
use edge_http::{
    App, Error, Guard, Result,
    backup::{self, Damage},
    maintenance::Mode,
    part_name,
};
use edge_platform::MultipartUpload;
use http::{HeaderMap, StatusCode, header};
use multer::{Field, Multipart};

use crate::handlers::invalid;

/// Bytes of a part of the upload: one is held in memory.
const PART: usize = 8 << 20;

const CONTENT_TYPE: &str = "application/gzip";

/// Stores a backup under `uploaded-` and its name (`uploadDatabaseBackup`); one of that name is replaced. Only dumps of this kind of server
/// can be restored, so others are refused at once.
pub async fn upload(
    guard: Result<Guard<perm::Admin<perm::BackupUpload>>>,
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode> {
    Mode::admit(&app, &headers, guard).await?;
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let boundary = multer::parse_boundary(content_type).map_err(|error| broken(&error))?;
    let mut form = Multipart::new(body.into_data_stream(), boundary);
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        if field.name() == Some("file") {
            store(&app, field).await?;
            return Ok(StatusCode::CREATED);
        }
    }
    Err(Error::bad_request("No file was sent"))
}

async fn store(app: &App, mut field: Field<'_>) -> Result<()> {
    let name = part_name::file_name(field.headers()).unwrap_or_default();
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = format!("{}{name}", backup::UPLOADED);
    if !backup::is_name(&name) {
        return Err(invalid());
    }
    let key = backup::key(&name);
    let mut buffer = BytesMut::new();
    let is_small = !fill(&mut field, &mut buffer).await?;
    backup::first_line(&buffer)
        .and_then(|line| backup::is_header(&line))
        .map_err(|Damage(reason)| Error::bad_request(reason))?;
    if is_small {
        app.objects.put(&key, buffer.freeze(), CONTENT_TYPE).await?;
        return Ok(());
    }
    let mut upload = app.objects.begin(&key, CONTENT_TYPE).await?;
    match send(&mut field, buffer, upload.as_mut()).await {
        Ok(()) => Ok(upload.finish().await?),
        Err(error) => {
            upload.abort().await?;
            Err(error)
        }
    }
}

async fn send(
    field: &mut Field<'_>,
    mut buffer: BytesMut,
    upload: &mut dyn MultipartUpload,
) -> Result<()> {
    loop {
        let rest = buffer.split_off(buffer.len().min(PART));
        upload.part(buffer.freeze()).await?;
        buffer = rest;
        if !fill(field, &mut buffer).await? {
            break;
        }
    }
    if buffer.is_empty() {
        return Ok(());
    }
    Ok(upload.part(buffer.freeze()).await?)
}

/// Reads until a part is full. False: the file ends before.
async fn fill(field: &mut Field<'_>, buffer: &mut BytesMut) -> Result<bool> {
    while buffer.len() < PART {
        match field.chunk().await.map_err(|error| broken(&error))? {
            Some(chunk) => buffer.extend_from_slice(&chunk),
            None => return Ok(false),
        }
    }
    Ok(true)
}

fn broken(error: &multer::Error) -> Error {
    Error::bad_request(format!("Multipart: {error}"))
}
