//! What the integrity checks found (api/admin.md section 4). One round trip each.

use axum::{Json, body::Body, extract::State};
use bytes::Bytes;
use edge_api::{
    enums::IntegrityReport,
    input::{from_path_enum, from_path_v7},
    maintenance::{IntegrityItem, IntegrityPage, IntegrityQuery, IntegritySummary},
    permission::perm,
};
use edge_http::{
    App, Error, Guard, Response, Result, ValidQuery,
    extract::Params,
    integrity::resolve,
    media::{Delivery, deliver},
};
use edge_platform::{DbError, Rows};
use edge_store::integrity;
use futures::{Stream, stream};
use http::{HeaderMap, HeaderValue, StatusCode, header};

type Admin = perm::Admin<perm::Maintenance>;

/// Findings of a type, a page of them (`getIntegrityReport`).
pub async fn page(
    guard: Guard<Admin>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<IntegrityQuery>,
) -> Result<Json<IntegrityPage>> {
    let page = integrity::page(query.kind, query.cursor.as_deref(), integrity::PAGE + 1);
    let (_, answers) = guard.admit(&app, vec![page]).await?;
    let mut items = read(answers.first())?;
    let next = (items.len() > integrity::PAGE)
        .then(|| items.pop())
        .flatten();
    let next_cursor = next.map(|item| item.id);
    Ok(Json(IntegrityPage { items, next_cursor }))
}

fn read(rows: Option<&Rows>) -> Result<Vec<IntegrityItem>> {
    Ok(rows.map(integrity::items).transpose()?.unwrap_or_default())
}

/// How many there are of each type (`getIntegrityReportSummary`).
pub async fn summary(
    guard: Guard<Admin>,
    State(app): State<App>,
) -> Result<Json<IntegritySummary>> {
    let (_, answers) = guard.admit(&app, vec![integrity::summary()]).await?;
    let rows = answers.first();
    let summary = rows.map(integrity::read_summary).transpose()?;
    Ok(Json(summary.unwrap_or_default()))
}

/// Puts right what a finding is about (`deleteIntegrityReport`).
pub async fn delete(
    guard: Guard<Admin>,
    State(app): State<App>,
    params: Params,
) -> Result<StatusCode> {
    let id = from_path_v7("id", params.text("id"))?;
    let (auth, answers) = guard.admit(&app, vec![integrity::find(&id)]).await?;
    let items = read(answers.first())?;
    if items.is_empty() {
        // 500 in the contract; the caller's mistake is told as one here.
        return Err(Error::bad_request("Failed to delete integrity report"));
    }
    resolve(&app, &items, Some(&auth.user_id)).await?;
    Ok(StatusCode::OK)
}

/// The object that a finding is about (`getIntegrityReportFile`).
pub async fn file(
    guard: Guard<Admin>,
    State(app): State<App>,
    headers: HeaderMap,
    params: Params,
) -> Result<Response> {
    let id = from_path_v7("id", params.text("id"))?;
    let (_, answers) = guard.admit(&app, vec![integrity::find(&id)]).await?;
    let items = read(answers.first())?;
    let missing = "Not Found";
    let item = items.first().ok_or_else(|| Error::not_found(missing))?;
    let name = item.path.rsplit('/').next().unwrap_or(&item.path);
    let what = Delivery {
        key: &item.path,
        content_type: "application/octet-stream",
        file_name: Some(name.to_owned()),
        cache: Some(CACHE),
        missing,
    };
    deliver(&app, &headers, what).await
}

/// Neither kept nor packed on the way.
const CACHE: &str = "private, no-cache, no-transform";

/// Rows of one page of a table.
const ROWS: usize = 1_000;

/// All findings of a type as a table, sent page by page (`getIntegrityReportCsv`).
pub async fn csv(guard: Guard<Admin>, State(app): State<App>, params: Params) -> Result<Response> {
    let kind: IntegrityReport = from_path_enum("type", params.text("type"))?;
    let first = integrity::page(kind, None, ROWS + 1);
    let (_, answers) = guard.admit(&app, vec![first]).await?;
    let items = read(answers.first())?;
    let name = format!("attachment; filename=\"{}-{kind}.csv\"", app.now());
    let mut response = Response::new(Body::from_stream(lines(app, kind, items)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE));
    headers.insert(
        header::CONTENT_DISPOSITION,
        name.parse().map_err(Error::internal)?,
    );
    Ok(response)
}

/// The table: a line of names, then the pages, of which the first is here.
fn lines(
    app: App,
    kind: IntegrityReport,
    first: Vec<IntegrityItem>,
) -> impl Stream<Item = std::result::Result<Bytes, DbError>> {
    let state = (Some(first), "id,type,assetId,fileAssetId,path\n".to_owned());
    stream::try_unfold(state, move |(items, mut text)| {
        let app = app.clone();
        async move {
            let Some(mut items) = items else {
                return Ok(None);
            };
            let next = (items.len() > ROWS).then(|| items.pop()).flatten();
            text.extend(items.iter().map(line));
            let following = match next {
                Some(next) => {
                    let page = integrity::page(kind, Some(&next.id), ROWS + 1);
                    Some(integrity::items(&app.db().run(page).await?)?)
                }
                None => None,
            };
            Ok(Some((Bytes::from(text), (following, String::new()))))
        }
    })
}

fn line(item: &IntegrityItem) -> String {
    let or_null = |id: &Option<String>| id.clone().unwrap_or_else(|| "null".to_owned());
    format!(
        "{},{},{},{},\"{}\"\n",
        item.id,
        item.kind,
        or_null(&item.asset_id),
        or_null(&item.file_asset_id),
        item.path.replace('"', "\"\"")
    )
}
