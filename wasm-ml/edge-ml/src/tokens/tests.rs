//! Small vocabularies. Those of real tokenizers' kinds are compared with Hugging Face's library in wasm-ml/models-tool.
use super::vocabulary::Draft;
use super::*;
use crate::manifest::Words;

fn draft(pieces: &[(&str, f32)]) -> Draft {
    let numbered = (0_i32..).zip(pieces);
    let pieces = numbered.map(|(id, (text, score))| (text.as_bytes().to_vec(), (id, *score)));
    Draft {
        pieces: pieces.collect(),
        ..Draft::default()
    }
}

fn recipe(method: Method) -> Recipe {
    Recipe {
        canonical: false,
        steps: Vec::new(),
        cuts: vec![Cut::Mark {
            mark: '▁',
            prefix: Prefix::Always,
            split: true,
        }],
        method,
        before: vec![100],
        after: vec![101],
        languages: std::collections::BTreeMap::new(),
    }
}

fn pieces(recipe: &Recipe, draft: &Draft) -> Reader {
    let bytes = draft.write().expect("a vocabulary");
    Reader::Pieces(Box::new(Pieces::new(recipe, bytes).expect("a reader")))
}

fn own(reader: &Reader, text: &str) -> Vec<i32> {
    let Tokens { ids, own } = reader.tokens(text, None, 20, 7);
    assert_eq!(ids.len(), 20);
    assert!(ids[own..].iter().all(|id| *id == 7), "{ids:?}");
    assert_eq!((ids[0], ids[own - 1]), (100, 101));
    ids[1..own - 1].to_vec()
}

/// 0 to 6; no "x".
const LIKELY: [(&str, f32); 7] = [
    ("▁", -3.0),
    ("▁c", -2.0),
    ("at", -2.0),
    ("▁cat", -5.0),
    ("a", -4.0),
    ("t", -4.0),
    ("c", -4.0),
];

#[test]
fn the_likeliest_pieces_are_taken() {
    let method = Method::Likeliest {
        unknown: Some(9),
        bytes: false,
    };
    let reader = pieces(&recipe(method), &draft(&LIKELY));
    // -2 and -2 are likelier than -5.
    assert_eq!(own(&reader, "cat"), [1, 2]);
    assert_eq!(own(&reader, " cat\n cat "), [1, 2, 1, 2]);
    // What no piece is, is one unknown for all in a row.
    assert_eq!(own(&reader, "cxxat"), [1, 9, 2]);
    assert_eq!(own(&reader, "🐈🐈"), [0, 9]);
    assert_eq!(own(&reader, ""), Vec::<i32>::new());
}

#[test]
fn bytes_stand_for_what_no_piece_is_where_all_of_them_are_there() {
    let mut draft = draft(&LIKELY);
    for (id, byte) in (20..).zip("é".bytes()) {
        let text = format!("<0x{byte:02X}>").into_bytes();
        draft.pieces.insert(text, (id, -9.0));
    }
    let method = |bytes| Method::Likeliest {
        unknown: Some(9),
        bytes,
    };
    let reader = pieces(&recipe(method(true)), &draft);
    assert_eq!(own(&reader, "cé"), [1, 20, 21]);
    assert_eq!(own(&reader, "cè"), [1, 9]);
    let reader = pieces(&recipe(method(false)), &draft);
    assert_eq!(own(&reader, "cé"), [1, 9]);
}

#[test]
fn the_longest_piece_comes_first() {
    let method = Method::Longest {
        unknown: 9,
        inside: "##".into(),
        most: 6,
    };
    let recipe = Recipe {
        cuts: vec![Cut::Bert],
        ..recipe(method)
    };
    let words = [
        ("cat", 0.0),
        ("ca", 0.0),
        ("##s", 0.0),
        ("##ts", 0.0),
        ("!", 0.0),
        ("#", 0.0),
    ];
    let reader = pieces(&recipe, &draft(&words));
    assert_eq!(own(&reader, "cats ca!!"), [0, 2, 1, 4, 4]);
    // A word of which a part is no piece is unknown as a whole, and so is one that is too long.
    assert_eq!(own(&reader, "catx cat"), [9, 0]);
    assert_eq!(own(&reader, "catssss"), [9]);
    assert_eq!(own(&reader, "s"), [9]);
    assert_eq!(own(&reader, "##s"), [5, 5, 9]);
}

#[test]
fn the_earliest_pair_is_merged_first() {
    let mut draft = draft(&[
        ("a", 0.0),
        ("b", 0.0),
        ("c", 0.0),
        ("bc", 0.0),
        ("ab", 0.0),
        ("abc", 0.0),
        ("aa", 0.0),
    ]);
    draft.pairs = std::collections::BTreeMap::from([
        ((1, 2), (0, 3)),
        ((0, 1), (1, 4)),
        ((0, 3), (2, 5)),
        ((0, 0), (3, 6)),
    ]);
    let method = |fuse, whole| {
        let recipe = recipe(Method::Pairs(Pairs {
            unknown: Some(9),
            bytes: false,
            fuse,
            whole,
        }));
        let cuts = vec![Cut::Spaces];
        pieces(&Recipe { cuts, ..recipe }, &draft)
    };
    let reader = method(true, false);
    // b and c go together before a and b would.
    assert_eq!(own(&reader, "abc ab bab"), [5, 4, 1, 4]);
    // Of one rank the leftmost pair.
    assert_eq!(own(&reader, "aaa"), [6, 0]);
    assert_eq!(own(&reader, "a🐈🐈b"), [0, 9, 1]);
    assert_eq!(own(&method(false, false), "a🐈🐈b"), [0, 9, 9, 1]);
    let mut odd = draft_without_pairs(&draft);
    odd.pieces.insert(b"cab".to_vec(), (8, 0.0));
    let whole = |whole| {
        let pairs = Pairs {
            unknown: None,
            bytes: false,
            fuse: true,
            whole,
        };
        pieces(&recipe(Method::Pairs(pairs)).without_cuts(), &odd)
    };
    assert_eq!(own(&whole(true), "cab"), [8]);
    assert_eq!(own(&whole(false), "cab!"), [2, 0, 1]);
}

fn draft_without_pairs(draft: &Draft) -> Draft {
    Draft {
        pieces: draft.pieces.clone(),
        ..Draft::default()
    }
}

impl Recipe {
    fn without_cuts(mut self) -> Self {
        self.cuts.clear();
        self
    }
}

#[test]
fn steps_do_what_their_names_say() {
    let after = |step: Step, text: &str| steps::all(&[step], text.to_owned(), &[]);
    let bert = |accents, lowercase| Step::Bert {
        clean: true,
        chinese: true,
        accents,
        lowercase,
    };
    let spaces = |least, any| Step::Spaces {
        least,
        any,
        to: "_".into(),
    };
    let cases = [
        (Step::Nfc, "e\u{301}", "é"),
        (Step::Nfd, "é", "e\u{301}"),
        (Step::Nfkc, "ﬁ Ａ½", "fi A1⁄2"),
        (Step::Nfkd, "é２", "e\u{301}2"),
        (Step::Lowercase, "ΑΣ İ", "ασ i\u{307}"),
        (Step::StripAccents, "e\u{301}x", "ex"),
        (Step::Nmt, "a\u{1}b\tc\u{200b}d", "ab c d"),
        (Step::Prepend("▁".into()), "a", "▁a"),
        (Step::Prepend("▁".into()), "", ""),
        (spaces(2, false), "a  b c", "a_b c"),
        (spaces(1, true), "a\t b c", "a_b_c"),
        (bert(false, false), "a\0b\u{ad}\tÉ猫x", "ab É 猫 x"),
        (bert(true, true), "Élan", "elan"),
    ];
    for (step, text, expected) in cases {
        assert_eq!(after(step.clone(), text), expected, "{step:?}");
    }
    let strip = Step::Strip {
        left: false,
        right: true,
    };
    assert_eq!(after(strip, " a "), " a");
    let replace = Step::Replace {
        from: "a".into(),
        to: "bb".into(),
    };
    assert_eq!(after(replace, "banana"), "bbbnbbnbb");
    assert_eq!(steps::clean(" It's_a\tCat-walk! ", true), "its a catwalk");
    assert_eq!(steps::clean(" It's\n\na ", false), "It's a");
}

#[test]
fn words_are_cut_where_the_recipe_says() {
    let at = |side| Cut::At {
        text: "-".into(),
        side,
    };
    let cut = |cut: Cut, text: &str| cuts::all(&[cut], text.to_owned());
    assert_eq!(cut(at(Side::Removed), "-a-b"), ["a", "b"]);
    assert_eq!(cut(at(Side::Isolated), "a--b"), ["a", "-", "-", "b"]);
    assert_eq!(cut(at(Side::Previous), "a-b-"), ["a-", "b-"]);
    assert_eq!(cut(at(Side::Next), "a-b-"), ["a", "-b", "-"]);
    assert_eq!(
        cut(Cut::Bert, "it's ¿so?"),
        ["it", "'", "s", "¿", "so", "?"]
    );
    let mark = |prefix, split| Cut::Mark {
        mark: '▁',
        prefix,
        split,
    };
    assert_eq!(cut(mark(Prefix::Always, true), "a b"), ["▁a", "▁b"]);
    assert_eq!(cut(mark(Prefix::Never, true), "a b"), ["a", "▁b"]);
    assert_eq!(cut(mark(Prefix::Always, false), "a b"), ["▁a▁b"]);
    let both = [Cut::Spaces, mark(Prefix::First, true)];
    assert_eq!(cuts::all(&both, "a b".to_owned()), ["▁a", "b"]);
    assert_eq!(cut(Cut::Spaces, ""), Vec::<String>::new());
}

#[test]
fn languages_are_found_by_what_clients_call_them() {
    let codes = [
        "eng_Latn", "deu_Latn", "zho_Hans", "zho_Hant", "kmr_Latn", "por_Latn",
    ];
    let mut recipe = recipe(Method::Likeliest {
        unknown: Some(9),
        bytes: false,
    });
    recipe.languages = codes.map(str::to_owned).into_iter().zip(50..).collect();
    recipe.before = vec![50];
    let reader = pieces(&recipe, &draft(&LIKELY));
    for (language, expected) in [
        (None, 50),
        (Some("de"), 51),
        (Some("de-AT"), 51),
        (Some("deu_Latn"), 51),
        (Some("zh-Hans"), 52),
        (Some("zh_SIMPLIFIED"), 52),
        (Some("zh-TW"), 53),
        (Some("zh-Hant"), 53),
        (Some("kmr"), 54),
        (Some("pt_BR"), 55),
        // Languages that it does not know, and what is none.
        (Some("fr"), 50),
        (Some("gsw"), 50),
        (Some(""), 50),
        (Some("\0🐈-"), 50),
    ] {
        let ids = reader.tokens("cat", language, 6, 7).ids;
        assert_eq!(ids, [expected, 1, 2, 101, 7, 7], "{language:?}");
    }
}

#[test]
fn whatever_a_text_is_it_has_as_many_tokens_as_asked_for() {
    let mut draft = draft(&LIKELY);
    draft.pairs.insert((6, 4), (0, 3));
    let pairs = Pairs {
        unknown: Some(9),
        bytes: true,
        fuse: false,
        whole: false,
    };
    let methods = [
        Method::Likeliest {
            unknown: None,
            bytes: true,
        },
        Method::Longest {
            unknown: 9,
            inside: "##".into(),
            most: 1_000,
        },
        Method::Pairs(pairs),
    ];
    for method in methods {
        let mut recipe = recipe(method);
        recipe.steps = vec![Step::Nfkc, Step::Lowercase, Step::Table];
        let reader = pieces(&recipe, &draft);
        for text in [
            "cat ", "c", "🐈", "\0", "\u{fdfa}", "ﷺa", "e\u{301}", "-", "##",
        ] {
            let tokens = reader.tokens(&text.repeat(10_000), None, 64, 7);
            assert_eq!(tokens.ids.len(), 64, "{text}");
            assert!(tokens.own >= 2 && tokens.ids[0] == 100, "{text}");
            assert_eq!(tokens.ids[tokens.own - 1], 101, "{text}");
        }
        for length in [0, 1, 2, 3] {
            assert_eq!(reader.tokens("cat", None, length, 7).ids.len(), length);
        }
    }
}

#[test]
fn vocabularies_that_are_not_what_they_say_are_refused() {
    let mut good = draft(&LIKELY);
    good.pairs.insert((6, 4), (0, 3));
    good.charsmap = vec![1, 2, 3];
    let bytes = good.write().expect("a vocabulary");
    assert!(Vocabulary::read(bytes.clone()).is_ok());
    for end in 0..bytes.len() {
        assert!(Vocabulary::read(bytes[..end].to_vec()).is_err(), "{end}");
    }
    let refused = |what: &str, change: fn(&mut Draft)| {
        let mut draft = draft(&LIKELY);
        change(&mut draft);
        assert!(draft.write().is_err(), "{what}");
    };
    refused("no number", |it| {
        it.pieces.insert(b"x".to_vec(), (7, f32::NAN));
    });
    refused("endless", |it| {
        it.pieces.insert(b"x".to_vec(), (7, f32::NEG_INFINITY));
    });
    refused("negative", |it| {
        it.pieces.insert(b"x".to_vec(), (-1, 0.0));
    });
    refused("empty", |it| {
        it.pieces.insert(Vec::new(), (7, 0.0));
    });
    refused("long", |it| {
        it.pieces.insert(vec![b'x'; 513], (7, 0.0));
    });
    // Any byte changed: refused, or read without harm.
    let recipe = recipe(Method::Likeliest {
        unknown: Some(9),
        bytes: true,
    });
    for at in 0..bytes.len() {
        let mut odd = bytes.clone();
        odd[at] = odd[at].wrapping_add(129);
        if let Ok(pieces) = Pieces::new(&recipe, odd) {
            let tokens = pieces.tokens("a cat in ▁ the cat", None, 16, 0);
            assert_eq!(tokens.ids.len(), 16, "{at}");
        }
    }
}

/// A table of characters as darts-clone lays it out, each node in 256 units of its own.
fn charsmap(rules: &[(&str, &str)]) -> Vec<u8> {
    let mut texts = Vec::new();
    // Nodes by their beginnings; what stands for one.
    let mut nodes: Vec<(Vec<u8>, Option<u32>)> = vec![(Vec::new(), None)];
    for (from, to) in rules {
        let value = u32::try_from(texts.len()).expect("a few");
        texts.extend(to.bytes().chain([0]));
        for end in 1..=from.len() {
            let beginning = from.as_bytes()[..end].to_vec();
            if !nodes.iter().any(|(text, _)| *text == beginning) {
                nodes.push((beginning, None));
            }
        }
        let node = nodes.iter_mut().find(|(text, _)| text == from.as_bytes());
        node.expect("a node").1 = Some(value);
    }
    let mut units = vec![0_u32; 256 * (nodes.len() + 1)];
    let place = |text: &[u8]| match text.split_last() {
        None => 0,
        Some((last, before)) => {
            let parent = nodes.iter().position(|(text, _)| text == before);
            256 * (parent.expect("a parent") + 1) + usize::from(*last)
        }
    };
    for (nth, (text, value)) in nodes.iter().enumerate() {
        let (at, base) = (place(text), 256 * (nth + 1));
        let offset = u32::try_from(at ^ base).expect("small");
        let label = u32::from(text.last().copied().unwrap_or(0));
        units[at] = (offset << 10) | (u32::from(value.is_some()) << 8) | label;
        if let Some(value) = value {
            units[base] = value | (1 << 31);
        }
    }
    let length = u32::try_from(units.len() * 4).expect("small");
    let units = units.iter().flat_map(|unit| unit.to_le_bytes());
    length
        .to_le_bytes()
        .into_iter()
        .chain(units)
        .chain(texts)
        .collect()
}

#[test]
fn the_table_of_characters_is_applied() {
    let (long, too_long) = ("n".repeat(64), "n".repeat(65));
    let bytes = charsmap(&[
        ("ﬁ", "fi"),
        ("x", long.as_str()),
        ("y", too_long.as_str()),
        ("e\u{301}", "é"),
        ("e", "E"),
        ("\u{ad}", ""),
        ("㍿", "株式会社"),
        // Six bytes, which are not looked up together.
        ("カﾞ", "ガ"),
    ]);
    let table = Charsmap::new(&bytes).expect("a table");
    for (text, expected) in [
        ("ﬁsh", "fish"),
        ("cafe\u{301}", "café"),
        ("eel", "EEl"),
        ("x", long.as_str()),
        ("y", "y"),
        ("so\u{ad}ft", "soft"),
        ("㍿", "株式会社"),
        ("カﾞ", "カﾞ"),
        ("", ""),
        ("\0🐈", "\0🐈"),
    ] {
        assert_eq!(table.apply(text), expected, "{text:?}");
    }
    assert!(Charsmap::new(&[]).is_none() && Charsmap::new(&[255; 4]).is_none());
    assert!(Charsmap::new(&[0; 8]).is_none());
    // Whatever is in it, a text comes to its end.
    for at in 0..bytes.len() {
        let mut odd = bytes.clone();
        odd[at] ^= 0x55;
        if let Some(table) = Charsmap::new(&odd) {
            assert!(table.apply("ﬁ cafe\u{301} ㍿").len() < 1_000, "{at}");
        }
    }
}

#[test]
fn manifests_of_before_are_read_as_they_were_meant() {
    let file = r#""file":"textual/words.txt","bytes":4,"sha256":"00""#;
    let words: Words = serde_json::from_str(&format!("{{{file}}}")).expect("words");
    assert_eq!((words.padding, &words.recipe), (0, &None));
    assert!(matches!(
        Reader::new(words.recipe.as_deref(), b"#\n".to_vec()),
        Ok(Reader::Clip(_))
    ));
    let rest = r#""tokens":"text","name":"rows","rows":2,"columns":1,"store":"f16""#;
    let table: crate::manifest::Table =
        serde_json::from_str(&format!("{{{file},{rest}}}")).expect("a table");
    assert!(table.more.is_empty());
    let starts = [0, 1].map(|row| table.place(row).map(|(_, start)| start));
    assert_eq!(starts, [Ok(0), Ok(2)]);
    assert!(table.place(2).is_err());
}
