//! Days and months of wall clocks as the integers the timeline indexes hold (docs/data-model.md).

use edge_api::time::{Date, LocalMillis};

/// YYYYMMDD of a wall clock (epoch milliseconds as if it were UTC).
pub fn day(local: i64) -> i32 {
    let date = Date::of(LocalMillis(local)).0;
    i32::from(date.year()) * 10_000 + i32::from(date.month()) * 100 + i32::from(date.day())
}

/// YYYYMM of a wall clock (epoch milliseconds as if it were UTC).
pub fn month(local: i64) -> i32 {
    day(local) / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar_before_1970_too() {
        assert_eq!((day(0), month(0)), (19_700_101, 197_001));
        assert_eq!(day(-1), 19_691_231);
        assert_eq!(day(951_782_400_000), 20_000_229);
    }
}
