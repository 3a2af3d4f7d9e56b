//! Filters of many fields with operators (api/v32.md section 7), read by a table as [`super::tree`] is: one interpreter for
//! thirty fields is much smaller than a struct each.

use serde_json::{Map, Value};

use super::check::Expected;
use super::rule::{self, Rule};
use super::{Context, Key};
use crate::enums::{AssetType, AssetVisibility};
use crate::id::AssetId;

/// What a field of a filter holds, and so how it may be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// UUID, equal or not.
    Id,
    /// As [`Kind::Id`], or null.
    IdOrNull,
    /// Things of which there may be many, by their ids.
    Ids,
    /// [`AssetType`].
    Type,
    /// [`AssetVisibility`].
    Visibility,
    /// True or false.
    Flag,
    /// Text, as it is.
    Text,
    /// As [`Kind::Text`], or null.
    TextOrNull,
    /// As [`Kind::TextOrNull`], or parts of it.
    Pattern,
    /// Words.
    Words,
    /// Number.
    Number,
    /// As [`Kind::Number`], or null.
    NumberOrNull,
    /// Instant.
    Date,
    /// As [`Kind::Date`], or null.
    DateOrNull,
}

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// It is that.
    Equal,
    /// It is not that.
    NotEqual,
    /// It is one of those.
    In,
    /// It is none of those.
    NotIn,
    /// Less.
    Less,
    /// That or less.
    AtMost,
    /// More.
    More,
    /// That or more.
    AtLeast,
    /// Contains it, whatever case and accents.
    Like,
    /// Does not.
    NotLike,
    /// Begins with it, whatever case and accents.
    StartsWith,
    /// Ends with it, whatever case and accents.
    EndsWith,
    /// Has these words.
    Matches,
    /// Has one of those.
    Any,
    /// Has all of those.
    All,
    /// Has none of those.
    None,
}

/// What a field is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// Nothing.
    Null,
    /// True or false.
    Flag(bool),
    /// A number; of instants epoch ms.
    Number(f64),
    /// Numbers.
    Numbers(Vec<f64>),
    /// A text, or an id in lower case.
    Text(String),
    /// Texts, or ids in lower case.
    Texts(Vec<String>),
}

/// One comparison; all of a level must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Test<F> {
    /// What is compared.
    pub field: F,
    /// How.
    pub operator: Operator,
    /// With what.
    pub operand: Operand,
}

/// A field of a filter: its name, what it stands for, what it holds.
pub(crate) type Row<F> = (&'static str, F, Kind);

const EQUAL: &[(&str, Operator)] = &[("eq", Operator::Equal), ("ne", Operator::NotEqual)];
const LISTS: &[(&str, Operator)] = &[("in", Operator::In), ("notIn", Operator::NotIn)];
const RANGES: &[(&str, Operator)] = &[
    ("lt", Operator::Less),
    ("lte", Operator::AtMost),
    ("gt", Operator::More),
    ("gte", Operator::AtLeast),
];
const PARTS: &[(&str, Operator)] = &[
    ("like", Operator::Like),
    ("notLike", Operator::NotLike),
    ("startsWith", Operator::StartsWith),
    ("endsWith", Operator::EndsWith),
];
const SETS: &[(&str, Operator)] = &[
    ("any", Operator::Any),
    ("all", Operator::All),
    ("none", Operator::None),
];

/// Names of operators and what they mean.
type Operators = &'static [(&'static str, Operator)];

impl Kind {
    /// The operators that a field of this kind has.
    fn operators(self) -> &'static [Operators] {
        match self {
            Self::Id | Self::IdOrNull => &[EQUAL],
            Self::Ids => &[SETS],
            Self::Type | Self::Visibility | Self::Text | Self::TextOrNull => &[EQUAL, LISTS],
            Self::Flag => &[&[("eq", Operator::Equal)]],
            Self::Pattern => &[EQUAL, LISTS, PARTS],
            Self::Words => &[&[("matches", Operator::Matches)]],
            Self::Number | Self::NumberOrNull => &[EQUAL, RANGES, LISTS],
            Self::Date | Self::DateOrNull => &[EQUAL, RANGES],
        }
    }

    fn may_be_null(self) -> bool {
        matches!(
            self,
            Self::IdOrNull
                | Self::TextOrNull
                | Self::Pattern
                | Self::NumberOrNull
                | Self::DateOrNull
        )
    }

    fn read(
        self,
        operator: Operator,
        context: &mut Context,
        value: Option<&Value>,
    ) -> Option<Operand> {
        let is_equality = matches!(operator, Operator::Equal | Operator::NotEqual);
        if is_equality && self.may_be_null() && value == Some(&Value::Null) {
            return Some(Operand::Null);
        }
        let is_list = matches!(operator, Operator::In | Operator::NotIn);
        if is_list && value.is_some_and(|value| value.to_string().len() > LIST) {
            context.refuse("", "Too large: lists hold at most 1 MB");
            return None;
        }
        match self {
            Self::Flag => rule::boolean().read(context, value).map(Operand::Flag),
            Self::Ids => {
                let ids = rule::ids::<AssetId>().min(1).max(rule::IDS_AT_ONCE);
                let ids = ids.read(context, value)?;
                let ids = ids.iter().map(|id| id.as_str().to_owned());
                Some(Operand::Texts(ids.collect()))
            }
            Self::Number | Self::NumberOrNull if is_list => {
                let numbers = rule::array_of(rule::number()).min(1);
                numbers.read(context, value).map(Operand::Numbers)
            }
            Self::Number | Self::NumberOrNull => {
                rule::number().read(context, value).map(Operand::Number)
            }
            Self::Date | Self::DateOrNull => {
                let at = rule::date_time().read(context, value)?;
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "instants of four-digit years fit a double exactly"
                )]
                let at = at.0 as f64;
                Some(Operand::Number(at))
            }
            _ if is_list => {
                let texts = rule::array_of(TextOf(self)).min(1);
                texts.read(context, value).map(Operand::Texts)
            }
            _ => TextOf(self).read(context, value).map(Operand::Text),
        }
    }
}

/// Bytes of a list, written as JSON: it becomes one parameter, and D1 refuses values above 2 MB.
const LIST: usize = 1_000_000;

/// A text as a field of this kind has it.
struct TextOf(Kind);

impl Rule for TextOf {
    type Out = String;

    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<String> {
        match self.0 {
            Kind::Id | Kind::IdOrNull => {
                let id = rule::id::<AssetId>().read(context, value)?;
                Some(id.as_str().to_owned())
            }
            Kind::Type => {
                let kind = rule::enum_of::<AssetType>().read(context, value)?;
                Some(kind.as_str().to_owned())
            }
            Kind::Visibility => {
                let place = rule::enum_of::<AssetVisibility>().read(context, value)?;
                Some(place.as_str().to_owned())
            }
            _ => rule::description().read(context, value),
        }
    }
}

/// Reads the comparisons of one object; `others` are keys that it may have besides, which the caller reads.
fn level<F: Copy>(
    context: &mut Context,
    table: &[Row<F>],
    map: &Map<String, Value>,
    others: &[&str],
) -> Vec<Test<F>> {
    let mut tests = Vec::new();
    for (name, field, kind) in table {
        let Some(value) = map.get(*name) else {
            continue;
        };
        context.enter(Key::Name((*name).to_owned()));
        condition(context, *kind, value, &mut |operator, operand| {
            tests.push(Test {
                field: *field,
                operator,
                operand,
            });
        });
        context.leave();
    }
    let is_known = |key: &str| others.contains(&key) || table.iter().any(|row| row.0 == key);
    context.unknown_keys(map.keys().filter(|key| !is_known(key)));
    tests
}

/// Reads the operators of one field.
fn condition(
    context: &mut Context,
    kind: Kind,
    value: &Value,
    add: &mut dyn FnMut(Operator, Operand),
) {
    let Value::Object(map) = value else {
        context.wrong_type(Expected::Object, Some(value));
        return;
    };
    // What has but one operator needs it.
    let is_needed = matches!(kind, Kind::Flag | Kind::Words);
    let operators = || kind.operators().iter().copied().flatten();
    for (name, operator) in operators() {
        let sent = map.get(*name);
        if sent.is_none() && !is_needed {
            continue;
        }
        context.enter(Key::Name((*name).to_owned()));
        if let Some(operand) = kind.read(*operator, context, sent) {
            add(*operator, operand);
        }
        context.leave();
    }
    let is_known = |key: &str| operators().any(|(name, _)| *name == key);
    context.unknown_keys(map.keys().filter(|key| !is_known(key)));
    if map.is_empty() && !is_needed {
        context.refuse("", "At least one operator is required");
    }
}

/// A filter: comparisons of the fields of a table, and branches of them by `or`; `most` comparisons in all.
pub(crate) struct Filter<F: 'static> {
    pub(crate) table: &'static [Row<F>],
    pub(crate) most: usize,
}

/// Comparisons of the top, and of each branch.
type Levels<F> = (Vec<Test<F>>, Vec<Vec<Test<F>>>);

impl<F: Copy> Rule for Filter<F> {
    type Out = Levels<F>;

    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<Levels<F>> {
        let Some(Value::Object(map)) = value else {
            context.wrong_type(Expected::Object, value);
            return None;
        };
        let before = context.count();
        let mut branches = Vec::new();
        if let Some(sent) = map.get("or") {
            context.enter(Key::Name("or".to_owned()));
            let read = rule::array_of(Branch(self.table)).min(1).max(BRANCHES);
            branches = read.read(context, Some(sent)).unwrap_or_default();
            context.leave();
        }
        let tests = level(context, self.table, map, &["or"]);
        let count = tests.len() + branches.iter().map(Vec::len).sum::<usize>();
        if count > self.most {
            let text = format!(
                "Too many filter conditions: at most {} are supported",
                self.most
            );
            context.refuse("", &text);
        }
        (context.count() == before).then_some((tests, branches))
    }
}

/// Branches of a filter at most; each has a comparison at least.
const BRANCHES: u32 = 60;

/// One branch of `or`.
struct Branch<F: 'static>(&'static [Row<F>]);

impl<F: Copy> Rule for Branch<F> {
    type Out = Vec<Test<F>>;

    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<Self::Out> {
        let Some(Value::Object(map)) = value else {
            context.wrong_type(Expected::Object, value);
            return None;
        };
        let before = context.count();
        let tests = level(context, self.0, map, &[]);
        if map.is_empty() {
            context.refuse("", "At least one filter condition is required");
        }
        (context.count() == before).then_some(tests)
    }
}
