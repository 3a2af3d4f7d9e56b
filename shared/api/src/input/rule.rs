//! The rules a field can have. Each is a small value: `rule::string().min(1)`.

mod collection;
mod number;
mod text;

use serde_json::Value;

use super::Context;

pub use collection::{Any, MaybeNull, or_null};
pub use collection::{Array, JsonText, Object, Record, any, array_of, json_text, object, record};
pub use number::{Boolean, Integer, OneOf, Real, boolean, integer, number, one_of};
pub use text::{
    Clock, DateRule, DateTimeRule, Email, EnumOf, IdRule, OffsetTimeRule, Text, Url, clock, date,
    date_time, email, enum_of, id, offset_time, pin_code, string, url,
};

/// How a field is checked and converted.
pub trait Rule {
    /// What a right value becomes.
    type Out;

    /// Reads `value` (`None` = undefined). Reports to `context` and gives `None` if it is wrong.
    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<Self::Out>;
}
