//! Booleans and numbers.

use serde_json::{Number, Value};

use super::{Context, Rule};
use crate::input::check::{Expected, Sized};

/// The largest integer a JavaScript number holds exactly.
const MAX_SAFE: i64 = 9_007_199_254_740_991;

/// See [`boolean`].
#[derive(Debug, Clone, Copy)]
pub struct Boolean;

/// `true` or `false`; in a query exactly these texts.
pub fn boolean() -> Boolean {
    Boolean
}

impl Rule for Boolean {
    type Out = bool;

    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<bool> {
        match value {
            Some(Value::Bool(flag)) => return Some(*flag),
            Some(Value::String(text)) if context.text_mode => match text.as_str() {
                "true" => return Some(true),
                "false" => return Some(false),
                _ => {}
            },
            _ => {}
        }
        context.wrong_type(Expected::Boolean, value);
        None
    }
}

/// See [`json_boolean`].
#[derive(Debug, Clone, Copy)]
pub struct JsonBoolean;

/// `true` or `false` in JSON. In a query nothing is: upstream declares some parameters so, and refuses whatever is sent
/// (api/workflows.md section 1).
pub fn json_boolean() -> JsonBoolean {
    JsonBoolean
}

impl Rule for JsonBoolean {
    type Out = bool;

    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<bool> {
        if let Some(Value::Bool(flag)) = value {
            return Some(*flag);
        }
        context.wrong_type(Expected::Boolean, value);
        None
    }
}

/// See [`json_integer`].
#[derive(Debug, Clone, Copy)]
pub struct JsonInteger;

/// A whole number in JSON; in a query nothing is, as for [`json_boolean`] (api/admin.md section 4).
pub fn json_integer() -> JsonInteger {
    JsonInteger
}

impl Rule for JsonInteger {
    type Out = i64;

    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<i64> {
        if let Some(Value::Number(number)) = value {
            return number.as_i64();
        }
        context.wrong_type(Expected::Number, value);
        None
    }
}

/// A JSON number, or in text mode what JavaScript's `Number(text)` makes of a string.
fn read_number(context: &mut Context, value: Option<&Value>) -> Option<Number> {
    match value {
        Some(Value::Number(number)) => return Some(number.clone()),
        Some(Value::String(text)) if context.text_mode => {
            let text = text.trim();
            // JSON's reader of numbers is in every function anyway; Rust's own would add its tables.
            let parsed = if text.is_empty() {
                Some(Number::from(0))
            } else {
                serde_json::from_str(text).ok()
            };
            if parsed.is_none() {
                context.wrong_type_named(Expected::Number, "NaN");
            }
            return parsed;
        }
        _ => context.wrong_type(Expected::Number, value),
    }
    None
}

/// See [`integer`].
#[derive(Debug, Clone, Copy)]
pub struct Integer {
    min: Option<i64>,
    max: Option<i64>,
    above: Option<i64>,
}

/// A whole number that a double holds exactly.
pub fn integer() -> Integer {
    Integer {
        min: None,
        max: None,
        above: None,
    }
}

impl Integer {
    /// At least this.
    #[must_use]
    pub fn min(self, min: i64) -> Self {
        Self {
            min: Some(min),
            ..self
        }
    }

    /// At most this.
    #[must_use]
    pub fn max(self, max: i64) -> Self {
        Self {
            max: Some(max),
            ..self
        }
    }

    /// More than this.
    #[must_use]
    pub fn above(self, bound: i64) -> Self {
        Self {
            above: Some(bound),
            ..self
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "only called with whole doubles within the safe range"
)]
fn whole(context: &mut Context, number: &Number) -> Option<i64> {
    let value = match (number.as_i64(), number.as_f64()) {
        (Some(value), _) => value,
        (None, Some(float)) if float.fract() != 0.0 => {
            context.wrong_type_named(Expected::Int, "number");
            return None;
        }
        (None, Some(float)) if float.abs() <= 9_007_199_254_740_991.0 => float as i64,
        (None, Some(float)) if float < 0.0 => i64::MIN,
        _ => i64::MAX,
    };
    if value > MAX_SAFE {
        context.too_big(Sized::SafeInteger, &MAX_SAFE.into());
    } else if value < -MAX_SAFE {
        context.too_small(Sized::SafeInteger, &(-MAX_SAFE).into());
    } else {
        return Some(value);
    }
    None
}

impl Rule for Integer {
    type Out = i64;

    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<i64> {
        let number = read_number(context, value)?;
        let value = whole(context, &number)?;
        let before = context.count();
        if let Some(bound) = self.above
            && value <= bound
        {
            context.not_above(&bound.into());
        }
        if let Some(min) = self.min
            && value < min
        {
            context.too_small(Sized::Number, &min.into());
        }
        if let Some(max) = self.max
            && value > max
        {
            context.too_big(Sized::Number, &max.into());
        }
        (context.count() == before).then_some(value)
    }
}

/// See [`one_of`].
#[derive(Debug, Clone, Copy)]
pub struct OneOf(&'static [i64]);

/// One of these numbers.
pub fn one_of(numbers: &'static [i64]) -> OneOf {
    OneOf(numbers)
}

impl Rule for OneOf {
    type Out = i64;

    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<i64> {
        let number = value.and_then(Value::as_i64);
        let known = number.filter(|number| self.0.contains(number));
        if known.is_none() {
            context.bad_number_option(self.0);
        }
        known
    }
}

/// See [`number`].
#[derive(Debug, Clone, Copy)]
pub struct Real {
    min: Option<f64>,
    max: Option<f64>,
}

/// Any finite number.
pub fn number() -> Real {
    Real {
        min: None,
        max: None,
    }
}

impl Real {
    /// At least this.
    #[must_use]
    pub fn min(self, min: f64) -> Self {
        Self {
            min: Some(min),
            ..self
        }
    }

    /// At most this.
    #[must_use]
    pub fn max(self, max: f64) -> Self {
        Self {
            max: Some(max),
            ..self
        }
    }
}

/// A bound as JavaScript prints it: `-90`, not `-90.0`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "guarded by fract() == 0; bounds are small constants of our own"
)]
fn bound(value: f64) -> Number {
    if value.fract() == 0.0 {
        Number::from(value as i64)
    } else {
        Number::from_f64(value).unwrap_or_else(|| Number::from(0))
    }
}

impl Rule for Real {
    type Out = f64;

    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<f64> {
        let number = read_number(context, value)?.as_f64()?;
        let before = context.count();
        if let Some(min) = self.min
            && number < min
        {
            context.too_small(Sized::Number, &bound(min));
        }
        if let Some(max) = self.max
            && number > max
        {
            context.too_big(Sized::Number, &bound(max));
        }
        (context.count() == before).then_some(number)
    }
}
