//! Where a search begins.
//!
//! A page is found in one of two ways: along the order of the page, looking at each asset; or from what few assets have, such
//! as a person or a city, put into order afterwards. Which is cheaper depends on how many have it, and neither D1 nor a text of SQL
//! knows. So up to [`FEW`] of them are counted in the same statement, and the way is chosen there.

use edge_platform::Value;

use super::{
    condition::{self, Column, Condition, Op, Text},
    contains,
    indexed::indexed,
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
    select(best, lead, is_live, params)
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
        | Condition::In(Column::Checksum, _)
        | Condition::IsEncoded(Some(_)) => Some(0),
        Condition::HasAll(..) | Condition::HasAny(..) => Some(1),
        // Of the words, what begins or ends with a part contains it.
        Condition::Contains(Text::FileName | Text::Description, part)
        | Condition::Begins(Text::FileName | Text::Description, part)
        | Condition::Ends(Text::FileName | Text::Description, part) => {
            words::lookups(part).map(|_| 2)
        }
        Condition::Shows(texts) => contains::longest(texts).map(|_| 2),
        Condition::Not(inner) => match **inner {
            Condition::Missing(column) => rank_of_some(column),
            _ => None,
        },
        Condition::Is(column, op, value) => match (column, value.as_text()) {
            (Column::Trashed, _) => Some(3),
            (Column::IsOffline, _) => (*op == Op::Equal && *value == Value::Int(1)).then_some(3),
            (Column::Library | Column::Visibility | Column::Type, Ok(text)) => {
                rank_of_texts(*column, &[text])
            }
            _ => indexed(*column).map(|index| index.rank),
        },
        Condition::In(column @ (Column::Library | Column::Visibility | Column::Type), values) => {
            let values: Vec<&str> = values.iter().map(String::as_str).collect();
            rank_of_texts(*column, &values)
        }
        Condition::In(column, _) | Condition::InNumbers(column, _) => {
            indexed(*column).map(|index| index.rank)
        }
        Condition::IsFavorite | Condition::IsEncoded(None) => Some(9),
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

/// The rank of a column that must have some value.
fn rank_of_some(column: Column) -> Option<u8> {
    match column {
        Column::Trashed => Some(3),
        // Each asset has a size.
        Column::FileSize => None,
        _ => indexed(column).map(|index| index.rank),
    }
}

/// The rank of a column with few values, which must be one of these; what most assets have is not worth it.
fn rank_of_texts(column: Column, values: &[&str]) -> Option<u8> {
    let (most, rank) = match column {
        Column::Library => return Some(8),
        Column::Visibility => ("timeline", 8),
        _ => ("IMAGE", 10),
    };
    (!values.contains(&most)).then_some(rank)
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

fn select(best: &Condition, lead: Lead, is_live: bool, params: &mut Params) -> Option<String> {
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
        Condition::IsEncoded(paths) => encoded(paths.as_deref(), lead, params),
        Condition::Is(Column::Id, _, value) => {
            format!("select cast({} as text) as id", params.bind(value.clone()))
        }
        Condition::Is(Column::Trashed, ..) => of_assets("x.deleted_at is not null", lead),
        Condition::Is(Column::IsOffline, ..) => of_assets("x.is_offline = 1", lead),
        Condition::Is(column, op, value) => {
            let is = format!("{} {}", op.sql(), params.bind(value.clone()));
            of_column(*column, &is, lead, is_live)?
        }
        Condition::In(column @ (Column::Visibility | Column::Type), values)
            if !values.is_empty() =>
        {
            of_column(*column, &one_of(values, params), lead, is_live)?
        }
        Condition::In(column, values) => {
            let is = format!("in json_list({})", params.bind(json_texts(values)));
            of_column(*column, &is, lead, is_live)?
        }
        Condition::InNumbers(column, values) => {
            let is = format!("in {}", condition::numbers(values, params));
            of_column(*column, &is, lead, is_live)?
        }
        Condition::Not(inner) => match **inner {
            Condition::Missing(column) => of_column(column, "is not null", lead, is_live)?,
            _ => return None,
        },
        _ => return None,
    })
}

/// Compares with a few values, of which each is a parameter: PostgreSQL takes what a list names for most there is.
fn one_of(values: &[String], params: &mut Params) -> String {
    let mut different = values.to_vec();
    different.sort_unstable();
    different.dedup();
    let places = different.iter().map(|it| params.bind(it.as_str()));
    let places: Vec<String> = places.collect();
    format!("in ({})", places.join(", "))
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

/// Assets with an encoded video, at one of these paths if there are some.
fn encoded(paths: Option<&[String]>, lead: Lead, params: &mut Params) -> String {
    let Some(paths) = paths else {
        let owners = lead.owners();
        // Nothing but videos is encoded, and their rows need not be read.
        return format!(
            "select x.id from {owners}asset x cross join asset_file f where x.owner_id = m.id and x.type <> 'IMAGE' \
             and f.asset_id = x.id and f.type = 'encoded_video'"
        );
    };
    let paths = params.bind(json_texts(paths));
    format!("select f.asset_id as id from asset_file f where f.path in json_list({paths})")
}

/// Assets of which a column `is` so, by its index.
fn of_column(column: Column, is: &str, lead: Lead, is_live: bool) -> Option<String> {
    Some(match column {
        Column::Checksum => of_assets(&format!("x.checksum {is} and x.library_id is null"), lead),
        Column::Visibility => marked(&format!("x.visibility {is}"), lead, is_live),
        Column::Trashed => of_assets("x.deleted_at is not null", lead),
        Column::Type => of_assets(&format!("x.type <> 'IMAGE' and x.type {is}"), lead),
        // Whose it is, is known without.
        Column::Library => format!("select x.id from asset x where x.library_id {is}"),
        _ => {
            let (owners, index) = (lead.owners(), indexed(column)?);
            let (table, id) = if index.is_exif {
                ("asset_exif", "x.asset_id as id")
            } else {
                ("asset", "x.id")
            };
            format!(
                "select {id} from {owners}{table} x where x.owner_id = m.id and x.{} {is}",
                index.name
            )
        }
    })
}
