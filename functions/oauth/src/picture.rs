//! The provider's picture of a user becomes their profile image (api/auth.md section 8).

use bytes::Bytes;
use edge_http::App;
use edge_platform::Limits;
use edge_store::{objects, users};
use http::{Request, Uri};

use crate::{identity::Identity, provider::Provider};

/// Largest picture (bytes).
const LIMIT: usize = 4 * 1024 * 1024;

/// Stores the picture that the claims name, if it lies on one of the provider's own servers: users may write that claim
/// themselves, and no request goes where they please. The key; `None` when there is none or anything goes wrong, as a login
/// succeeds without.
pub async fn adopt(
    app: &App,
    provider: &Provider,
    identity: &Identity,
    user_id: &str,
) -> Option<String> {
    let address: Uri = identity.claims.text("picture")?.parse().ok()?;
    if !provider.owns(&address) {
        return None;
    }
    let limits = Limits {
        timeout: provider.settings.timeout,
        bytes: LIMIT,
    };
    let request = Request::get(address).body(Bytes::new()).ok()?;
    let answer = app.fetch(request, limits).await.ok()?;
    let (extension, mime) = image_type(answer.body()).filter(|_| answer.status() == 200)?;
    let key = format!("profile/{user_id}/{}.{extension}", app.uuid());
    app.db()
        .run(objects::register(&key, app.now()))
        .await
        .ok()?;
    let stored = app.objects.put(&key, answer.into_body(), mime).await;
    stored.ok()?;
    let batch = users::batch_set_profile_image(user_id, &key, app.now());
    let answers = app.db().batch(batch).await.ok()?;
    answers.get(1).filter(|set| set.changed() > 0).map(|_| key)
}

/// Extension and content type by the first bytes; `None` for what browsers should not be given as an image.
fn image_type(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some(("jpg", "image/jpeg")),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(("png", "image/png")),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some(("webp", "image/webp")),
        _ => None,
    }
}
