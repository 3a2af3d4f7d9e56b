//! HTTP in, HTTP out. One database round trip each: what is found and authentication together. A second one where somebody is looked
//! for whom others of the caller's cluster group know, too.

use axum::{Json, extract::State};
use edge_api::{
    assets::{AssetResponse, AssetView},
    people::PersonResponse,
    perm::{AssetRead, AssetStatistics, PersonRead},
    search::{
        ExploreField, LargeAssetSearch, MetadataSearch, PersonQuery, RandomSearch, SearchAssets,
        SearchList, SearchResponse, SearchStatistics, StatisticsSearch, SuggestionQuery,
    },
};
use edge_http::{App, Guard, Result, Valid, ValidQuery, WithLink};
use edge_platform::{Rows, Statement};
use edge_store::{
    caller::{Caller, Kind},
    search::{self, Asked, Kin, Page, Search, condition::Text, filter::contains, people, values},
};

use crate::rules;

/// A page of assets by what is known of them (`searchAssets`).
pub async fn metadata(
    guard: Guard<AssetRead, WithLink>,
    State(app): State<App>,
    Valid(body): Valid<MetadataSearch>,
) -> Result<Json<SearchResponse>> {
    let MetadataSearch {
        structured,
        filters,
        metadata,
        shape,
        order,
    } = body;
    let shown = rules::shown(&shape);
    let (mut search, asked) = rules::wanted(structured.as_ref(), &filters);
    let (page, order) = if let Some(structured) = &structured {
        (rules::page(structured, &shape), structured.order)
    } else {
        let checksum = metadata.checksum.as_deref().map(rules::checksum);
        search = search.with(&filters, &metadata, checksum.as_deref());
        let page = Page::new(shape.page, shape.size());
        (Ok(page), rules::by_capture(order))
    };
    let reads = |search: &Search| match &page {
        Ok(page) if !page.is_beyond() => search.page(page, order, shown),
        _ => Vec::new(),
    };
    let (caller, results) = find(guard, &app, &asked, &search, reads).await?;
    // Who calls is asked first.
    let page = page?;
    let mut found = search::read(&results, rules::viewer(&caller), shown)?;
    let taken = rules::cut(&mut found, &page);
    let (next_page, next_cursor) = match (taken, structured) {
        (None, _) => (None, None),
        (Some(taken), Some(_)) => (None, Some(rules::next(&page, order, &taken))),
        (Some(taken), None) => (page.next(&taken), None),
    };
    let view = |asset: AssetResponse| match &caller.kind {
        Kind::Link(link) if !link.show_metadata => AssetView::Stripped(Box::new(asset.strip())),
        _ => AssetView::Full(Box::new(asset)),
    };
    Ok(Json(SearchResponse {
        albums: SearchList::of(Vec::new()),
        assets: SearchAssets {
            list: SearchList::of(found.into_iter().map(view).collect()),
            next_page: next_page.map(|page| page.to_string()),
            next_cursor,
        },
    }))
}

/// Some assets at random (`searchRandom`).
pub async fn random(
    guard: Guard<AssetRead>,
    State(app): State<App>,
    Valid(body): Valid<RandomSearch>,
) -> Result<Json<Vec<AssetResponse>>> {
    let mut seed = [0; 8];
    app.random.fill(&mut seed);
    let shown = rules::shown(&body.shape);
    let (search, asked) = rules::wanted(body.structured.as_ref(), &body.filters);
    let (size, seed) = (body.shape.size(), u64::from_le_bytes(seed));
    let reads = |search: &Search| search.random(size, seed, shown);
    let (caller, results) = find(guard, &app, &asked, &search, reads).await?;
    let viewer = rules::viewer(&caller);
    Ok(Json(search::read(&results, viewer, shown)?))
}

/// The largest assets (`searchLargeAssets`).
pub async fn large(
    guard: Guard<AssetRead>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<LargeAssetSearch>,
) -> Result<Json<Vec<AssetResponse>>> {
    let shown = rules::shown(&query.shape);
    let smallest = query.min_file_size.unwrap_or(0);
    let (search, asked) = rules::wanted(None, &query.filters);
    let size = query.shape.size();
    let reads = |search: &Search| search.largest(size, smallest, shown);
    let (caller, results) = find(guard, &app, &asked, &search, reads).await?;
    let viewer = rules::viewer(&caller);
    Ok(Json(search::read(&results, viewer, shown)?))
}

/// How many assets there are (`searchAssetStatistics`).
pub async fn statistics(
    guard: Guard<AssetStatistics>,
    State(app): State<App>,
    Valid(body): Valid<StatisticsSearch>,
) -> Result<Json<SearchStatistics>> {
    let (mut search, asked) = rules::wanted(body.structured.as_ref(), &body.filters);
    let description = body.description.as_deref();
    if let Some(condition) = description.and_then(|part| contains(Text::Description, part)) {
        search = search.and(condition);
    }
    let reads = |search: &Search| vec![search.count()];
    let (_, results) = find(guard, &app, &asked, &search, reads).await?;
    let total = search::total(results.first())?;
    Ok(Json(SearchStatistics { total }))
}

/// Places and cameras that the timeline has (`getSearchSuggestions`).
pub async fn suggestions(
    guard: Guard<AssetRead>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<SuggestionQuery>,
) -> Result<Json<Vec<Option<String>>>> {
    let (_, results) = guard.admit(&app, vec![values::suggestions(&query)]).await?;
    let found = values::read_suggestions(&first(results))?;
    let mut found: Vec<Option<String>> = found.into_iter().map(Some).collect();
    if query.include_null == Some(true) {
        found.push(None);
    }
    Ok(Json(found))
}

/// The newest asset of each city (`getAssetsByCity`).
pub async fn cities(
    guard: Guard<AssetRead>,
    State(app): State<App>,
) -> Result<Json<Vec<AssetResponse>>> {
    let (auth, results) = guard.admit(&app, vec![values::cities()]).await?;
    let found = values::read_cities(&first(results), &auth.user_id)?;
    Ok(Json(found))
}

/// Cities, and what is new (`getExploreData`).
pub async fn explore(
    guard: Guard<AssetRead>,
    State(app): State<App>,
) -> Result<Json<Vec<ExploreField>>> {
    let (auth, results) = guard.admit(&app, values::explore()).await?;
    Ok(Json(values::read_explored(&results, &auth.user_id)?))
}

/// People by name (`searchPerson`).
pub async fn person(
    guard: Guard<PersonRead>,
    State(app): State<App>,
    ValidQuery(query): ValidQuery<PersonQuery>,
) -> Result<Json<Vec<PersonResponse>>> {
    let named = people::named(query.with_hidden == Some(true));
    let (_, results) = guard.admit(&app, vec![named]).await?;
    Ok(Json(people::read(&first(results), &query.name)?))
}

fn first(results: Vec<Rows>) -> Rows {
    results.into_iter().next().unwrap_or_default()
}

/// Admits the caller and reads for him, if he may search so: once more where others of his cluster group know whom he looks for.
async fn find<P: edge_api::RequiredPermission, L: edge_http::auth::LinkPolicy>(
    guard: Guard<P, L>,
    app: &App,
    asked: &Asked,
    search: &Search,
    reads: impl Fn(&Search) -> Vec<Statement>,
) -> Result<(Caller, Vec<Rows>)> {
    let (caller, mut results, kin) = admit(guard, app, asked, search, reads(search)).await?;
    if !kin.is_empty() && !results.is_empty() {
        let again = reads(&search.with_kin(&kin));
        results = app.run_as(&caller, again).await?;
    }
    Ok((caller, results))
}

/// Admits the caller and reads for him, if he may search so, and who of those he looks for others of his cluster group know.
pub(crate) async fn admit<P: edge_api::RequiredPermission, L: edge_http::auth::LinkPolicy>(
    guard: Guard<P, L>,
    app: &App,
    asked: &Asked,
    search: &Search,
    reads: Vec<Statement>,
) -> Result<(Caller, Vec<Rows>, Kin)> {
    let mut statements = reads;
    let (albums, kin) = (search::readable_albums(asked), search.kin());
    let (asks_albums, asks_kin) = (albums.is_some(), kin.is_some());
    statements.extend(albums);
    statements.extend(kin);
    let (auth, mut results) = guard.admit(app, statements).await?;
    let kin = if asks_kin { results.pop() } else { None };
    let readable = if asks_albums { results.pop() } else { None };
    rules::check(&auth, asked, search::may_read(asked, readable.as_ref())?)?;
    Ok((auth.caller, results, Kin::read(kin.as_ref())?))
}
