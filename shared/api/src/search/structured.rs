//! The structured search of 3.2: `filter`, `orderBy` and `cursor` (api/v32.md section 7).

use crate::enums::{AssetOrder, SearchOrderField};
use crate::input::{Fields, Filter as Tests, Kind, Operand, Operator, Row, Test, rule};

/// Comparisons of one request at most: each is a parameter of the statement, of which D1 takes a hundred.
const COMPARISONS: usize = 30;
/// So many of them may be about what stands in tables of its own: SQLite reads from a hundred tables at most in one statement, and
/// such a comparison takes five of them.
const LOOKUPS: usize = 4;
/// Characters of a cursor; ours are shorter.
const CURSOR: u32 = 200;

/// What a filter compares, by its name in the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of `SearchFilter` by their names")]
pub enum SearchField {
    AlbumIds,
    Checksum,
    City,
    Country,
    CreatedAt,
    Description,
    EncodedVideoPath,
    FileSize,
    HasAlbums,
    HasPeople,
    HasTags,
    Id,
    IsEncoded,
    IsFavorite,
    IsMotion,
    IsOffline,
    LensModel,
    LibraryId,
    Make,
    Model,
    Ocr,
    OriginalFileName,
    OriginalPath,
    PersonIds,
    Rating,
    State,
    TagIds,
    TakenAt,
    TrashedAt,
    Type,
    UpdatedAt,
    Visibility,
}

use SearchField as F;

impl SearchField {
    /// Whether it stands neither in the row of the asset nor in what was read from its file.
    fn is_elsewhere(self) -> bool {
        matches!(
            self,
            F::AlbumIds
                | F::EncodedVideoPath
                | F::HasAlbums
                | F::HasPeople
                | F::HasTags
                | F::IsEncoded
                | F::Ocr
                | F::PersonIds
                | F::TagIds
        )
    }
}

const FIELDS: [Row<SearchField>; 32] = [
    ("albumIds", F::AlbumIds, Kind::Ids),
    ("checksum", F::Checksum, Kind::Text),
    ("city", F::City, Kind::TextOrNull),
    ("country", F::Country, Kind::TextOrNull),
    ("createdAt", F::CreatedAt, Kind::Date),
    ("description", F::Description, Kind::Pattern),
    ("encodedVideoPath", F::EncodedVideoPath, Kind::Text),
    ("fileSizeInBytes", F::FileSize, Kind::Number),
    ("hasAlbums", F::HasAlbums, Kind::Flag),
    ("hasPeople", F::HasPeople, Kind::Flag),
    ("hasTags", F::HasTags, Kind::Flag),
    ("id", F::Id, Kind::Id),
    ("isEncoded", F::IsEncoded, Kind::Flag),
    ("isFavorite", F::IsFavorite, Kind::Flag),
    ("isMotion", F::IsMotion, Kind::Flag),
    ("isOffline", F::IsOffline, Kind::Flag),
    ("lensModel", F::LensModel, Kind::TextOrNull),
    ("libraryId", F::LibraryId, Kind::IdOrNull),
    ("make", F::Make, Kind::TextOrNull),
    ("model", F::Model, Kind::TextOrNull),
    ("ocr", F::Ocr, Kind::Words),
    ("originalFileName", F::OriginalFileName, Kind::Pattern),
    ("originalPath", F::OriginalPath, Kind::Pattern),
    ("personIds", F::PersonIds, Kind::Ids),
    ("rating", F::Rating, Kind::NumberOrNull),
    ("state", F::State, Kind::TextOrNull),
    ("tagIds", F::TagIds, Kind::Ids),
    ("takenAt", F::TakenAt, Kind::Date),
    ("trashedAt", F::TrashedAt, Kind::DateOrNull),
    ("type", F::Type, Kind::Type),
    ("updatedAt", F::UpdatedAt, Kind::Date),
    ("visibility", F::Visibility, Kind::Visibility),
];

/// Comparisons that must all hold.
pub type Branch = Vec<Test<SearchField>>;

/// What a search looks for: all of `all`, and one branch of `any` where there are some.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SearchFilter {
    /// Of the top level.
    pub all: Branch,
    /// `or`; empty: not sent.
    pub any: Vec<Branch>,
}

impl SearchFilter {
    /// All comparisons, wherever they are.
    pub fn tests(&self) -> impl Iterator<Item = &Test<SearchField>> {
        self.all.iter().chain(self.any.iter().flatten())
    }

    /// Whether all that is found is in albums which are named: at the top, or in every branch.
    pub fn is_confined(&self) -> bool {
        let in_albums = |branch: &Branch| branch.iter().any(is_of_albums);
        in_albums(&self.all) || (!self.any.is_empty() && self.any.iter().all(in_albums))
    }

    /// The albums that confine what is found; empty when none do.
    pub fn confining(&self) -> Vec<&str> {
        if !self.is_confined() {
            return Vec::new();
        }
        let at_top: Vec<_> = self.all.iter().filter(|test| is_of_albums(test)).collect();
        let all = at_top.iter().find(|test| test.operator == Operator::All);
        let tests = match all.or(at_top.first()) {
            Some(test) => vec![*test],
            None => self.tests().filter(|test| is_of_albums(test)).collect(),
        };
        tests.into_iter().flat_map(ids).collect()
    }

    /// Every album that is named, wherever.
    pub fn albums(&self) -> Vec<&str> {
        let named = self.tests().filter(|test| test.field == F::AlbumIds);
        named.flat_map(ids).collect()
    }

    /// Whether it asks for the locked folder: by the visibility at the top, else by one of a branch.
    pub fn may_show_locked(&self) -> bool {
        let of = |test: &&Test<SearchField>| test.field == F::Visibility;
        let mut at_top = self.all.iter().filter(of).peekable();
        if at_top.peek().is_some() {
            return at_top.all(lets_locked_through);
        }
        let asks = |branch: &Branch| {
            let mut tests = branch.iter().filter(of).peekable();
            tests.peek().is_some() && tests.all(lets_locked_through)
        };
        self.any.iter().any(asks)
    }
}

fn is_of_albums(test: &Test<SearchField>) -> bool {
    test.field == F::AlbumIds && matches!(test.operator, Operator::Any | Operator::All)
}

fn ids(test: &Test<SearchField>) -> impl Iterator<Item = &str> {
    let ids = match &test.operand {
        Operand::Texts(ids) => ids.as_slice(),
        _ => &[],
    };
    ids.iter().map(String::as_str)
}

fn lets_locked_through(test: &Test<SearchField>) -> bool {
    let names_it = match &test.operand {
        Operand::Text(place) => place == "locked",
        Operand::Texts(places) => places.iter().any(|place| place == "locked"),
        _ => false,
    };
    match test.operator {
        Operator::NotEqual | Operator::NotIn => !names_it,
        _ => names_it,
    }
}

crate::input::input! {
    /// `SearchOrder`.
    #[derive(Copy, Eq)]
    pub struct SearchOrder {
        /// By what.
        pub field: SearchOrderField = default("field", rule::enum_of(), SearchOrderField::FileCreatedAt),
        /// Which way.
        pub direction: AssetOrder = default("direction", rule::enum_of(), AssetOrder::Desc),
    }
}

impl Default for SearchOrder {
    fn default() -> Self {
        Self {
            field: SearchOrderField::FileCreatedAt,
            direction: AssetOrder::Desc,
        }
    }
}

/// What a request of the new shape says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Structured {
    /// What to look for.
    pub filter: SearchFilter,
    /// In which order.
    pub order: SearchOrder,
    /// Where to go on.
    pub cursor: Option<String>,
}

#[expect(
    clippy::option_option,
    reason = "outside: it was refused; inside: it is of the old shape"
)]
impl Structured {
    /// Reads what a request with pages says; `old` are the fields of the old shape, which it may not have besides. `Some(None)`:
    /// it is of the old shape.
    pub(super) fn read(fields: &mut Fields<'_>, old: &[&[&str]]) -> Option<Option<Self>> {
        let order = fields.optional("orderBy", rule::object::<SearchOrder>());
        let cursor = fields.optional("cursor", rule::string().max(CURSOR));
        let filter = Self::filter(fields);
        refuse(fields, &["filter", "orderBy", "cursor"], old);
        let (filter, order, cursor) = (filter?, order?, cursor?);
        let is_new = filter.is_some() || order.is_some() || cursor.is_some();
        Some(is_new.then(|| Self {
            filter: filter.unwrap_or_default(),
            order: order.unwrap_or_default(),
            cursor,
        }))
    }

    /// The same of a request without pages: it has a filter only.
    pub(super) fn read_filter(fields: &mut Fields<'_>, old: &[&[&str]]) -> Option<Option<Self>> {
        let filter = Self::filter(fields);
        refuse(fields, &["filter"], old);
        Some(filter?.map(|filter| Self {
            filter,
            ..Self::default()
        }))
    }

    fn filter(fields: &mut Fields<'_>) -> Option<Option<SearchFilter>> {
        let rule = Tests {
            table: &FIELDS,
            most: COMPARISONS,
        };
        let read = fields.optional("filter", rule)?;
        let filter = read.map(|(all, any)| SearchFilter { all, any });
        let elsewhere = |filter: &SearchFilter| {
            let looked_up = filter.tests().filter(|test| test.field.is_elsewhere());
            looked_up.count()
        };
        if filter.as_ref().map_or(0, elsewhere) > LOOKUPS {
            let text = format!(
                "Too many filter conditions: at most {LOOKUPS} about people, tags, albums, text in pictures or encoded videos are supported"
            );
            fields.refuse("filter", &text);
            return None;
        }
        Some(filter)
    }
}

/// Refuses fields of the old shape besides those of the new one.
fn refuse(fields: &mut Fields<'_>, new: &[&str], old: &[&[&str]]) {
    let sent: Vec<&str> = new
        .iter()
        .copied()
        .filter(|name| fields.has(name))
        .collect();
    if sent.is_empty() {
        return;
    }
    let sent = sent.join("/");
    for name in old.iter().copied().flatten() {
        if fields.has(name) {
            let text = format!("Deprecated field {name} cannot be combined with {sent}");
            fields.refuse(name, &text);
        }
    }
}

#[cfg(test)]
#[path = "structured_tests.rs"]
mod tests;
