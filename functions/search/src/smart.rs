//! Search by meaning (api/jobs-ml.md section 6.6, docs/smart-search.md).

use axum::{Json, extract::State};
use edge_api::{
    Permission,
    assets::{AssetResponse, AssetView},
    config::SystemConfig,
    perm::AssetRead,
    search::{SearchAssets, SearchList, SearchResponse, SmartSearch},
};
use edge_http::{App, Error, Guard, Result, Valid, vectors};
use edge_platform::{DbError, Rows, Statement, TextQuery};
use edge_store::{
    asset_vectors::{
        self, Head, pgvector,
        search::{self as found, Candidate, FEW},
    },
    caller::Caller,
    search::{self, Page, Search},
};
use edge_vectors::code::Code;

use crate::{handlers::admit, rules};

/// Pictures alike by their signs that are compared exactly at once. Those of one window come before those of the next, so that pages
/// follow each other without gaps and without repetitions.
const WINDOW: usize = 2_000;

/// A page of assets by what they show (`searchSmart`).
pub async fn search(
    guard: Guard<AssetRead>,
    State(app): State<App>,
    Valid(body): Valid<SmartSearch>,
) -> Result<Json<SearchResponse>> {
    let config = app.settings().await?;
    let model = app.clip_model(&config).await;
    let model = model.ok_or_else(|| Error::bad_request("Smart search is not enabled"))?;
    let words = body
        .query
        .as_deref()
        .map(str::trim)
        .filter(|it| !it.is_empty());
    if words.is_none() && body.query_asset_id.is_none() {
        return Err(Error::bad_request(
            "Either `query` or `queryAssetId` must be set",
        ));
    }
    let (wanted, asked) = rules::wanted(body.structured.as_ref(), &body.filters);
    let asset = body.query_asset_id.as_ref().filter(|_| words.is_none());
    let mut reads = vec![wanted.blocks(&model)];
    reads.extend(asset.map(|id| found::asked(id.as_str(), &model)));
    let kept = pgvector::state(app.db().dialect());
    let asks_kept = kept.is_some();
    reads.extend(kept);
    let (caller, results, kin) = admit(guard, &app, &asked, &wanted, reads).await?;
    let has_pgvector = asks_kept && pgvector::read_state(results.last())?;
    let wanted = wanted.with_kin(&kin);
    let numbers = if let Some(id) = asset {
        of_asset(id.as_str(), results.get(1))?
    } else {
        let words = words.unwrap_or_default();
        let query = in_words(&config, &model, words, body.language.as_deref());
        app.text_code(query).await?
    };
    let blocks = results.first().cloned().unwrap_or_default();
    let alike = Alike {
        app: &app,
        caller: &caller,
        search: &wanted,
        owners: found::read_owners(&blocks)?,
        heads: asset_vectors::read_heads(&blocks)?,
        has_pgvector,
        model,
        numbers,
    };
    let page = Page::new(body.shape.page, body.size());
    let (ids, has_more) = alike.page(&page).await?;
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let shown = rules::shown(&body.shape);
    let rows = app.run_as(&caller, wanted.these(&ids, shown)).await?;
    let assets = search::read(&rows, rules::viewer(&caller), shown)?;
    // Of what this function does only this holds much: up to 24 MB of blocks.
    #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
    edge_http::cloudflare::log_growth();
    // The new shape has no pages.
    let next = (has_more && body.structured.is_none()).then(|| body.shape.page + 1);
    Ok(Json(answer(assets, next)))
}

/// What clients get: these assets, and the number of the next page.
fn answer(assets: Vec<AssetResponse>, next: Option<i64>) -> SearchResponse {
    let view = assets
        .into_iter()
        .map(|asset| AssetView::Full(Box::new(asset)));
    SearchResponse {
        albums: SearchList::of(Vec::new()),
        assets: SearchAssets {
            list: SearchList::of(view.collect()),
            next_page: next.map(|page| page.to_string()),
            next_cursor: None,
        },
    }
}

/// What is asked about the words of a search.
fn in_words(config: &SystemConfig, model: &str, words: &str, language: Option<&str>) -> TextQuery {
    let service = config.service();
    TextQuery {
        model: model.to_owned(),
        text: words.to_owned(),
        // Networks that know one language take no notice.
        language: language.map(str::to_owned),
        service,
    }
}

/// The vector of the asset that was named.
fn of_asset(id: &str, rows: Option<&Rows>) -> Result<Vec<i8>> {
    let code = found::read_asked(rows)?.ok_or_else(|| Error::no_access(Permission::AssetRead))?;
    let code = code.ok_or_else(|| Error::bad_request(format!("Asset {id} has no embedding")))?;
    Ok(vectors::read(&code)?)
}

/// What is looked for, and among what.
struct Alike<'a> {
    app: &'a App,
    caller: &'a Caller,
    search: &'a Search,
    owners: Vec<String>,
    heads: Vec<Head>,
    has_pgvector: bool,
    model: String,
    numbers: Vec<i8>,
}

impl Alike<'_> {
    /// The ids of a page, and whether there are more behind it.
    async fn page(&self, page: &Page) -> Result<(Vec<String>, bool)> {
        if page.is_beyond() || page.second.is_some() {
            return Ok((Vec::new(), false));
        }
        let number = |it: i64| usize::try_from(it).unwrap_or(usize::MAX);
        let (offset, size) = (number(page.offset), number(page.size));
        let first = offset + size + 1;
        let found = match self.few().await? {
            Some(few) => self.ranked(few)?,
            None => match self.nearest(first).await? {
                Some(found) => found,
                None => self.first(first).await?,
            },
        };
        let has_more = found.len() >= first;
        let ids = found.into_iter().skip(offset).take(size);
        Ok((ids.collect(), has_more))
    }

    /// All that the filters let through, if that is little.
    async fn few(&self) -> Result<Option<Vec<Candidate>>> {
        if self.search.is_plain() {
            return Ok(None);
        }
        let few = self.read(self.search.few(&self.model)).await?;
        let is_few = i64::try_from(few.len()).is_ok_and(|count| count <= FEW);
        let few = is_few.then(|| found::read_candidates(&few));
        Ok(few.transpose()?)
    }

    /// The first `most` that the filters let through, where the database compares all there are. `None`: it cannot.
    async fn nearest(&self, most: usize) -> Result<Option<Vec<String>>> {
        if !self.has_pgvector {
            return Ok(None);
        }
        match self.look_at_nearest(most).await {
            // The extension was dropped a moment ago, or its files are gone.
            Err(DbError::Other(error)) => {
                edge_http::serve::log(&format!("a search goes without pgvector: {error}"));
                Ok(None)
            }
            found => Ok(Some(found?)),
        }
    }

    async fn look_at_nearest(&self, most: usize) -> std::result::Result<Vec<String>, DbError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        // Few different numbers: each makes a statement of its own.
        let mut looked = (most / FEW).saturating_add(1).saturating_mul(FEW);
        loop {
            let nearest = self
                .search
                .nearest(&self.model, &self.numbers, looked, most);
            let rows = self.app.db().run(self.caller.scoped(nearest)).await?;
            let nearest = pgvector::read_nearest(&rows, looked)?;
            let is_enough = i64::try_from(nearest.ids.len()).is_ok_and(|count| count >= most);
            if is_enough || nearest.is_all {
                return Ok(nearest.ids);
            }
            looked = looked.saturating_mul(16);
        }
    }

    /// The first `most` that the filters let through, window by window.
    async fn first(&self, most: usize) -> Result<Vec<String>> {
        let (mut found, mut done) = (Vec::new(), 0);
        let mut looked = most.div_ceil(WINDOW).max(1) * WINDOW;
        loop {
            let (model, numbers) = (&self.model, &self.numbers);
            let alike = self
                .app
                .alike(model, &self.owners, &self.heads, numbers, looked);
            let alike = alike.await?;
            for window in alike.ids.get(done..).unwrap_or_default().chunks(WINDOW) {
                // The rest of a window is read with more.
                if found.len() >= most || (window.len() < WINDOW && !alike.is_all) {
                    break;
                }
                done += window.len();
                let ids: Vec<&str> = window.iter().map(String::as_str).collect();
                let rows = self.read(self.search.compared(model, &ids)).await?;
                found.extend(self.ranked(found::read_candidates(&rows)?)?);
            }
            if found.len() >= most || alike.is_all {
                return Ok(found);
            }
            looked *= 4;
        }
    }

    /// Their ids, the nearest first, of equally near ones in the order of the ids.
    fn ranked(&self, candidates: Vec<Candidate>) -> std::result::Result<Vec<String>, DbError> {
        let wanted = Code::new(&self.numbers);
        let mut ranked = Vec::with_capacity(candidates.len());
        for Candidate { id, code } in candidates {
            ranked.push((wanted.distance(Code::new(&vectors::read(&code)?)), id));
        }
        ranked.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        Ok(ranked.into_iter().map(|(_, id)| id).collect())
    }

    async fn read(&self, statement: Statement) -> Result<Rows> {
        let results = self.app.run_as(self.caller, vec![statement]).await?;
        Ok(results.into_iter().next().unwrap_or_default())
    }
}
