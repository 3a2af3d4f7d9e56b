//! Pages behind a number.
//!
//! Clients send `nextPage` back as a number (api/features.md section B), so the place to go on from is one: small numbers
//! count pages, larger ones hold the second of capture of the last asset and how many assets of that second were shown. The
//! 400th page then costs what the first does, and who counts pages himself is answered as well
//! (docs/decisions/0017-search.md).

use edge_api::enums::AssetOrder;

/// The first number that is a place. Below, pages are counted.
const PLACES: i64 = 1 << 40;
/// Assets of one second that a place can tell apart.
const SHOWN: i64 = 1 << 20;
/// 1900-01-01 and 2155-12-31 in seconds of the epoch: what is before or behind counts as of that second.
const FIRST: i64 = -2_208_988_800;
const LAST: i64 = 5_869_583_999;
/// So many assets are counted through for a page before its successor is a place.
const COUNTED: i64 = 1_000;
/// Nobody has so many assets: pages behind them are empty.
pub const MOST: i64 = 10_000_000;

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Assets on it at most.
    pub size: i64,
    /// Assets to pass over first, from `second` on if there is one.
    pub offset: i64,
    /// Second of capture, epoch.
    pub second: Option<i64>,
    /// The number of a counted page.
    number: i64,
}

fn second_of(taken: i64) -> i64 {
    taken.div_euclid(1000).clamp(FIRST, LAST)
}

impl Page {
    /// The page with this number (from 1).
    pub fn new(number: i64, size: i64) -> Self {
        if number < PLACES {
            let offset = number.saturating_sub(1).saturating_mul(size).max(0);
            return Self {
                size,
                offset,
                second: None,
                number,
            };
        }
        let place = number - PLACES;
        Self {
            size,
            offset: place % SHOWN,
            second: Some((place / SHOWN).saturating_add(FIRST).min(LAST)),
            number,
        }
    }

    /// The page at this place.
    pub fn at(place: Place, size: i64) -> Self {
        Self {
            size,
            offset: place.offset,
            second: place.second.map(|second| second.clamp(FIRST, LAST)),
            number: 1,
        }
    }

    /// Whether nobody has a page that far behind.
    pub fn is_beyond(&self) -> bool {
        self.offset > MOST
    }

    /// The bound of capture times (epoch ms) with its comparison, for pages that begin at a place.
    pub fn bound(&self, order: AssetOrder) -> Option<(&'static str, i64)> {
        let second = self.second?;
        match order {
            AssetOrder::Desc if second < LAST => Some(("<", (second + 1) * 1000)),
            AssetOrder::Asc if second > FIRST => Some((">=", second * 1000)),
            AssetOrder::Desc | AssetOrder::Asc => None,
        }
    }

    /// The place behind this page, which shows assets taken then (epoch ms); `None` when it is not told by the time of capture.
    fn behind(&self, taken: &[i64]) -> Option<Place> {
        let counted = self.second.is_none();
        if counted && self.offset + self.size < COUNTED {
            return None;
        }
        let last = second_of(*taken.last()?);
        let same = taken.iter().rev().take_while(|at| second_of(**at) == last);
        let mut shown = i64::try_from(same.count()).ok()?;
        if usize::try_from(shown) == Ok(taken.len()) {
            match self.second {
                Some(second) if second == last => shown += self.offset,
                // How many of that second are on the pages before is not known.
                None if self.offset > 0 => return None,
                _ => {}
            }
        }
        Some(Place {
            offset: shown,
            second: Some(last),
        })
    }

    /// The number of the page behind this one, which shows assets taken then (epoch ms); `None` when it cannot be told: a
    /// million assets of one second.
    pub fn next(&self, taken: &[i64]) -> Option<i64> {
        match self.behind(taken) {
            None => Some(self.number + 1),
            Some(Place { offset, second }) => {
                let second = second.unwrap_or(FIRST);
                (offset < SHOWN).then(|| PLACES + (second - FIRST) * SHOWN + offset)
            }
        }
    }

    /// Where the page behind this one begins, by the time of capture of what this one shows where that is its order.
    pub fn following(&self, taken: Option<&[i64]>) -> Place {
        let counted = Place {
            offset: self.offset + self.size,
            second: self.second,
        };
        taken
            .and_then(|taken| self.behind(taken))
            .unwrap_or(counted)
    }
}

/// Where a page begins: so many assets are passed over, from a second of capture on if there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Assets.
    pub offset: i64,
    /// Epoch.
    pub second: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last asset is still safe in JavaScript.
    const SAFE: i64 = 9_007_199_254_740_991;

    #[test]
    fn the_first_pages_are_counted_and_the_others_are_places() {
        assert_eq!(Page::new(1, 250).next(&[5_000; 250]), Some(2));
        assert_eq!(Page::new(3, 250).offset, 500);
        let times: Vec<i64> = (0..250).map(|number| 9_000_000 - number * 700).collect();
        let next = Page::new(4, 250).next(&times).unwrap_or(0);
        let page = Page::new(next, 250);
        let last = times.last().copied().unwrap_or(0).div_euclid(1000);
        assert_eq!(page.second, Some(last));
        assert!(page.offset == 1 || page.offset == 2, "{page:?}");
        assert_eq!(page.bound(AssetOrder::Desc), Some(("<", (last + 1) * 1000)));
    }

    #[test]
    fn many_assets_of_one_second_are_passed_over_one_by_one() {
        let start = Page::new(1, 1000).next(&[5_000; 1000]);
        assert_eq!(start.map(|next| Page::new(next, 1000).offset), Some(1000));
        let next = Page::new(start.unwrap_or(0), 1000).next(&[5_999; 1000]);
        assert_eq!(next.map(|next| Page::new(next, 1000).offset), Some(2000));
        // Their number is not known on a page that was counted.
        assert_eq!(Page::new(7, 250).next(&[5_000; 250]), Some(8));
    }

    #[test]
    fn dates_far_away_are_of_the_first_and_last_second() {
        for taken in [-62_135_596_800_000, 253_402_300_799_000, i64::MAX, i64::MIN] {
            let next = Page::new(4, 250).next(&[0, taken]).unwrap_or(0);
            assert!((PLACES..SAFE).contains(&next), "{next}");
            assert_eq!(Page::new(next, 250).second, Some(second_of(taken)));
        }
        let ends = |order, number| Page::new(number, 1).bound(order);
        assert_eq!(ends(AssetOrder::Asc, PLACES + 1), None);
        assert_eq!(ends(AssetOrder::Desc, SAFE), None);
        assert!(Page::new(PLACES - 1, 1000).is_beyond());
    }
}
