//! The rules a field can have. Each is a small value: `rule::string().min(1)`.
//!
//! Nothing is unbounded: a text has at most [`TEXT`] characters and a list at most [`ITEMS`] elements, unless its field
//! says otherwise. The contract has no such limits; ours are far above what clients send and far below what
//! would slow everybody's lists down.

mod collection;
mod number;
mod text;

use serde_json::Value;

use super::Context;

pub use collection::{Any, MaybeNull, or_null};
pub use collection::{
    Array, JsonText, Object, Record, any, array_of, ids, json_text, object, record,
};
pub use number::{
    Boolean, Integer, JsonBoolean, JsonInteger, OneOf, Real, boolean, integer, json_boolean,
    json_integer, number, one_of,
};
pub use text::{
    Clock, DateRule, DateTimeRule, Email, EnumOf, IdRule, OffsetTimeRule, Text, Url, clock, date,
    date_time, description, email, enum_of, id, name, offset_time, pin_code, string, url,
};

/// Characters of a text (UTF-16 units) unless its field says otherwise.
pub const TEXT: u32 = 1_000;
/// Characters of a name that lists show.
pub const NAME: u32 = 255;
/// Characters of a description.
pub const DESCRIPTION: u32 = 20_000;
/// Characters of an e-mail address (RFC 5321).
pub const EMAIL: u32 = 254;
/// Characters of a URL.
pub const URL: u32 = 2_048;
/// Elements of a list unless its field says otherwise.
pub const ITEMS: u32 = 1_000;
/// Elements of a list of ids, or of things with an id: the CLI sends up to 65,000 (api/clients.md).
pub const IDS: u32 = 70_000;
/// Ids that fit into one parameter of D1, which refuses values above 2 MB.
pub const IDS_AT_ONCE: u32 = 50_000;
/// Bytes of a free object, written as JSON.
pub const OBJECT: usize = 64 * 1024;

/// How a field is checked and converted.
pub trait Rule {
    /// What a right value becomes.
    type Out;

    /// Reads `value` (`None` = undefined). Reports to `context` and gives `None` if it is wrong.
    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<Self::Out>;
}
