//! HTTP in, HTTP out.

use axum::{Json, extract::State};
use edge_api::{
    notifications::{NotificationCreate, NotificationResponse, TemplatePreview, TemplateResponse},
    permission::perm::{Admin, All},
};
use edge_http::{
    App, Auth, Error, Guard, Result, Valid,
    extract::Params,
    mail::{DEFAULT_BASE, Mail},
    settings,
};
use edge_platform::Rows;
use edge_store::{notifications, system};
use http::StatusCode;

/// Writes to one user (`createNotification`). An unknown user is 400, where 3.1.0 answers 500. Two round trips.
pub async fn create(
    _auth: Auth<Admin<All>>,
    State(app): State<App>,
    Valid(body): Valid<NotificationCreate>,
) -> Result<(StatusCode, Json<NotificationResponse>)> {
    let made = app
        .db()
        .run(notifications::insert(&app.uuid(), &body, app.now()))
        .await?;
    let row = made.first();
    let row = row.ok_or_else(|| Error::bad_request("User not found"))?;
    Ok((StatusCode::CREATED, Json(notifications::read(&row)?)))
}

/// A mail with example values, by the template in the body or else the stored one (`getNotificationTemplateAdmin`). Names that
/// are no mail have empty HTML. One round trip.
pub async fn template(
    guard: Guard<Admin<All>>,
    State(app): State<App>,
    params: Params,
    Valid(body): Valid<TemplatePreview>,
) -> Result<Json<TemplateResponse>> {
    let read = system::find_statement(system::key::SYSTEM_CONFIG);
    let (_, answers) = guard.admit(&app, vec![read]).await?;
    let stored = system::value(answers.last().unwrap_or(&Rows::default()))?;
    let config = settings::read(stored);
    let base = match config.text("/server/externalDomain") {
        "" => DEFAULT_BASE,
        own => own.trim_end_matches('/'),
    };
    let name = params.text("name");
    let html = Mail::example(name).map(|mail| {
        let template = match body.template.as_str() {
            "" => config.text(mail.template_key()),
            own => own,
        };
        mail.html(template, base)
    });
    Ok(Json(TemplateResponse {
        name: name.to_owned(),
        html: html.unwrap_or_default(),
    }))
}
