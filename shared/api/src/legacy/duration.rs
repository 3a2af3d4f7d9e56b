//! Durations as texts (api/v32.md section 12).

/// What a still has.
pub const NONE: &str = "0:00:00.00000";

/// `HH:MM:SS.mmm`.
pub fn text(millis: i64) -> String {
    let millis = millis.max(0);
    let (seconds, rest) = (millis / 1000, millis % 1000);
    format!(
        "{:02}:{:02}:{:02}.{rest:03}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// Milliseconds of `H:MM:SS`, with a fraction of seconds or without. `None` for other texts, also whole numbers, which are milliseconds
/// already.
pub fn millis(text: &str) -> Option<i64> {
    let mut places = text.split(':');
    let (hours, minutes, seconds) = (places.next()?, places.next()?, places.next()?);
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    if places.next().is_some() || fraction.is_empty() || fraction.len() > 9 {
        return None;
    }
    let hours = number(hours).filter(|hours| *hours < 10_000)?;
    let minutes = number(minutes).filter(|minutes| *minutes < 60)?;
    let seconds = number(seconds).filter(|seconds| *seconds < 60)?;
    number(fraction)?;
    let thousandths = number(format!("{fraction:0<3}").get(..3)?)?;
    Some(((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths)
}

/// Digits only: no sign.
fn number(text: &str) -> Option<i64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_and_read() {
        assert_eq!(text(0), "00:00:00.000");
        assert_eq!(text(3_723_004), "01:02:03.004");
        assert_eq!(text(-1), "00:00:00.000");
        for (text, expected) in [
            ("0:00:12.000000", Some(12_000)),
            ("01:02:03.004", Some(3_723_004)),
            ("0:00:01.5", Some(1_500)),
            ("0:00:01", Some(1_000)),
            (NONE, Some(0)),
            ("0", None),
            ("1500", None),
            ("0:60:00", None),
            ("0:00:61.0", None),
            ("-1:00:00", None),
            ("0:00:00.", None),
            ("1:2:3:4", None),
            ("a:00:00", None),
            ("", None),
            ("99999999999999999999:00:00", None),
        ] {
            assert_eq!(millis(text), expected, "{text}");
        }
    }
}
