//! What is asked for elsewhere today.

use axum::{
    Json,
    extract::{Request, State},
};
use bytes::Bytes;
use edge_api::{legacy::RandomQuery, perm};
use edge_http::{App, Error, Guard, Response, Result, ValidQuery};
use edge_platform::SentBody;
use http::Method;
use serde_json::{Value, json};

use crate::{
    call::{Answer, Call},
    old::AUTOMATIONS,
};

/// Longest style sheet, bytes.
const LONGEST: usize = 1024 * 1024;

/// Some assets, whichever (`getRandom`): a random search, which looks at the caller, too.
pub async fn random(
    _: Guard<perm::AssetRead>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<RandomQuery>,
    request: Request,
) -> Result<Response> {
    let (parts, _) = request.into_parts();
    let search = Call::of(&parts).aside(Method::POST, "search/random");
    let asked = json!({ "size": query.count, "withExif": true });
    Ok(search.ask(&app, &asked).await?.into_response())
}

/// What starts workflows (`getPluginTriggers`).
pub async fn triggers(
    guard: Guard<perm::PluginRead>,
    State(app): State<App>,
) -> Result<Json<Value>> {
    guard.admit(&app, Vec::new()).await?;
    let triggers = AUTOMATIONS
        .iter()
        .map(|(name, context)| json!({ "type": name, "contextType": context }));
    Ok(Json(triggers.collect()))
}

/// The style sheet of the installation (`getTheme`), which is a file of its own today.
pub async fn theme(State(app): State<App>, request: Request) -> Result<Json<Value>> {
    let (parts, _) = request.into_parts();
    let file = Call::of(&parts).outside(Method::GET, "custom.css");
    match Answer::read(file.send(&app, SentBody::Whole(Bytes::new())).await?).await? {
        Answer::Other(answer) if answer.status().is_success() => {
            let css = answer.into_body().collect(LONGEST).await?;
            let css = String::from_utf8_lossy(&css);
            Ok(Json(json!({ "customCss": css })))
        }
        other => Err(Error::Unavailable(format!(
            "custom.css: {}",
            other.status()
        ))),
    }
}
