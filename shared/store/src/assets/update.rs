//! Changing assets (api/assets.md section 10). The handler first reads [`Changeable`] rows in the round trip
//! that authenticates, then sends the statements built here in one batch.

use edge_api::enums::AssetVisibility;
use edge_platform::{DbError, Row, Rows, Statement, Value, stmt};
use edge_zones::Zone;

use crate::{
    access::ASSET_OWN, days, fold::fold, json_texts, own_assets, params::Params, search::words,
};

/// Milliseconds of a minute.
const MINUTE: i64 = 60_000;

/// An asset the caller may change, as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changeable {
    /// The asset.
    pub id: String,
    /// Where it is shown.
    pub visibility: String,
    /// When taken, epoch ms.
    pub file_created_at: i64,
    /// Wall clock when taken.
    pub local_date_time: i64,
    /// Its motion part and where that is stored.
    pub motion: Option<(String, String)>,
}

/// What [`Changeable::of`] reads of `asset a` and the motion part `asset v`.
pub(crate) const CHANGEABLE: &str = "a.id, a.visibility, a.file_created_at, a.local_date_time, \
     v.id as motion_id, v.original_path as motion_path";

/// Reads assets to change; names `caller c`, who must own them. Read with [`changeable`].
pub fn changeable_statement(ids: &[&str]) -> Statement {
    stmt!(
        format!(
            "select {CHANGEABLE} from caller c \
             cross join json_rows(?1) named cross join asset a join asset_exif e on e.asset_id = a.id \
             left join asset v on v.id = a.live_photo_video_id \
             where a.id = named.value and a.status <> 'deleted' and {ASSET_OWN}"
        ),
        json_texts(ids),
    )
}

/// Reads the rows of [`changeable_statement`].
pub fn changeable(rows: &Rows) -> Result<Vec<Changeable>, DbError> {
    rows.iter().map(|row| Changeable::of(&row)).collect()
}

impl Changeable {
    /// Reads a row with [`CHANGEABLE`].
    pub(crate) fn of(row: &Row<'_>) -> Result<Self, DbError> {
        let motion_id: Option<String> = row.get("motion_id")?;
        let motion_path: Option<String> = row.get("motion_path")?;
        Ok(Self {
            id: row.get("id")?,
            visibility: row.get("visibility")?,
            file_created_at: row.get("file_created_at")?,
            local_date_time: row.get("local_date_time")?,
            motion: motion_id.zip(motion_path),
        })
    }
}

/// What is to be changed; `None` leaves a value as it is.
#[derive(Debug, Clone, Default)]
pub struct Change<'a> {
    /// Marked by the owner.
    pub is_favorite: Option<bool>,
    /// Where it is shown.
    pub visibility: Option<AssetVisibility>,
    /// Group of look-alikes.
    pub duplicate_id: Option<Option<&'a str>>,
    /// Motion part.
    pub live_photo_video_id: Option<Option<&'a str>>,
    /// Caption.
    pub description: Option<&'a str>,
    /// Stars.
    pub rating: Option<Option<i64>>,
    /// Latitude and longitude, degrees.
    pub place: Option<(f64, f64)>,
    /// Capture time.
    pub time: Option<Time<'a>>,
}

/// How the capture time changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Time<'a> {
    /// To one moment for all.
    At {
        /// Epoch ms.
        instant: i64,
        /// Wall clock, epoch ms as if it were UTC.
        local: i64,
        /// Zone, if the caller told one.
        zone: Option<String>,
    },
    /// By some minutes, or into another zone, or both.
    Moved {
        /// Minutes to add.
        minutes: i64,
        /// New zone.
        zone: Option<&'a str>,
        /// The rules of that zone; of a name that nobody knows the wall clock only moves along.
        rules: Option<Zone>,
    },
}

/// A list of `column = ?n` with its values.
#[derive(Default)]
struct Assignments {
    text: Vec<String>,
    params: Params,
}

impl Assignments {
    fn set(&mut self, column: &str, value: impl Into<Value>) {
        let place = self.params.bind(value);
        self.text.push(format!("{column} = {place}"));
    }

    fn add(&mut self, column: &str, expression: &str, value: i64) {
        let place = self.params.bind(value);
        self.text
            .push(format!("{column} = {expression} + cast({place} as bigint)"));
    }

    /// `update <table> set … where <key>` is one of the owner's assets in `ids`.
    fn update(mut self, table: &str, key: &str, owner: &str, ids: &[&str], now: i64) -> Statement {
        self.set("updated_at", now);
        let (list, owner) = (self.params.bind(json_texts(ids)), self.params.bind(owner));
        let own = own_assets(&list, &owner);
        Statement::new(
            format!(
                "update {table} set {}, update_id = uuid7() where {key} in {own}",
                self.text.join(", "),
            ),
            self.params.0,
        )
    }

    /// The same for `asset`, each with a local day (YYYYMMDD) and a wall clock (epoch ms) of its own, `moved.local`. Each is a text:
    /// id (36 characters), day (9), wall clock.
    fn update_moved(mut self, owner: &str, moved: &[String], now: i64) -> Statement {
        self.set("updated_at", now);
        let (list, owner) = (self.params.bind(json_texts(moved)), self.params.bind(owner));
        Statement::new(
            format!(
                "update asset set {}, local_day = moved.day, local_month = moved.day / 100, update_id = uuid7() \
                 from (select own.id as id, cast(substr(sent.value, 37, 9) as integer) as day, \
                 cast(substr(sent.value, 46) as bigint) as local from json_rows({list}) sent \
                 cross join asset own where own.id = substr(sent.value, 1, 36) and own.owner_id = {owner}) moved \
                 where asset.id = moved.id",
                self.text.join(", "),
            ),
            self.params.0,
        )
    }
}

impl Change<'_> {
    /// Whether something changes that belongs into the sidecar file.
    pub fn touches_exif(&self) -> bool {
        !self.locked().is_empty()
    }

    /// The columns of `asset_exif` this sets by hand.
    fn locked(&self) -> Vec<&'static str> {
        let mut names = Vec::new();
        if self.description.is_some() {
            names.push("description");
        }
        if self.rating.is_some() {
            names.push("rating");
        }
        if self.place.is_some() {
            names.extend(["latitude", "longitude"]);
        }
        match &self.time {
            None => {}
            Some(Time::At { zone: None, .. } | Time::Moved { zone: None, .. }) => {
                names.push("date_time_original");
            }
            Some(_) => names.extend(["date_time_original", "time_zone"]),
        }
        names
    }

    /// The statements that change `assets` of `owner_id`, behind [`super::remove::hold`] of them; `now` in epoch ms.
    pub fn statements(&self, assets: &[Changeable], owner_id: &str, now: i64) -> Vec<Statement> {
        let exif = self.exif(assets, owner_id, now);
        exif.into_iter()
            .chain(self.asset(assets, owner_id, now))
            .collect()
    }

    /// Sets columns of `asset`, in one statement whatever the days that the assets move to.
    fn asset(&self, assets: &[Changeable], owner_id: &str, now: i64) -> Option<Statement> {
        let mut set = Assignments::default();
        if let Some(is_favorite) = self.is_favorite {
            set.set("is_favorite", is_favorite);
        }
        if let Some(visibility) = self.visibility {
            set.set("visibility", visibility.as_str());
        }
        if let Some(duplicate_id) = self.duplicate_id {
            set.set("duplicate_id", duplicate_id);
        }
        if let Some(video_id) = self.live_photo_video_id {
            set.set("live_photo_video_id", video_id);
        }
        match &self.time {
            None => {}
            Some(Time::At { instant, local, .. }) => {
                set.set("file_created_at", *instant);
                set.set("local_date_time", *local);
            }
            Some(Time::Moved { minutes, rules, .. }) => {
                let delta = minutes * MINUTE;
                set.add("file_created_at", "file_created_at", delta);
                match rules {
                    // summer or winter, for each asset by itself
                    Some(_) => set.text.push("local_date_time = moved.local".to_owned()),
                    None => set.add("local_date_time", "local_date_time", delta),
                }
            }
        }
        if let Some(time) = &self.time {
            let moved = |asset: &Changeable| {
                let local = time.local(asset);
                format!("{}{:09}{local}", asset.id, days::day(local))
            };
            let moved: Vec<String> = assets.iter().map(moved).collect();
            return Some(set.update_moved(owner_id, &moved, now));
        }
        let ids: Vec<&str> = assets.iter().map(|asset| asset.id.as_str()).collect();
        (!set.text.is_empty()).then(|| set.update("asset", "id", owner_id, &ids, now))
    }

    /// Sets exif columns and remembers them as set by hand, in one statement.
    fn exif(&self, assets: &[Changeable], owner_id: &str, now: i64) -> Option<Statement> {
        let added = self.locked();
        if added.is_empty() {
            return None;
        }
        let mut set = self.exif_assignments();
        set.text.push(locking(&added));
        let ids: Vec<&str> = assets.iter().map(|asset| asset.id.as_str()).collect();
        Some(set.update("asset_exif", "asset_id", owner_id, &ids, now))
    }

    fn exif_assignments(&self) -> Assignments {
        let mut set = Assignments::default();
        if let Some(description) = self.description {
            set.set("description", description);
            set.set("description_folded", fold(description));
            set.set("words", words::json(&fold(description)));
        }
        if let Some(rating) = self.rating {
            set.set("rating", rating);
        }
        if let Some((latitude, longitude)) = self.place {
            set.set("latitude", latitude);
            set.set("longitude", longitude);
            // They name the old place; the next metadata extraction names the new one.
            for column in ["city", "state", "country"] {
                set.set(column, Value::Null);
            }
        }
        match &self.time {
            None => {}
            Some(Time::At { instant, zone, .. }) => {
                set.set("date_time_original", *instant);
                if let Some(zone) = zone {
                    set.set("time_zone", zone);
                }
            }
            Some(Time::Moved { minutes, zone, .. }) => {
                let taken = "coalesce(date_time_original, (select a.file_created_at from asset a \
                     where a.id = asset_exif.asset_id))";
                set.add("date_time_original", taken, minutes * MINUTE);
                if let Some(zone) = zone {
                    set.set("time_zone", *zone);
                }
            }
        }
        set
    }
}

impl Time<'_> {
    /// The wall clock of an asset after the change.
    fn local(&self, asset: &Changeable) -> i64 {
        match self {
            Self::At { local, .. } => *local,
            Self::Moved { minutes, rules, .. } => match rules {
                Some(rules) => {
                    let instant = asset.file_created_at + minutes * MINUTE;
                    instant + rules.ahead_at(instant)
                }
                None => asset.local_date_time + minutes * MINUTE,
            },
        }
    }
}

/// Adds columns to the JSON array of those set by hand, to what it holds by then: of two changes at a time the second would forget those
/// of the first otherwise.
fn locking(added: &[&str]) -> String {
    locking_where(added.iter().map(|name| (*name, "")))
}

/// The same, each column where its condition (SQL, ending with ` and `) holds.
pub(crate) fn locking_where<'a>(added: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let missing = added.map(|(name, condition)| {
        format!(
            " || case when {condition}locked_properties not like '%\"{name}\"%' then ',\"{name}\"' else '' end"
        )
    });
    let missing = missing.collect::<Vec<_>>().concat();
    format!("locked_properties = replace(rtrim(locked_properties, ']'){missing} || ']', '[,', '[')")
}

/// Takes assets of one owner out of all albums and tells sync, for the locked folder.
pub fn leave_albums(owner_id: &str, ids: &[&str], now: i64) -> Vec<Statement> {
    let list = json_texts(ids);
    let own = own_assets("?2", "?1");
    vec![
        stmt!(
            format!(
                "insert into album_asset_audit (album_id, id, asset_id) select x.album_id, uuid7(), x.asset_id \
                 from album_asset x where x.asset_id in {own}"
            ),
            owner_id,
            &list,
        ),
        stmt!(
            format!(
                "update album set thumbnail_asset_id = (select x.asset_id from album_asset x \
                 cross join looked_up(asset r, r.id = x.asset_id) where x.album_id = album.id and r.id = x.asset_id and r.deleted_at is null \
                 and r.visibility <> 'locked' and r.id not in {own} \
                 order by r.file_created_at desc, r.id desc limit 1), updated_at = ?3, update_id = uuid7() \
                 where thumbnail_asset_id in {own}"
            ),
            owner_id,
            &list,
            now,
        ),
        stmt!(
            format!("delete from album_asset where asset_id in {own}"),
            owner_id,
            &list,
        ),
    ]
}
