//! Arrays, objects and free JSON.

use core::marker::PhantomData;
use std::io;

use serde_json::{Map, Number, Value};

use super::{Context, IDS, ITEMS, IdRule, OBJECT, Rule, id};
use crate::error::Key;
use crate::id::IdType;
use crate::input::check::{Expected, LISTED, Sized};
use crate::input::{Input, Limits, Scan, nul, read_object};

/// See [`array_of`].
#[derive(Debug, Clone, Copy)]
pub struct Array<R> {
    rule: R,
    min: Option<u32>,
    max: u32,
    unique: Option<&'static str>,
}

/// An array whose elements all follow `rule`, at most [`ITEMS`]. In a query a single value is an array of one.
pub fn array_of<R: Rule>(rule: R) -> Array<R> {
    Array {
        rule,
        min: None,
        max: ITEMS,
        unique: None,
    }
}

/// An array of ids, at most [`IDS`].
pub fn ids<T: IdType>() -> Array<IdRule<T>> {
    array_of(id()).max(IDS)
}

impl<R> Array<R> {
    /// At least this many elements.
    #[must_use]
    pub fn min(mut self, min: u32) -> Self {
        self.min = Some(min);
        self
    }

    /// At most this many elements.
    #[must_use]
    pub fn max(mut self, max: u32) -> Self {
        self.max = max;
        self
    }

    /// No element twice; `message` is what the issue says.
    #[must_use]
    pub fn unique(mut self, message: &'static str) -> Self {
        self.unique = Some(message);
        self
    }

    /// Size and uniqueness, looked at once every element is right.
    fn check(&self, context: &mut Context, values: &[Value]) {
        let length = values.len() as u64;
        if let Some(min) = self.min
            && length < u64::from(min)
        {
            context.too_small(Sized::Items, &Number::from(min));
        }
        if length > u64::from(self.max) {
            context.too_big(Sized::Items, &Number::from(self.max));
        }
        if let Some(message) = self.unique {
            let mut texts: Vec<String> = values.iter().map(Value::to_string).collect();
            texts.sort_unstable();
            if texts.windows(2).any(|pair| pair.first() == pair.last()) {
                context.refuse("", message);
            }
        }
    }
}

impl<R: Rule> Rule for Array<R> {
    type Out = Vec<R::Out>;

    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<Self::Out> {
        let values = match value {
            Some(Value::Array(values)) => values.as_slice(),
            Some(single) if context.text_mode => core::slice::from_ref(single),
            _ => {
                context.wrong_type(Expected::Array, value);
                return None;
            }
        };
        let before = context.count();
        // A list that is far too long is refused without a look at all of it.
        let looked_at = self.max as usize + LISTED;
        let mut out = Vec::with_capacity(values.len().min(looked_at));
        for (index, value) in values.iter().take(looked_at).enumerate() {
            context.enter(Key::Index(index));
            out.extend(self.rule.read(context, Some(value)));
            context.leave();
        }
        if context.count() == before {
            self.check(context, values);
        }
        (context.count() == before).then_some(out)
    }
}

/// See [`object`].
#[derive(Debug, Clone, Copy)]
pub struct Object<T>(PhantomData<T>);

/// A nested object: `rule::object::<Crop>()`.
pub fn object<T: Input>() -> Object<T> {
    Object(PhantomData)
}

impl<T: Input> Rule for Object<T> {
    type Out = T;

    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<T> {
        read_object(context, value)
    }
}

/// See [`record`].
#[derive(Debug, Clone, Copy)]
pub struct Record;

/// An object with any keys, at most [`OBJECT`] bytes as JSON.
pub fn record() -> Record {
    Record
}

impl Rule for Record {
    type Out = Map<String, Value>;

    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<Self::Out> {
        let Some(Value::Object(map)) = value else {
            context.wrong_type(Expected::Record, value);
            return None;
        };
        if json_length(map) > OBJECT {
            let message = format!("Too big: expected record to have <={OBJECT} bytes");
            context.refuse("", &message);
            return None;
        }
        Some(map.clone())
    }
}

/// Bytes of an object written as JSON.
fn json_length(map: &Map<String, Value>) -> usize {
    struct Count(usize);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    match serde_json::to_writer(&mut count, map) {
        Ok(()) => count.0,
        Err(_) => usize::MAX,
    }
}

/// See [`any`].
#[derive(Debug, Clone, Copy)]
pub struct Any;

/// Any JSON; a missing field is `null`.
pub fn any() -> Any {
    Any
}

impl Rule for Any {
    type Out = Value;

    fn read(&self, _: &mut Context, value: Option<&Value>) -> Option<Value> {
        Some(value.cloned().unwrap_or_default())
    }
}

/// See [`or_null`].
#[derive(Debug, Clone, Copy)]
pub struct MaybeNull<R>(R);

/// `rule` or `null`, for elements of an array; fields have `Fields::nullable`.
pub fn or_null<R: Rule>(rule: R) -> MaybeNull<R> {
    MaybeNull(rule)
}

impl<R: Rule> Rule for MaybeNull<R> {
    type Out = Option<R::Out>;

    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<Self::Out> {
        match value {
            Some(Value::Null) => Some(None),
            _ => self.0.read(context, value).map(Some),
        }
    }
}

/// See [`json_text`].
#[derive(Debug, Clone, Copy)]
pub struct JsonText<R>(R);

/// A form field that holds JSON as text, read by `rule` (`metadata` of an upload;
/// api/assets.md section 1).
pub fn json_text<R: Rule>(rule: R) -> JsonText<R> {
    JsonText(rule)
}

impl<R: Rule> Rule for JsonText<R> {
    type Out = R::Out;

    fn read(&self, context: &mut Context, value: Option<&Value>) -> Option<R::Out> {
        let Some(Value::String(text)) = value else {
            return self.0.read(context, value);
        };
        let is_small = Scan::new(Limits::PLAIN).feed(text.as_bytes()).is_ok();
        let parsed = is_small.then(|| serde_json::from_str(text).ok()).flatten();
        let Some(parsed) = parsed else {
            context.refuse("", "Invalid JSON");
            return None;
        };
        let before = context.count();
        nul::check(context, &parsed);
        if context.count() > before {
            return None;
        }
        let outer = core::mem::replace(&mut context.text_mode, false);
        let out = self.0.read(context, Some(&parsed));
        context.text_mode = outer;
        out
    }
}
