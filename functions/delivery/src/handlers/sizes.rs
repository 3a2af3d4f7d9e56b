//! Pictures in other sizes: an addition of ours, off unless the variable `transformations` is `on` (docs/transformations.md).

use axum::{Json, extract::State, response::IntoResponse};
use edge_api::{
    assets::{SignedTransform, Transform},
    id::AssetId,
    input, media_type,
    permission::{Permission, perm},
    time::Millis,
};
use edge_http::{
    App, Error, Guard, Id, Response, Result, Valid, WithLink,
    media::{self, CACHE_PRIVATE, Delivery},
    owned::check_owned,
};
use edge_platform::siblings::{self, TRANSFORM, TransformOrder, Transformed};
use edge_store::{
    assets::{
        remove::owned_count,
        transformations::{self, Made, Origin},
    },
    caller::Kind,
    objects,
};
use http::{HeaderMap, HeaderValue, header};

use super::{NO_MEDIA, shown_name};
use crate::sizes::{self, Size};

/// `on`: whoever may see a photo may ask for it in other sizes.
const SWITCH: &str = "transformations";
/// What addresses for links are signed with; without it links get no other sizes.
const SECRET: &str = "transformation_secret";

/// Whether the query of a thumbnail asks for another size, and that is possible here.
pub async fn is_asked(app: &App, query: &str) -> bool {
    sizes::is_meant(query) && is_on(app).await
}

async fn is_on(app: &App) -> bool {
    app.variables.get(SWITCH).await.as_deref() == Some("on")
}

/// A picture in another size: one round trip when it was made before.
pub async fn view(
    guard: Guard<perm::AssetView, WithLink>,
    app: &App,
    id: &AssetId,
    query: &str,
    headers: &HeaderMap,
) -> Result<Response> {
    let wanted: Transform = match input::from_query(query) {
        Ok(wanted) => wanted,
        Err(error) => {
            // Whoever may not ask at all learns that first.
            guard.admit(app, Vec::new()).await?;
            return Err(error.into());
        }
    };
    let size = Size::of(&wanted);
    let is_webp = size.is_webp(headers);
    let name = size.name(is_webp);
    let statements = transformations::find(id.as_str(), &name).into();
    let (who, rows) = guard.admit(app, statements).await?;
    let is_link = matches!(who.kind, Kind::Link(_));
    let found = transformations::read(&rows)?;
    let found = found.ok_or_else(|| Error::no_access(Permission::AssetView))?;
    if is_link {
        check_signature(app, id, &wanted, &size).await?;
    }
    let is_edited = (wanted.edited || is_link) && found.preview.edited.is_some();
    let origin = size.origin(&found, is_edited);
    let origin = origin.filter(|_| is_edited || !found.only_edited);
    let origin = origin.ok_or_else(|| Error::not_found(NO_MEDIA))?;
    let made = if is_edited {
        &found.made.edited
    } else {
        &found.made.unedited
    };
    let key = match made {
        Some((source, key)) if *source == origin.id => key.clone(),
        _ => {
            let order = New {
                id,
                owner_id: &found.owner_id,
                origin,
                name: &name,
                is_webp,
                is_edited,
            };
            make(app, &order, &size).await?
        }
    };
    let shown = shown_name(&who.caller, id, &found.file_name);
    let delivery = Delivery {
        key: &key,
        content_type: media_type::mime_type(&key),
        file_name: Some(format!(
            "{shown}_{}{}",
            size.label(),
            media_type::extension(&key)
        )),
        cache: Some(CACHE_PRIVATE),
        missing: NO_MEDIA,
    };
    let mut response = media::deliver(app, headers, delivery).await?;
    let vary = HeaderValue::from_static("accept");
    response.headers_mut().append(header::VARY, vary);
    Ok(response.into_response())
}

/// A picture that is to be made.
struct New<'a> {
    id: &'a AssetId,
    owner_id: &'a str,
    origin: &'a Origin,
    name: &'a str,
    is_webp: bool,
    is_edited: bool,
}

/// Has the picture made; its object is pending until its row is there. Gives the object's key.
async fn make(app: &App, new: &New<'_>, size: &Size) -> Result<String> {
    let New { id, origin, .. } = new;
    let target = sizes::key(new.owner_id, id.as_str(), &app.uuid(), new.is_webp);
    app.db().run(objects::register(&target, app.now())).await?;
    let order = TransformOrder {
        source: origin.path.clone(),
        orientation: origin.orientation,
        target: target.clone(),
        width: size.width,
        height: size.height,
        is_cover: size.is_cover,
        is_webp: new.is_webp,
        quality: size.quality,
    };
    let made = siblings::ask(&*app.siblings, TRANSFORM, &order).await;
    let made: Transformed = made.map_err(|error| {
        if error.is_final {
            Error::bad_request(format!(
                "The picture cannot be had in this size: {}",
                error.text
            ))
        } else {
            Error::Unavailable(error.to_string())
        }
    })?;
    let kept = Made {
        name: new.name,
        is_edited: new.is_edited,
        source_id: &origin.id,
        path: &target,
        mime_type: &made.mime_type,
        size: made.size,
    };
    let batch = transformations::keep(id.as_str(), &kept, app.now());
    app.db().batch(batch).await?;
    Ok(target)
}

/// Links have no other sizes than those that somebody signed who may make links: else every visitor could fill the bucket.
async fn check_signature(app: &App, id: &AssetId, wanted: &Transform, size: &Size) -> Result<()> {
    let refused = || Error::forbidden("The signature of this size is missing, wrong or too old");
    let secret = app.variables.get(SECRET).await.ok_or_else(refused)?;
    let is_over = wanted
        .expires
        .is_some_and(|until| until <= app.now() / 1000);
    let given = wanted.signature.as_deref().unwrap_or_default();
    let signed = sizes::signed(id.as_str(), size, wanted.edited, wanted.expires);
    if is_over || !sizes::is_signed(&secret, &signed, given) {
        return Err(refused());
    }
    Ok(())
}

/// `POST /assets/{id}/transformations`: the address of another size that visitors of links may use, too.
pub async fn sign(
    guard: Guard<perm::AssetShare>,
    State(app): State<App>,
    Id(id): Id<AssetId>,
    Valid(wanted): Valid<Transform>,
) -> Result<Json<SignedTransform>> {
    let ids = [id.as_str()];
    let (_, rows) = guard.admit(&app, vec![owned_count(&ids)]).await?;
    check_owned(rows.first(), &ids, Permission::AssetShare)?;
    let secret = app.variables.get(SECRET).await;
    let (true, Some(secret)) = (is_on(&app).await, secret) else {
        return Err(Error::bad_request("Signed transformations are not enabled"));
    };
    let size = Size::of(&wanted);
    let text = sizes::signed(id.as_str(), &size, wanted.edited, wanted.expires);
    let signature =
        sizes::sign(&secret, &text).ok_or_else(|| Error::internal("the secret is no key"))?;
    Ok(Json(SignedTransform {
        url: format!(
            "/api/assets/{id}/thumbnail?{}&signature={signature}",
            size.query(&wanted)
        ),
        expires_at: wanted
            .expires
            .map(|seconds| Millis(seconds.saturating_mul(1000))),
    }))
}
