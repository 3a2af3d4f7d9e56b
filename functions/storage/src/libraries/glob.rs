//! Exclusion patterns (api/admin.md section 1): `*` within a folder, `**` across folders, `?`, `[…]`, `{a,b}`, in any case of letters, on
//! the whole path. The time is the product of both lengths, whatever they say.

/// Alternatives that the braces of one pattern may name; of a pattern with more the first ones count.
const ALTERNATIVES: usize = 64;

/// One step of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// This letter.
    Letter(char),
    /// One letter, no slash.
    Any,
    /// One of these, or none of them when it is turned round; no slash.
    Class(Vec<(char, char)>, bool),
    /// Letters, no slash.
    Star,
    /// Whatever there is.
    Everything,
    /// No folder or some: nothing, or whatever ends with a slash.
    Folders,
}

/// A pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob(Vec<Vec<Step>>);

impl Glob {
    /// Reads a pattern. Signs that mean nothing where they stand stand for themselves.
    pub fn new(pattern: &str) -> Self {
        let pattern = pattern.to_lowercase();
        let all = alternatives(&pattern);
        Self(all.iter().map(|one| steps(one)).collect())
    }

    /// Whether a path is meant.
    pub fn is_match(&self, path: &str) -> bool {
        let path: Vec<char> = path.to_lowercase().chars().collect();
        self.0.iter().any(|steps| is_match(steps, &path))
    }
}

/// The patterns that one with braces stands for.
fn alternatives(pattern: &str) -> Vec<String> {
    let (mut done, mut open) = (Vec::new(), vec![pattern.to_owned()]);
    while let Some(pattern) = open.pop() {
        let Some((before, choices, behind)) = braces(&pattern) else {
            done.push(pattern);
            continue;
        };
        for choice in choices.iter().rev() {
            if done.len() + open.len() < ALTERNATIVES {
                open.push(format!("{before}{choice}{behind}"));
            }
        }
    }
    done
}

/// The innermost braces that come first: what is before, what they name, what is behind.
fn braces(pattern: &str) -> Option<(&str, Vec<&str>, &str)> {
    let close = pattern.find('}')?;
    let (before, behind) = pattern.split_at(close);
    let open = before.rfind('{')?;
    let inside = before.get(open + 1..)?;
    Some((
        before.get(..open)?,
        inside.split(',').collect(),
        behind.get(1..)?,
    ))
}

fn steps(pattern: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        let is_begin = matches!(steps.last(), None | Some(Step::Letter('/') | Step::Folders));
        if let Some(behind) = rest.strip_prefix("**/").filter(|_| is_begin) {
            steps.push(Step::Folders);
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix("**") {
            steps.push(Step::Everything);
            rest = behind.trim_start_matches('*');
        } else if let Some((class, behind)) = rest.strip_prefix('[').and_then(class) {
            steps.push(class);
            rest = behind;
        } else {
            steps.push(match letter {
                '*' => Step::Star,
                '?' => Step::Any,
                letter => Step::Letter(letter),
            });
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
        }
    }
    steps
}

/// A class behind its `[`, and what is behind its `]`.
fn class(text: &str) -> Option<(Step, &str)> {
    let (inside, behind) = text.split_once(']')?;
    let turned = inside.strip_prefix(['!', '^']);
    let letters: Vec<char> = turned.unwrap_or(inside).chars().collect();
    let (mut ranges, mut rest) = (Vec::new(), letters.as_slice());
    loop {
        rest = match rest {
            [from, '-', to, rest @ ..] => {
                ranges.push((*from, *to));
                rest
            }
            [letter, rest @ ..] => {
                ranges.push((*letter, *letter));
                rest
            }
            [] => break,
        };
    }
    (!ranges.is_empty()).then_some((Step::Class(ranges, turned.is_some()), behind))
}

/// Goes through the pattern with all places of the path at which it may be.
fn is_match(steps: &[Step], path: &[char]) -> bool {
    let mut places = vec![false; path.len() + 1];
    if let Some(first) = places.first_mut() {
        *first = true;
    }
    for step in steps {
        places = follow(step, path, &places);
    }
    places.last() == Some(&true)
}

fn follow(step: &Step, path: &[char], places: &[bool]) -> Vec<bool> {
    let mut next = vec![false; places.len()];
    // Whether any place so far, or since the last slash, was reached.
    let (mut any, mut in_folder) = (false, false);
    for (at, slot) in next.iter_mut().enumerate() {
        let before = at
            .checked_sub(1)
            .and_then(|before| path.get(before))
            .copied();
        let came = at > 0 && places.get(at - 1) == Some(&true);
        let here = places.get(at) == Some(&true);
        *slot = match step {
            Step::Letter(letter) => came && before == Some(*letter),
            Step::Any => came && before.is_some_and(|sign| sign != '/'),
            Step::Class(ranges, is_turned) => {
                let has = |sign: char| {
                    ranges
                        .iter()
                        .any(|(from, to)| (*from..=*to).contains(&sign))
                };
                came && before.is_some_and(|sign| sign != '/' && has(sign) != *is_turned)
            }
            Step::Star => {
                in_folder = here || (in_folder && before != Some('/'));
                in_folder
            }
            Step::Everything => any || here,
            Step::Folders => here || (any && before == Some('/')),
        };
        any |= here;
    }
    next
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn patterns_mean_what_they_say() {
        for (pattern, path, is_meant) in [
            ("**/@eaDir/**", "/photos/@eaDir/a.jpg", true),
            ("**/@eaDir/**", "/@EADIR/a.jpg", true),
            ("**/@eaDir/**", "/photos/x@eaDir/a.jpg", false),
            ("**/._*", "/photos/x/._a.jpg", true),
            ("**/._*", "/photos/x._a.jpg", false),
            ("/photos/*.jpg", "/photos/a.jpg", true),
            ("/photos/*.jpg", "/photos/x/a.jpg", false),
            ("/photos/**/*.jpg", "/photos/a.jpg", true),
            ("/photos/**/*.jpg", "/photos/x/y/a.jpg", true),
            ("/photos/**", "/photos2/a.jpg", false),
            ("*.jpg", "/photos/a.jpg", false),
            ("photos/**", "/photos/a.jpg", false),
            ("**/*.{raw,tif{,f}}", "/a/b.TIFF", true),
            ("**/*.{raw,tif{,f}}", "/a/b.tif", true),
            ("**/*.{raw,tif{,f}}", "/a/b.png", false),
            ("**/a?.jpg", "/a1.jpg", true),
            ("**/a?.jpg", "/a/.jpg", false),
            ("**/[a-c][!0-9].jpg", "/bx.jpg", true),
            ("**/[a-c][!0-9].jpg", "/b1.jpg", false),
            ("**/[a", "/[a", true),
            ("**/{a", "/{a", true),
            ("**", "/anything/at/all", true),
            ("", "/a", false),
            ("**/é*", "/x/ÉTÉ.jpg", true),
        ] {
            assert_eq!(
                Glob::new(pattern).is_match(path),
                is_meant,
                "{pattern} {path}"
            );
        }
    }

    #[test]
    fn hostile_patterns_end() {
        let path = "/".to_owned() + &"a".repeat(1_000);
        assert!(!Glob::new(&("**/".repeat(100) + &"*a".repeat(300) + "b")).is_match(&path));
        assert!(!Glob::new(&"{a,b}".repeat(150)).is_match(&path));
        assert!(!Glob::new(&("{".repeat(500) + &"}".repeat(500))).is_match(&path));
    }
}
