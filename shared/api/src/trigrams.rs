//! Words and trigrams of texts, by which names are compared (api/features.md section A, Search; api/geodata.md section 3): as
//! PostgreSQL's `pg_trgm` makes them, of folded texts.

use std::collections::BTreeSet;

use crate::fold::fold;

/// Three characters of a word that has two blanks before it and one behind.
pub type Trigram = [char; 3];

/// Words of a text: runs of letters and digits, folded.
pub fn words(text: &str) -> Vec<String> {
    let folded = fold(text);
    let words = folded.split(|letter: char| !letter.is_alphanumeric());
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Adds the trigrams of a word.
pub fn add(word: &str, into: &mut BTreeSet<Trigram>) {
    let mut window = [' '; 3];
    for letter in word.chars().chain([' ']) {
        window = [window[1], window[2], letter];
        into.insert(window);
    }
}

/// The trigrams of all words of a text.
pub fn of(text: &str) -> BTreeSet<Trigram> {
    let mut trigrams = BTreeSet::new();
    for word in words(text) {
        add(&word, &mut trigrams);
    }
    trigrams
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_blanks_around_them() {
        let found: Vec<String> = of("Ál, x!").iter().map(|it| it.iter().collect()).collect();
        assert_eq!(found, ["  a", "  x", " al", " x ", "al "]);
        assert!(of(" -!").is_empty());
    }
}
