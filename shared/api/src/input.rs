//! Validation of requests: reads JSON, query strings and forms into typed structs and reports
//! every problem in the words of Zod 4, because clients show them (api/auth.md section 11).
//!
//! Every text and every list has a limit ([`rule`]), and no text holds U+0000.
//!
//! A request type is declared with [`input!`](crate::input::input); a field names its rule once:
//! ```
//! use edge_api::input::{self, input, rule};
//! input! {
//!     /// Body of `POST /auth/login`.
//!     pub struct Login {
//!         /// Lower-cased.
//!         pub email: String = required("email", rule::email()),
//!         /// As typed.
//!         pub password: String = required("password", rule::string()),
//!     }
//! }
//! let issues = input::from_json::<Login>(&serde_json::json!({"email": "A@b.c"})).unwrap_err();
//! assert_eq!(issues[0].message, "Invalid input: expected string, received undefined");
//! ```

mod check;
mod filter;
mod form;
mod limits;
mod nul;
pub mod rule;
pub(crate) mod tree;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

pub use crate::error::{Issue, Key};
pub use check::Context;
use check::Expected;
pub(crate) use filter::{Filter, Kind, Row};
pub use filter::{Operand, Operator, Test};
pub use form::{from_form, from_query};
pub use limits::{Limits, Scan, TooMuch};
pub use nul::{check_target, check_text};
pub use rule::Rule;

use crate::id::{IdType, is_uuid_v4};

/// A request that can be read from fields. Implemented by [`input!`](crate::input::input).
pub trait Input: Sized {
    /// How much JSON a body of this type may hold.
    const LIMITS: Limits = Limits::PLAIN;

    /// Reads all fields, so that every problem is reported; `None` if there was one.
    fn read(fields: &mut Fields<'_>) -> Option<Self>;
}

/// What an update says of a field: leave it, clear it, or set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Patch<T> {
    /// The field was not sent.
    #[default]
    Absent,
    /// The field was sent as `null`.
    Null,
    /// The field was sent with a value.
    Value(T),
}

impl<T> Patch<T> {
    /// `None` = leave, `Some(None)` = clear, `Some(Some(value))` = set.
    pub fn change(self) -> Option<Option<T>> {
        match self {
            Self::Absent => None,
            Self::Null => Some(None),
            Self::Value(value) => Some(Some(value)),
        }
    }

    /// The value, if one was sent.
    pub fn value(self) -> Option<T> {
        self.change().flatten()
    }

    /// Whether the field was not sent.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.serialize(serializer),
            Self::Absent | Self::Null => serializer.serialize_none(),
        }
    }
}

/// The fields of one object of the request. Unknown ones are ignored.
pub struct Fields<'a> {
    map: &'a Map<String, Value>,
    context: &'a mut Context,
}

impl Fields<'_> {
    fn read<R: Rule>(&mut self, name: &'static str, rule: &R) -> Option<R::Out> {
        self.context.enter(Key::Name(name.to_owned()));
        let out = rule.read(self.context, self.map.get(name));
        self.context.leave();
        out
    }

    /// The field must be there.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "rules are built in place; a reference would only add noise to every field"
    )]
    pub fn required<R: Rule>(&mut self, name: &'static str, rule: R) -> Option<R::Out> {
        self.read(name, &rule)
    }

    /// The field may be missing; `null` is not missing.
    #[expect(clippy::needless_pass_by_value, reason = "see required")]
    pub fn optional<R: Rule>(&mut self, name: &'static str, rule: R) -> Option<Option<R::Out>> {
        match self.map.get(name) {
            None => Some(None),
            Some(_) => self.read(name, &rule).map(Some),
        }
    }

    /// The field must be there, and may be `null`.
    #[expect(clippy::needless_pass_by_value, reason = "see required")]
    pub fn nullable<R: Rule>(&mut self, name: &'static str, rule: R) -> Option<Option<R::Out>> {
        match self.map.get(name) {
            Some(Value::Null) => Some(None),
            _ => self.read(name, &rule).map(Some),
        }
    }

    /// The field may be missing or `null`; both mean the same.
    #[expect(clippy::needless_pass_by_value, reason = "see required")]
    pub fn nullish<R: Rule>(&mut self, name: &'static str, rule: R) -> Option<Option<R::Out>> {
        match self.map.get(name) {
            None | Some(Value::Null) => Some(None),
            Some(_) => self.read(name, &rule).map(Some),
        }
    }

    /// The field may be missing (leave as is) or `null` (clear).
    #[expect(clippy::needless_pass_by_value, reason = "see required")]
    pub fn patch<R: Rule>(&mut self, name: &'static str, rule: R) -> Option<Patch<R::Out>> {
        match self.map.get(name) {
            None => Some(Patch::Absent),
            Some(Value::Null) => Some(Patch::Null),
            Some(_) => self.read(name, &rule).map(Patch::Value),
        }
    }

    /// The field may be missing; then it has this value.
    #[expect(clippy::needless_pass_by_value, reason = "see required")]
    pub fn default<R: Rule>(
        &mut self,
        name: &'static str,
        rule: R,
        default: R::Out,
    ) -> Option<R::Out> {
        match self.map.get(name) {
            None => Some(default),
            Some(_) => self.read(name, &rule),
        }
    }

    /// Whether the field was sent, be it as `null`.
    pub fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    /// Reports a broken rule between fields at `name` (`""` = the object itself).
    pub fn refuse(&mut self, name: &str, message: &str) {
        self.context.refuse(name, message);
    }
}

/// Reads a JSON body.
pub fn from_json<T: Input>(value: &Value) -> Result<T, Vec<Issue>> {
    read_whole(Context::body(), value)
}

/// Reads a path parameter that is an id; `name` is its name in the route, e.g. `id`.
pub fn from_path<T: IdType>(name: &str, text: &str) -> Result<T, Vec<Issue>> {
    let mut context = Context::body();
    context.enter(Key::Name(name.to_owned()));
    let out = is_uuid_v4(text).then(|| T::from_trusted(text.to_ascii_lowercase()));
    if out.is_none() {
        context.bad_uuid();
    }
    context.finish(out)
}

/// Reads a path parameter that is a UUID of version 7 (integrity reports), in lower case.
pub fn from_path_v7(name: &str, text: &str) -> Result<String, Vec<Issue>> {
    let mut context = Context::body();
    context.enter(Key::Name(name.to_owned()));
    let out = crate::id::is_uuid_v7(text).then(|| text.to_ascii_lowercase());
    if out.is_none() {
        context.bad_uuid();
    }
    context.finish(out)
}

/// Reads a path parameter that is one of an enum, e.g. a queue's name.
pub fn from_path_enum<E: crate::enums::TextEnum>(name: &str, text: &str) -> Result<E, Vec<Issue>> {
    let mut context = Context::body();
    context.enter(Key::Name(name.to_owned()));
    let out = E::parse(text);
    if out.is_none() {
        context.bad_option(E::TEXTS);
    }
    context.finish(out)
}

/// Reads a request, in which no text may hold U+0000.
fn read_whole<T: Input>(mut context: Context, value: &Value) -> Result<T, Vec<Issue>> {
    nul::check(&mut context, value);
    let out = if context.count() == 0 {
        read_object(&mut context, Some(value))
    } else {
        None
    };
    context.finish(out)
}

fn read_object<T: Input>(context: &mut Context, value: Option<&Value>) -> Option<T> {
    let Some(Value::Object(map)) = value else {
        context.wrong_type(Expected::Object, value);
        return None;
    };
    let before = context.count();
    let out = T::read(&mut Fields { map, context });
    if context.count() == before { out } else { None }
}

/// Declares a request type: the struct and how each field is read, in one place. The part after
/// `=` is a method of [`Fields`] with its arguments. A final `check |value, fields| { … }` holds
/// rules between fields; it runs when every field is right by itself. In front of it,
/// `limits BULK` is for requests that list things ([`Limits`]).
#[macro_export]
#[doc(hidden)]
macro_rules! __edge_api_input {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $(
                $(#[$field_meta:meta])*
                pub $field:ident : $type:ty = $method:ident ( $($argument:expr),+ $(,)? )
            ),* $(,)?
        }
        $(limits $limits:ident)?
        $(check $check:expr)?
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $( $(#[$field_meta])* pub $field: $type, )*
        }

        impl $crate::input::Input for $name {
            $( const LIMITS: $crate::input::Limits = $crate::input::Limits::$limits; )?

            fn read(fields: &mut $crate::input::Fields<'_>) -> Option<Self> {
                $( let $field = fields.$method($($argument),+); )*
                let value = Self { $( $field: $field?, )* };
                $(
                    let check: fn(&Self, &mut $crate::input::Fields<'_>) = $check;
                    check(&value, fields);
                )?
                Some(value)
            }
        }
    };
}
pub use crate::__edge_api_input as input;

#[cfg(test)]
#[expect(
    clippy::needless_pass_by_value,
    reason = "tests build their values in place"
)]
mod tests;
