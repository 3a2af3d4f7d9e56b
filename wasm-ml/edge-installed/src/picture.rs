//! Previews as networks take them.

use bytes::Bytes;
use edge_http::{App, budget::Budget, consumer::Failure};
use edge_media::decode::Limits;
use edge_ml::picture::Picture;
use edge_preview::Refused;

/// Largest preview that is read, bytes.
const LARGEST: usize = 32 << 20;

/// The preview under a key, in sRGB. Errors: it is missing or no picture (final).
pub async fn read(app: &App, key: &str) -> Result<Picture, Failure> {
    decode(&bytes(app, key).await?)
}

/// The bytes of the preview under a key, for a service that decodes it itself. Errors: it is missing (final).
pub async fn bytes(app: &App, key: &str) -> Result<Bytes, Failure> {
    let object = app.objects.get(key, None).await?;
    let object = object.ok_or_else(|| Failure::Final(format!("{key} is missing")))?;
    Ok(object.body.collect(LARGEST).await?)
}

fn decode(bytes: &Bytes) -> Result<Picture, Failure> {
    let budget = Budget::default();
    budget.spend(bytes.len() as u64, "reading the preview")?;
    let info = edge_preview::probe(bytes).map_err(refused)?;
    let limits = Limits::here(bytes.len() as u64);
    if u64::from(info.width) * u64::from(info.height) <= limits.pixels {
        budget.spend_pixels(info.width, info.height, "decoding the preview")?;
    }
    edge_preview::decode(bytes, &info).map_err(refused)
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn refused(error: Refused) -> Failure {
    Failure::Final(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_picture_has_a_reason() {
        let failure = decode(&Bytes::from_static(b"\0\0 nothing"));
        assert!(matches!(failure, Err(Failure::Final(reason)) if !reason.is_empty()));
    }
}
