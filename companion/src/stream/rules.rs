//! When ffmpeg is started, stopped for a while, or goes on (api/hls.md section 5).

use edge_protocol::wire::Wanted;

/// Segments that ffmpeg may be ahead of the viewer.
const MOST_AHEAD: i64 = 30;
/// With fewer than this it goes on.
const LEAST_AHEAD: i64 = 15;

/// Where ffmpeg is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Index of the variant.
    pub variant: u8,
    /// First segment.
    pub start: i64,
    /// Last segment that is complete; before the first one there is none.
    pub completed: i64,
}

/// What to do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Leave it as it is.
    Nothing,
    /// Start it, instead of one that may run.
    Start(u8, i64),
    /// Stop it for a while.
    Stop,
    /// Let it go on.
    Continue,
}

/// What to do for a viewer who wants this. `is_sent`: what he waits for was sent before, or will not come.
pub fn decide(place: Option<Place>, wanted: &Wanted, is_sent: bool) -> Act {
    let Some(variant) = wanted.variant else {
        return Act::Nothing;
    };
    let segment = wanted.segment;
    match place {
        None if is_sent => Act::Nothing,
        None => Act::Start(variant, segment),
        Some(place) if is_sent => pressure(place.completed - wanted.requested),
        Some(place) => {
            let next = place.completed + 1;
            let is_coming = (place.start..=next + 1).contains(&segment);
            if place.variant == variant && is_coming {
                Act::Continue
            } else {
                Act::Start(variant, segment)
            }
        }
    }
}

fn pressure(ahead: i64) -> Act {
    if ahead > MOST_AHEAD {
        Act::Stop
    } else if ahead < LEAST_AHEAD {
        Act::Continue
    } else {
        Act::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(variant: u8, segment: i64) -> Wanted {
        Wanted {
            change: 1,
            variant: Some(variant),
            segment,
            requested: segment,
        }
    }

    fn place(start: i64, completed: i64) -> Place {
        Place {
            variant: 2,
            start,
            completed,
        }
    }

    #[test]
    fn nothing_runs_before_something_is_wanted() {
        assert_eq!(decide(None, &Wanted::default(), false), Act::Nothing);
        assert_eq!(decide(None, &wanted(2, 5), false), Act::Start(2, 5));
        assert_eq!(decide(None, &wanted(2, 5), true), Act::Nothing);
    }

    #[test]
    fn what_is_next_is_waited_for_and_all_else_starts_anew() {
        for (segment, act) in [
            (9, Act::Start(2, 9)),
            (10, Act::Continue),
            (13, Act::Continue),
            (14, Act::Continue),
            (15, Act::Start(2, 15)),
        ] {
            assert_eq!(
                decide(Some(place(10, 12)), &wanted(2, segment), false),
                act,
                "{segment}"
            );
        }
        assert_eq!(
            decide(Some(place(10, 9)), &wanted(2, 10), false),
            Act::Continue
        );
        assert_eq!(
            decide(Some(place(10, 9)), &wanted(2, 11), false),
            Act::Continue
        );
        assert_eq!(
            decide(Some(place(10, 12)), &wanted(3, 13), false),
            Act::Start(3, 13)
        );
    }

    #[test]
    fn it_does_not_run_far_ahead() {
        for (ahead, act) in [
            (31, Act::Stop),
            (30, Act::Nothing),
            (15, Act::Nothing),
            (14, Act::Continue),
        ] {
            assert_eq!(
                decide(Some(place(0, 10 + ahead)), &wanted(2, 10), true),
                act,
                "{ahead}"
            );
        }
        assert_eq!(
            decide(Some(place(0, 100)), &wanted(2, 10), false),
            Act::Continue
        );
    }
}
