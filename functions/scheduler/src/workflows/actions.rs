//! Methods that change the asset or the albums it is in (api/workflows.md section 2, "Exact behaviour").

use edge_api::enums::AssetVisibility;
use edge_http::{consumer::Failure, mail::Post};
use edge_platform::{Rows, Statement};
use edge_store::{
    albums::{self, Standing},
    assets::{
        lock,
        remove::hold,
        update::{Change, changeable, changeable_statement},
    },
    caller::Caller,
    mails, notifications,
    workflows::{self, RunStep},
};
use serde_json::{Map, Value, json};

use super::{Context, Outcome, flag, text};
use crate::deletion::settings;

/// Times that the configuration of a step is read again because another run has just changed it.
const AGAIN: usize = 3;

type Config = Map<String, Value>;

impl Context<'_> {
    /// The owner, with the locked folder open.
    fn owner(&self) -> Caller {
        Caller::acting_for(&self.run.owner_id)
    }

    async fn run_as_owner(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, Failure> {
        let owner = self.owner();
        let scoped = statements.into_iter().map(|one| owner.scoped(one));
        Ok(self.app.db().batch(scoped.collect()).await?)
    }

    /// Sets where the asset is shown, or whether it is a favourite.
    pub(super) async fn change(&self, method: &str, config: &Config) -> Result<Outcome, Failure> {
        let visibility = AssetVisibility::parse(&self.asset.visibility);
        let inverse = flag(config, "inverse");
        let moved = |to| match (inverse, visibility == Some(to)) {
            (false, false) => Some(to),
            (true, true) => Some(AssetVisibility::Timeline),
            _ => None,
        };
        let mut change = Change::default();
        match method {
            "assetArchive" => change.visibility = moved(AssetVisibility::Archive),
            "assetLock" => change.visibility = moved(AssetVisibility::Locked),
            "assetFavorite" => {
                change.is_favorite =
                    Some(!inverse).filter(|wanted| *wanted != self.asset.is_favorite);
            }
            "assetVisibility" => {
                let wanted = text(config, "visibility").and_then(AssetVisibility::parse);
                let wanted = wanted.filter(|wanted| *wanted != AssetVisibility::Hidden);
                let missing = || Failure::Final("visibility is missing".to_owned());
                change.visibility = Some(wanted.ok_or_else(missing)?);
            }
            method => return Err(Failure::Final(format!("Unknown method {method}"))),
        }
        if change.visibility.is_none() && change.is_favorite.is_none() {
            return Ok(Outcome::On);
        }
        self.apply(&change).await?;
        Ok(Outcome::Changed)
    }

    /// As `PUT /assets/{id}` by the owner.
    async fn apply(&self, change: &Change<'_>) -> Result<(), Failure> {
        let read = changeable_statement(&[&self.asset.id]);
        let rows = self.run_as_owner(vec![read]).await?;
        let assets = changeable(rows.first().unwrap_or(&Rows::default()))?;
        let (owner_id, now) = (&self.run.owner_id, self.app.now());
        let mut held: Vec<&str> = assets.iter().map(|asset| asset.id.as_str()).collect();
        let motions = assets.iter().filter_map(|asset| asset.motion.as_ref());
        held.extend(motions.map(|(id, _)| id.as_str()));
        let mut batch = vec![hold(&held)];
        batch.extend(change.statements(&assets, owner_id, now));
        if let Some(visibility) = change.visibility {
            batch.extend(lock::follow(&assets, owner_id, visibility, now));
        }
        self.app.db().batch(batch).await?;
        Ok(())
    }

    /// Adds the asset to the albums that are named by id, else to the one of that name, which is made when there is none and is
    /// remembered by its id.
    pub(super) async fn add_to_albums(
        &self,
        step: &RunStep,
        config: &Config,
    ) -> Result<Outcome, Failure> {
        let ids = album_ids(config);
        if !ids.is_empty() {
            self.fill(&ids).await?;
            return Ok(Outcome::On);
        }
        let Some(name) = text(config, "albumName") else {
            return Ok(Outcome::On);
        };
        let mut step = step.clone();
        for _ in 0..AGAIN {
            if let Some(id) = self.album_called(&step, name).await? {
                self.fill(&[&id]).await?;
                return Ok(Outcome::On);
            }
            // Another run was first: its album is in the configuration now.
            let rows = workflows::run_statement(self.workflow_id);
            let run = workflows::run(&self.app.db().run(rows).await?)?;
            let steps = run.map(|run| run.steps).unwrap_or_default();
            let same = |other: &RunStep| {
                other.position == step.position && other.step.method == step.step.method
            };
            let Some(now) = steps.into_iter().find(same) else {
                return Ok(Outcome::On);
            };
            let ids = now.step.config.as_ref().map(album_ids);
            if let Some(ids) = ids.filter(|ids| !ids.is_empty()) {
                self.fill(&ids).await?;
                return Ok(Outcome::On);
            }
            step = now;
        }
        let text = "the configuration of the step changes all the time";
        Err(Failure::Passing(text.to_owned()))
    }

    /// The album of this name, found or made, and stored in the configuration; `None` when that was changed meanwhile.
    async fn album_called(&self, step: &RunStep, name: &str) -> Result<Option<String>, Failure> {
        let found = self
            .run_as_owner(vec![workflows::album_named(name)])
            .await?;
        let found: Option<String> = found
            .first()
            .and_then(Rows::first)
            .map(|row| row.get("id"))
            .transpose()?;
        let is_new = found.is_none();
        let id = found.unwrap_or_else(|| self.app.uuid());
        let mut config = step.step.config.clone().unwrap_or_default();
        config.insert("albumIds".to_owned(), json!([id]));
        let config = Value::Object(config).to_string();
        let mut batch = vec![workflows::set_config(self.workflow_id, step, &config)];
        if is_new {
            let place = (self.workflow_id, step, config.as_str());
            batch.extend(workflows::create_album(&id, name, place, self.app.now()));
        }
        let results = self.run_as_owner(batch).await?;
        let is_stored = results.first().is_some_and(|rows| rows.changed() > 0);
        Ok(is_stored.then_some(id))
    }

    /// As `PUT /albums/{id}/assets` for one album, which the owner must be allowed to fill, and as `PUT /albums/assets` for several, where
    /// those that the owner may not fill are left out.
    async fn fill(&self, ids: &[&str]) -> Result<(), Failure> {
        let mut reads = vec![albums::recipients(ids)];
        if let [id] = ids {
            reads.push(albums::standing(id, None));
        }
        let rows = self.run_as_owner(reads).await?;
        if let Some(standing) = rows.get(1) {
            let standing = Standing::read(standing)?.filter(|standing| standing.role.is_some());
            let standing = standing.ok_or_else(|| Failure::Final("Album not found".to_owned()))?;
            if !standing.may_edit() {
                let text = "Not found or no albumAsset.create access";
                return Err(Failure::Final(text.to_owned()));
            }
        }
        let nobody = Rows::default();
        let (owner_id, now) = (&self.run.owner_id, self.app.now());
        let recipients = rows.first().unwrap_or(&nobody);
        let messages = notifications::album_updates(recipients, || self.app.uuid(), now)?;
        let mut batch = albums::batch_add(ids, &[&self.asset.id], now);
        batch.extend(messages);
        let config = settings(self.app).await?;
        if Post::is_on(&config) {
            batch.push(mails::album_updates(ids, owner_id, now));
        }
        let results = self.run_as_owner(batch).await?;
        self.app.announce_notifications(&results).await;
        // The asset comes first in the batch: a row for each album that it is new in.
        let filled = results.first().into_iter().flat_map(Rows::iter);
        let filled: Result<Vec<String>, _> = filled.map(|row| row.get("album_id")).collect();
        let filled = filled?;
        let filled: Vec<&str> = filled.iter().map(String::as_str).collect();
        self.app
            .announce_albums(owner_id, &filled, recipients)
            .await;
        Ok(())
    }
}

/// The albums that a configuration names.
fn album_ids(config: &Config) -> Vec<&str> {
    let ids = config.get("albumIds").and_then(Value::as_array);
    let ids = ids.into_iter().flatten();
    ids.filter_map(Value::as_str).collect()
}
