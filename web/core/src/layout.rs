//! Where photos lie: rows of one height that fill the width, months below each other. Lengths are CSS pixels. What is higher than
//! browsers make a page is squeezed: [`crate::scroll`].

use std::sync::Arc;

/// Height of what stands above the photos of a month.
pub const HEADER: f64 = 48.0;
/// Between photos.
pub const GAP: f64 = 4.0;
/// What a photo whose proportions nobody knows yet is taken for.
const USUAL_RATIO: f64 = 1.3;

/// A row of photos.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Index of its first photo in the month.
    pub start: usize,
    /// Widths of its photos.
    pub widths: Vec<f64>,
    /// Its upper edge, from that of the month.
    pub top: f64,
    /// Height of its photos.
    pub height: f64,
}

/// Where a month lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// Its upper edge, from that of the timeline.
    pub top: f64,
    /// Its height with header.
    pub height: f64,
    /// Its rows; none before its photos are known.
    pub rows: Arc<Vec<Row>>,
}

/// What is known of a month.
#[derive(Clone, Debug, PartialEq)]
pub enum Month {
    /// How many photos it has.
    Count(usize),
    /// Its rows, as [`rows`] has laid them out for this width.
    Rows(Arc<Vec<Row>>),
    /// How high it was; its photos are forgotten.
    Height(f64),
}

/// The height that rows are to have on a screen of this width.
pub fn target(width: f64) -> f64 {
    if width < 600.0 { 110.0 } else { 190.0 }
}

/// Lays out months below each other.
pub fn sections(months: Vec<Month>, width: f64) -> Vec<Section> {
    let mut top = 0.0;
    let mut sections = Vec::with_capacity(months.len());
    for month in months {
        let (height, rows) = match month {
            Month::Count(count) => (HEADER + estimate(count, width), Arc::default()),
            Month::Rows(rows) => (height(&rows), rows),
            Month::Height(height) => (height, Arc::default()),
        };
        sections.push(Section { top, height, rows });
        top += height;
    }
    sections
}

/// The height of a month with these rows.
pub fn height(rows: &[Row]) -> f64 {
    let last = rows.last();
    last.map_or(HEADER, |last| last.top + last.height + GAP)
}

/// The height that the rows of `count` unknown photos will about have.
fn estimate(count: usize, width: f64) -> f64 {
    let target = target(width);
    let in_a_row = (width / (target * USUAL_RATIO + GAP)).max(1.0);
    (as_float(count) / in_a_row).ceil() * (target + GAP)
}

/// Lays out a month: rows that fill `width`, but for the last, of photos of these proportions, width by height.
pub fn rows(ratios: &[f64], width: f64) -> Vec<Row> {
    let target = target(width);
    let mut rows = Vec::new();
    let (mut start, mut sum, mut top) = (0, 0.0, HEADER);
    for (index, ratio) in ratios.iter().enumerate() {
        sum += usable(*ratio);
        let gaps = GAP * as_float(index - start);
        let is_full = sum * target + gaps >= width;
        if !is_full && index + 1 < ratios.len() {
            continue;
        }
        let height = if is_full {
            (width - gaps) / sum
        } else {
            target
        };
        let photos = &ratios[start..=index];
        let widths = photos.iter().map(|ratio| usable(*ratio) * height);
        rows.push(Row {
            start,
            widths: widths.collect(),
            top,
            height,
        });
        top += height + GAP;
        (start, sum) = (index + 1, 0.0);
    }
    rows
}

/// A panorama or a strip must not push everything else out of sight.
fn usable(ratio: f64) -> f64 {
    if ratio.is_finite() && ratio > 0.0 {
        ratio.clamp(0.4, 4.0)
    } else {
        1.0
    }
}

/// The sections between two heights: first, and one after the last.
pub fn between(sections: &[Section], from: f64, to: f64) -> (usize, usize) {
    let first = sections.partition_point(|section| section.top + section.height <= from);
    let end = sections.partition_point(|section| section.top < to);
    (first, end.max(first))
}

/// A part of a month. By it what was on the screen is found again when heights have changed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anchor {
    /// Which section it is in.
    pub at: usize,
    /// How much of the section is above.
    above: f64,
    /// The height of the section, while it was only estimated.
    estimate: Option<f64>,
}

impl Anchor {
    /// What is at a height.
    pub fn of(sections: &[Section], top: f64) -> Option<Self> {
        let at = sections.partition_point(|section| section.top + section.height <= top);
        let section = sections.get(at)?;
        Some(Self {
            at,
            above: top - section.top,
            estimate: section.rows.is_empty().then_some(section.height),
        })
    }

    /// Where it is now that the section lies there. Of an estimated height it is the same share.
    pub fn top(self, section: &Section) -> f64 {
        let scale = self.estimate.map_or(1.0, |before| section.height / before);
        section.top + (self.above * scale).min(section.height)
    }
}

/// Counts of photos are far below what a float holds exactly.
fn as_float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::from(u32::MAX), f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(ratios: &[f64], width: f64) -> Month {
        Month::Rows(Arc::new(rows(ratios, width)))
    }

    #[test]
    fn full_rows_fill_the_width_and_the_last_keeps_its_height() {
        let sections = sections(vec![known(&[1.5; 7], 1000.0)], 1000.0);
        let rows = &sections[0].rows;
        assert_eq!(rows.iter().map(|row| row.widths.len()).sum::<usize>(), 7);
        for row in &rows[..rows.len() - 1] {
            let gaps = GAP * as_float(row.widths.len() - 1);
            assert!((row.widths.iter().sum::<f64>() + gaps - 1000.0).abs() < 0.01);
        }
        let last = rows.last().unwrap();
        assert!(last.height <= target(1000.0));
        assert!((sections[0].height - (last.top + last.height + GAP)).abs() < 0.01);
    }

    #[test]
    fn months_follow_each_other_and_are_found_by_height() {
        let months = vec![Month::Count(100), known(&[1.0], 390.0), Month::Count(3)];
        let sections = sections(months, 390.0);
        assert!((sections[1].top - sections[0].height).abs() < 0.01);
        assert_eq!(between(&sections, 0.0, 1.0), (0, 1));
        let second = sections[1].top;
        assert_eq!(between(&sections, second + 1.0, second + 2.0), (1, 2));
        assert_eq!(between(&sections, second - 1.0, second + 1.0), (0, 2));
        assert_eq!(between(&[], 0.0, 1.0), (0, 0));
    }

    #[test]
    fn a_month_that_is_forgotten_keeps_its_height() {
        let rows = Arc::new(rows(&[3.0; 100], 1000.0));
        let forgotten = Month::Height(height(&rows));
        let both = sections(vec![Month::Rows(rows), forgotten, Month::Count(1)], 1000.0);
        assert!((both[0].height - both[1].height).abs() < 0.01);
        assert!((both[2].top - 2.0 * both[0].height).abs() < 0.01);
        assert!(both[1].rows.is_empty());
    }

    #[test]
    fn what_is_on_the_screen_is_found_again() {
        let before = sections(vec![Month::Count(1000), Month::Count(1000)], 1000.0);
        let anchor = Anchor::of(&before, before[1].top + 500.0).unwrap();
        assert_eq!(anchor.at, 1);
        let wide = |count: usize| known(&vec![3.0; count], 1000.0);
        let after = sections(vec![wide(1000), Month::Count(1000)], 1000.0);
        assert!(after[1].top > before[1].top);
        assert!((anchor.top(&after[1]) - after[1].top - 500.0).abs() < 0.01);
        // Its own photos are there now: the same share of them is above.
        let after = sections(vec![wide(1000), wide(1000)], 1000.0);
        let share = (anchor.top(&after[1]) - after[1].top) / after[1].height;
        assert!((share - 500.0 / before[1].height).abs() < 0.0001);
        // Photos behind it are gone.
        let anchor = Anchor::of(&after, after[1].top + 300.0).unwrap();
        let less = sections(vec![wide(1000), wide(900)], 1000.0);
        assert!((anchor.top(&less[1]) - less[1].top - 300.0).abs() < 0.01);
        assert_eq!(Anchor::of(&before, 1e9), None);
    }

    #[test]
    fn strange_proportions_are_bounded() {
        let rows = rows(&[f64::NAN, 0.0, 1000.0, -1.0], 390.0);
        assert!(
            rows.iter()
                .all(|row| row.height > 20.0 && row.height < 1000.0)
        );
    }
}
