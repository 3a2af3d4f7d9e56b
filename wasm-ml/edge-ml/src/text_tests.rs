//! Tokens of a small vocabulary; the real one is compared with CLIP's own tokenizer by the models' gate.
use super::*;

const VOCABULARY: &str = "#version: 0.2\nc a\nca t</w>\nd o\ndo g</w>\n";

fn tokenizer() -> Tokenizer {
    Tokenizer::new(VOCABULARY.as_bytes()).expect("a vocabulary")
}

/// Number of a byte inside a word.
fn byte(c: char) -> i32 {
    let place = byte_symbols().iter().position(|(symbol, _)| *symbol == c);
    i32::try_from(place.expect("a symbol")).expect("small")
}

#[test]
fn frequent_neighbours_become_one() {
    let (start, end) = (516, 517);
    let tokens = tokenizer().tokens("  Cat\n DOG ", 6, 0);
    assert_eq!(tokens, [start, 513, 515, end, 0, 0]);
    // "do" is known inside a word, "t" not at its end without "ca".
    assert_eq!(
        tokenizer().tokens("dot", 5, 7),
        [start, 514, byte('t') + 256, end, 7]
    );
}

#[test]
fn words_are_cut_as_clip_cuts_them() {
    let cut = |text: &str| words(text).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(
        cut("it's we'll o'clock"),
        ["it", "'s", "we", "'ll", "o", "'", "clock"]
    );
    assert_eq!(
        cut("2024: a-b!!"),
        ["2", "0", "2", "4", ":", "a", "-", "b", "!!"]
    );
    assert_eq!(cut("straße 猫カフェ ½"), ["straße", "猫カフェ", "½"]);
    assert_eq!(cut("🐈🐈 x"), ["🐈🐈", "x"]);
    assert_eq!(cut(" \t "), Vec::<String>::new());
}

#[test]
fn what_is_too_long_ends_with_the_mark() {
    for text in [
        "cat ".repeat(10_000),
        "x".repeat(10_000),
        "\0".repeat(10_000),
        "🐈".repeat(10_000),
    ] {
        let tokens = tokenizer().tokens(&text, 77, 0);
        assert_eq!(tokens.len(), 77);
        assert_eq!((tokens[0], tokens[76]), (516, 517));
    }
    assert_eq!(tokenizer().tokens("", 3, 9), [516, 517, 9]);
}

#[test]
fn words_have_an_end() {
    let word = |text: &str| tokenizer().word(text);
    for pair in ["ca", "é🐈"] {
        let whole = word(&pair.repeat(100));
        assert_eq!(whole, word(&pair.repeat(2_000)));
        // One of as many characters as it may have is whole.
        assert_ne!(whole, word(&pair.repeat(99)));
    }
}

#[test]
fn composed_and_not_are_the_same_text() {
    let tokenizer = tokenizer();
    assert_eq!(
        tokenizer.tokens("caf\u{e9}", 9, 0),
        tokenizer.tokens("cafe\u{301}", 9, 0)
    );
}

#[test]
fn other_files_are_refused() {
    for wrong in [
        &b"# version\nc\n"[..],
        b"# version\na b c\n",
        b"# version\nzz a\n",
        b"\xff\n",
    ] {
        assert!(Tokenizer::new(wrong).is_err(), "{wrong:?}");
    }
}
