//! What an XML parser will have to do for a text, counted by one linear scan before it starts.
//!
//! `roxmltree` compares each attribute with the others of its element, copies the namespaces in
//! scope to each element that declares one, and searches them for each name: all of that is quadratic in the
//! input. Descriptions that people's programs write cost next to nothing; made-up ones froze a Worker.

/// Comparisons that a parser may make for one text.
const MAX_STEPS: usize = 16 << 20;
/// Markup and texts between them: twice what the longest histories in photographs have.
const MAX_NODES: usize = 400_000;
/// Elements inside each other.
const MAX_DEPTH: usize = 128;
/// Declarations of namespaces in a whole text.
const MAX_NAMESPACES: usize = 4096;
/// Length of a name or of a namespace, bytes: comparing two of them is a step.
const MAX_NAME: usize = 256;

/// Comparisons that the parser makes for this text. `None` when a limit is passed, for document
/// types (the source of entities), and for what cannot be XML.
pub fn steps(text: &str) -> Option<usize> {
    let mut scan = Scan {
        bytes: text.as_bytes(),
        scopes: Vec::new(),
        namespaces: 0,
        nodes: 0,
        steps: 0,
    };
    let mut at = 0;
    while let Some(open) = scan.behind(at, b"<") {
        at = scan.markup(open)?;
        // the markup and the text in front of it
        scan.nodes += 2;
        if scan.nodes > MAX_NODES || scan.steps > MAX_STEPS {
            return None;
        }
    }
    Some(scan.steps)
}

struct Scan<'a> {
    bytes: &'a [u8],
    /// Namespaces in scope of each open element.
    scopes: Vec<usize>,
    namespaces: usize,
    nodes: usize,
    steps: usize,
}

impl Scan<'_> {
    fn rest(&self, at: usize) -> &[u8] {
        self.bytes.get(at..).unwrap_or_default()
    }

    /// The offset behind the next occurrence of a text.
    fn behind(&self, at: usize, end: &[u8]) -> Option<usize> {
        let found = self.rest(at).windows(end.len()).position(|w| w == end)?;
        Some(at + found + end.len())
    }

    /// The offset behind the markup whose `<` lies before `at`.
    fn markup(&mut self, at: usize) -> Option<usize> {
        match self.rest(at) {
            [b'!', b'-', b'-', ..] => self.behind(at + 3, b"-->"),
            rest if rest.starts_with(b"![CDATA[") => self.behind(at + 8, b"]]>"),
            [b'!', ..] => None,
            [b'?', ..] => self.behind(at, b"?>"),
            [b'/', ..] => {
                self.scopes.pop();
                self.behind(at, b">")
            }
            _ => self.element(at),
        }
    }

    /// The offset of the first byte from `at` on that is none of these.
    fn skip(&self, at: usize, wanted: impl Fn(u8) -> bool) -> usize {
        let rest = self.rest(at);
        at + rest.iter().position(|b| !wanted(*b)).unwrap_or(rest.len())
    }

    /// A name of acceptable length from `at` on and the offset behind it.
    fn name(&self, at: usize) -> Option<(&[u8], usize)> {
        let end = self.skip(at, |b| {
            !b.is_ascii_whitespace() && !matches!(b, b'=' | b'/' | b'>' | b'<')
        });
        let name = self.bytes.get(at..end)?;
        (!name.is_empty() && name.len() <= MAX_NAME).then_some((name, end))
    }

    /// Counts a start tag.
    fn element(&mut self, at: usize) -> Option<usize> {
        let (_, mut at) = self.name(at)?;
        let (mut attributes, mut declared) = (0_usize, 0_usize);
        loop {
            at = self.skip(at, |b| b.is_ascii_whitespace());
            match self.rest(at) {
                [b'>', ..] | [b'/', b'>', ..] => break,
                _ => {
                    let (is_namespace, behind) = self.attribute(at)?;
                    attributes += 1;
                    declared += usize::from(is_namespace);
                    at = behind;
                }
            }
            if attributes > MAX_STEPS.isqrt() {
                return None;
            }
        }
        self.namespaces += declared;
        let scope = self.scopes.last().copied().unwrap_or(1) + declared;
        let copied = if declared > 0 { scope * scope } else { 0 };
        self.steps += (attributes + 1) * (attributes + scope) + copied;
        if self.rest(at).first() == Some(&b'/') {
            return (self.namespaces <= MAX_NAMESPACES).then_some(at + 2);
        }
        self.scopes.push(scope);
        let fits = self.scopes.len() <= MAX_DEPTH && self.namespaces <= MAX_NAMESPACES;
        fits.then_some(at + 1)
    }

    /// Whether an attribute declares a namespace, and the offset behind it.
    fn attribute(&self, at: usize) -> Option<(bool, usize)> {
        let (name, at) = self.name(at)?;
        let is_namespace = name == b"xmlns" || name.starts_with(b"xmlns:");
        let at = self.skip(at, |b| b.is_ascii_whitespace());
        let at = self
            .rest(at)
            .first()
            .filter(|b| **b == b'=')
            .map(|_| at + 1)?;
        let at = self.skip(at, |b| b.is_ascii_whitespace());
        let quote = *self
            .rest(at)
            .first()
            .filter(|b| matches!(b, b'"' | b'\''))?;
        let end = self.behind(at + 1, &[quote])?;
        let is_short = end - at - 2 <= MAX_NAME;
        (!is_namespace || is_short).then_some((is_namespace, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    fn repeat(count: usize, item: impl Fn(usize) -> String) -> String {
        (0..count).fold(String::new(), |mut all, i| {
            let _ = write!(all, "{}", item(i));
            all
        })
    }

    #[test]
    fn ordinary_texts_cost_little() {
        let text = format!(
            "<?xml version='1.0'?><!-- <a b c> --><a xmlns:x=\"u\" x:b = '>'><x:c/>{}<![CDATA[<x y]]></a>",
            repeat(1000, |i| format!("<x:li p=\"/{i}>\">text</x:li>"))
        );
        assert!(steps(&text).is_some_and(|steps| steps < 10_000));
        let settings = repeat(800, |i| format!(" n{i}=\"1\""));
        assert!(steps(&format!("<a{settings}/>")).is_some_and(|steps| steps < 1_000_000));
    }

    #[test]
    fn what_costs_a_parser_too_much_is_refused() {
        for (what, text) in [
            (
                "attributes",
                format!("<a {}/>", repeat(130_000, |i| format!(" n{i}=\"\""))),
            ),
            (
                "attributes of many",
                repeat(200, |_| {
                    format!("<a {}/>", repeat(1000, |i| format!(" n{i}=\"\"")))
                }),
            ),
            (
                "nested namespaces",
                repeat(120, |i| {
                    format!("<a {}>", repeat(40, |k| format!(" xmlns:n{i}_{k}=\"u\"")))
                }),
            ),
            (
                "namespaces",
                repeat(5000, |i| format!("<a xmlns:n=\"u{i}\"/>")),
            ),
            ("depth", repeat(200, |_| "<a>".to_owned())),
            ("nodes", repeat(250_000, |_| "<a/>".to_owned())),
            (
                "a long namespace",
                format!("<a xmlns:n=\"{}\"/>", "u".repeat(1000)),
            ),
            ("a long name", format!("<{}/>", "n".repeat(1000))),
            (
                "entities",
                "<!DOCTYPE x [<!ENTITY a \"b\">]><a>&a;</a>".to_owned(),
            ),
            ("an open quote", "<a b=\"c>".to_owned()),
            ("an open tag", "<a b".to_owned()),
        ] {
            assert_eq!(steps(&text), None, "{what}");
        }
    }
}
