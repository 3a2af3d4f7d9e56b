//! What a person may be like.

use edge_api::time::Date;
use edge_http::{Error, Result};

/// The furthest that a clock is ahead of UTC, milliseconds: it is tomorrow there already.
const AHEAD: i64 = 14 * 3_600_000;

/// Refuses birthdays in the future. `now` in epoch ms.
pub fn check_birth_date(date: Option<Date>, now: i64) -> Result<()> {
    if date.is_some_and(|date| date.start().0 > now + AHEAD) {
        return Err(Error::bad_request("Birth date cannot be in the future"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_born_tomorrow_but_where_it_is_tomorrow_already() {
        let now = 1_718_452_800_000; // 2024-06-15T12:00Z
        let check = |text| check_birth_date(Date::parse(text), now).is_ok();
        assert!(check("2024-06-15") && check("2024-06-16") && check("0001-01-01"));
        assert!(!check("2024-06-17"));
        assert!(check_birth_date(None, now).is_ok());
    }
}
