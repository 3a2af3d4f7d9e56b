//! Profile images. They are stored as they come, because a decoder would make this Worker many times as
//! large: name and signature must tell a known image type, and browsers are told not to guess another.

use axum::{Json, body::Body, extract::State};
use bytes::{Bytes, BytesMut};
use edge_api::{
    enums::JobName, id::UserId, permission::perm, time::Millis, users::CreateProfileImageResponse,
};
use edge_http::{
    App, Auth, Error, Guard, Id, Response, Result,
    media::{Delivery, deliver},
    part_name,
    serve::no_content,
};
use edge_store::{
    jobs::{self, NewJob},
    objects, users,
};
use http::{HeaderMap, StatusCode, header};
use multer::{Constraints, Multipart, SizeLimit};

use super::user::first;
use crate::rules;

/// Largest profile image (bytes): it is held in memory.
const LIMIT: usize = 16 * 1024 * 1024;

/// What the form around it may take (bytes).
const FRAME: usize = 64 * 1024;

/// Sets the caller's profile image (`createProfileImage`).
pub async fn create(
    auth: Auth<perm::UserProfileImageUpdate>,
    State(app): State<App>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<CreateProfileImageResponse>)> {
    let (name, bytes) = read_file(&headers, body).await?.ok_or_else(unusable)?;
    let kind = rules::image_type(&name, &bytes).ok_or_else(unusable)?;
    let key = format!("profile/{}/{}.{}", auth.user_id, app.uuid(), kind.extension);
    app.db().run(objects::register(&key, app.now())).await?;
    app.objects.put(&key, bytes, kind.mime).await?;
    let now = app.now();
    let cleaning = NewJob::new(app.uuid(), JobName::FileDelete, serde_json::json!({}), now);
    let mut batch = users::batch_set_profile_image(&auth.user_id, &key, now);
    batch.push(jobs::insert(&cleaning, now));
    let answers = app.db().batch(batch).await?;
    if answers.get(1).is_none_or(|rows| rows.changed() == 0) {
        return Err(unusable());
    }
    app.wake(vec![cleaning.wake()]).await;
    Ok((
        StatusCode::CREATED,
        Json(CreateProfileImageResponse {
            user_id: UserId::from_trusted(auth.user_id.clone()),
            profile_image_path: key,
            profile_changed_at: Millis(now),
        }),
    ))
}

/// Removes the caller's profile image (`deleteProfileImage`).
pub async fn delete(
    auth: Auth<perm::UserProfileImageDelete>,
    State(app): State<App>,
) -> Result<Response> {
    let now = app.now();
    let cleaning = NewJob::new(app.uuid(), JobName::FileDelete, serde_json::json!({}), now);
    let mut batch = users::batch_delete_profile_image(&auth.user_id, now);
    batch.push(jobs::insert(&cleaning, now));
    let answers = app.db().batch(batch).await?;
    if answers.get(1).is_none_or(|rows| rows.changed() == 0) {
        return Err(Error::bad_request("Can't delete a missing profile Image"));
    }
    app.wake(vec![cleaning.wake()]).await;
    Ok(no_content())
}

/// The profile image of any user (`getProfileImage`).
pub async fn get(
    guard: Guard<perm::UserProfileImageRead>,
    State(app): State<App>,
    Id(id): Id<UserId>,
    headers: HeaderMap,
) -> Result<Response> {
    let (_, answers) = guard
        .admit(&app, vec![users::find_active(id.as_str())])
        .await?;
    let user = first(&answers)?;
    let missing = "User does not have a profile image";
    if user.profile_image_path.is_empty() {
        return Err(Error::not_found(missing));
    }
    let what = Delivery {
        key: &user.profile_image_path,
        content_type: rules::mime_of(&user.profile_image_path),
        file_name: None,
        cache: None,
        missing,
    };
    deliver(&app, &headers, what).await
}

/// Name and bytes of the form's field `file`; `None` when there is none.
async fn read_file(headers: &HeaderMap, body: Body) -> Result<Option<(String, Bytes)>> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let Ok(boundary) = multer::parse_boundary(content_type) else {
        return Ok(None);
    };
    // A part's header is held in memory, too, till its end.
    let whole = SizeLimit::new().whole_stream((LIMIT + FRAME) as u64);
    let constraints = Constraints::new().size_limit(whole);
    let mut form = Multipart::with_constraints(body.into_data_stream(), boundary, constraints);
    while let Some(mut field) = form.next_field().await.map_err(|error| broken(&error))? {
        if field.name() != Some("file") {
            continue;
        }
        let name = part_name::file_name(field.headers()).unwrap_or_default();
        let mut bytes = BytesMut::new();
        while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error))? {
            if bytes.len() + chunk.len() > LIMIT {
                return Err(Error::PayloadTooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        return Ok(Some((name, bytes.freeze())));
    }
    Ok(None)
}

fn broken(error: &multer::Error) -> Error {
    if matches!(error, multer::Error::StreamSizeExceeded { .. }) {
        return Error::PayloadTooLarge;
    }
    Error::bad_request(format!("Multipart: {error}"))
}

fn unusable() -> Error {
    Error::bad_request("Unable to process profile image")
}
