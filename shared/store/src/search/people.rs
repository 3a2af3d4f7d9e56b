//! Looking for people by name (api/features.md section A, Search).

use std::collections::BTreeSet;

use edge_api::{
    people::PersonResponse,
    trigrams::{self, Trigram},
};
use edge_platform::{DbError, Rows, Statement, stmt};

use crate::{assets::response, people::COLUMNS};

/// Most people of one answer.
const MOST: usize = 100;
/// How much of what is looked for a name must have in common with it, of 1,000.
const ALIKE: usize = 500;

/// The caller's people with a name, for [`read`]. Names `caller`.
pub fn named(with_hidden: bool) -> Statement {
    let hidden = if with_hidden {
        ""
    } else {
        " and p.is_hidden = 0"
    };
    stmt!(format!(
        "select {COLUMNS} from caller c join person p on p.owner_id = c.user_id where c.link_id is null and p.name <> ''{hidden} \
         order by p.name, p.id"
    ))
}

/// Those of [`named`] whose names are like `wanted`, the best first.
pub fn read(rows: &Rows, wanted: &str) -> Result<Vec<PersonResponse>, DbError> {
    let wanted = trigrams::of(wanted);
    let mut found = Vec::new();
    for row in rows.iter() {
        let name: String = row.get("name")?;
        let alike = likeness(&wanted, &trigrams::of(&name));
        if alike >= ALIKE {
            found.push((alike, response::person(&row)?));
        }
    }
    found.sort_by_key(|(alike, _)| std::cmp::Reverse(*alike));
    let people = found.into_iter().map(|(_, person)| person);
    Ok(people.take(MOST).collect())
}

/// How much of what is wanted a name has, of 1,000.
fn likeness(wanted: &BTreeSet<Trigram>, name: &BTreeSet<Trigram>) -> usize {
    let same = wanted.intersection(name).count();
    (same * 1_000).checked_div(wanted.len()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_alike_by_their_parts() {
        let alike = |wanted, name| likeness(&trigrams::of(wanted), &trigrams::of(name)) >= ALIKE;
        assert!(alike("ali", "Alice"));
        assert!(alike("LICE", "Älice"));
        assert!(alike("smith", "Alice Smith"));
        assert!(alike("alise", "Alice"));
        assert!(!alike("bob", "Alice"));
        assert!(!alike("", "Alice"));
        assert!(!alike("%_", "Alice"));
    }
}
