//! The photos of a page: which months there are, the photos of those that were asked for, and which ones are chosen.
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use edge_web_core::layout::{self, Month, Row, Section};
use edge_web_core::model::{Bucket, Columns, Tile, ratios};
use edge_web_core::requests::{self, Request, Requests};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api;
use crate::app::{Globals, put};

/// How long to wait before asking again for pictures that are being made, at first and at most.
const RETRY: (u64, u64) = (2, 60);

/// How many photos are known at a time; a million of them would be hundreds of megabytes.
const MOST: usize = 150_000;

/// How near an open photo is to the end of its month when the one beside it is asked for, in photos.
const EDGE: usize = 20;

/// Where photos come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// Months of the server's timeline, with this query.
    Months(String),
    /// These, as one month without a name; and whether that is an answer already.
    List(Arc<Vec<Tile>>, bool),
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
    /// What only a PIN opens.
    Locked,
    /// Photos of the album with this id, and what one is in it: `owner`, `editor`, `viewer`; nothing while nobody knows.
    Album(String, Memo<Option<String>>),
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
    /// Whether they may have changed since they were asked for.
    pub is_stale: bool,
}

/// What a timeline knows.
#[derive(Clone, Copy)]
pub struct Photos {
    /// The months, latest first.
    pub groups: RwSignal<Vec<Group>>,
    /// Whether it is known which ones there are.
    pub is_answered: RwSignal<bool>,
    /// Where they lie.
    pub sections: Memo<Vec<Section>>,
    requests: StoredValue<Requests>,
    query: StoredValue<String>,
    /// Whether the months are being asked for, and whether photos have changed since.
    loading: StoredValue<(bool, bool)>,
    /// The months that must not be forgotten: those on the screen, and those around the open photo.
    needed: StoredValue<(Vec<String>, Vec<String>)>,
    /// What all pages share.
    pub globals: Globals,
    /// Those that are chosen, by id.
    pub chosen: RwSignal<BTreeSet<String>>,
}

impl Photos {
    /// Without any; `width` is that of the screen.
    pub fn new(globals: Globals, width: RwSignal<f64>) -> Self {
        let groups = RwSignal::new(Vec::<Group>::new());
        let laid = StoredValue::new(HashMap::new());
        let sections = Memo::new(move |_| {
            let width = width.get().max(1.0);
            let known = |group: &Group| known(group, width, laid);
            let months: Vec<Month> = groups.with(|groups| groups.iter().map(known).collect());
            layout::sections(months, width)
        });
        Self {
            groups,
            is_answered: RwSignal::new(false),
            sections,
            requests: StoredValue::new(Requests::default()),
            query: StoredValue::new(String::new()),
            loading: StoredValue::new((false, false)),
            needed: StoredValue::default(),
            globals,
            chosen: RwSignal::new(BTreeSet::new()),
        }
    }

    /// Asks for the months anew; photos that are there stay until others come. They are asked for when they are near the screen.
    pub fn load(self, source: &Source) {
        let query = match source {
            Source::Months(query) => query.clone(),
            Source::List(tiles, is_answered) => {
                let bucket = Bucket {
                    time_bucket: String::new(),
                    count: tiles.len(),
                };
                let group = Group {
                    bucket,
                    tiles: Some(tiles.clone()),
                    is_stale: false,
                };
                let groups = Some(group).filter(|_| !tiles.is_empty());
                self.groups.set(groups.into_iter().collect());
                self.is_answered.set(*is_answered);
                if *is_answered {
                    self.keep_chosen();
                }
                return;
            }
        };
        self.query.set_value(query);
        self.ask_months();
    }

    /// Asks for the months; after a change meanwhile once more, so that requests neither pile up nor overtake each other.
    fn ask_months(self) {
        let is_free = self.loading.try_update_value(|(is_running, is_due)| {
            *is_due = *is_running;
            !std::mem::replace(is_running, true)
        });
        let query = self.query.try_get_value();
        let Some(query) = query.filter(|_| is_free == Some(true)) else {
            return;
        };
        spawn_local(async move {
            let path = format!("/timeline/buckets?{query}");
            let answer = api::get::<Vec<Bucket>>(&path).await;
            let Some((_, is_due)) = self.loading.try_update_value(std::mem::take) else {
                // The page is gone.
                return;
            };
            match answer {
                Ok(buckets) => self.take(buckets),
                Err(failure) => self.globals.fail(&failure),
            }
            if is_due {
                self.ask_months();
            }
        });
    }

    /// Takes over the months of an answer, with the photos that are known of them.
    fn take(self, buckets: Vec<Bucket>) {
        self.requests.try_update_value(Requests::begin);
        self.groups.try_update(|groups| {
            let old = std::mem::take(groups);
            let mut known: HashMap<String, Arc<Vec<Tile>>> = old
                .into_iter()
                .filter_map(|group| Some((group.bucket.time_bucket, group.tiles?)))
                .collect();
            let taken = buckets.into_iter().map(|bucket| Group {
                tiles: known.remove(&bucket.time_bucket),
                is_stale: true,
                bucket,
            });
            *groups = taken.collect();
        });
        put(self.is_answered, true);
        self.keep_chosen();
    }

    /// What is gone is not chosen any more: nobody could say whose it is, so that tools of owners would be gone as well. Months with chosen
    /// photos are never forgotten.
    fn keep_chosen(self) {
        let gone = self.chosen.try_with_untracked(|chosen| {
            let there = self.groups.try_with_untracked(|groups| {
                let known = groups.iter().filter_map(|group| group.tiles.as_ref());
                let ids = known.flat_map(|tiles| tiles.iter().map(|tile| &tile.id));
                ids.filter(|id| chosen.contains(*id)).cloned().collect()
            });
            let there: BTreeSet<String> = there.unwrap_or_default();
            Some(there).filter(|there| there.len() < chosen.len())
        });
        if let Some(there) = gone.flatten() {
            put(self.chosen, there);
        }
    }

    /// Asks for the photos of a month, once. A list has no name, and all of its photos are there.
    pub fn ask(self, bucket: &str) {
        let is_known = self.groups.with_untracked(|groups| {
            groups
                .iter()
                .any(|group| !bucket.is_empty() && group.bucket.time_bucket == bucket)
        });
        if is_known {
            self.requests
                .try_update_value(|requests| requests.ask(bucket, RETRY.0));
            self.send();
        }
    }

    /// Sends the requests whose turn it is.
    fn send(self) {
        let next = || self.requests.try_update_value(Requests::turn).flatten();
        while let Some(request) = next() {
            spawn_local(self.fetch(request));
        }
    }

    /// Asks for the photos of a month, and again after some seconds while some have no pictures.
    async fn fetch(self, request: Request) {
        let Some(query) = self.query.try_get_value() else {
            return;
        };
        let path = format!(
            "/timeline/bucket?{query}&timeBucket={}",
            api::escaped(&request.month)
        );
        let answer = api::get::<Columns>(&path).await;
        let counts = self
            .requests
            .try_update_value(|requests| requests.end(&request, answer.is_ok()));
        match answer {
            Ok(columns) if counts.is_some() => {
                self.show(&request, columns.tiles(), counts == Some(false));
            }
            Err(failure) if counts.is_some() => self.globals.fail(&failure),
            // The page is gone.
            _ => {}
        }
        self.send();
    }

    /// Shows the photos of a month. Photos have changed since it was asked for where the answer `is_late`: it is better than nothing, because
    /// while others upload there is always another change.
    fn show(self, request: &Request, tiles: Vec<Tile>, is_late: bool) {
        let is_waiting = tiles.iter().any(|tile| tile.thumbhash.is_none());
        let tiles = Arc::new(tiles);
        self.groups.try_update(|groups| {
            let month = &request.month;
            let group = groups
                .iter_mut()
                .find(|group| group.bucket.time_bucket == *month);
            if let Some(group) = group.filter(|group| !is_late || group.tiles.is_none()) {
                (group.tiles, group.is_stale) = (Some(tiles), is_late);
            }
            self.forget(groups);
        });
        self.keep_chosen();
        if is_waiting && request.wait <= RETRY.1 {
            let request = request.clone();
            let wait = Duration::from_secs(request.wait);
            let again = move || {
                self.requests
                    .try_update_value(|requests| requests.again(&request));
                self.send();
            };
            set_timeout(again, wait);
        }
    }

    /// Forgets photos far away from what is needed where too many are known.
    fn forget(self, groups: &mut [Group]) {
        let (seen, open) = self.needed.try_get_value().unwrap_or_default();
        // Whose the chosen ones are has to be known.
        let chosen = self.chosen.try_get_untracked().unwrap_or_default();
        let known = |group: &Group| {
            let name = &group.bucket.time_bucket;
            let tiles = group.tiles.as_deref().map_or(&[][..], Vec::as_slice);
            let has_chosen =
                || !chosen.is_empty() && tiles.iter().any(|it| chosen.contains(&it.id));
            (
                tiles.len(),
                seen.contains(name) || open.contains(name) || has_chosen(),
            )
        };
        let known: Vec<_> = groups.iter().map(known).collect();
        for far in requests::far(&known, MOST) {
            let group = &mut groups[far];
            group.tiles = None;
            self.requests
                .try_update_value(|requests| requests.forget(&group.bucket.time_bucket));
        }
    }

    /// The months between two places of the list are on the screen: asks for those whose photos are not known, or have changed.
    pub fn see(self, first: usize, end: usize) {
        let seen = self.groups.with(|groups| {
            let seen = groups.get(first..end).unwrap_or_default().iter();
            seen.map(|group| {
                let is_due = group.tiles.is_none() || group.is_stale;
                (group.bucket.time_bucket.clone(), is_due)
            })
            .collect::<Vec<_>>()
        });
        let names = seen.iter().map(|(name, _)| name.clone()).collect();
        self.needed.update_value(|needed| needed.0 = names);
        for (name, _) in seen.iter().filter(|(_, is_due)| *is_due) {
            self.ask(name);
        }
    }

    /// The one after a photo, or the one before; nothing while the month that it is in has not come.
    pub fn beside(self, id: &str, step: isize) -> Option<String> {
        self.groups.with(|groups| {
            let place = |group: &Group| group.tiles.as_ref()?.iter().position(|it| it.id == id);
            let mut all = groups.iter().enumerate();
            let (at, place) = all.find_map(|(at, group)| Some((at, place(group)?)))?;
            let tiles = groups.get(at)?.tiles.as_ref()?;
            // Months without photos are passed over, but none that nobody knows: a known one behind it is far away.
            let may_have = |group: &&Group| group.tiles.as_ref().is_none_or(|it| !it.is_empty());
            let found = if step < 0 {
                let own = place.checked_sub(1).and_then(|before| tiles.get(before));
                own.or_else(|| {
                    let mut earlier = groups.get(..at)?.iter().rev();
                    earlier.find(may_have)?.tiles.as_ref()?.last()
                })
            } else {
                tiles.get(place + 1).or_else(|| {
                    let mut later = groups.get(at + 1..)?.iter();
                    later.find(may_have)?.tiles.as_ref()?.first()
                })
            };
            found.map(|tile| tile.id.clone())
        })
    }

    /// Asks for the month of a photo, and near its end for the one beside it, so that the photo has neighbours; `month` is where it must be
    /// while nobody knows its own.
    pub fn around(self, id: &str, month: Option<&str>) {
        let near: Vec<String> = self.groups.with(|groups| {
            let place = |(at, group): (usize, &Group)| {
                let tiles = group.tiles.as_ref()?;
                let place = tiles.iter().position(|tile| tile.id == id)?;
                Some((at, place < EDGE, place + EDGE >= tiles.len()))
            };
            let is_month = |group: &Group| month == Some(group.bucket.time_bucket.as_str());
            let place = groups.iter().enumerate().find_map(place);
            let place = place.or_else(|| Some((groups.iter().position(is_month)?, false, false)));
            let Some((at, is_begin, is_end)) = place else {
                return Vec::new();
            };
            let first = at.saturating_sub(is_begin.into());
            let end = (at + 1 + usize::from(is_end)).min(groups.len());
            let near = groups.get(first..end).unwrap_or_default().iter();
            near.map(|group| group.bucket.time_bucket.clone()).collect()
        });
        self.needed
            .update_value(|needed| needed.1.clone_from(&near));
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

    /// Whose a photo is; nothing while nobody knows.
    pub fn owner(self, id: &str) -> Option<String> {
        self.groups.with(|groups| {
            let mut all = groups.iter().filter_map(|group| group.tiles.as_ref());
            let tile = all.find_map(|tiles| tiles.iter().find(|tile| tile.id == id));
            tile.map(|tile| tile.owner.clone())
        })
    }

    /// Whether all that are chosen are known to be of the one who is signed in.
    pub fn are_own(self) -> bool {
        let user = self.globals.user.get().unwrap_or_default().id;
        self.chosen.with(|chosen| {
            self.groups.with(|groups| {
                let known = groups.iter().filter_map(|group| group.tiles.as_ref());
                let tiles = known.flat_map(|tiles| tiles.iter());
                let mut own = 0;
                for tile in tiles.filter(|tile| chosen.contains(&tile.id)) {
                    if tile.owner != user {
                        return false;
                    }
                    own += 1;
                }
                own >= chosen.len()
            })
        })
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

/// The rows of a month, and what they were made of; of one that is forgotten only how high it was.
struct Laid {
    tiles: Arc<Vec<Tile>>,
    width: f64,
    rows: Arc<Vec<Row>>,
    height: f64,
    count: usize,
}

/// What is known of a month; its rows are laid out once for each width.
fn known(group: &Group, width: f64, laid: StoredValue<HashMap<String, Laid>>) -> Month {
    let Bucket { time_bucket, count } = &group.bucket;
    let is_wide = |it: &Laid| (it.width - width).abs() < f64::EPSILON;
    let Some(tiles) = &group.tiles else {
        let height = laid.try_update_value(|laid| {
            let it = laid.get_mut(time_bucket)?;
            (it.tiles, it.rows) = (Arc::default(), Arc::default());
            (is_wide(it) && it.count == *count).then_some(it.height)
        });
        let height = height.flatten();
        return height.map_or(Month::Count(*count), Month::Height);
    };
    let is_same = |it: &&Laid| Arc::ptr_eq(&it.tiles, tiles) && is_wide(it);
    let rows = laid.with_value(|laid| {
        let found = laid.get(time_bucket).filter(is_same);
        found.map(|it| it.rows.clone())
    });
    let rows = rows.unwrap_or_else(|| {
        let rows = Arc::new(layout::rows(&ratios(tiles), width));
        let new = Laid {
            tiles: tiles.clone(),
            width,
            rows: rows.clone(),
            height: layout::height(&rows),
            count: *count,
        };
        laid.update_value(|laid| drop(laid.insert(time_bucket.clone(), new)));
        rows
    });
    Month::Rows(rows)
}
