//! The calendar heat map: how many assets a user added or took on each day.

use std::collections::HashMap;

use edge_api::{
    enums::CalendarHeatmapType,
    time::{Date, LocalMillis},
    users::{CalendarHeatmapDay, CalendarHeatmapResponse},
};
use edge_platform::{DbError, Rows, Statement, stmt};

/// One day (ms).
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Longest heat map (days), 100 years: the answer lists every day.
pub const LONGEST: i64 = 36_525;

/// From the first to the last day, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

impl Period {
    /// The period asked for: it ends today (UTC) and is 52 weeks long unless told otherwise. `None` when it
    /// is longer than [`LONGEST`].
    pub fn of(from: Option<Date>, to: Option<Date>, now: i64) -> Option<Self> {
        let to = to.unwrap_or_else(|| Date::of(LocalMillis(now)));
        let year_ago = || Date::of(LocalMillis(to.start().0 - 52 * 7 * DAY));
        let period = Self {
            from: from.unwrap_or_else(year_ago),
            to,
        };
        (period.days() <= LONGEST).then_some(period)
    }

    /// How many days it has; 0 when it ends before it begins.
    pub fn days(self) -> i64 {
        ((self.to.start().0 - self.from.start().0) / DAY + 1).max(0)
    }

    fn dates(self) -> impl Iterator<Item = Date> {
        (0..self.days()).map(move |day| Date::of(LocalMillis(self.from.start().0 + day * DAY)))
    }
}

/// Counts the assets of `user_id` on timeline and in the archive by day, for [`read`]: `day` is
/// YYYYMMDD of capture or the number of days since 1970 (UTC) of upload.
pub fn count(user_id: &str, by: CalendarHeatmapType, period: Period) -> Statement {
    let (first, last) = (number(period.from), number(period.to));
    match by {
        CalendarHeatmapType::Taken => stmt!(
            "select a.local_day as day, cast(count(*) as bigint) as n from asset a \
             where a.owner_id = ?1 and a.visibility in ('archive', 'timeline') and a.deleted_at is null \
             and a.local_month between ?2 and ?3 and a.local_day between ?4 and ?5 group by a.local_day",
            user_id,
            first / 100,
            last / 100,
            first,
            last
        ),
        CalendarHeatmapType::Upload => stmt!(
            "select a.created_at / 86400000 as day, cast(count(*) as bigint) as n from asset a \
             where a.owner_id = ?1 and a.visibility in ('archive', 'timeline') and a.deleted_at is null \
             and a.created_month between ?2 and ?3 and a.created_at >= ?4 and a.created_at < ?5 \
             group by a.created_at / 86400000",
            user_id,
            first / 100,
            last / 100,
            period.from.start().0,
            period.to.start().0 + DAY
        ),
    }
}

/// The heat map of the rows of [`count`], with every day of the period.
pub fn read(
    rows: &Rows,
    by: CalendarHeatmapType,
    period: Period,
) -> Result<CalendarHeatmapResponse, DbError> {
    let mut counts = HashMap::new();
    for row in rows.iter() {
        counts.insert(row.get::<i64>("day")?, row.get::<i64>("n")?);
    }
    let series: Vec<_> = period
        .dates()
        .map(|date| {
            let day = match by {
                CalendarHeatmapType::Taken => number(date),
                CalendarHeatmapType::Upload => date.start().0.div_euclid(DAY),
            };
            let count = counts.get(&day).copied().unwrap_or(0);
            CalendarHeatmapDay { date, count }
        })
        .collect();
    Ok(CalendarHeatmapResponse {
        from: period.from,
        to: period.to,
        total_count: series.iter().map(|day| day.count).sum(),
        series,
    })
}

/// YYYYMMDD.
fn number(date: Date) -> i64 {
    i64::from(date.0.year()) * 10_000 + i64::from(date.0.month()) * 100 + i64::from(date.0.day())
}
