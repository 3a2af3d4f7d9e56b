//! Settings are stored as what differs from the defaults, and answered as the whole tree
//! (api/features.md sections D and E).

use serde_json::{Map, Value};

/// Lays `over` upon `base`: objects key by key, everything else is replaced.
pub fn merge(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                match base.get_mut(key) {
                    Some(slot) => merge(slot, value),
                    None => {
                        base.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (base, over) => *base = over.clone(),
    }
}

/// What of `value` differs from `base`; an empty object if nothing does.
pub fn difference(base: &Value, value: &Value) -> Value {
    let mut out = Map::new();
    if let Value::Object(fields) = value {
        for (key, value) in fields {
            let base = base.get(key);
            match (base, value) {
                (Some(same), value) if equal(same, value) => {}
                (Some(base @ Value::Object(_)), Value::Object(_)) => {
                    out.insert(key.clone(), difference(base, value));
                }
                _ => {
                    out.insert(key.clone(), value.clone());
                }
            }
        }
    }
    Value::Object(out)
}

/// A flag by JSON pointer; false when there is none.
pub fn flag(tree: &Value, pointer: &str) -> bool {
    tree.pointer(pointer)
        .and_then(Value::as_bool)
        .unwrap_or(false)
}

/// An integer by JSON pointer; 0 when there is none.
pub fn int(tree: &Value, pointer: &str) -> i64 {
    tree.pointer(pointer).and_then(Value::as_i64).unwrap_or(0)
}

/// As `==`, but `1` equals `1.0` and the order of keys does not matter.
fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, value)| other.get(key).is_some_and(|there| equal(value, there)))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(a, b)| equal(a, b))
        }
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_difference_laid_upon_its_base_gives_the_value_back() {
        let base = json!({"a": {"b": 1, "c": [1, 2]}, "d": null, "e": 0.5});
        let value = json!({"a": {"c": [1], "b": 1.0}, "d": "x", "e": 0.5});
        let sparse = difference(&base, &value);
        assert_eq!(sparse, json!({"a": {"c": [1]}, "d": "x"}));
        let mut merged = base.clone();
        merge(&mut merged, &sparse);
        assert!(equal(&merged, &value));
        assert_eq!(difference(&base, &base), json!({}));
    }
}
