//! Scrolling through more than a browser makes a page high: Firefox ends at 17.9 million pixels, Chromium and Safari at 33, and a
//! million photos need 35 to 45. The sheet is then as high as it may be. What is scrolled in small steps moves by exactly as much, as
//! everywhere; a jump leads to the same share of the photos. In between the two may drift apart, and are brought together again where
//! nobody sees it: the browser is scrolled and everything on the sheet moved by the same length. Lengths are CSS pixels.

/// Most that the sheet is high.
pub const MOST: f64 = 15_000_000.0;
/// At both ends of the sheet a pixel is a pixel, so that nobody gets stuck before the first or the last photo.
const PLAIN: f64 = 1_000_000.0;
/// How far a place may be from where its share of the sheet is.
const DRIFT: f64 = PLAIN / 2.0;
/// What browsers round away.
const ROUNDED: f64 = 2.0;
/// What is scrolled at a time beyond this is a jump, in heights of the screen.
const JUMP: f64 = 4.0;

/// How high the sheet of a timeline is.
pub fn sheet(total: f64) -> f64 {
    total.min(MOST)
}

/// Where a timeline stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Place {
    /// How far the browser has scrolled.
    pub scrolled: f64,
    /// How much further the timeline is: what lies at `top` in it is drawn at `top - ahead` on the sheet.
    pub ahead: f64,
}

impl Place {
    /// The place where `top` is at the upper edge of the screen.
    pub fn at(top: f64, total: f64) -> Self {
        let scrolled = squeezed(top, total).round();
        let ahead = top - scrolled;
        Self { scrolled, ahead }
    }

    /// What is at the upper edge of the screen.
    pub fn top(self) -> f64 {
        self.scrolled + self.ahead
    }

    /// The place after the browser has scrolled to `scrolled`. Where the one that is returned is scrolled elsewhere the browser has to
    /// follow it.
    #[must_use]
    pub fn moved(self, scrolled: f64, screen: f64, total: f64) -> Self {
        let is_jump = (scrolled - self.scrolled).abs() > JUMP * screen;
        let ahead = if is_jump {
            stretched(scrolled, total) - scrolled
        } else {
            self.ahead
        };
        Self { scrolled, ahead }.settled(total)
    }

    /// The place where `top` is at the upper edge of the screen instead, because heights have changed. The browser is scrolled as little as
    /// possible.
    #[must_use]
    pub fn shifted(self, top: f64, total: f64) -> Self {
        let ahead = top - self.scrolled;
        Self { ahead, ..self }.settled(total)
    }

    /// The same part of the timeline, nearer to its share of the sheet if it is too far away.
    fn settled(self, total: f64) -> Self {
        let top = self.top();
        let is_plain = total <= MOST || top < PLAIN || top > total - PLAIN;
        let allowed = if is_plain { ROUNDED } else { DRIFT };
        if (squeezed(top, total) - self.scrolled).abs() > allowed {
            Self::at(top, total)
        } else {
            self
        }
    }
}

/// Where on the sheet a part of the timeline belongs.
fn squeezed(top: f64, total: f64) -> f64 {
    if total <= MOST || top <= PLAIN {
        return top;
    }
    let end = total - PLAIN;
    if top >= end {
        top - (total - MOST)
    } else {
        PLAIN + (top - PLAIN) * (MOST - 2.0 * PLAIN) / (end - PLAIN)
    }
}

/// The part of the timeline that belongs to a place on the sheet.
fn stretched(scrolled: f64, total: f64) -> f64 {
    if total <= MOST || scrolled <= PLAIN {
        return scrolled;
    }
    if scrolled >= MOST - PLAIN {
        scrolled + (total - MOST)
    } else {
        PLAIN + (scrolled - PLAIN) * (total - 2.0 * PLAIN) / (MOST - 2.0 * PLAIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCREEN: f64 = 900.0;
    const TOTAL: f64 = 43_000_000.0;

    /// Scrolls as a wheel does, until the browser stops at an end of the sheet.
    fn wheel(mut place: Place, step: f64, total: f64) -> Place {
        let end = sheet(total) - SCREEN;
        loop {
            let next = (place.scrolled + step).clamp(0.0, end);
            let moved = place.moved(next, SCREEN, total);
            let went = moved.top() - place.top();
            let asked = next - place.scrolled;
            assert!((went - asked).abs() < 0.001, "{place:?} went by {went}");
            if (moved.scrolled - place.scrolled).abs() < 0.001 {
                return moved;
            }
            place = moved;
        }
    }

    #[test]
    fn what_fits_is_scrolled_as_it_is() {
        assert!((sheet(1000.0) - 1000.0).abs() < 0.001);
        for scrolled in [0.0, 500.0, 90_000.0] {
            let place = Place::default().moved(scrolled, SCREEN, 100_000.0);
            let expected = Place {
                scrolled,
                ahead: 0.0,
            };
            assert_eq!(place, expected);
        }
    }

    #[test]
    fn every_part_has_a_place_on_the_sheet_and_back() {
        for step in 0..=430 {
            let top = f64::from(step) * 100_000.0;
            let place = squeezed(top, TOTAL);
            assert!((0.0..=MOST).contains(&place), "{top}");
            assert!((stretched(place, TOTAL) - top).abs() < 0.01, "{top}");
        }
        assert!((squeezed(TOTAL, TOTAL) - MOST).abs() < 0.001);
    }

    #[test]
    fn jumps_reach_the_same_share() {
        let middle = Place::default().moved(MOST / 2.0, SCREEN, TOTAL);
        assert!((middle.top() - TOTAL / 2.0).abs() < 1.0);
        let end = middle.moved(MOST - SCREEN, SCREEN, TOTAL);
        assert!((end.top() - (TOTAL - SCREEN)).abs() < 1.0);
        let start = end.moved(0.0, SCREEN, TOTAL);
        assert!(start.top().abs() < 0.001);
    }

    #[test]
    fn the_wheel_moves_photos_by_as_much_and_reaches_both_ends() {
        let start = wheel(Place::default(), 2_900.0, TOTAL);
        assert!((start.top() - (TOTAL - SCREEN)).abs() < 1.0, "{start:?}");
        let back = wheel(start, -2_900.0, TOTAL);
        assert!(back.top().abs() < 1.0, "{back:?}");
        let middle = wheel(Place::at(20_000_000.0, TOTAL), -3_100.0, TOTAL);
        assert!(middle.top().abs() < 1.0, "{middle:?}");
    }

    #[test]
    fn a_month_is_reached_exactly_and_stays() {
        let place = Place::at(12_345_678.25, TOTAL);
        assert!((place.top() - 12_345_678.25).abs() < 0.001);
        // The browser tells that it has scrolled there.
        assert_eq!(place.moved(place.scrolled, SCREEN, TOTAL), place);
    }

    #[test]
    fn other_heights_keep_what_is_on_the_screen() {
        let place = Place::at(16_000_000.0, TOTAL);
        for total in [TOTAL + 400_000.0, TOTAL - 9_000_000.0, 16_500_000.0] {
            let settled = place.shifted(16_000_000.0, total);
            assert!((settled.top() - 16_000_000.0).abs() < 0.001, "{total}");
            assert!(settled.scrolled <= sheet(total), "{total}");
        }
        // What has grown above by little is no reason to scroll, unless a pixel is a pixel.
        let grown = place.shifted(16_040_000.0, TOTAL + 40_000.0);
        assert!((grown.scrolled - place.scrolled).abs() < 0.001);
        assert!((grown.top() - 16_040_000.0).abs() < 0.001);
        let plain = Place::at(30_000.0, 90_000.0).shifted(31_000.0, 91_000.0);
        assert_eq!(plain, Place::at(31_000.0, 91_000.0));
        let small = Place::at(14_500_000.0, 20_000_000.0).shifted(14_500_000.0, 14_900_000.0);
        assert!(small.ahead.abs() < 0.001 && (small.top() - 14_500_000.0).abs() < 0.001);
    }
}
