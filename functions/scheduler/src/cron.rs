//! Times of day that administrators configure as cron expressions (api/admin.md section 5). Times of the server are UTC.

/// Minutes of a day.
const DAY: i64 = 24 * 60;

/// What one field allows: one bit for each value.
type Set = u64;

/// A cron expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cron {
    minutes: Set,
    hours: Set,
    days: Set,
    months: Set,
    weekdays: Set,
    /// Days of the month and of the week are both restricted: then one of them will do.
    is_either: bool,
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl Cron {
    /// Reads five fields, or six, of which the first, seconds, does not count: the clock ticks each minute. `None`: it is no such
    /// expression.
    pub fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let fields = match fields.as_slice() {
            [_, rest @ ..] if fields.len() == 6 => rest,
            all => all,
        };
        let [minutes, hours, days, months, weekdays] = fields else {
            return None;
        };
        let is_free = |field: &str| field.starts_with('*') || field == "?";
        let week = set(weekdays, 0, 7, &WEEKDAYS, 0)?;
        Some(Self {
            minutes: set(minutes, 0, 59, &[], 0)?,
            hours: set(hours, 0, 23, &[], 0)?,
            days: set(days, 1, 31, &[], 0)?,
            months: set(months, 1, 12, &MONTHS, 1)?,
            // Sunday is 0 and 7.
            weekdays: week | (week >> 7 & 1),
            is_either: !is_free(days) && !is_free(weekdays),
        })
    }

    /// The last minute (since 1970) of the day that ends with `now` that it means; `None`: there is none.
    pub fn last(&self, now: i64) -> Option<i64> {
        (now - DAY + 1..=now).rev().find(|minute| self.is(*minute))
    }

    fn is(&self, minute: i64) -> bool {
        let (day, of_day) = (minute.div_euclid(DAY), minute.rem_euclid(DAY));
        let has = |set: Set, value: i64| set >> value & 1 == 1;
        if !has(self.minutes, of_day % 60) || !has(self.hours, of_day / 60) {
            return false;
        }
        let (month, day_of_month) = calendar(day);
        // 1970-01-01 was a Thursday.
        let weekday = (day + 4).rem_euclid(7);
        let (by_month, by_week) = (has(self.days, day_of_month), has(self.weekdays, weekday));
        let is_day = if self.is_either {
            by_month || by_week
        } else {
            by_month && by_week
        };
        is_day && has(self.months, month)
    }
}

/// Month and day of the month of a day since 1970.
fn calendar(day: i64) -> (i64, i64) {
    use edge_api::time::{Date, LocalMillis};
    let date = Date::of(LocalMillis(day * DAY * 60_000)).0;
    (i64::from(date.month()), i64::from(date.day()))
}

/// The values of a field: a list of `*`, values, ranges, each with `/step`. Names stand for values from `first` on.
fn set(field: &str, least: i64, most: i64, names: &[&str], first: i64) -> Option<Set> {
    let value = |text: &str| {
        let lower = text.to_ascii_lowercase();
        let named = names.iter().zip(first..).find(|(name, _)| **name == lower);
        let value = named.map(|(_, value)| value).or_else(|| text.parse().ok());
        value.filter(|value| (least..=most).contains(value))
    };
    let mut set = 0;
    for part in field.split(',') {
        let (range, step) = part.split_once('/').unwrap_or((part, ""));
        let has_step = !step.is_empty();
        let step = if has_step { step.parse().ok()? } else { 1 };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" || range == "?" => (least, most),
            Some((from, to)) => (value(from)?, value(to)?),
            None => (value(range)?, if has_step { most } else { value(range)? }),
        };
        let step = usize::try_from(step).ok().filter(|step| *step > 0)?;
        if from > to {
            return None;
        }
        for value in (from..=to).step_by(step) {
            set |= 1 << value;
        }
    }
    Some(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2024-06-15T12:00Z, a Saturday, in minutes.
    const NOON: i64 = 1_718_452_800 / 60;

    fn last(text: &str) -> Option<i64> {
        Cron::parse(text)
            .unwrap()
            .last(NOON)
            .map(|minute| NOON - minute)
    }

    #[test]
    fn the_last_time_of_a_day_is_found() {
        for (text, minutes) in [
            ("* * * * *", Some(0)),
            ("0 03 * * *", Some(9 * 60)),
            ("0 0 3 * * ?", Some(9 * 60)),
            ("*/7 * * * *", Some(0)),
            ("*/7 11 * * *", Some(4)),
            ("5-10,30 11 * * *", Some(30)),
            ("1 12 * * *", Some(23 * 60 + 59)),
            ("0 0 * * SAT", Some(12 * 60)),
            ("0 0 * * 6", Some(12 * 60)),
            ("0 0 * * 7", None),
            ("0 13 14 jun *", Some(23 * 60)),
            ("0 0 1 * sat", Some(12 * 60)),
            ("0 0 1 * sun", None),
            ("0 0 31 2 *", None),
            ("10/20 11 * * *", Some(10)),
        ] {
            assert_eq!(last(text), minutes, "{text}");
        }
        let sunday = Cron::parse("0 0 * * 7").unwrap();
        assert_eq!(sunday.last(NOON + DAY), Some(NOON + DAY / 2));
    }

    #[test]
    fn what_is_no_expression_is_none() {
        for bad in [
            "",
            "* * * *",
            "* * * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "5-1 * * * *",
            "*/0 * * * *",
            "a * * * *",
            "* * * * 8",
            "1,,2 * * * *",
        ] {
            assert_eq!(Cron::parse(bad), None, "{bad}");
        }
    }
}
