//! Large objects of plain values (system config, preferences), checked against a table instead
//! of a struct each: one interpreter is much smaller than forty generated readers.

use serde_json::{Map, Number, Value};

use super::check::{Expected, Sized};
use super::rule::{self, Rule};
use super::{Context, Fields, Key};

/// What a value of the tree must be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Node {
    /// True or false.
    Flag,
    /// Any string of at most [`TEXT`] characters.
    Text,
    /// Integer from, to.
    Int(i64, i64),
    /// As [`Node::Int`], or null.
    IntOrNull(i64, i64),
    /// Number from, to.
    Real(f64, f64),
    /// One of these strings.
    Choice(&'static [&'static str]),
    /// Any of these strings.
    Choices(&'static [&'static str]),
    /// Any of these numbers.
    Numbers(&'static [i64]),
    /// At least so many strings.
    Texts(u32),
    /// A URL.
    Url,
    /// A URL or `""`.
    UrlOrEmpty,
    /// Five or six fields of a cron table.
    Cron,
    /// `HH:MM`.
    Clock,
    /// An object.
    Group(&'static [Field]),
}

/// Characters of a text of the configuration: style sheets and templates of mails are some.
const TEXT: u32 = 100_000;

/// No upper bound beyond what a double holds exactly.
pub(crate) const NO_MAX: i64 = i64::MAX;

/// A key of a [`Node::Group`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) optional: bool,
    pub(crate) node: Node,
}

/// A key that must be there, unless the whole tree is partial.
pub(crate) const fn field(name: &'static str, node: Node) -> Field {
    Field {
        name,
        optional: false,
        node,
    }
}

/// A key that may be missing.
pub(crate) const fn maybe(name: &'static str, node: Node) -> Field {
    Field {
        name,
        optional: true,
        node,
    }
}

impl Fields<'_> {
    /// Reads this object by a table; unknown keys are dropped. With `partial` every key may be
    /// missing, at every depth.
    pub(crate) fn tree(&mut self, fields: &'static [Field], partial: bool) -> Value {
        read_group(fields, partial, self.context, self.map)
    }
}

fn read_group(
    fields: &'static [Field],
    partial: bool,
    context: &mut Context,
    map: &Map<String, Value>,
) -> Value {
    let mut out = Map::new();
    for field in fields {
        let value = map.get(field.name);
        if value.is_none() && (partial || field.optional) {
            continue;
        }
        context.enter(Key::Name(field.name.to_owned()));
        if let Some(value) = read_node(field.node, partial, context, value) {
            out.insert(field.name.to_owned(), value);
        }
        context.leave();
    }
    Value::Object(out)
}

fn read_node(
    node: Node,
    partial: bool,
    context: &mut Context,
    value: Option<&Value>,
) -> Option<Value> {
    match node {
        Node::Flag => rule::boolean().read(context, value).map(Value::from),
        Node::Text => {
            let rule = rule::string().max(TEXT);
            rule.read(context, value).map(Value::from)
        }
        Node::IntOrNull(..) if value == Some(&Value::Null) => Some(Value::Null),
        Node::Int(min, max) | Node::IntOrNull(min, max) => {
            let rule = rule::integer().min(min).max(max);
            rule.read(context, value).map(Value::from)
        }
        // As sent, so that 1 stays 1 and does not become 1.0.
        Node::Real(min, max) => {
            let rule = rule::number().min(min).max(max);
            rule.read(context, value).and(value.cloned())
        }
        Node::Choice(texts) => read_choice(texts, context, value),
        Node::Choices(texts) => read_list(context, value, &|context, value| {
            read_choice(texts, context, value)
        }),
        Node::Numbers(numbers) => read_list(context, value, &|context, value| {
            rule::one_of(numbers).read(context, value).map(Value::from)
        }),
        Node::Texts(min) => {
            let texts = rule::array_of(rule::string()).min(min).read(context, value);
            texts.map(Value::from)
        }
        Node::Url => rule::url().read(context, value).map(Value::from),
        Node::UrlOrEmpty => rule::url().or_empty().read(context, value).map(Value::from),
        Node::Cron => read_cron(context, value),
        Node::Clock => rule::clock().read(context, value).map(Value::from),
        Node::Group(fields) => {
            let Some(Value::Object(map)) = value else {
                context.wrong_type(Expected::Object, value);
                return None;
            };
            Some(read_group(fields, partial, context, map))
        }
    }
}

fn read_choice(
    texts: &'static [&'static str],
    context: &mut Context,
    value: Option<&Value>,
) -> Option<Value> {
    let text = value.and_then(Value::as_str);
    let known = text.filter(|text| texts.contains(text));
    if known.is_none() {
        context.bad_option(texts);
    }
    known.map(Value::from)
}

type ReadElement<'a> = &'a dyn Fn(&mut Context, Option<&Value>) -> Option<Value>;

fn read_list(context: &mut Context, value: Option<&Value>, read: ReadElement<'_>) -> Option<Value> {
    let Some(Value::Array(values)) = value else {
        context.wrong_type(Expected::Array, value);
        return None;
    };
    if values.len() as u64 > u64::from(rule::ITEMS) {
        context.too_big(Sized::Items, &Number::from(rule::ITEMS));
        return None;
    }
    let mut out = Vec::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        context.enter(Key::Index(index));
        out.extend(read(context, Some(value)));
        context.leave();
    }
    Some(Value::Array(out))
}

fn read_cron(context: &mut Context, value: Option<&Value>) -> Option<Value> {
    let text = rule::string().read(context, value)?;
    if is_cron(&text) {
        return Some(text.into());
    }
    context.refuse("", "Invalid cron expression");
    None
}

/// Whether the text has the form of a cron expression: five fields, or six with seconds first.
fn is_cron(text: &str) -> bool {
    let fields: Vec<&str> = text.split_whitespace().collect();
    matches!(fields.len(), 5 | 6)
        && fields.iter().all(|field| {
            field
                .chars()
                .any(|c| c.is_ascii_alphanumeric() || c == '*' || c == '?')
                && field
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "*?/,-#".contains(c))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cron_texts() {
        for good in [
            "0 0 * * *",
            "0 02 * * *",
            "*/5 0-6 1,2 * MON",
            "0 0 0 * * ?",
        ] {
            assert!(is_cron(good), "{good}");
        }
        for bad in [
            "",
            "0 0 * *",
            "0 0 * * * * *",
            "a; drop * * * *",
            "- - - - -",
        ] {
            assert!(!is_cron(bad), "{bad}");
        }
    }
}

/// The forms of the web page (web/core/src/settings.rs), which have lists of what is allowed.
#[cfg(test)]
pub(crate) mod page {
    use std::collections::{BTreeMap, BTreeSet};

    use edge_web_core::settings::{self, Kind};

    use super::*;

    /// Fails where the page offers another choice for one of `values` than `fields` take. `proposed` are texts of any kind for which the
    /// page has a list all the same.
    pub(crate) fn assert_offers(fields: &'static [Field], values: &Value, proposed: &[&str]) {
        let mut nodes = BTreeMap::new();
        collect(fields, "", &mut nodes);
        let mut choices = 0;
        for field in settings::fields(values) {
            let path = field.path.as_str();
            let node = *nodes.get(path).unwrap_or_else(|| panic!("{path}"));
            let offered = match field.kind {
                Kind::Choice(words) => Some((false, set(words))),
                Kind::Choices(words) => Some((true, set(words))),
                _ => None,
            };
            if proposed.contains(&path) {
                assert!(matches!(node, Node::Text) && offered.is_some(), "{path}");
                continue;
            }
            let allowed = match node {
                Node::Choice(words) => Some((false, set(words))),
                Node::Choices(words) => Some((true, set(words))),
                Node::Numbers(numbers) => {
                    let words = numbers.iter().map(ToString::to_string);
                    Some((true, words.collect()))
                }
                _ => None,
            };
            choices += usize::from(allowed.is_some());
            assert_eq!(offered, allowed, "{path}");
        }
        assert!(choices > 0, "no choice was found");
    }

    fn set(words: &[&str]) -> BTreeSet<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn collect(fields: &'static [Field], path: &str, nodes: &mut BTreeMap<String, Node>) {
        for field in fields {
            let path = format!("{path}/{}", field.name);
            match field.node {
                Node::Group(inner) => collect(inner, &path, nodes),
                node => {
                    nodes.insert(path, node);
                }
            }
        }
    }
}
