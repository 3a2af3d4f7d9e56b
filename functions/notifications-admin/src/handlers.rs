//! HTTP in, HTTP out.

use axum::{Json, extract::State};
use edge_api::{
    config::{SmtpUpdate, SystemConfig},
    notifications::{
        NotificationCreate, NotificationResponse, TemplatePreview, TemplateResponse,
        TestEmailResponse,
    },
    permission::perm::{Admin, All},
};
use edge_http::{
    App, Auth, Error, Guard, Result, Valid,
    extract::Params,
    mail::{self, Mail, Post},
    serve::log,
    settings,
};
use edge_mail::{Address, MailError};
use edge_platform::Rows;
use edge_store::{caller::Caller, notifications, system};
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
    let base = mail::base(&config);
    let name = params.text("name");
    let html = Mail::example(name).map(|mail| {
        let template = match body.template.as_str() {
            "" => config.text(mail.template_key()),
            own => own,
        };
        mail.html(template, base, false)
    });
    Ok(Json(TemplateResponse {
        name: name.to_owned(),
        html: html.unwrap_or_default(),
    }))
}

/// Sends a mail by the configuration in the body to the calling administrator (`sendTestEmailAdmin`). What the mail server says
/// against it is in the log, for it may hold what only its administrator should read.
pub async fn test_email(
    auth: Auth<Admin<All>>,
    State(app): State<App>,
    Valid(body): Valid<SmtpUpdate>,
) -> Result<Json<TestEmailResponse>> {
    let tried = SystemConfig::from(body);
    let stored = app.stored_settings().await?;
    let sent = send_test(&app, &auth, &tried, mail::base(&stored)).await;
    let message_id = sent.map_err(|error| {
        log(&format!("test mail: {error}"));
        Error::bad_request("Failed to verify SMTP configuration")
    })?;
    Ok(Json(TestEmailResponse { message_id }))
}

async fn send_test(
    app: &App,
    caller: &Caller,
    config: &SystemConfig,
    base: &str,
) -> std::result::Result<String, MailError> {
    let post = Post::new(config)?.at(base);
    let to = Address::parse(&caller.email)?.named(&caller.name);
    post.verify(app).await?;
    let display_name = &caller.name;
    post.send(app, &to, &Mail::Test { display_name }, "", None)
        .await
}
