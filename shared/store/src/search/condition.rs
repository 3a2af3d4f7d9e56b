//! What assets are searched for: a tree of conditions, written as SQL over `asset a`, `asset_exif e` and the owner `mine m`.
//!
//! Every way of searching puts its own tree together (here api/features.md section B; the structured filter of
//! api/v32.md section 7 has the same leaves), and all of them are written and run by the same code.

use edge_platform::Value;

use super::contains;
use crate::{json_texts, params::Params};
pub use contains::Text;

/// Something of an asset that has one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Its id.
    Id,
    /// SHA-1, base64.
    Checksum,
    /// External library.
    Library,
    /// Photo, video …
    Type,
    /// Where shown.
    Visibility,
    /// Its file is gone.
    IsOffline,
    /// Motion part.
    MotionPart,
    /// Stack it is in.
    Stack,
    /// Epoch ms.
    Taken,
    /// Epoch ms.
    Created,
    /// Epoch ms.
    Updated,
    /// Epoch ms; null outside the trash.
    Trashed,
    /// Bytes.
    FileSize,
    /// Place.
    City,
    /// Place.
    State,
    /// Place.
    Country,
    /// Camera.
    Make,
    /// Camera.
    Model,
    /// Camera.
    Lens,
    /// Stars.
    Rating,
    /// Name of the original.
    FileName,
    /// Where the original is stored.
    Path,
    /// Never null: empty when there is none.
    Description,
}

impl Column {
    /// The column, of `a` or of `e`.
    pub(super) fn sql(self) -> &'static str {
        match self {
            Self::Id => "a.id",
            Self::Checksum => "a.checksum",
            Self::Library => "a.library_id",
            Self::Type => "a.type",
            Self::Visibility => "a.visibility",
            Self::IsOffline => "a.is_offline",
            Self::MotionPart => "a.live_photo_video_id",
            Self::Stack => "a.stack_id",
            Self::Taken => "a.file_created_at",
            Self::Created => "a.created_at",
            Self::Updated => "a.updated_at",
            Self::Trashed => "a.deleted_at",
            Self::FileSize => "a.file_size_in_byte",
            Self::City => "a.city",
            Self::Country => "a.country",
            Self::State => "e.state",
            Self::Make => "e.make",
            Self::Model => "e.model",
            Self::Lens => "e.lens_model",
            Self::Rating => "e.rating",
            Self::FileName => "a.original_file_name",
            Self::Path => "a.original_path",
            Self::Description => "e.description",
        }
    }
}

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// The same.
    Equal,
    /// That or more.
    AtLeast,
    /// That or less.
    AtMost,
}

impl Column {
    /// Whether it holds numbers, and how large they may be.
    pub(super) fn largest(self) -> Option<i64> {
        match self {
            // Its bounds, and one more, are integers of 32 bits.
            Self::Rating => Some(1_000_000),
            Self::Taken | Self::Created | Self::Updated | Self::Trashed | Self::FileSize => {
                Some(9_007_199_254_740_991)
            }
            _ => None,
        }
    }
}

impl Op {
    pub(super) fn sql(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::AtLeast => ">=",
            Self::AtMost => "<=",
        }
    }
}

/// What an asset can have many of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Albums it is in.
    Album,
    /// People on it, who are the caller's.
    Person,
    /// The same by ids that were looked up before, whosever they are ([`super::Kin`]).
    Known,
    /// Its tags and those above them.
    Tag,
}

/// One condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// All of these hold.
    All(Vec<Condition>),
    /// One of these holds.
    Any(Vec<Condition>),
    /// This does not hold.
    Not(Box<Condition>),
    /// A value compares so; never true of one that is missing.
    Is(Column, Op, Value),
    /// A text is one of these; never true of one that is missing.
    In(Column, Vec<String>),
    /// A number is one of these; never true of one that is missing.
    InNumbers(Column, Vec<i64>),
    /// A value is missing.
    Missing(Column),
    /// A text contains this one, folded ([`crate::fold`]).
    Contains(Text, String),
    /// A text begins with this one, folded.
    Begins(Text, String),
    /// A text ends with this one, folded.
    Ends(Text, String),
    /// The text in the picture contains each of these tokens ([`crate::ocr::tokens`]).
    Shows(Vec<String>),
    /// It has all of these.
    HasAll(Link, Vec<String>),
    /// It has one of these.
    HasAny(Link, Vec<String>),
    /// It has one.
    Has(Link),
    /// The caller has marked it.
    IsFavorite,
    /// It has a transcoded video, at one of these paths if there are some.
    IsEncoded(Option<Vec<String>>),
    /// A guest may look for what metadata says: by a link that shows it, or as a user.
    ShowsMetadata,
}

impl Condition {
    /// Whether it looks at `asset_exif e`.
    pub(super) fn reads_exif(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::reads_exif),
            Self::Not(part) => part.reads_exif(),
            Self::Is(column, ..)
            | Self::In(column, _)
            | Self::InNumbers(column, _)
            | Self::Missing(column) => column.sql().starts_with("e."),
            Self::Contains(text, _) | Self::Begins(text, _) | Self::Ends(text, _) => {
                *text == Text::Description
            }
            _ => false,
        }
    }

    /// Writes it.
    pub(super) fn sql(&self, params: &mut Params) -> String {
        match self {
            Self::All(parts) => joined(parts, " and ", "1 = 1", params),
            Self::Any(parts) => joined(parts, " or ", "1 = 0", params),
            // What is neither true nor false does not hold.
            Self::Not(part) => format!("case when {} then 0 else 1 end = 1", part.sql(params)),
            Self::Is(column, op, value) => {
                let place = params.bind(value.clone());
                format!("{} {} {place}", column.sql(), op.sql())
            }
            Self::In(column, values) => {
                let list = params.bind(json_texts(values));
                format!("{} in json_list({list})", column.sql())
            }
            Self::InNumbers(column, values) => {
                format!("{} in {}", column.sql(), numbers(values, params))
            }
            Self::Missing(column) => format!("{} is null", column.sql()),
            Self::Contains(text, part) => contains::sql(*text, part, params),
            Self::Begins(text, part) => contains::begins(*text, part, params),
            Self::Ends(text, part) => contains::ends(*text, part, params),
            Self::Shows(words) => {
                let words = params.bind(json_texts(words));
                // No `exists`: PostgreSQL read the text of all pictures at once.
                format!(
                    "((select 1 from ocr_search os where os.asset_id = a.id and not exists (select 1 from json_rows({words}) v \
                     where replace(os.text, v.value, '') = os.text) limit 1) is not null)"
                )
            }
            Self::HasAll(link, ids) => has_all(*link, ids, params),
            Self::HasAny(link, ids) => has_any(*link, ids, params),
            Self::Has(link) => has(*link),
            Self::IsFavorite => "(a.is_favorite = 1 and m.is_own = 1)".to_owned(),
            Self::IsEncoded(paths) => {
                let paths = paths.as_ref().map(|paths| params.bind(json_texts(paths)));
                let paths = paths.map_or(String::new(), |paths| {
                    format!(" and af.path in json_list({paths})")
                });
                format!(
                    "exists (select 1 from asset_file af where af.asset_id = a.id and af.type = 'encoded_video'{paths})"
                )
            }
            Self::ShowsMetadata => {
                "exists (select 1 from caller shown where shown.link_metadata = 1)".to_owned()
            }
        }
    }
}

/// These numbers as a select.
pub(super) fn numbers(values: &[i64], params: &mut Params) -> String {
    let values: Vec<String> = values.iter().map(i64::to_string).collect();
    let list = params.bind(json_texts(&values));
    format!("(select cast(v.value as bigint) from json_rows({list}) v)")
}

fn joined(parts: &[Condition], by: &str, none: &str, params: &mut Params) -> String {
    if parts.is_empty() {
        return none.to_owned();
    }
    let parts: Vec<String> = parts.iter().map(|part| part.sql(params)).collect();
    balanced(&parts, by)
}

/// The parts in halves of halves: side by side each would count one level of D1's hundred.
fn balanced(parts: &[String], by: &str) -> String {
    match parts {
        [one] => one.clone(),
        parts => {
            let (left, right) = parts.split_at(parts.len() / 2);
            format!("({}{by}{})", balanced(left, by), balanced(right, by))
        }
    }
}

impl Link {
    /// What `asset a` has of it, one row each.
    fn of_asset(self) -> &'static str {
        match self {
            Self::Album => "select 1 from album_asset aa where aa.asset_id = a.id",
            Self::Person | Self::Known => {
                "select 1 from asset_face f where f.asset_id = a.id and f.person_id is not null \
                 and f.deleted_at is null and f.is_visible = 1"
            }
            Self::Tag => "select 1 from tag_asset ta where ta.asset_id = a.id",
        }
    }

    /// The same from what holds: for tags also all that are above. With the column of its id.
    fn reach(self) -> (&'static str, &'static str) {
        match self {
            Self::Album => ("album_asset aa where aa.asset_id = a.id", "aa.album_id"),
            Self::Person | Self::Known => (
                "asset_face f where f.asset_id = a.id and f.deleted_at is null and f.is_visible = 1",
                "f.person_id",
            ),
            Self::Tag => (
                "tag_asset ta cross join tag_closure tc where ta.asset_id = a.id and tc.descendant_id = ta.tag_id",
                "tc.ancestor_id",
            ),
        }
    }

    /// Assets that have one of those in the JSON list at `ids`, as `id`; one more than once where it has several.
    pub(super) fn assets_of_any(self, ids: &str) -> String {
        match self {
            Self::Album => format!(
                "select aa.asset_id as id from json_rows({ids}) v cross join album_asset aa where aa.album_id = v.value"
            ),
            Self::Person | Self::Known => format!(
                "select f.asset_id as id from json_rows({ids}) v cross join looked_up(asset_face f, f.person_id = v.value \
                 and f.deleted_at is null and f.is_visible = 1) where f.person_id = v.value and f.deleted_at is null \
                 and f.is_visible = 1"
            ),
            Self::Tag => format!(
                "select ta.asset_id as id from json_rows({ids}) v cross join tag_closure tc cross join tag_asset ta \
                 where tc.ancestor_id = v.value and ta.tag_id = tc.descendant_id"
            ),
        }
    }

    /// The table of those that only their owner looks for.
    fn own_table(self) -> Option<&'static str> {
        match self {
            Self::Album | Self::Known => None,
            Self::Person => Some("person"),
            Self::Tag => Some("tag"),
        }
    }

    /// Assets that have the one at `id`, as `id`.
    pub(super) fn assets(self, id: &str) -> String {
        match self {
            Self::Album => {
                format!("select aa.asset_id as id from album_asset aa where aa.album_id = {id}")
            }
            Self::Person | Self::Known => format!(
                "select f.asset_id as id from asset_face f where f.person_id = {id} \
                 and f.deleted_at is null and f.is_visible = 1"
            ),
            Self::Tag => format!(
                "select ta.asset_id as id from tag_closure tc cross join tag_asset ta \
                 where tc.ancestor_id = {id} and ta.tag_id = tc.descendant_id"
            ),
        }
    }
}

/// What others know of their own photos, people and tags, is theirs: an asset of somebody else has none.
fn has(link: Link) -> String {
    let some = format!("exists ({})", link.of_asset());
    match link.own_table() {
        Some(_) => format!("(m.is_own = 1 and {some})"),
        None => some,
    }
}

/// People and tags are looked for by their owner alone; of albums the caller is asked before ([`super::readable_albums`]). Who calls is in
/// the row `m`: SQLite writes `caller` out at each mention and takes a hundred tables in all. What an asset has is looked up in the
/// list, which an engine reads once: a list that is read for each asset took half a minute with a thousand ids at 20,000 assets.
/// `coalesce` keeps SQLite from looking up each id of the list instead.
fn has_all(link: Link, ids: &[String], params: &mut Params) -> String {
    let (from, id) = link.reach();
    let mut different = ids.to_vec();
    different.sort_unstable();
    different.dedup();
    let place = params.bind(json_texts(&different));
    let count = different.len();
    let all = format!(
        "(select count(distinct {id}) from {from} and coalesce({id}, '') in json_list({place})) = {count}"
    );
    let Some(table) = link.own_table() else {
        return all;
    };
    format!(
        "not exists (select 1 from json_rows({place}) v where not exists (select 1 from {table} own \
         where own.id = v.value and own.owner_id = m.me)) and {all}"
    )
}

/// As [`has_all`], of one of them.
fn has_any(link: Link, ids: &[String], params: &mut Params) -> String {
    let (from, id) = link.reach();
    let place = params.bind(json_texts(ids));
    let own = link.own_table().map_or(String::new(), |table| {
        format!(
            " and exists (select 1 from {table} own where own.id = {id} and own.owner_id = m.me)"
        )
    });
    format!("exists (select 1 from {from} and coalesce({id}, '') in json_list({place}){own})")
}
