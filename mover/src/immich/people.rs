//! People who have names, and tags with their colours.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Deserialize;
use serde_json::json;

use super::{Move, Pair};
use crate::client::Server;
use crate::model::{Made, Person, Tag};
use crate::state::Kind;
use crate::target::Target;

/// People of one page, the most that the API gives.
const PAGE: u32 = 1000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct People {
    people: Vec<Person>,
    #[serde(default)]
    has_next_page: bool,
}

/// Everybody who has a name.
fn named(server: &Server) -> Result<Vec<Person>> {
    let mut found = Vec::new();
    for page in 1.. {
        let path = format!("/people?withHidden=true&page={page}&size={PAGE}");
        let people: People = server.get(&path)?;
        let named = people.people.into_iter();
        found.extend(named.filter(|person| !person.name.is_empty()));
        if !people.has_next_page {
            break;
        }
    }
    Ok(found)
}

impl Move<'_> {
    /// Makes people, or takes those of the same name whom the target has.
    pub fn move_people(&self, pair: &Pair, to: &Target) -> Result<()> {
        let new: Vec<Person> = named(&pair.from)?;
        let mut missing = Vec::new();
        for person in new {
            if !self.state.has(Kind::Person, &person.id)? {
                missing.push(person);
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let there = named(&to.server)?.into_iter();
        let there: BTreeMap<String, String> =
            there.map(|person| (person.name, person.id)).collect();
        for person in missing {
            let known = match there.get(&person.name) {
                Some(id) if !self.state.is_target(Kind::Person, id)? => Some(id.clone()),
                _ => None,
            };
            let id = known.map_or_else(|| make(&person, to), Ok);
            if let Some(id) = self.report.take(&format!("person {}", person.name), id)? {
                self.state.set(Kind::Person, &person.id, &id)?;
            }
        }
        Ok(())
    }

    /// Makes all tags, those without assets too, with their colours.
    pub fn move_tags(&self, pair: &Pair, to: &Target) -> Result<()> {
        let tags: Vec<Tag> = pair.from.get("/tags")?;
        let there: Vec<Tag> = to.server.get("/tags")?;
        let there: BTreeMap<&str, &Tag> =
            there.iter().map(|tag| (tag.value.as_str(), tag)).collect();
        for tag in &tags {
            let known = there.get(tag.value.as_str());
            if known.is_some_and(|known| known.color == tag.color || tag.color.is_none()) {
                continue;
            }
            let made = move_tag(tag, to);
            self.report.take(&format!("tag {}", tag.value), made)?;
        }
        Ok(())
    }
}

/// Makes a tag and gives it its colour.
fn move_tag(tag: &Tag, to: &Target) -> Result<()> {
    let ids = to.tags(std::slice::from_ref(&tag.value))?;
    if let (Some(id), Some(colour)) = (ids.first(), &tag.color) {
        let body = json!({"color": colour});
        to.server.tell("PUT", &format!("/tags/{id}"), &body)?;
    }
    Ok(())
}

fn make(person: &Person, to: &Target) -> Result<String> {
    let mut body = json!({
        "name": person.name,
        "isHidden": person.is_hidden,
        "isFavorite": person.is_favorite,
    });
    if let Some(date) = &person.birth_date {
        body["birthDate"] = date.as_str().into();
    }
    if let Some(colour) = &person.color {
        body["color"] = colour.as_str().into();
    }
    Ok(to.server.send::<Made>("POST", "/people", &body)?.id)
}
