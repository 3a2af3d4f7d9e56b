//! The photos of a page: which months there are, the photos of those that were asked for, and which ones are chosen.
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use edge_web_core::layout::{self, Month, Section};
use edge_web_core::model::{Bucket, Columns, Tile, month};
use leptos::prelude::*;

use crate::api;
use crate::app::Globals;

/// How long to wait before asking again for pictures that are being made, at first and at most.
const RETRY: (u64, u64) = (2, 60);

/// Where photos come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// Months of the server's timeline, with this query.
    Months(String),
    /// These, as one month without a name.
    List(Arc<Vec<Tile>>),
}

/// What can be done with the photos of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anything.
    Photos,
    /// Favourites.
    Favorites,
    /// What is archived.
    Archive,
    /// What is in the trash.
    Trash,
    /// Photos of the album with this id.
    Album(String),
}

impl Kind {
    /// The path of the page that photos of it are opened above.
    pub fn path(&self, address: &str) -> String {
        match self {
            Self::Photos if address.starts_with("/photos") || address == "/" => String::new(),
            _ => {
                let path = address.split("/photos").next().unwrap_or_default();
                path.trim_end_matches('/').to_owned()
            }
        }
    }
}

/// A month and its photos, once they are there.
#[derive(Clone, Debug)]
pub struct Group {
    /// The month.
    pub bucket: Bucket,
    /// Its photos.
    pub tiles: Option<Arc<Vec<Tile>>>,
}

/// What a timeline knows.
#[derive(Clone, Copy)]
pub struct Photos {
    /// The months, latest first.
    pub groups: RwSignal<Vec<Group>>,
    /// Where they lie.
    pub sections: Memo<Vec<Section>>,
    asked: StoredValue<BTreeSet<String>>,
    query: StoredValue<String>,
    /// What all pages share.
    pub globals: Globals,
    /// Those that are chosen, by id.
    pub chosen: RwSignal<BTreeSet<String>>,
}

impl Photos {
    /// Without any; `width` is that of the screen.
    pub fn new(globals: Globals, width: RwSignal<f64>) -> Self {
        let groups = RwSignal::new(Vec::<Group>::new());
        let sections = Memo::new(move |_| {
            let months = groups.with(|groups| groups.iter().map(known).collect::<Vec<_>>());
            layout::sections(&months, width.get().max(1.0))
        });
        Self {
            groups,
            sections,
            asked: StoredValue::new(BTreeSet::new()),
            query: StoredValue::new(String::new()),
            globals,
            chosen: RwSignal::new(BTreeSet::new()),
        }
    }

    /// Asks for the months anew; photos that are there stay until others come.
    pub fn load(self, source: &Source) {
        let query = match source {
            Source::Months(query) => query.clone(),
            Source::List(tiles) => {
                let bucket = Bucket {
                    time_bucket: String::new(),
                    count: tiles.len(),
                };
                self.groups.set(vec![Group {
                    bucket,
                    tiles: Some(tiles.clone()),
                }]);
                return;
            }
        };
        self.query.set_value(query.clone());
        let path = format!("/timeline/buckets?{query}");
        self.globals.run(
            async move { api::get::<Vec<Bucket>>(&path).await },
            move |buckets| {
                let groups = self.groups.try_get_untracked().unwrap_or_default();
                let again: Vec<String> = self
                    .asked
                    .try_update_value(std::mem::take)
                    .unwrap_or_default()
                    .into_iter()
                    .collect();
                let groups = buckets.into_iter().map(|bucket| {
                    let old = groups
                        .iter()
                        .find(|old| old.bucket.time_bucket == bucket.time_bucket);
                    Group {
                        tiles: old.and_then(|old| old.tiles.clone()),
                        bucket,
                    }
                });
                self.groups.set(groups.collect());
                for month in again {
                    self.ask(&month);
                }
            },
        );
    }

    /// Asks for the photos of a month, once.
    pub fn ask(self, bucket: &str) {
        let is_known = self.groups.with_untracked(|groups| {
            groups
                .iter()
                .any(|group| group.bucket.time_bucket == bucket)
        });
        let is_new = is_known
            && self
                .asked
                .try_update_value(|asked| asked.insert(bucket.to_owned()))
                .unwrap_or(false);
        if is_new {
            self.fetch(bucket.to_owned(), RETRY.0);
        }
    }

    /// Asks for the photos of a month, and again after `wait` seconds while some have no pictures.
    fn fetch(self, bucket: String, wait: u64) {
        let query = self.query.get_value();
        let path = format!(
            "/timeline/bucket?{query}&timeBucket={}",
            api::escaped(&bucket)
        );
        self.globals.run(
            async move { api::get::<Columns>(&path).await },
            move |columns| {
                let tiles = columns.tiles();
                let is_waiting = tiles.iter().any(|tile| tile.thumbhash.is_none());
                let tiles = Arc::new(tiles);
                // The page may be gone by now.
                let shown = self.groups.try_update(|groups| {
                    let group = groups
                        .iter_mut()
                        .find(|group| group.bucket.time_bucket == bucket);
                    group.map(|group| group.tiles = Some(tiles)).is_some()
                });
                if is_waiting && shown == Some(true) && wait <= RETRY.1 {
                    let again = move || {
                        if self.groups.try_get_untracked().is_some() {
                            self.fetch(bucket, wait * 2);
                        }
                    };
                    set_timeout(again, Duration::from_secs(wait));
                }
            },
        );
    }

    /// The one after a photo, or the one before.
    pub fn beside(self, id: &str, step: isize) -> Option<String> {
        self.groups.with(|groups| {
            let tiles: Vec<&Tile> = groups
                .iter()
                .filter_map(|group| group.tiles.as_ref())
                .flat_map(|tiles| tiles.iter())
                .collect();
            let at = tiles.iter().position(|tile| tile.id == id)?;
            let found = tiles.get(at.checked_add_signed(step)?)?;
            Some(found.id.clone())
        })
    }

    /// Asks for the months around a photo, so that it has neighbours.
    pub fn around(self, id: &str) {
        let near = self.groups.with_untracked(|groups| {
            let at = groups.iter().position(|group| {
                group
                    .tiles
                    .as_ref()
                    .is_some_and(|tiles| tiles.iter().any(|tile| tile.id == id))
            });
            let Some(at) = at else { return Vec::new() };
            let near = groups.get(at.saturating_sub(1)..(at + 2).min(groups.len()));
            near.unwrap_or_default()
                .iter()
                .map(|group| group.bucket.time_bucket.clone())
                .collect()
        });
        for month in near {
            self.ask(&month);
        }
    }

    /// Changes what is shown of photos, as the server just did.
    pub fn update(self, ids: &[String], change: impl Fn(&mut Tile)) {
        self.groups.try_update(|groups| {
            for tiles in groups.iter_mut().filter_map(|group| group.tiles.as_mut()) {
                if tiles.iter().any(|tile| ids.contains(&tile.id)) {
                    let mut changed = tiles.as_ref().clone();
                    changed
                        .iter_mut()
                        .filter(|tile| ids.contains(&tile.id))
                        .for_each(&change);
                    *tiles = Arc::new(changed);
                }
            }
        });
    }

    /// Chooses a photo, or not any more.
    pub fn toggle(self, id: &str) {
        self.chosen.update(|chosen| {
            if !chosen.remove(id) {
                chosen.insert(id.to_owned());
            }
        });
    }
}

fn known(group: &Group) -> Month {
    group
        .tiles
        .as_ref()
        .map_or(Month::Count(group.bucket.count), |tiles| month(tiles))
}
