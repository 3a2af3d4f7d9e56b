//! Reading answers of the API. By hand and not by serde's derive: a struct of ours then costs some hundred bytes of the page's code
//! and not several thousand. What an answer lacks is empty, as clients are to take it that are older or newer than the server.
use serde_json::Value;

/// What can be read from a part of an answer.
pub trait FromValue: Sized {
    /// Reads it; what is missing or of another kind is empty.
    fn from_value(value: &Value) -> Self;
}

impl FromValue for Value {
    fn from_value(value: &Value) -> Self {
        value.clone()
    }
}

impl FromValue for String {
    fn from_value(value: &Value) -> Self {
        value.as_str().unwrap_or_default().to_owned()
    }
}

impl FromValue for bool {
    fn from_value(value: &Value) -> Self {
        value.as_bool().unwrap_or_default()
    }
}

impl FromValue for f64 {
    fn from_value(value: &Value) -> Self {
        value.as_f64().unwrap_or_default()
    }
}

impl FromValue for i64 {
    fn from_value(value: &Value) -> Self {
        value.as_i64().unwrap_or_default()
    }
}

impl FromValue for u64 {
    fn from_value(value: &Value) -> Self {
        value.as_u64().unwrap_or_default()
    }
}

impl FromValue for u32 {
    fn from_value(value: &Value) -> Self {
        let number = value.as_u64().unwrap_or_default();
        Self::try_from(number).unwrap_or(Self::MAX)
    }
}

impl FromValue for usize {
    fn from_value(value: &Value) -> Self {
        let number = value.as_u64().unwrap_or_default();
        Self::try_from(number).unwrap_or(Self::MAX)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Self {
        (!value.is_null()).then(|| T::from_value(value))
    }
}

impl<T: FromValue> FromValue for Vec<T> {
    fn from_value(value: &Value) -> Self {
        let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
        items.iter().map(T::from_value).collect()
    }
}

/// The property of `value` that a field is called after: `is_favorite` is `isFavorite`.
pub fn field<'a>(value: &'a Value, name: &str) -> &'a Value {
    let mut key = String::with_capacity(name.len());
    for part in name.split('_') {
        let mut letters = part.chars();
        match letters.next() {
            Some(first) if !key.is_empty() => {
                key.push(first.to_ascii_uppercase());
                key.push_str(letters.as_str());
            }
            _ => key.push_str(part),
        }
    }
    &value[key.as_str()]
}

/// Structs that are read from answers: a field is the property of the same name in camel case, or of the name after `=`.
macro_rules! answers {
    (@key $value:ident $field:ident) => {
        $crate::answer::field($value, stringify!($field))
    };
    (@key $value:ident $field:ident $key:literal) => {
        &$value[$key]
    };
    ($(
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$doc:meta])* $visible:vis $field:ident: $kind:ty $(= $key:literal)?,)*
        }
    )*) => {$(
        $(#[$meta])*
        pub struct $name {
            $($(#[$doc])* $visible $field: $kind,)*
        }

        impl $crate::answer::FromValue for $name {
            fn from_value(value: &serde_json::Value) -> Self {
                Self {
                    $($field: $crate::answer::FromValue::from_value(answers!(@key value $field $($key)?)),)*
                }
            }
        }
    )*};
}
pub(crate) use answers;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    answers! {
        /// One of each kind.
        #[derive(Debug, PartialEq)]
        pub struct Thing {
            /// A name in camel case.
            pub file_size_in_byte: Option<f64>,
            kind: String = "type",
            many: Vec<Option<u32>>,
            is_there: bool,
        }
    }

    #[test]
    fn fields_are_found_by_their_names() {
        let value = json!({ "fileSizeInByte": 5, "type": "IMAGE", "many": [1, null], "isThere": true, "more": {} });
        let thing = Thing {
            file_size_in_byte: Some(5.0),
            kind: "IMAGE".into(),
            many: vec![Some(1), None],
            is_there: true,
        };
        assert_eq!(Thing::from_value(&value), thing);
    }

    #[test]
    fn what_is_missing_or_strange_is_empty() {
        let empty = Thing {
            file_size_in_byte: None,
            kind: String::new(),
            many: Vec::new(),
            is_there: false,
        };
        for value in [
            json!({}),
            json!(null),
            json!([]),
            json!({ "type": 5, "many": "x", "isThere": "yes" }),
        ] {
            assert_eq!(Thing::from_value(&value), empty, "{value}");
        }
    }
}
