//! What the flat filters of a request mean (api/features.md section B), as conditions.

use edge_api::{
    Patch,
    enums::{AssetType, AssetVisibility},
    search::{Filters, MetadataFilters},
};
use edge_platform::Value;

use super::{
    Asked, Scope, Search,
    condition::{Column, Condition, Link, Op, Text},
};
use crate::{fold::fold, ocr::tokens};

impl Search {
    /// What these filters ask for, of the caller's assets and those of partners on the timeline.
    pub fn new(filters: &Filters) -> Self {
        let mut parts = Vec::new();
        dates(filters, &mut parts);
        flags(filters, &mut parts);
        facts(filters, &mut parts);
        links(filters, &mut parts);
        // Nobody else's trash, archive or marks are shown.
        let is_own = filters.is_favorite == Some(true)
            || asks_for_trash(filters)
            || matches!(
                filters.visibility,
                Some(AssetVisibility::Archive | AssetVisibility::Locked)
            );
        Self {
            scope: if is_own { Scope::Own } else { Scope::Timeline },
            condition: Condition::All(parts),
        }
    }

    /// Adds a condition.
    #[must_use]
    pub fn and(mut self, condition: Condition) -> Self {
        self.condition = Condition::All(vec![self.condition, condition]);
        self
    }

    /// Adds what only `POST /search/metadata` filters by; `checksum` in base64. In albums everybody's assets are found.
    #[must_use]
    pub fn with(
        mut self,
        filters: &Filters,
        metadata: &MetadataFilters,
        checksum: Option<&str>,
    ) -> Self {
        let mut parts = Vec::new();
        let equal = |column, value: &str| Condition::Is(column, Op::Equal, value.into());
        let id = metadata.id.as_ref();
        parts.extend(id.map(|id| equal(Column::Id, id.as_str())));
        parts.extend(checksum.map(|sum| equal(Column::Checksum, sum)));
        let texts = [
            (Text::FileName, &metadata.original_file_name),
            (Text::Description, &metadata.description),
            (Text::Path, &metadata.original_path),
        ];
        for (text, part) in texts {
            parts.extend(part.as_deref().and_then(|part| contains(text, part)));
        }
        let encoded = metadata.encoded_video_path.clone();
        parts.extend(encoded.map(|path| Condition::IsEncoded(Some(vec![path]))));
        if let Some(first) = filters.album_ids.iter().flatten().next() {
            self.scope = Scope::Albums(vec![first.as_str().to_owned()]);
            if tells(&self.condition) || parts.iter().any(tells) {
                parts.push(Condition::ShowsMetadata);
            }
        }
        self.and(Condition::All(parts))
    }
}

impl Asked {
    /// What these filters name.
    pub fn by(filters: &Filters) -> Self {
        let albums = texts(filters.album_ids.as_deref());
        Self {
            is_confined: !albums.is_empty(),
            albums,
            is_locked: filters.visibility == Some(AssetVisibility::Locked),
        }
    }
}

/// Whether more is asked for than what an album has and what is shown of it to guests who see no metadata.
fn tells(condition: &Condition) -> bool {
    match condition {
        Condition::All(parts) => parts.iter().any(tells),
        Condition::HasAll(Link::Album, _)
        | Condition::Missing(Column::Trashed)
        | Condition::Is(Column::Id | Column::Type, ..) => false,
        _ => true,
    }
}

/// A text that contains `part`; `None` when nothing is left of it.
pub fn contains(text: Text, part: &str) -> Option<Condition> {
    let part = fold(part);
    (!part.is_empty()).then_some(Condition::Contains(text, part))
}

fn asks_for_trash(filters: &Filters) -> bool {
    filters.trashed_after.is_some() || filters.trashed_before.is_some()
}

fn dates(filters: &Filters, parts: &mut Vec<Condition>) {
    let ranges = [
        (Column::Taken, filters.taken_after, filters.taken_before),
        (
            Column::Created,
            filters.created_after,
            filters.created_before,
        ),
        (
            Column::Updated,
            filters.updated_after,
            filters.updated_before,
        ),
        (
            Column::Trashed,
            filters.trashed_after,
            filters.trashed_before,
        ),
    ];
    for (column, after, before) in ranges {
        parts.extend(after.map(|at| Condition::Is(column, Op::AtLeast, at.0.into())));
        parts.extend(before.map(|at| Condition::Is(column, Op::AtMost, at.0.into())));
    }
    let with_deleted = filters.with_deleted == Some(true)
        || filters.is_offline == Some(true)
        || asks_for_trash(filters);
    if !with_deleted {
        parts.push(Condition::Missing(Column::Trashed));
    }
}

/// Holds when `wanted` is what the condition says.
pub(super) fn holds(wanted: bool, condition: Condition) -> Condition {
    if wanted {
        condition
    } else {
        Condition::Not(Box::new(condition))
    }
}

fn flags(filters: &Filters, parts: &mut Vec<Condition>) {
    let is = |column, value: Value| Condition::Is(column, Op::Equal, value);
    let has = |column| Condition::Not(Box::new(Condition::Missing(column)));
    let kind = filters.kind.map(AssetType::as_str);
    parts.extend(kind.map(|kind| is(Column::Type, kind.into())));
    let visibility = filters.visibility.map(AssetVisibility::as_str);
    parts.extend(visibility.map(|it| is(Column::Visibility, it.into())));
    let offline = filters.is_offline;
    parts.extend(offline.map(|offline| is(Column::IsOffline, i64::from(offline).into())));
    let flags = [
        (filters.is_favorite, Condition::IsFavorite),
        (filters.is_encoded, Condition::IsEncoded(None)),
        (filters.is_motion, has(Column::MotionPart)),
        (
            filters.is_not_in_album,
            holds(false, Condition::Has(Link::Album)),
        ),
    ];
    for (wanted, condition) in flags {
        parts.extend(wanted.map(|wanted| holds(wanted, condition)));
    }
    if filters.with_stacked == Some(false) {
        parts.push(Condition::Missing(Column::Stack));
    }
}

fn facts(filters: &Filters, parts: &mut Vec<Condition>) {
    let texts = [
        (Column::City, &filters.city),
        (Column::State, &filters.state),
        (Column::Country, &filters.country),
        (Column::Make, &filters.make),
        (Column::Model, &filters.model),
        (Column::Lens, &filters.lens_model),
    ];
    for (column, text) in texts {
        parts.extend(exactly(column, text, |text| text.as_str().into()));
    }
    let library = &filters.library_id;
    parts.extend(exactly(Column::Library, library, |id| id.as_str().into()));
    parts.extend(exactly(Column::Rating, &filters.rating, |stars| {
        (*stars).into()
    }));
    let mut words = filters.ocr.as_deref().map(tokens).unwrap_or_default();
    words.sort_unstable();
    words.dedup();
    if !words.is_empty() {
        parts.push(Condition::Shows(words));
    }
}

fn exactly<T>(column: Column, wanted: &Patch<T>, value: impl Fn(&T) -> Value) -> Option<Condition> {
    match wanted {
        Patch::Absent => None,
        Patch::Null => Some(Condition::Missing(column)),
        Patch::Value(wanted) => Some(Condition::Is(column, Op::Equal, value(wanted))),
    }
}

fn links(filters: &Filters, parts: &mut Vec<Condition>) {
    let mut add = |link, mut ids: Vec<String>| {
        ids.sort_unstable();
        ids.dedup();
        if !ids.is_empty() {
            parts.push(Condition::HasAll(link, ids));
        }
    };
    add(Link::Album, texts(filters.album_ids.as_deref()));
    add(Link::Person, texts(filters.person_ids.as_deref()));
    match &filters.tag_ids {
        Patch::Absent => {}
        Patch::Null => parts.push(holds(false, Condition::Has(Link::Tag))),
        Patch::Value(ids) => add(Link::Tag, texts(Some(ids))),
    }
}

fn texts<T: AsRef<str>>(ids: Option<&[T]>) -> Vec<String> {
    let ids = ids.unwrap_or_default().iter();
    ids.map(|id| id.as_ref().to_owned()).collect()
}
