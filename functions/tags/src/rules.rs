//! Decisions about tags: which values a request means, and how much one request may do.

use std::collections::{BTreeSet, HashSet};

use edge_http::{Error, Result};
use edge_store::tags;

/// Most pairs of tag and asset in one request.
const PAIRS: usize = 200_000;

/// Most characters that the tags of one request, with all above them, may have.
const WORK: usize = 4_000_000;

/// The value of a new tag called `name` below `parent`. A name with slashes stands for the tags above it as well.
pub fn value(parent: Option<&str>, name: &str) -> Result<String> {
    let name = tags::normalised(name).ok_or_else(unusable)?;
    match parent {
        None => Ok(name),
        Some(parent) => tags::normalised(&format!("{parent}/{name}")).ok_or_else(unusable),
    }
}

/// The value of the tag `value` when it is called `name`: one part, or it would lie below another tag.
pub fn renamed(value: &str, name: &str) -> Result<String> {
    if name.contains('/') {
        return Err(Error::bad_request("A tag's name has no slash"));
    }
    let parent = value.rsplit_once('/').map(|(parent, _)| parent);
    self::value(parent, name)
}

/// The distinct values that a list of paths means, in its order.
pub fn values(paths: &[String]) -> Result<Vec<String>> {
    let mut seen = HashSet::with_capacity(paths.len());
    let mut values = Vec::with_capacity(paths.len());
    for path in paths {
        let value = tags::normalised(path).ok_or_else(unusable)?;
        if seen.insert(value.clone()) {
            values.push(value);
        }
    }
    if tags::work(&values) > WORK {
        return Err(Error::bad_request(
            "Too many long and deep tags in one request",
        ));
    }
    if tags::closure_rows(&values) > tags::ROWS {
        return Err(Error::bad_request(format!(
            "Too many deep tags in one request: those that it makes may have {} levels in all",
            tags::ROWS
        )));
    }
    Ok(values)
}

fn unusable() -> Error {
    Error::bad_request(format!(
        "Tag must have a name, at most {} characters and at most {} levels",
        tags::LONGEST,
        tags::DEEPEST
    ))
}

/// Ids without repetitions. Errors: more pairs than one request may make.
pub fn pairs<'a>(tags: &[&'a str], assets: &[&'a str]) -> Result<(Vec<&'a str>, Vec<&'a str>)> {
    let distinct = |ids: &[&'a str]| -> Vec<&'a str> {
        let ids: BTreeSet<&str> = ids.iter().copied().collect();
        ids.into_iter().collect()
    };
    let (tags, assets) = (distinct(tags), distinct(assets));
    if tags.len().saturating_mul(assets.len()) > PAIRS {
        return Err(Error::bad_request(format!(
            "Too many pairs of tag and asset: at most {PAIRS} in one request"
        )));
    }
    Ok((tags, assets))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_bring_its_path_along() {
        assert_eq!(value(None, "Italy").ok().as_deref(), Some("Italy"));
        let below = value(Some("travel"), " Italy / Rome ").ok();
        assert_eq!(below.as_deref(), Some("travel/Italy/Rome"));
        assert!(value(Some("travel"), " ").is_err());
    }

    #[test]
    fn what_many_deep_tags_need_is_bounded() {
        // Each is allowed, but all of them with what is above them would take 200 MB.
        let deep = |number: usize| format!("{number:09}{}", "/123456789".repeat(199));
        let many: Vec<String> = (0..1_000).map(deep).collect();
        assert!(values(&many).is_err());
        // Four of them are 80,400 rows of the closure; what ten would write is refused below.
        assert!(values(&many[..4]).is_ok());
        let flat: Vec<String> = (0..1_000)
            .map(|number| "x".repeat(1_900) + &number.to_string())
            .collect();
        assert!(values(&flat).is_ok());
    }

    #[test]
    fn what_deep_tags_of_short_names_write_is_bounded() {
        // 200 parts of one letter are no long text, but 20,100 rows.
        let chain = |number: usize| format!("{number}{}", "/x".repeat(199));
        let chains = |number: usize| (0..number).map(chain).collect::<Vec<_>>();
        assert!(values(&chains(4)).is_ok());
        for number in [5, 50, 100] {
            assert!(values(&chains(number)).is_err(), "{number}");
        }
        // Many that have what is above them in common write little more.
        let siblings: Vec<String> = (0..10_000)
            .map(|number| format!("a/b/c/{number}"))
            .collect();
        assert!(values(&siblings).is_ok());
    }

    #[test]
    fn pairs_are_bounded() {
        let many: Vec<String> = (0..1_000).map(|number| number.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(pairs(&many, &many).is_err());
        assert!(pairs(&many[..10], &many).is_ok());
    }
}
