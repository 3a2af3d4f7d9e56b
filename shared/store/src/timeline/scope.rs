//! Which assets a query of the timeline is about, as `from … where …`.

use edge_api::{enums::AssetVisibility, timeline::TimelineQuery};
use edge_platform::Value;

use crate::{access::ME, people};

/// Whether `asset a` is the one that its stack shows.
const IS_PRIMARY: &str =
    "exists (select 1 from stack s where s.id = a.stack_id and s.primary_asset_id = a.id)";

/// `asset_face f` is on the photo, as it is shown.
const PRESENT: &str = "f.deleted_at is null and f.is_visible = 1";

/// The owner of an asset that is looked up by its id. An index of the owner would serve the bare column, and SQLite took it: it went
/// through all photos of the owner for each face.
const LOOKED_UP: &str = "coalesce(a.owner_id, '')";

/// What a query reads first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// The assets of one month by an index of theirs, or of what an album shows of it: what else is read of them is looked up for each,
    /// which PostgreSQL did for all there are.
    Month,
    /// Assets by an index of theirs, or those of an album.
    Assets,
    /// The faces of a person.
    Person,
    /// What a tag and those below it are on.
    Tag,
    /// Positions in a box.
    Place,
}

impl Start {
    /// What finds the assets of all months without the others of their owner.
    pub(super) fn of(query: &TimelineQuery) -> Self {
        if query.person_id.is_some() {
            Self::Person
        } else if query.tag_id.is_some() {
            Self::Tag
        } else if query.bbox.is_some() && query.album_id.is_none() {
            Self::Place
        } else {
            Self::Assets
        }
    }
}

/// A `from … where …` in the making.
pub(super) struct Scope {
    from: String,
    /// The column that names the album.
    album: &'static str,
    /// The column that names the owner of `asset a`.
    owner: &'static str,
    conditions: Vec<String>,
    pub(super) params: Vec<Value>,
}

impl Scope {
    pub(super) fn of(query: &TimelineQuery, with_exif: bool, start: Start) -> Self {
        let mut scope = Self::empty(String::new());
        scope.from = match start {
            Start::Month => scope.with_month(query, with_exif || query.bbox.is_some()),
            Start::Assets => assets(query, with_exif || query.bbox.is_some()),
            Start::Person => scope.with_person(query),
            Start::Tag => scope.with_tag(query),
            Start::Place => "from asset_exif e cross join asset a".to_owned(),
        };
        if !matches!(start, Start::Assets | Start::Month) {
            scope.join(query, with_exif, start);
            scope.owner = LOOKED_UP;
        }
        scope.album = "aa.album_id";
        scope.owners(query);
        scope.visibility(query);
        scope.flags(query);
        scope.contents(query, start);
        scope
    }

    /// Behind the table of what the query starts with. SQLite reads tables in the order of a `cross join`; PostgreSQL knows how
    /// many rows they have.
    fn join(&mut self, query: &TimelineQuery, with_exif: bool, start: Start) {
        let mut join = |table: &str, on: &str| {
            self.from.push_str(table);
            self.conditions.push(on.to_owned());
        };
        if start == Start::Place {
            join("", "a.id = e.asset_id");
        } else {
            join(" cross join asset a", "a.id = b.asset_id");
        }
        if query.album_id.is_some() {
            join(" cross join album_asset aa", "aa.asset_id = a.id");
        }
        if start != Start::Place && (with_exif || query.bbox.is_some()) {
            join(" cross join asset_exif e", "e.asset_id = a.id");
        }
    }

    /// The assets of a month, or what an album shows of it.
    fn with_month(&mut self, query: &TimelineQuery, with_exif: bool) -> String {
        let mut from = String::from(if query.album_id.is_some() {
            self.and("a.id = aa.asset_id");
            self.owner = LOOKED_UP;
            "from album_asset aa cross join looked_up(asset a, a.id = aa.asset_id)"
        } else {
            "from asset a"
        });
        if with_exif {
            self.and("e.asset_id = a.id");
            from.push_str(" cross join looked_up(asset_exif e, e.asset_id = a.id)");
        }
        from
    }

    /// The assets that a person is on, `b`.
    fn with_person(&mut self, query: &TimelineQuery) -> String {
        let at = self.bind(query.person_id.as_ref().map(AsRef::<str>::as_ref));
        if !shows_others(query) {
            return format!(
                "from (select distinct f.asset_id from asset_face f where f.person_id = ?{at} and {PRESENT}) b"
            );
        }
        let of_it = format!("f.person_id = k.id and {PRESENT}");
        format!(
            "from (select distinct f.asset_id from ({}) k cross join looked_up(asset_face f, {of_it}) where {of_it}) b",
            people::by_any_id(&format!("?{at}"), ME)
        )
    }

    /// The assets that a tag or one below it is on, `b`.
    fn with_tag(&mut self, query: &TimelineQuery) -> String {
        let at = self.bind(query.tag_id.as_ref().map(AsRef::<str>::as_ref));
        format!(
            "from (select distinct ta.asset_id from tag_closure tc cross join tag_asset ta \
             where tc.ancestor_id = ?{at} and ta.tag_id = tc.descendant_id) b"
        )
    }

    pub(super) fn empty(from: impl Into<String>) -> Self {
        Self {
            from: from.into(),
            album: "a.album_id",
            owner: "a.owner_id",
            conditions: Vec::new(),
            params: Vec::new(),
        }
    }

    pub(super) fn bind(&mut self, value: impl Into<Value>) -> usize {
        self.params.push(value.into());
        self.params.len()
    }

    pub(super) fn and(&mut self, condition: impl Into<String>) {
        self.conditions.push(condition.into());
    }

    pub(super) fn sql(&self) -> String {
        format!("{} where {}", self.from, self.conditions.join(" and "))
    }

    pub(super) fn owners(&mut self, query: &TimelineQuery) {
        if let Some(album) = &query.album_id {
            let at = self.bind(album.as_str());
            let column = self.album;
            self.and(format!("{column} = ?{at}"));
            if let Some(user) = &query.user_id {
                let at = self.bind(user.as_str());
                self.and(format!("{} = ?{at}", self.owner));
            }
            return;
        }
        self.owned(self.owner, query);
    }

    /// What an album shows of one month, by its index of when they were taken: without it, all of the album was looked up for each month.
    pub(super) fn shown_in_album(&mut self, (first, last): (i64, i64)) {
        let (first, last) = (self.bind(first), self.bind(last));
        self.and(format!(
            "aa.is_shown = 1 and aa.taken_at between ?{first} and ?{last}"
        ));
    }

    /// Whose assets are in a timeline; `column` names the owner.
    fn owned(&mut self, column: &str, query: &TimelineQuery) {
        let user = match &query.user_id {
            Some(user) => format!("cast(?{} as text)", self.bind(user.as_str())),
            None => ME.to_owned(),
        };
        self.and(if query.with_partners == Some(true) {
            format!(
                "{column} in (select {user} union all select p.shared_by_id from partner p \
                 join users pu on pu.id = p.shared_by_id \
                 where p.shared_with_id = {ME} and p.in_timeline = 1 and pu.deleted_at is null)"
            )
        } else {
            format!("{column} = {user}")
        });
    }

    /// Archived assets show in one's own timeline and in albums, locked ones only to their owner.
    pub(super) fn visibility(&mut self, query: &TimelineQuery) {
        match query.visibility {
            None => self.and("a.visibility in ('archive', 'timeline')"),
            Some(AssetVisibility::Archive) => self.and("a.visibility = 'archive'"),
            Some(AssetVisibility::Timeline) => self.and("a.visibility = 'timeline'"),
            Some(AssetVisibility::Hidden) => self.and("a.visibility = 'hidden'"),
            Some(AssetVisibility::Locked) => {
                self.and("a.visibility = 'locked'");
                self.and(format!("{} = {ME}", self.owner));
            }
        }
        if query.visibility.is_none() && query.user_id.is_some() && query.album_id.is_none() {
            self.and(format!(
                "(a.visibility = 'timeline' or {} = {ME})",
                self.owner
            ));
        }
    }

    /// The constants are written out so that the partial indexes serve.
    fn flags(&mut self, query: &TimelineQuery) {
        if query.is_trashed == Some(true) {
            self.and("a.deleted_at is not null and a.status <> 'deleted'");
            self.and(format!("{} = {ME}", self.owner));
        } else {
            self.and("a.deleted_at is null");
        }
        match query.is_favorite {
            Some(true) => self.and(format!("a.is_favorite = 1 and {} = {ME}", self.owner)),
            Some(false) => self.and(format!(
                "not (a.is_favorite = 1 and {} = coalesce({ME}, ''))",
                self.owner
            )),
            None => {}
        }
        if query.with_stacked == Some(true) {
            self.and(format!("(a.stack_id is null or {IS_PRIMARY})"));
        }
    }

    /// Filters by what is on the photo and where it was taken: nothing for links that hide it. What the query starts with is asked
    /// there.
    fn contents(&mut self, query: &TimelineQuery, start: Start) {
        if query.person_id.is_some() || query.tag_id.is_some() {
            self.and(format!("{ME} is not null"));
        }
        if let Some(person) = query.person_id.as_ref().filter(|_| start != Start::Person) {
            let at = self.bind(person.as_str());
            let is_it = if shows_others(query) {
                let ids = people::by_any_id(&format!("?{at}"), ME);
                format!("each_in(f.person_id, {ids})")
            } else {
                format!("f.person_id = ?{at}")
            };
            self.and(format!(
                "exists (select 1 from asset_face f where {is_it} and f.asset_id = a.id and {PRESENT})"
            ));
        }
        if let Some(tag) = query.tag_id.as_ref().filter(|_| start != Start::Tag) {
            let at = self.bind(tag.as_str());
            self.and(format!(
                "exists (select 1 from tag_asset ta join tag_closure tc on tc.descendant_id = ta.tag_id \
                 where ta.asset_id = a.id and tc.ancestor_id = ?{at})"
            ));
        }
        if start == Start::Place {
            // The index of positions begins with the owner.
            self.owned("e.owner_id", query);
            self.and("e.latitude is not null");
        }
        if let Some(bounds) = query.bounds() {
            let [south, north, west, east] =
                [bounds.south, bounds.north, bounds.west, bounds.east].map(|side| self.bind(side));
            let joint = if bounds.west <= bounds.east {
                "and"
            } else {
                "or"
            };
            self.and(format!(
                "e.latitude between ?{south} and ?{north} \
                 and (e.longitude >= ?{west} {joint} e.longitude <= ?{east}) \
                 and exists (select 1 from caller k where k.link_metadata = 1)"
            ));
        }
    }
}

/// Whether photos of others may be among those that are asked for. People are there by ids of their own (docs/faces.md).
fn shows_others(query: &TimelineQuery) -> bool {
    query.with_partners == Some(true) || query.album_id.is_some() || query.user_id.is_some()
}

/// Assets, those of an album if one is asked for.
fn assets(query: &TimelineQuery, with_exif: bool) -> String {
    let mut from = String::from(match query.album_id {
        Some(_) => "from album_asset aa join asset a on a.id = aa.asset_id",
        None => "from asset a",
    });
    if with_exif {
        from.push_str(" join asset_exif e on e.asset_id = a.id");
    }
    from
}
