//! The storage template's tokens: what may stand between `{{` and `}}`
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

const OTHER_TOKENS: &[&str] = &[
    "filename",
    "ext",
    "filetype",
    "filetypefull",
    "assetId",
    "assetIdShort",
    "album",
    "make",
    "model",
    "lensModel",
];

/// A part of the date of an asset, or of the first or last asset of its album.
fn is_date_token(token: &str) -> bool {
    let token = token
        .strip_prefix("album-startDate-")
        .or_else(|| token.strip_prefix("album-endDate-"))
        .unwrap_or(token);
    [
        OPTIONS.year_options,
        OPTIONS.month_options,
        OPTIONS.week_options,
        OPTIONS.day_options,
        OPTIONS.hour_options,
        OPTIONS.minute_options,
        OPTIONS.second_options,
    ]
    .iter()
    .any(|tokens| tokens.contains(&token))
}

fn is_token(token: &str) -> bool {
    OTHER_TOKENS.contains(&token) || is_date_token(token)
}

/// Checks a template: braces in pairs, known tokens, `{{#if token}}…{{else}}…{{/if}}` well nested.
/// The error says what is wrong; the answer puts `Invalid storage template: ` before it.
pub fn check(template: &str) -> Result<(), String> {
    let mut rest = template;
    let mut depth = 0_u32;
    while let Some((before, after)) = rest.split_once("{{") {
        if before.contains("}}") {
            return Err("unexpected }}".to_owned());
        }
        let Some((inside, after)) = after.split_once("}}") else {
            return Err("missing }}".to_owned());
        };
        let token = inside.trim();
        if let Some(condition) = token.strip_prefix("#if ") {
            depth += 1;
            if !is_token(condition.trim()) {
                return Err(format!("unknown token {}", condition.trim()));
            }
        } else if token == "/if" {
            depth = depth
                .checked_sub(1)
                .ok_or_else(|| "{{/if}} without {{#if}}".to_owned())?;
        } else if !(is_token(token) || (token == "else" && depth > 0)) {
            return Err(format!("unknown token {token}"));
        }
        rest = after;
    }
    if rest.contains("}}") {
        return Err("unexpected }}".to_owned());
    }
    if depth > 0 {
        return Err("missing {{/if}}".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_valid() {
        assert_eq!(OPTIONS.preset_options.len(), 21);
        for preset in OPTIONS.preset_options {
            assert_eq!(check(preset), Ok(()), "{preset}");
        }
        assert_eq!(check("{{ album-startDate-y }}/{{filename}}"), Ok(()));
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
        ] {
            assert_eq!(check(template), Err(error.to_owned()), "{template}");
        }
    }
}
