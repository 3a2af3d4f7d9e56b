//! The storage template: the tokens that may stand between `{{` and `}}`, and what they make of an example
//! (api/jobs-ml.md section 7).

use serde::Serialize;

/// `SystemConfigTemplateStorageOptionDto`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StorageTemplateOptions {
    /// Tokens of the year.
    pub year_options: &'static [&'static str],
    /// Tokens of the month.
    pub month_options: &'static [&'static str],
    /// Tokens of the week.
    pub week_options: &'static [&'static str],
    /// Tokens of the day.
    pub day_options: &'static [&'static str],
    /// Tokens of the hour.
    pub hour_options: &'static [&'static str],
    /// Tokens of the minute.
    pub minute_options: &'static [&'static str],
    /// Tokens of the second.
    pub second_options: &'static [&'static str],
    /// Whole templates to choose from.
    pub preset_options: &'static [&'static str],
}

/// The answer to `GET /system-config/storage-template-options`.
pub const OPTIONS: StorageTemplateOptions = StorageTemplateOptions {
    year_options: &["y", "yy"],
    month_options: &["M", "MM", "MMM", "MMMM"],
    week_options: &["W", "WW"],
    day_options: &["d", "dd"],
    hour_options: &["h", "hh", "H", "HH"],
    minute_options: &["m", "mm"],
    second_options: &["s", "ss", "SSS"],
    preset_options: &[
        "{{y}}/{{y}}-{{MM}}-{{dd}}/{{filename}}",
        "{{y}}/{{filename}}",
        "{{y}}/{{MM}}/{{filename}}",
        "{{y}}/{{MMM}}/{{filename}}",
        "{{y}}/{{MMMM}}/{{filename}}",
        "{{y}}/{{MM}}/{{dd}}/{{filename}}",
        "{{y}}/{{MMMM}}/{{dd}}/{{filename}}",
        "{{y}}/{{y}}-{{MM}}/{{filename}}",
        "{{y}}/{{y}}-{{WW}}/{{filename}}",
        "{{y}}-{{MM}}/{{filename}}",
        "{{y}}-{{MM}}-{{dd}}/{{filename}}",
        "{{y}}-{{MMM}}-{{dd}}/{{filename}}",
        "{{y}}-{{MMMM}}-{{dd}}/{{filename}}",
        "{{y}}{{MM}}{{dd}}/{{filename}}",
        "{{y}}/{{MM}}/{{y}}{{MM}}{{dd}}_{{HH}}{{mm}}{{ss}}_{{filename}}",
        "{{y}}/{{y}}-{{MM}}-{{dd}}/{{assetId}}",
        "{{y}}/{{MM}}/{{assetIdShort}}_{{filename}}",
        "{{filetypefull}}/{{y}}/{{MM}}/{{filename}}",
        "{{album}}/{{filename}}",
        "{{y}}/{{#if album}}{{album}}{{else}}{{MM}}{{/if}}/{{filename}}",
        "{{make}} {{model}}/{{y}}-{{MM}}/{{filename}}",
    ],
};

/// A moment as the tokens of a date name it.
struct Moment {
    year: u16,
    month: u8,
    /// Of ISO 8601.
    week: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
    millisecond: u16,
}

/// The asset that previews are of. Its values differ, so that a preview shows which token is which.
const TAKEN: Moment = Moment {
    year: 2022,
    month: 2,
    week: 5,
    day: 3,
    hour: 16,
    minute: 7,
    second: 8,
    millisecond: 9,
};
/// The first asset of its album.
const ALBUM_START: Moment = Moment {
    year: 2021,
    month: 12,
    week: 52,
    day: 31,
    hour: 0,
    minute: 0,
    second: 1,
    millisecond: 0,
};
/// The last one.
const ALBUM_END: Moment = Moment {
    year: 2023,
    month: 5,
    week: 18,
    day: 6,
    hour: 12,
    minute: 59,
    second: 59,
    millisecond: 999,
};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl Moment {
    /// The part that a token names; `None`: it names none.
    fn part(&self, token: &str) -> Option<String> {
        let month = MONTHS.get(usize::from(self.month).checked_sub(1)?)?;
        // Twelve comes before one.
        let half_day = (self.hour + 11) % 12 + 1;
        Some(match token {
            "y" => self.year.to_string(),
            "yy" => format!("{:02}", self.year % 100),
            "M" => self.month.to_string(),
            "MM" => format!("{:02}", self.month),
            "MMM" => month.get(..3)?.to_owned(),
            "MMMM" => (*month).to_owned(),
            "W" => self.week.to_string(),
            "WW" => format!("{:02}", self.week),
            "d" => self.day.to_string(),
            "dd" => format!("{:02}", self.day),
            "h" => half_day.to_string(),
            "hh" => format!("{half_day:02}"),
            "H" => self.hour.to_string(),
            "HH" => format!("{:02}", self.hour),
            "m" => self.minute.to_string(),
            "mm" => format!("{:02}", self.minute),
            "s" => self.second.to_string(),
            "ss" => format!("{:02}", self.second),
            "SSS" => format!("{:03}", self.millisecond),
            _ => return None,
        })
    }
}

/// What a token stands for in a preview; `None`: there is no such token.
fn value(token: &str) -> Option<String> {
    let text = match token {
        "filename" => "IMAGE_56437",
        "ext" => "jpg",
        "filetype" => "IMG",
        "filetypefull" => "IMAGE",
        "assetId" => "a8312960-e277-447d-b4ea-56717ccba856",
        "assetIdShort" => "56717ccba856",
        "album" => "Album Name",
        "make" => "FUJIFILM",
        "model" => "X-T50",
        "lensModel" => "XF27mm F2.8 R WR",
        _ => return date(token),
    };
    Some(text.to_owned())
}

/// A part of the date of the asset, or of the first or last asset of its album.
fn date(token: &str) -> Option<String> {
    let (moment, part) = match token.strip_prefix("album-") {
        None => (TAKEN, token),
        Some(rest) => match rest.strip_prefix("startDate-") {
            Some(part) => (ALBUM_START, part),
            None => (ALBUM_END, rest.strip_prefix("endDate-")?),
        },
    };
    moment.part(part)
}

/// What the template makes of an example, in which every token has a value: braces in pairs, known tokens,
/// `{{#if token}}…{{else}}…{{/if}}` well nested. The error says what is wrong; the answer puts `Invalid storage template: `
/// before it.
pub fn preview(template: &str) -> Result<String, String> {
    let mut path = String::new();
    // For each open condition: whether its `else` was there, the part of it that is not shown.
    let mut conditions: Vec<bool> = Vec::new();
    let mut rest = template;
    while let Some((before, inside, after)) = next_tag(rest)? {
        let is_shown = |conditions: &[bool]| !conditions.contains(&true);
        if is_shown(&conditions) {
            path.push_str(before);
        }
        let token = inside.trim();
        if let Some(condition) = token.strip_prefix("#if ").map(str::trim) {
            value(condition).ok_or_else(|| format!("unknown token {condition}"))?;
            conditions.push(false);
        } else if token == "/if" {
            let open = conditions.pop();
            open.ok_or_else(|| "{{/if}} without {{#if}}".to_owned())?;
        } else if let ("else", Some(open)) = (token, conditions.last_mut()) {
            *open = true;
        } else {
            let value = value(token).ok_or_else(|| format!("unknown token {token}"))?;
            if is_shown(&conditions) {
                path.push_str(&value);
            }
        }
        rest = after;
    }
    if !conditions.is_empty() {
        return Err("missing {{/if}}".to_owned());
    }
    path.push_str(rest);
    Ok(path)
}

/// What stands before, in and after the next pair of braces.
fn next_tag(text: &str) -> Result<Option<(&str, &str, &str)>, String> {
    let (before, after) = match text.split_once("{{") {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    };
    if before.contains("}}") {
        return Err("unexpected }}".to_owned());
    }
    let Some(after) = after else {
        return Ok(None);
    };
    let (inside, after) = after
        .split_once("}}")
        .ok_or_else(|| "missing }}".to_owned())?;
    Ok(Some((before, inside, after)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_valid() {
        assert_eq!(OPTIONS.preset_options.len(), 21);
        for preset in OPTIONS.preset_options {
            let path = preview(preset).unwrap_or_default();
            assert!(!path.is_empty() && !path.contains(['{', '}']), "{preset}");
        }
        let longest = "{{y}}/{{MM}}/{{y}}{{MM}}{{dd}}_{{HH}}{{mm}}{{ss}}_{{filename}}";
        assert!(OPTIONS.preset_options.contains(&longest));
        let path = "2022/02/20220203_160708_IMAGE_56437";
        assert_eq!(preview(longest).as_deref(), Ok(path));
    }

    /// Each token of api/jobs-ml.md section 7 with what it stands for: the asset's date and those of its album.
    const DATES: [(&str, &str, &str, &str); 19] = [
        ("y", "2022", "2021", "2023"),
        ("yy", "22", "21", "23"),
        ("M", "2", "12", "5"),
        ("MM", "02", "12", "05"),
        ("MMM", "Feb", "Dec", "May"),
        ("MMMM", "February", "December", "May"),
        ("W", "5", "52", "18"),
        ("WW", "05", "52", "18"),
        ("d", "3", "31", "6"),
        ("dd", "03", "31", "06"),
        ("h", "4", "12", "12"),
        ("hh", "04", "12", "12"),
        ("H", "16", "0", "12"),
        ("HH", "16", "00", "12"),
        ("m", "7", "0", "59"),
        ("mm", "07", "00", "59"),
        ("s", "8", "1", "59"),
        ("ss", "08", "01", "59"),
        ("SSS", "009", "000", "999"),
    ];

    #[test]
    fn every_token_is_taken_and_shown() {
        let offered = [
            OPTIONS.year_options,
            OPTIONS.month_options,
            OPTIONS.week_options,
            OPTIONS.day_options,
            OPTIONS.hour_options,
            OPTIONS.minute_options,
            OPTIONS.second_options,
        ]
        .concat();
        assert_eq!(offered, DATES.map(|(token, ..)| token));
        let mut tokens: Vec<(String, &str)> = [
            ("filename", "IMAGE_56437"),
            ("ext", "jpg"),
            ("filetype", "IMG"),
            ("filetypefull", "IMAGE"),
            ("assetId", "a8312960-e277-447d-b4ea-56717ccba856"),
            ("assetIdShort", "56717ccba856"),
            ("album", "Album Name"),
            ("make", "FUJIFILM"),
            ("model", "X-T50"),
            ("lensModel", "XF27mm F2.8 R WR"),
        ]
        .map(|(token, value)| (token.to_owned(), value))
        .into();
        for (token, taken, start, end) in DATES {
            tokens.push((token.to_owned(), taken));
            tokens.push((format!("album-startDate-{token}"), start));
            tokens.push((format!("album-endDate-{token}"), end));
        }
        assert_eq!(tokens.len(), 67);
        for (token, value) in tokens {
            for (template, path) in [
                (format!("a/{{{{{token}}}}}"), format!("a/{value}")),
                (format!("{{{{ {token} }}}}.x"), format!("{value}.x")),
                (
                    format!("{{{{#if {token}}}}}{{{{{token}}}}}{{{{else}}}}no{{{{/if}}}}!"),
                    format!("{value}!"),
                ),
            ] {
                assert_eq!(preview(&template), Ok(path), "{template}");
            }
        }
    }

    #[test]
    fn conditions_are_nested() {
        let template =
            "{{#if album}}a{{#if make}}b{{else}}c{{/if}}{{else}}d{{#if y}}e{{/if}}f{{/if}}g";
        assert_eq!(preview(template).as_deref(), Ok("abg"));
        assert_eq!(preview("plain").as_deref(), Ok("plain"));
    }

    #[test]
    fn broken_templates_are_told_apart() {
        for (template, error) in [
            ("{{foo}}", "unknown token foo"),
            ("{{y", "missing }}"),
            ("y}}", "unexpected }}"),
            ("{{#if album}}x", "missing {{/if}}"),
            ("{{/if}}", "{{/if}} without {{#if}}"),
            ("{{else}}", "unknown token else"),
            ("{{#if x}}{{/if}}", "unknown token x"),
            ("{{album-y}}", "unknown token album-y"),
            ("{{album-startDate-}}", "unknown token album-startDate-"),
            ("{{YYYY}}", "unknown token YYYY"),
            ("{{}}", "unknown token "),
            ("{{#if album}}a}}{{/if}}", "unexpected }}"),
        ] {
            assert_eq!(preview(template), Err(error.to_owned()), "{template}");
        }
    }
}
