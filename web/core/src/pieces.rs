//! Long lists, read while they come: a tree of a million markers would be a gigabyte in the browser.
use serde_json::Value;

/// Finds the objects of a list of objects, whose bytes come in pieces that end anywhere.
#[derive(Debug, Default)]
pub struct Objects {
    /// What has come of the object that is not complete.
    begun: Vec<u8>,
    depth: usize,
    is_text: bool,
    is_escaped: bool,
}

impl Objects {
    /// Takes the next piece, and hands over each object that it completes; what is no JSON is empty, as everything that an answer lacks.
    pub fn take(&mut self, piece: &[u8], found: &mut dyn FnMut(Value)) {
        for &byte in piece {
            if self.depth > 0 || byte == b'{' {
                self.begun.push(byte);
            }
            if self.is_text {
                self.is_text = self.is_escaped || byte != b'"';
                self.is_escaped = !self.is_escaped && byte == b'\\';
                continue;
            }
            match byte {
                b'"' => self.is_text = true,
                b'{' => self.depth += 1,
                b'}' => self.end(found),
                _ => {}
            }
        }
    }

    fn end(&mut self, found: &mut dyn FnMut(Value)) {
        self.depth = self.depth.saturating_sub(1);
        if self.depth == 0 {
            // Not `from_slice`: the page has code to read texts already.
            let text = std::str::from_utf8(&self.begun).unwrap_or_default();
            found(serde_json::from_str(text).unwrap_or_default());
            self.begun.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn all(text: &str, length: usize) -> Vec<Value> {
        let (mut objects, mut found) = (Objects::default(), Vec::new());
        for piece in text.as_bytes().chunks(length) {
            objects.take(piece, &mut |value| found.push(value));
        }
        found
    }

    #[test]
    fn objects_are_found_wherever_pieces_end() {
        let list = json!([
            { "id": "a", "city": "}{ \"x\\\" ü", "more": { "list": [{}, { "b": "\\" }] } },
            {},
            { "id": "c", "lat": -1.5, "none": null },
        ]);
        for text in [list.to_string(), format!("{list:#}")] {
            for length in [1, 2, 3, 7, 1000] {
                assert_eq!(Value::Array(all(&text, length)), list, "{length}");
            }
        }
    }

    #[test]
    fn what_is_not_complete_or_strange_is_no_object() {
        assert!(all("", 1).is_empty());
        assert!(all("[]", 1).is_empty());
        assert!(all(r#"[{"id": "a", "b": {}"#, 4).is_empty());
        assert_eq!(all("}}{x}", 2), [Value::Null, Value::Null, Value::Null]);
    }
}
