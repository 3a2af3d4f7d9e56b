//! Texts and numbers as files write them.

/// UTF-8 or, where it is none, Windows-1252, which is what programs mean by Latin-1.
pub fn utf8_or_latin(raw: &[u8]) -> String {
    std::str::from_utf8(raw).map_or_else(
        |_latin| raw.iter().map(|b| latin(*b)).collect(),
        str::to_owned,
    )
}

fn latin(byte: u8) -> char {
    const UPPER: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9f => UPPER
            .get(usize::from(byte - 0x80))
            .copied()
            .unwrap_or(char::REPLACEMENT_CHARACTER),
        _ => char::from(byte),
    }
}

/// Exposure time in the usual notation: `1/250`, or seconds from a quarter upwards.
pub fn exposure(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        String::new()
    } else if seconds > 0.0 && seconds < 0.250_01 {
        format!("1/{:.0}", (1.0 / seconds).round())
    } else {
        let text = format!("{seconds:.1}");
        text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
    }
}

/// A decimal number or a fraction such as `28/10`.
pub fn number(text: &str) -> Option<f64> {
    match text.split_once('/') {
        Some((above, below)) => {
            Some(above.trim().parse::<f64>().ok()? / below.trim().parse::<f64>().ok()?)
        }
        None => text.trim().parse().ok(),
    }
    .filter(|n: &f64| n.is_finite())
}

/// At most so many bytes of a text, whole characters.
pub fn cut(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_texts_are_windows_latin() {
        assert_eq!(utf8_or_latin("Zürich".as_bytes()), "Zürich");
        assert_eq!(utf8_or_latin(b"Z\xfcrich \x84x\x93"), "Zürich „x“");
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(
            (cut("aüb", 2), cut("aüb", 3), cut("aüb", 9)),
            ("a", "aü", "aüb")
        );
    }
}
