//! What guests did by requests of their own: saying the password, and adding what they had uploaded.

use std::collections::HashSet;

use edge_http::{App, Error, Result};
use http::{HeaderValue, Method, header};
use serde_json::{Value, json};

use super::{Changed, aside};
use crate::{
    call::{Answer, Call},
    old,
};

/// `GET /shared-links/me?password=`: the password is said where it is said today, and the cookie for it goes to the client.
pub async fn with_password(app: &App, call: Call) -> Result<Changed> {
    let password = call.asked("password").unwrap_or_default().to_owned();
    let mut call = call.without("password").without("token");
    let login = call.aside(Method::POST, "shared-links/login");
    let (parts, link) = match login.ask(app, &json!({ "password": password })).await? {
        Answer::Json(parts, link) if parts.status.is_success() => (parts, link),
        refused => return Ok(Changed::Answered(refused.into_response())),
    };
    let cookies: Vec<&str> = parts
        .headers
        .get_all(header::SET_COOKIE)
        .iter()
        .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
        .collect();
    let known = call.headers.get(header::COOKIE);
    let known = known
        .and_then(|cookie| cookie.to_str().ok())
        .map(str::to_owned);
    let all: Vec<&str> = known.as_deref().into_iter().chain(cookies).collect();
    let all = HeaderValue::from_str(&all.join("; ")).map_err(Error::internal)?;
    call.headers.insert(header::COOKIE, all);
    let answer = match call.clone().ask(app, &Value::Null).await? {
        Answer::Json(mut head, found) => {
            for cookie in parts.headers.get_all(header::SET_COOKIE) {
                head.headers.append(header::SET_COOKIE, cookie.clone());
            }
            // Some links say it all at once.
            let found = if head.status.is_success() {
                found
            } else {
                link
            };
            Answer::Json(head, found)
        }
        other @ Answer::Other(_) => other,
    };
    Ok(Changed::Answered(old::answer(app, &call, answer).await?))
}

/// Guests added what they had uploaded; today that happens when they upload it. So what the link shows is there already, and
/// everything else is not theirs to add.
pub async fn add(app: &App, call: &Call, sent: &Value) -> Result<Changed> {
    let link = match aside(app, call, Method::GET, "shared-links/me", &Value::Null).await? {
        Ok(link) => link,
        Err(refused) => return Ok(Changed::Answered(refused.into_response())),
    };
    if link["allowUpload"] != true {
        return Err(Error::forbidden("Forbidden"));
    }
    let names = ["ids", "assetIds"];
    let ids = names.iter().find_map(|name| sent[*name].as_array());
    let ids: Vec<&str> = ids
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let shown = shown(app, call, &link, &ids).await?;
    let answer: Value = if call.path().as_slice() == ["albums", "assets"] {
        let is_there = ids.iter().all(|id| shown.contains(*id));
        json!({ "success": false, "error": if is_there { "duplicate" } else { "no_permission" } })
    } else {
        let name = if call.path().first() == Some(&"shared-links") {
            "assetId"
        } else {
            "id"
        };
        let each = ids.iter().map(|id| {
            let error = if shown.contains(*id) {
                "duplicate"
            } else {
                "no_permission"
            };
            json!({ name: id, "success": false, "error": error })
        });
        each.collect()
    };
    let head = http::Response::builder().header(header::CONTENT_TYPE, "application/json");
    let (head, ()) = head.body(()).map_err(Error::internal)?.into_parts();
    Ok(Changed::Answered(
        Answer::Json(Box::new(head), answer).into_response(),
    ))
}

/// Most assets that one request is asked about one by one: a batch of uploads.
const MOST: usize = 50;

/// Which of these assets the link shows.
async fn shown(app: &App, call: &Call, link: &Value, ids: &[&str]) -> Result<HashSet<String>> {
    if link["type"] != "ALBUM" {
        let assets = link["assets"].as_array().into_iter().flatten();
        return Ok(assets
            .filter_map(|asset| Some(asset["id"].as_str()?.to_owned()))
            .collect());
    }
    if ids.len() > MOST {
        return Err(Error::bad_request(format!(
            "At most {MOST} assets at a time can be added through a shared link"
        )));
    }
    let mut shown = HashSet::new();
    for id in ids {
        let is_id = id
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        let path = format!("assets/{id}");
        if is_id
            && aside(app, call, Method::GET, &path, &Value::Null)
                .await?
                .is_ok()
        {
            shown.insert((*id).to_owned());
        }
    }
    Ok(shown)
}
