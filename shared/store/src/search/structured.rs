//! What the structured filter of a request means (api/v32.md section 7), as conditions.

use edge_api::{
    input::{Operand, Operator, Test},
    search::{SearchField as F, SearchFilter},
};

use super::{
    Asked, Scope, Search,
    condition::{Column, Condition, Link, Op, Text},
    filter::holds,
};
use crate::{fold::fold, ocr::tokens};

/// How a checksum is read, in base64.
type Checksum = fn(&str) -> String;

impl Asked {
    /// What this filter names.
    pub fn of(filter: &SearchFilter) -> Self {
        Self {
            albums: filter.albums().into_iter().map(str::to_owned).collect(),
            is_confined: filter.is_confined(),
            is_locked: filter.may_show_locked(),
        }
    }
}

impl Search {
    /// What this filter asks for: of the caller's assets and those of partners on the timeline, and where albums are named for all
    /// that is found, of everybody's there.
    pub fn structured(filter: &SearchFilter, checksum: Checksum) -> Self {
        let branch = |tests: &[Test<F>]| {
            Condition::All(tests.iter().map(|test| condition(test, checksum)).collect())
        };
        let mut parts = vec![branch(&filter.all)];
        if !filter.any.is_empty() {
            parts.push(Condition::Any(
                filter.any.iter().map(|it| branch(it)).collect(),
            ));
        }
        let albums = filter.confining();
        let scope = if !albums.is_empty() {
            parts.push(Condition::ShowsMetadata);
            Scope::Albums(albums.into_iter().map(str::to_owned).collect())
        } else if filter.all.iter().any(is_own) {
            Scope::Own
        } else {
            Scope::Timeline
        };
        Self {
            scope,
            condition: Condition::All(parts),
        }
    }
}

/// Whether only the caller's own assets are meant: nobody else's trash, archive or marks are shown.
fn is_own(test: &Test<F>) -> bool {
    match (test.field, test.operator, &test.operand) {
        (F::IsFavorite, _, Operand::Flag(wanted)) => *wanted,
        (F::Visibility, Operator::Equal, Operand::Text(place)) => {
            matches!(place.as_str(), "archive" | "locked")
        }
        (F::TrashedAt, Operator::Equal, Operand::Null) => false,
        (F::TrashedAt, Operator::NotEqual, operand) => *operand == Operand::Null,
        (F::TrashedAt, ..) => true,
        _ => false,
    }
}

/// The column of a field that has one.
fn column(field: F) -> Option<Column> {
    Some(match field {
        F::Id => Column::Id,
        F::Checksum => Column::Checksum,
        F::City => Column::City,
        F::Country => Column::Country,
        F::State => Column::State,
        F::Make => Column::Make,
        F::Model => Column::Model,
        F::LensModel => Column::Lens,
        F::LibraryId => Column::Library,
        F::Type => Column::Type,
        F::Visibility => Column::Visibility,
        F::Description => Column::Description,
        F::OriginalFileName => Column::FileName,
        F::OriginalPath => Column::Path,
        F::Rating => Column::Rating,
        F::FileSize => Column::FileSize,
        F::TakenAt => Column::Taken,
        F::CreatedAt => Column::Created,
        F::UpdatedAt => Column::Updated,
        F::TrashedAt => Column::Trashed,
        _ => return None,
    })
}

/// The text of which parts are looked for.
fn text(field: F) -> Option<Text> {
    match field {
        F::Description => Some(Text::Description),
        F::OriginalFileName => Some(Text::FileName),
        F::OriginalPath => Some(Text::Path),
        _ => None,
    }
}

/// One comparison. What is missing is neither equal to a value nor in a list, so it is what `ne`, `notIn` and `notLike` find.
fn condition(test: &Test<F>, checksum: Checksum) -> Condition {
    let negative = matches!(
        test.operator,
        Operator::NotEqual | Operator::NotIn | Operator::NotLike | Operator::None
    );
    holds(!negative, positive(test, checksum))
}

/// What holds where a comparison with its opposite would not.
fn positive(test: &Test<F>, checksum: Checksum) -> Condition {
    let field = test.field;
    match &test.operand {
        Operand::Null => match column(field) {
            // A description is never null.
            Some(Column::Description) => Condition::Is(Column::Description, Op::Equal, "".into()),
            Some(column) => Condition::Missing(column),
            None => never(),
        },
        Operand::Flag(wanted) => holds(*wanted, flag(field)),
        Operand::Number(number) => {
            column(field).map_or_else(never, |column| compared(column, test.operator, *number))
        }
        Operand::Numbers(numbers) => {
            let Some(column) = column(field) else {
                return never();
            };
            let whole = numbers.iter().filter_map(|number| exactly(column, *number));
            Condition::InNumbers(column, whole.collect())
        }
        Operand::Text(wanted) => of_text(field, test.operator, wanted, checksum),
        Operand::Texts(wanted) => of_texts(field, test.operator, wanted, checksum),
    }
}

fn never() -> Condition {
    Condition::Any(Vec::new())
}

fn flag(field: F) -> Condition {
    let has = |column| holds(false, Condition::Missing(column));
    match field {
        F::HasAlbums => Condition::Has(Link::Album),
        F::HasPeople => Condition::Has(Link::Person),
        F::HasTags => Condition::Has(Link::Tag),
        F::IsEncoded => Condition::IsEncoded(None),
        F::IsFavorite => Condition::IsFavorite,
        F::IsMotion => has(Column::MotionPart),
        _ => Condition::Is(Column::IsOffline, Op::Equal, 1.into()),
    }
}

fn of_text(field: F, operator: Operator, wanted: &str, checksum: Checksum) -> Condition {
    if let Some(text) = text(field) {
        let part = fold(wanted);
        // Every text contains nothing, begins and ends with it.
        let is_part = |condition: fn(Text, String) -> Condition| {
            if part.is_empty() {
                Condition::All(Vec::new())
            } else {
                condition(text, part.clone())
            }
        };
        match operator {
            Operator::Like | Operator::NotLike => return is_part(Condition::Contains),
            Operator::StartsWith => return is_part(Condition::Begins),
            Operator::EndsWith => return is_part(Condition::Ends),
            _ => {}
        }
    }
    match field {
        F::Ocr => {
            let mut words = tokens(wanted);
            words.sort_unstable();
            words.dedup();
            if words.is_empty() {
                Condition::All(Vec::new())
            } else {
                Condition::Shows(words)
            }
        }
        F::EncodedVideoPath => Condition::IsEncoded(Some(vec![wanted.to_owned()])),
        F::Checksum => Condition::Is(Column::Checksum, Op::Equal, checksum(wanted).into()),
        field => column(field).map_or_else(never, |column| {
            Condition::Is(column, Op::Equal, wanted.into())
        }),
    }
}

fn of_texts(field: F, operator: Operator, wanted: &[String], checksum: Checksum) -> Condition {
    let mut wanted = wanted.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let link = match field {
        F::AlbumIds => Some(Link::Album),
        F::PersonIds => Some(Link::Person),
        F::TagIds => Some(Link::Tag),
        _ => None,
    };
    match (link, field) {
        (Some(link), _) if operator == Operator::All => Condition::HasAll(link, wanted),
        (Some(link), _) => Condition::HasAny(link, wanted),
        (None, F::EncodedVideoPath) => Condition::IsEncoded(Some(wanted)),
        (None, F::Checksum) => Condition::In(
            Column::Checksum,
            wanted.iter().map(|sum| checksum(sum)).collect(),
        ),
        (None, field) => column(field).map_or_else(never, |column| Condition::In(column, wanted)),
    }
}

/// The whole number that this is, if the column may have it.
fn exactly(column: Column, number: f64) -> Option<i64> {
    let largest = column.largest().unwrap_or_default();
    let whole = clamped(column, number);
    (number.fract() == 0.0 && number.abs() <= real(largest)).then_some(whole)
}

/// The nearest whole number below that the column may have, or its end.
#[expect(
    clippy::cast_possible_truncation,
    reason = "`as` ends at the ends of i64, and the ends of the column are nearer"
)]
fn clamped(column: Column, number: f64) -> i64 {
    let largest = column.largest().unwrap_or_default();
    (number.floor() as i64).clamp(-largest, largest)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "ends of columns are at most 2^53"
)]
fn real(whole: i64) -> f64 {
    whole as f64
}

/// Columns hold whole numbers: less than 2.5 is at most 2.
fn compared(column: Column, operator: Operator, number: f64) -> Condition {
    let is = |op, value: i64| Condition::Is(column, op, value.into());
    let below = clamped(column, number);
    let is_whole = number.fract() == 0.0;
    match operator {
        Operator::Less if is_whole => is(Op::AtMost, below.saturating_sub(1)),
        Operator::Less | Operator::AtMost => is(Op::AtMost, below),
        Operator::AtLeast if is_whole => is(Op::AtLeast, below),
        Operator::More | Operator::AtLeast => is(Op::AtLeast, below.saturating_add(1)),
        _ => exactly(column, number).map_or_else(never, |whole| is(Op::Equal, whole)),
    }
}
