//! Where a search begins.
//!
//! A page is found in one of two ways: along the order of the page, looking at each asset; or from what few assets have, such
//! as a person or a city, put into order afterwards. Which is cheaper depends on how many have it, and neither D1 nor a text of SQL
//! knows. So up to [`FEW`] of them are counted in the same statement, and the way is chosen there.

use super::{
    condition::{Column, Condition, Op, Text},
    contains,
    lead::Lead,
    words,
};
use crate::{json_texts, params::Params};

/// What is put into order afterwards at most.
pub(super) const FEW: i64 = 5_000;

/// Branches that are looked at one by one: D1 takes five selects side by side, and few inside each other.
const BRANCHES: usize = 4;

/// Tables that their selects read together, as [`tables`] counts them. SQLite takes a hundred in one statement, which names the
/// selects twice.
const TABLES: usize = 16;

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
    way(condition, Lead::Owners, false, params)
}

/// The same of one branch, of which `is_live` holds already or not.
fn way(condition: &Condition, lead: Lead, is_live: bool, params: &mut Params) -> Option<String> {
    let mut parts = Vec::new();
    flat(condition, &mut parts);
    let is_live = is_live || parts.contains(&&Condition::Missing(Column::Trashed));
    let (_, best) = best(condition, is_live)?;
    select(best, &parts, lead, is_live, params)
}

/// The part that is likely to hold of the fewest, with its rank.
fn best(condition: &Condition, is_live: bool) -> Option<(u8, &Condition)> {
    let mut parts = Vec::new();
    flat(condition, &mut parts);
    let ranked = parts
        .into_iter()
        .filter_map(|part| Some((rank(part, is_live)?, part)));
    ranked.min_by_key(|(rank, _)| *rank)
}

/// The smaller, the fewer assets have it.
fn rank(part: &Condition, is_live: bool) -> Option<u8> {
    match part {
        Condition::Is(Column::Id | Column::Checksum, Op::Equal, _)
        | Condition::In(Column::Checksum, _) => Some(0),
        Condition::HasAll(..) | Condition::HasAny(..) => Some(1),
        // Of the words, what begins or ends with a part contains it.
        Condition::Contains(Text::FileName | Text::Description, part)
        | Condition::Begins(Text::FileName | Text::Description, part)
        | Condition::Ends(Text::FileName | Text::Description, part) => {
            words::lookups(part).map(|_| 2)
        }
        Condition::Shows(texts) => contains::longest(texts).map(|_| 2),
        Condition::Is(Column::Trashed, ..) => Some(3),
        Condition::Not(part) => matches!(**part, Condition::Missing(Column::Trashed)).then_some(3),
        Condition::Is(Column::City, Op::Equal, _) | Condition::In(Column::City, _) => Some(4),
        Condition::Is(Column::Make | Column::Country, Op::Equal, _)
        | Condition::In(Column::Make | Column::Country, _) => Some(5),
        Condition::Is(Column::Visibility, Op::Equal, value) => value
            .as_text()
            .is_ok_and(|it| it != "timeline")
            .then_some(6),
        Condition::In(Column::Visibility, places) => {
            let is_few = !places.iter().any(|place| place == "timeline");
            is_few.then_some(6)
        }
        Condition::IsFavorite => Some(7),
        // As good as the worst of the branches, each of which needs a way of its own.
        Condition::Any(branches) if branches.is_empty() => Some(0),
        Condition::Any(branches)
            if branches.len() > BRANCHES || tables(part, is_live)? > TABLES =>
        {
            None
        }
        Condition::Any(branches) => {
            let ranks = branches
                .iter()
                .map(|branch| best(branch, is_live).map(|it| it.0));
            ranks.collect::<Option<Vec<u8>>>()?.into_iter().max()
        }
        _ => None,
    }
}

/// How many tables the way from a part reads, about; `None`: a branch has no way.
fn tables(part: &Condition, is_live: bool) -> Option<usize> {
    match part {
        Condition::Any(branches) => {
            let of_branch = |branch: &Condition| tables(best(branch, is_live)?.1, is_live);
            branches.iter().map(of_branch).sum()
        }
        Condition::Contains(..)
        | Condition::Begins(..)
        | Condition::Ends(..)
        | Condition::Shows(_) => Some(12),
        _ => Some(4),
    }
}

fn select(
    best: &Condition,
    parts: &[&Condition],
    lead: Lead,
    is_live: bool,
    params: &mut Params,
) -> Option<String> {
    Some(match best {
        Condition::Any(branches) if branches.is_empty() => {
            "select cast('' as text) as id where 1 = 0".to_owned()
        }
        Condition::Any(branches) => {
            let ways = branches
                .iter()
                .map(|branch| of_branch(branch, is_live, params));
            let ways: Option<Vec<String>> = ways.collect();
            let ways = ways?.join(" union all ");
            match lead {
                Lead::Owner => ways,
                Lead::Owners => format!(
                    "select z.id from mine m cross join asset z where each_in(z.id, {ways})"
                ),
            }
        }
        Condition::HasAll(link, ids) => link.assets(&params.bind(ids.first()?.as_str())),
        Condition::HasAny(link, ids) => link.assets_of_any(&params.bind(json_texts(ids))),
        Condition::Contains(text, part)
        | Condition::Begins(text, part)
        | Condition::Ends(text, part) => contains::candidates(*text, part, lead, params)?,
        Condition::Shows(texts) => contains::shows(texts, lead, params)?,
        Condition::IsFavorite => marked(
            "m.is_own = 1 and x.visibility in ('archive', 'timeline', 'hidden', 'locked') and x.is_favorite = 1",
            lead,
            is_live,
        ),
        Condition::Is(Column::Trashed, ..) | Condition::Not(_) => {
            of_assets("x.deleted_at is not null", lead)
        }
        Condition::Is(Column::Id, _, value) => {
            format!("select cast({} as text) as id", params.bind(value.clone()))
        }
        Condition::Is(column, _, value) => {
            let is = format!("= {}", params.bind(value.clone()));
            of_column(*column, &is, parts, lead, is_live, params)
        }
        Condition::In(column, values) => {
            let is = format!("in json_list({})", params.bind(json_texts(values)));
            of_column(*column, &is, parts, lead, is_live, params)
        }
        _ => return None,
    })
}

/// What one branch may find. All branches are asked for each owner, so that the table of owners, with the caller in it, is
/// named once: SQLite writes it out at each mention and takes a hundred tables in all. Each gives different ids and ends behind
/// [`FEW`] of them: if one has to end, there are more than [`FEW`] in all, whatever the others find again.
fn of_branch(branch: &Condition, is_live: bool, params: &mut Params) -> Option<String> {
    let way = way(branch, Lead::Owner, is_live, params)?;
    let few = FEW + 1;
    Some(format!(
        "select w.id from (select distinct b.id from ({way}) b limit {few}) w"
    ))
}

fn of_assets(condition: &str, lead: Lead) -> String {
    let owners = lead.owners();
    format!("select x.id from {owners}asset x where x.owner_id = m.id and {condition}")
}

/// Assets by an index of what is not in the trash; where that is not left out, it has an index of its own.
fn marked(condition: &str, lead: Lead, is_live: bool) -> String {
    let live = of_assets(&format!("{condition} and x.deleted_at is null"), lead);
    if is_live {
        return live;
    }
    let trash = of_assets(&format!("x.deleted_at is not null and {condition}"), lead);
    format!("{live} union all {trash}")
}

/// Assets of which a column `is` so, with the next column of the index if that is asked for, too.
fn of_column(
    column: Column,
    is: &str,
    parts: &[&Condition],
    lead: Lead,
    is_live: bool,
    params: &mut Params,
) -> String {
    let mut and = |column: Column, name: &str| {
        let value = parts.iter().find_map(|part| match part {
            Condition::Is(of, Op::Equal, value) if *of == column => Some(value.clone()),
            _ => None,
        });
        value.map_or(String::new(), |value| {
            format!(" and x.{name} = {}", params.bind(value))
        })
    };
    let exif = |condition: String| {
        let owners = lead.owners();
        format!(
            "select x.asset_id as id from {owners}asset_exif x where x.owner_id = m.id and {condition}"
        )
    };
    match column {
        Column::Checksum => of_assets(&format!("x.checksum {is} and x.library_id is null"), lead),
        Column::City => of_assets(&format!("x.city {is}"), lead),
        Column::Visibility => marked(&format!("x.visibility {is}"), lead, is_live),
        Column::Make => exif(format!("x.make {is}{}", and(Column::Model, "model"))),
        _ => exif(format!("x.country {is}{}", and(Column::State, "state"))),
    }
}
