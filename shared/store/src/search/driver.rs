//! Where a search begins.
//!
//! A page is found in one of two ways: along the order of the page, looking at each asset; or from what few assets have, such
//! as a person or a city, put into order afterwards. Which is cheaper depends on how many have it, and neither D1 nor a text of SQL
//! knows. So up to [`FEW`] of them are counted in the same statement, and the way is chosen there.

use super::{
    condition::{Column, Condition, Op, Text},
    contains, words,
};
use crate::params::Params;

/// What is put into order afterwards at most.
pub(super) const FEW: i64 = 5_000;

/// The conditions that all must hold.
pub(super) fn flat<'a>(condition: &'a Condition, parts: &mut Vec<&'a Condition>) {
    match condition {
        Condition::All(inner) => inner.iter().for_each(|part| flat(part, parts)),
        other => parts.push(other),
    }
}

/// The ids of assets among which all are for which the condition holds, as a select of `id` from the owners `mine m`; the one that
/// is likely to be the shortest. `None`: no index knows fewer than all.
pub(super) fn of(condition: &Condition, params: &mut Params) -> Option<String> {
    let mut parts = Vec::new();
    flat(condition, &mut parts);
    let is_live = parts.contains(&&Condition::Missing(Column::Trashed));
    let ranked = parts
        .iter()
        .filter_map(|part| Some((rank(part, is_live)?, part)));
    let (_, best) = ranked.min_by_key(|(rank, _)| *rank)?;
    select(best, &parts, params)
}

/// The smaller, the fewer assets have it.
fn rank(part: &Condition, is_live: bool) -> Option<u8> {
    match part {
        Condition::Is(Column::Id | Column::Checksum, Op::Equal, _) => Some(0),
        Condition::HasAll(..) => Some(1),
        Condition::Contains(Text::FileName | Text::Description, part) => {
            words::lookups(part).map(|_| 2)
        }
        Condition::Shows(texts) => contains::longest(texts).map(|_| 2),
        Condition::Is(Column::Trashed, ..) => Some(3),
        Condition::Is(Column::City, Op::Equal, _) => Some(4),
        Condition::Is(Column::Make | Column::Country, Op::Equal, _) => Some(5),
        Condition::Is(Column::Visibility, Op::Equal, value) => {
            (is_live && value.as_text().is_ok_and(|it| it != "timeline")).then_some(6)
        }
        Condition::IsFavorite => is_live.then_some(7),
        _ => None,
    }
}

fn select(best: &Condition, parts: &[&Condition], params: &mut Params) -> Option<String> {
    let asset = |condition: String| {
        format!(
            "select x.id from mine m cross join asset x where x.owner_id = m.id and {condition}"
        )
    };
    let exif = |condition: String| {
        format!(
            "select x.asset_id as id from mine m cross join asset_exif x where x.owner_id = m.id and {condition}"
        )
    };
    // The next column of the index, if it is asked for too.
    let and = |column: Column, name: &str, params: &mut Params| {
        let value = parts.iter().find_map(|part| match part {
            Condition::Is(of, Op::Equal, value) if *of == column => Some(value.clone()),
            _ => None,
        });
        value.map_or(String::new(), |value| {
            format!(" and x.{name} = {}", params.bind(value))
        })
    };
    Some(match best {
        Condition::HasAll(link, ids) => link.assets(&params.bind(ids.first()?.as_str())),
        Condition::Contains(text, part) => contains::candidates(*text, part, params)?,
        Condition::Shows(texts) => contains::shows(texts, params)?,
        Condition::IsFavorite => asset(
            "m.is_own = 1 and x.visibility in ('archive', 'timeline', 'hidden', 'locked') \
             and x.deleted_at is null and x.is_favorite = 1"
                .to_owned(),
        ),
        Condition::Is(Column::Trashed, ..) => asset("x.deleted_at is not null".to_owned()),
        Condition::Is(column, _, value) => {
            let place = params.bind(value.clone());
            match column {
                Column::Id => format!("select cast({place} as text) as id"),
                Column::Checksum => asset(format!("x.checksum = {place} and x.library_id is null")),
                Column::City => asset(format!("x.city = {place}")),
                Column::Visibility => {
                    asset(format!("x.visibility = {place} and x.deleted_at is null"))
                }
                Column::Make => {
                    let model = and(Column::Model, "model", params);
                    exif(format!("x.make = {place}{model}"))
                }
                _ => {
                    let state = and(Column::State, "state", params);
                    exif(format!("x.country = {place}{state}"))
                }
            }
        }
        _ => return None,
    })
}
