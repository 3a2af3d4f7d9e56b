//! Reading originals into memory.

use edge_http::{App, consumer::Failure};
use edge_platform::{ByteRange, ObjectError};
use futures::TryStreamExt;

use crate::rules::LARGEST;

/// A whole object. Errors: it is missing (final), or too large for this isolate (companion).
pub async fn whole(app: &App, key: &str) -> Result<Vec<u8>, Failure> {
    let object = app.objects.get(key, None).await?;
    let object = object.ok_or_else(|| Failure::Final(format!("{key} is missing")))?;
    let size = object.meta.size;
    if size > LARGEST {
        return Err(Failure::Companion(format!(
            "a file of {size} bytes does not fit the memory of an edge worker"
        )));
    }
    collect(object.body.into_stream(), size).await
}

/// The first `length` bytes of an object, or all of it when it is shorter; empty when there is none.
pub async fn head(app: &App, key: &str, length: u64) -> Result<Vec<u8>, Failure> {
    let range = ByteRange::FromTo {
        first: 0,
        last: Some(length.saturating_sub(1)),
    };
    match app.objects.get(key, Some(range)).await {
        Ok(Some(object)) => {
            let (_, size) = object.range;
            collect(object.body.into_stream(), size).await
        }
        // An empty object has no first byte.
        Ok(None) | Err(ObjectError::Range) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// Collects into memory of exactly the right size: growing by doubling would need it twice.
async fn collect(mut body: edge_platform::ByteStream, size: u64) -> Result<Vec<u8>, Failure> {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let mut bytes = Vec::with_capacity(size);
    while let Some(chunk) = body.try_next().await? {
        bytes.extend_from_slice(&chunk);
    }
    if bytes.len() != size {
        return Err(Failure::Passing(format!(
            "{} of {size} bytes were read",
            bytes.len()
        )));
    }
    Ok(bytes)
}
