//! What a person may be like.

use edge_api::{people::PersonResponse, time::Date};
use edge_http::{Error, Result};

/// The furthest that a clock is ahead of UTC, milliseconds: it is tomorrow there already.
const AHEAD: i64 = 14 * 3_600_000;

/// Refuses birthdays in the future. `now` in epoch ms.
pub fn check_birth_date(date: Option<Date>, now: i64) -> Result<()> {
    if date.is_some_and(|date| date.start().0 > now + AHEAD) {
        return Err(Error::bad_request("Birth date cannot be in the future"));
    }
    Ok(())
}

/// Which of these people become part of the first: those without another name or birthday than it has, or took over from
/// those before them.
pub fn alike(people: &[PersonResponse]) -> Vec<&str> {
    let Some((first, others)) = people.split_first() else {
        return Vec::new();
    };
    let (mut name, mut birth) = (first.name.as_str(), first.birth_date);
    let mut alike = Vec::new();
    for person in others {
        let has_other_name = !name.is_empty() && !person.name.is_empty() && person.name != name;
        let dates = birth.zip(person.birth_date);
        if has_other_name || dates.is_some_and(|(one, other)| one != other) {
            continue;
        }
        if name.is_empty() {
            name = &person.name;
        }
        birth = birth.or(person.birth_date);
        alike.push(person.id.as_str());
    }
    alike
}

#[cfg(test)]
mod tests {
    use super::*;
    use edge_api::{id::PersonId, time::Millis};

    #[test]
    fn nobody_is_born_tomorrow_but_where_it_is_tomorrow_already() {
        let now = 1_718_452_800_000; // 2024-06-15T12:00Z
        let check = |text| check_birth_date(Date::parse(text), now).is_ok();
        assert!(check("2024-06-15") && check("2024-06-16") && check("0001-01-01"));
        assert!(!check("2024-06-17"));
        assert!(check_birth_date(None, now).is_ok());
    }

    fn person(id: &str, name: &str, birth: Option<&str>) -> PersonResponse {
        PersonResponse {
            id: PersonId::from_trusted(id),
            name: name.to_owned(),
            birth_date: birth.and_then(Date::parse),
            thumbnail_path: String::new(),
            is_hidden: false,
            is_favorite: false,
            color: None,
            updated_at: Millis(0),
        }
    }

    #[test]
    fn nobody_loses_a_name_or_a_birthday() {
        let people = [
            person("a", "", None),
            person("b", "Anna", None),
            person("c", "Ben", None),
            person("d", "Anna", Some("1990-01-01")),
            person("e", "", Some("1991-01-01")),
            person("f", "", None),
        ];
        assert_eq!(alike(&people), ["b", "d", "f"]);
        assert_eq!(alike(&people[..1]), Vec::<&str>::new());
    }
}
