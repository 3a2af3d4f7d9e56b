//! Searches for people whom other members of the caller's cluster group know, too (api/v32.md section 5, docs/faces.md): their faces are
//! looked for on what those members share, by the ids that the people have there.
//!
//! Most accounts are alone in their group, so a search asks who is known to others beside what it reads, and reads once more only where
//! somebody is.

use std::collections::{BTreeMap, BTreeSet};

use edge_platform::{DbError, Rows, Statement, stmt};

use super::{
    Scope, Search,
    condition::{Condition, Link},
};
use crate::{json_texts, people};

/// So many people who must all be on a photo are looked for among those of others; more are nobody's photo, and each is a condition of
/// its own.
const MOST: usize = 16;

/// By the id of a person of the caller the ids that the person has elsewhere in the cluster group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kin(BTreeMap<String, Vec<String>>);

impl Kin {
    /// Reads the rows of [`Search::kin`].
    pub fn read(rows: Option<&Rows>) -> Result<Self, DbError> {
        let mut kin = Self::default();
        for row in rows.into_iter().flat_map(Rows::iter) {
            let others = kin.0.entry(row.get("person_id")?).or_default();
            others.push(row.get("other_id")?);
        }
        Ok(kin)
    }

    /// Nobody of those that are asked for is known to others.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The condition, also of others' photos.
    fn widened(&self, condition: &Condition) -> Condition {
        let each = |parts: &[Condition]| -> Vec<Condition> {
            parts.iter().map(|part| self.widened(part)).collect()
        };
        match condition {
            Condition::All(parts) => Condition::All(each(parts)),
            Condition::Any(parts) => Condition::Any(each(parts)),
            Condition::Not(part) => Condition::Not(Box::new(self.widened(part))),
            Condition::HasAll(Link::Person, ids) => self.all_of(ids),
            Condition::HasAny(Link::Person, ids) => self.any_of(ids),
            other => other.clone(),
        }
    }

    fn all_of(&self, ids: &[String]) -> Condition {
        let (known, others) = self.parted(ids);
        if known.is_empty() || known.len() > MOST {
            return Condition::HasAll(Link::Person, ids.to_vec());
        }
        let each = known.iter().map(|id| self.whoever(&[id.as_str()]));
        let mut parts: Vec<Condition> = each.collect();
        if !others.is_empty() {
            parts.push(Condition::HasAll(Link::Person, others));
        }
        Condition::All(parts)
    }

    fn any_of(&self, ids: &[String]) -> Condition {
        let (known, others) = self.parted(ids);
        if known.is_empty() {
            return Condition::HasAny(Link::Person, ids.to_vec());
        }
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let known = self.whoever(&known);
        if others.is_empty() {
            return known;
        }
        Condition::Any(vec![known, Condition::HasAny(Link::Person, others)])
    }

    /// Those whom others know, and everybody else.
    fn parted(&self, ids: &[String]) -> (Vec<String>, Vec<String>) {
        let ids = ids.iter().cloned();
        ids.partition(|id| self.0.contains_key(id))
    }

    /// One of these is on the photo, by whichever id.
    fn whoever(&self, ids: &[&str]) -> Condition {
        let mut all: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        let elsewhere = ids.iter().filter_map(|id| self.0.get(*id));
        all.extend(elsewhere.flatten().cloned());
        Condition::HasAny(Link::Known, all)
    }
}

impl Search {
    /// Which of the people that are asked for others of the caller's cluster group know, for [`Kin::read`]; `None` when nobody is asked
    /// for, or only among the caller's own photos.
    pub fn kin(&self) -> Option<Statement> {
        let mut ids = BTreeSet::new();
        people_in(&self.condition, &mut ids);
        if ids.is_empty() || self.scope == Scope::Own {
            return None;
        }
        let ids: Vec<&str> = ids.into_iter().collect();
        Some(stmt!(
            format!(
                "select p.id as person_id, q.id as other_id from caller c cross join json_rows(?1) v \
                 cross join looked_up(person p, p.id = v.value) cross join {} where c.link_id is null and p.id = v.value and p.owner_id = c.user_id and {} \
                 order by p.id, q.id",
                people::others(),
                people::IS_KNOWN_TO_OTHERS
            ),
            json_texts(&ids)
        ))
    }

    /// The same search, also of the photos of others on which these people are.
    #[must_use]
    pub fn with_kin(&self, kin: &Kin) -> Self {
        Self {
            scope: self.scope.clone(),
            condition: kin.widened(&self.condition),
        }
    }
}

/// The people whom a condition names.
fn people_in<'a>(condition: &'a Condition, ids: &mut BTreeSet<&'a str>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            for part in parts {
                people_in(part, ids);
            }
        }
        Condition::Not(part) => people_in(part, ids),
        Condition::HasAll(Link::Person, named) | Condition::HasAny(Link::Person, named) => {
            ids.extend(named.iter().map(String::as_str));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    fn kin() -> Kin {
        let of = |id: &str, others: &[&str]| (id.to_owned(), texts(others));
        Kin(BTreeMap::from([
            of("ann", &["ann of bob", "ann of cid"]),
            of("ben", &["ben of bob"]),
        ]))
    }

    #[test]
    fn all_of_some_people_are_each_of_them_by_whichever_id() {
        let wanted = Condition::HasAll(Link::Person, texts(&["ann", "ben", "dan"]));
        let expected = Condition::All(vec![
            Condition::HasAny(Link::Known, texts(&["ann", "ann of bob", "ann of cid"])),
            Condition::HasAny(Link::Known, texts(&["ben", "ben of bob"])),
            Condition::HasAll(Link::Person, texts(&["dan"])),
        ]);
        assert_eq!(kin().widened(&wanted), expected);
        let unknown = Condition::HasAll(Link::Person, texts(&["dan"]));
        assert_eq!(kin().widened(&unknown), unknown);
    }

    #[test]
    fn nobody_of_some_people_is_on_others_photos_either() {
        let wanted = Condition::HasAny(Link::Person, texts(&["ben", "dan"]));
        let expected = Condition::Any(vec![
            Condition::HasAny(Link::Known, texts(&["ben", "ben of bob"])),
            Condition::HasAny(Link::Person, texts(&["dan"])),
        ]);
        assert_eq!(kin().widened(&wanted), expected);
        let none = |part: Condition| Condition::All(vec![Condition::Not(Box::new(part))]);
        assert_eq!(kin().widened(&none(wanted)), none(expected));
    }

    #[test]
    fn who_is_named_anywhere_is_asked_about() {
        let person = |id: &str| Condition::HasAny(Link::Person, texts(&[id]));
        let tag = Condition::HasAll(Link::Tag, texts(&["tag"]));
        let not = Condition::Not(Box::new(person("ann")));
        let condition = Condition::All(vec![tag, Condition::Any(vec![not, person("ben")])]);
        let mut ids = BTreeSet::new();
        people_in(&condition, &mut ids);
        assert_eq!(ids, BTreeSet::from(["ann", "ben"]));
        let search = |scope| Search {
            scope,
            condition: condition.clone(),
        };
        assert!(search(Scope::Timeline).kin().is_some());
        assert_eq!(search(Scope::Own).kin(), None);
    }
}
