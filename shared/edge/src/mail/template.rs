//! Texts with values in them, as HTML.

use crate::html::escaped;

/// `{name}` becomes the value of this name; unknown and empty ones stay as they are.
pub(super) fn fill(template: &str, variables: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let value = after.split_once('}').and_then(|(name, after)| {
            let value = variables.iter().find(|(known, _)| *known == name)?.1;
            (!value.is_empty()).then_some((value, after))
        });
        if let Some((value, after)) = value {
            out.push_str(&escaped(value));
            rest = after;
        } else {
            out.push('{');
            rest = after;
        }
    }
    out.push_str(rest);
    out
}
