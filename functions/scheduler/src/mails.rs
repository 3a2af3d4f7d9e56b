//! Mails to users (api/admin.md section 8). A mail server that is away for some minutes loses none: the job is tried again.

use std::sync::Arc;

use edge_api::{config::SystemConfig, preferences::Preferences};
use edge_http::{
    App,
    consumer::{Done, Failure},
    mail::{Mail, Post},
};
use edge_mail::{Address, MailError};
use edge_store::{
    jobs::Job,
    mails::{self, Recipient},
};

use crate::deletion::settings;

/// Largest picture that a mail brings along, bytes; thumbnails have a tenth of it.
const PICTURE: usize = 512 * 1024;

/// `NotifyUserSignup`: welcomes a new account.
pub async fn welcome(app: &App, job: &Job) -> Result<Done, Failure> {
    let Some(recipient) = recipient(app, text(job, "id")?).await? else {
        return Ok(Done::nothing());
    };
    let mail = Mail::Welcome {
        display_name: &recipient.name,
        username: &recipient.email,
        password: job.text("password").unwrap_or_default(),
    };
    send(app, &recipient, &mail, None).await
}

/// `NotifyAlbumInvite`: tells a new member, if they are still one, want to know, and were not told the same day.
pub async fn invite(app: &App, job: &Job) -> Result<Done, Failure> {
    let (album_id, user_id) = (text(job, "id")?, text(job, "recipientId")?);
    let Some(recipient) = wanting(app, user_id, "albumInvite").await? else {
        return Ok(Done::nothing());
    };
    let Some(album) = mails::album(app.db(), album_id, user_id).await? else {
        return Ok(Done::nothing());
    };
    if mails::is_invited_again(app.db(), album_id, user_id, app.now()).await? {
        return Ok(Done::nothing());
    }
    let sender = recipient_name(app, job.text("senderId").unwrap_or_default()).await?;
    let mail = Mail::AlbumInvite {
        album_name: &album.name,
        album_id,
        sender_name: &sender,
        recipient_name: &recipient.name,
    };
    send(app, &recipient, &mail, album.thumbnail).await
}

/// `NotifyAlbumUpdate`: tells a member of new content, if they are still one and want to know.
pub async fn update(app: &App, job: &Job) -> Result<Done, Failure> {
    let (album_id, user_id) = (text(job, "id")?, text(job, "recipientId")?);
    let Some(recipient) = wanting(app, user_id, "albumUpdate").await? else {
        return Ok(Done::nothing());
    };
    let Some(album) = mails::album(app.db(), album_id, user_id).await? else {
        return Ok(Done::nothing());
    };
    let mail = Mail::AlbumUpdate {
        album_name: &album.name,
        album_id,
        recipient_name: &recipient.name,
    };
    send(app, &recipient, &mail, album.thumbnail).await
}

fn text<'a>(job: &'a Job, field: &str) -> Result<&'a str, Failure> {
    let found = job.text(field);
    found.ok_or_else(|| Failure::Final(format!("payload without {field}")))
}

async fn recipient(app: &App, user_id: &str) -> Result<Option<Recipient>, Failure> {
    Ok(mails::recipient(app.db(), user_id).await?)
}

async fn recipient_name(app: &App, user_id: &str) -> Result<String, Failure> {
    let found = recipient(app, user_id).await?;
    Ok(found.map(|sender| sender.name).unwrap_or_default())
}

/// The recipient, if they want mails of this kind.
async fn wanting(app: &App, user_id: &str, kind: &str) -> Result<Option<Recipient>, Failure> {
    let wants = |preferences: &Preferences| {
        let flag = |key: &str| preferences.flag(&["/emailNotifications/", key].concat());
        flag("enabled") && flag(kind)
    };
    let found = recipient(app, user_id).await?;
    Ok(found.filter(|recipient| wants(&recipient.preferences)))
}

async fn send(
    app: &App,
    recipient: &Recipient,
    mail: &Mail<'_>,
    thumbnail: Option<(String, String)>,
) -> Result<Done, Failure> {
    let mut settings = settings(app).await?;
    if !Post::is_on(&settings) {
        // Mails are given up only by what is stored now: this isolate may remember what was before they were switched on.
        settings = stored(app).await?;
    }
    if !Post::is_on(&settings) {
        return Ok(Done::nothing());
    }
    let post = Post::new(&settings).map_err(failed)?;
    let to = Address::parse(&recipient.email).map_err(failed)?;
    let to = to.named(&recipient.name);
    let picture = picture(app, thumbnail).await?;
    let picture = picture
        .as_ref()
        .map(|(kind, bytes)| (kind.as_str(), bytes.as_slice()));
    let template = settings.text(mail.template_key());
    let sent = post.send(app, &to, mail, template, picture).await;
    sent.map_err(failed)?;
    Ok(Done::nothing())
}

async fn stored(app: &App) -> Result<Arc<SystemConfig>, Failure> {
    let stored = app.stored_settings().await;
    let stored = stored.map_err(|error| Failure::Passing(format!("settings: {error:?}")))?;
    let stored = Arc::new(stored);
    app.keep_settings(stored.clone());
    Ok(stored)
}

/// Media type and bytes of the picture; none when it is gone or large.
async fn picture(
    app: &App,
    thumbnail: Option<(String, String)>,
) -> Result<Option<(String, Vec<u8>)>, Failure> {
    let Some((key, mime_type)) = thumbnail else {
        return Ok(None);
    };
    let Some(object) = app.objects.get(&key, None).await? else {
        return Ok(None);
    };
    if object.meta.size > PICTURE as u64 {
        return Ok(None);
    }
    let bytes = object.body.collect(PICTURE).await?;
    Ok(Some((mime_type, bytes.to_vec())))
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn failed(error: MailError) -> Failure {
    if error.is_passing() {
        Failure::Passing(error.to_string())
    } else {
        Failure::Final(error.to_string())
    }
}
