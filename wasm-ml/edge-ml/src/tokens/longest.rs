//! The longest pieces first: WordPiece.
use super::vocabulary::Vocabulary;

/// Appends the tokens of `word` to `ids`: from its beginning the longest piece, then the longest of those that begin with `inside`. A
/// word of more than `most` characters, or one that ends with what is no piece, is `unknown` as a whole.
pub fn word(
    vocabulary: &Vocabulary,
    word: &str,
    unknown: i32,
    inside: &str,
    most: usize,
    ids: &mut Vec<i32>,
) {
    if word.chars().nth(most).is_some() {
        ids.push(unknown);
        return;
    }
    let mut found = Vec::new();
    let mut rest = word;
    while !rest.is_empty() {
        let prefix = if found.is_empty() { "" } else { inside };
        let text = [prefix, rest].concat();
        let mut longest = None;
        vocabulary.beginnings(text.as_bytes(), |length, piece| {
            // Not the prefix alone.
            let own = length.saturating_sub(prefix.len());
            if own > 0 && rest.is_char_boundary(own) {
                longest = Some((own, piece.id));
            }
        });
        let Some((length, id)) = longest else {
            ids.push(unknown);
            return;
        };
        found.push(id);
        rest = rest.get(length..).unwrap_or_default();
    }
    ids.append(&mut found);
}
