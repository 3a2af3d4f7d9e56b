//! Text folded for searching: lower case without accents. Neither database does this by itself
//! (docs/data-model.md), so writers of `*_folded` columns and readers that search them both call [`fold`].

/// Lower case; Latin letters lose their accents, combining marks are dropped, control characters too.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match plain(letter) {
            "" if is_dropped(letter) => {}
            "" => folded.push(letter),
            replacement => folded.push_str(replacement),
        }
    }
    folded
}

fn is_dropped(letter: char) -> bool {
    letter.is_control() || ('\u{300}'..='\u{36f}').contains(&letter)
}

/// The letters without accent, or `""` when the letter stays.
fn plain(letter: char) -> &'static str {
    match letter {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' | 'ạ'..='ặ' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' | 'ẹ'..='ệ' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' | 'ỉ'..='ị' => "i",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'ơ' | 'ọ'..='ợ' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'þ' => "th",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' | 'ư' | 'ụ'..='ự' => "u",
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' | 'ỳ'..='ỹ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_case_are_gone_and_other_scripts_stay() {
        assert_eq!(fold("Café ÅNGSTRÖM"), "cafe angstrom");
        assert_eq!(fold("Cafe\u{301}"), "cafe");
        assert_eq!(fold("Straße Łódź"), "strasse lodz");
        assert_eq!(fold("東京 😀\u{7}"), "東京 😀");
        assert_eq!(fold("Nguyễn Ước"), "nguyen uoc");
    }
}
