//! Which months of a timeline are to be asked for: each once, a few at a time, those that came last on the screen first. And which of
//! them are forgotten again, because a browser cannot hold a million photos.
use std::collections::BTreeSet;

/// How many months are asked for at a time.
const AT_A_TIME: usize = 4;

/// A request that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The month.
    pub month: String,
    /// How long to wait before asking again while pictures are being made, in seconds.
    pub wait: u64,
    /// Answers of an earlier round are out of date.
    pub round: u32,
}

/// What was asked for and what waits for its turn.
#[derive(Debug, Default)]
pub struct Requests {
    round: u32,
    asked: BTreeSet<String>,
    waiting: Vec<Request>,
    running: usize,
}

impl Requests {
    /// Photos have changed: everything may be asked for again, and answers that are on their way count no more.
    pub fn begin(&mut self) {
        self.round = self.round.wrapping_add(1);
        self.asked.clear();
        self.waiting.clear();
    }

    /// Asks for a month, once in a round.
    pub fn ask(&mut self, month: &str, wait: u64) {
        if self.asked.insert(month.to_owned()) {
            self.waiting.push(Request {
                month: month.to_owned(),
                wait,
                round: self.round,
            });
        }
    }

    /// Asks once more for a month whose pictures were still being made when `earlier` was answered.
    pub fn again(&mut self, earlier: &Request) {
        if self.is_current(earlier) {
            self.asked.remove(&earlier.month);
            self.ask(&earlier.month, earlier.wait * 2);
        }
    }

    /// What may be sent now.
    pub fn turn(&mut self) -> Option<Request> {
        if self.running >= AT_A_TIME {
            return None;
        }
        let next = self.waiting.pop()?;
        self.running += 1;
        Some(next)
    }

    /// What is known of a month is gone: it may be asked for again.
    pub fn forget(&mut self, month: &str) {
        self.asked.remove(month);
    }

    /// A request has ended; whether its answer counts. One that failed may be asked for again.
    pub fn end(&mut self, request: &Request, has_answer: bool) -> bool {
        self.running = self.running.saturating_sub(1);
        let is_current = self.is_current(request);
        if is_current && !has_answer {
            self.asked.remove(&request.month);
        }
        is_current && has_answer
    }

    fn is_current(&self, request: &Request) -> bool {
        request.round == self.round
    }
}

/// Which months are to be forgotten so that at most `most` photos are known; `known` says how many are of each month, and whether it is
/// needed now. Those that are needed are never forgotten, and the furthest from them first: a month may have more photos than there is room
/// for, so that also one beside it goes.
pub fn far(known: &[(usize, bool)], most: usize) -> Vec<usize> {
    let mut left: usize = known.iter().map(|(count, _)| count).sum();
    if left <= most {
        return Vec::new();
    }
    let (needed, mut order): (Vec<usize>, Vec<usize>) =
        (0..known.len()).partition(|month| known[*month].1);
    let distance = |month: &usize| needed.iter().map(|it| it.abs_diff(*month)).min();
    order.sort_by_cached_key(|month| std::cmp::Reverse(distance(month)));
    let is_too_much = |month: &usize| {
        let goes = left > most && known[*month].0 > 0;
        left -= if goes { known[*month].0 } else { 0 };
        goes
    };
    order.into_iter().filter(is_too_much).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn months(requests: &mut Requests) -> Vec<Request> {
        std::iter::from_fn(|| requests.turn()).collect()
    }

    #[test]
    fn a_month_is_asked_for_once_and_few_at_a_time() {
        let mut requests = Requests::default();
        for month in ["a", "b", "c", "d", "e", "f", "a"] {
            requests.ask(month, 2);
        }
        let first = months(&mut requests);
        let names: Vec<&str> = first.iter().map(|it| it.month.as_str()).collect();
        assert_eq!(names, ["f", "e", "d", "c"]);
        assert!(requests.end(&first[0], true));
        assert_eq!(months(&mut requests).len(), 1);
        assert!(requests.end(&first[1], true));
        assert_eq!(requests.turn().map(|it| it.month), Some("a".to_owned()));
        assert!(requests.end(&first[2], true));
        assert_eq!(requests.turn(), None);
    }

    #[test]
    fn answers_from_before_a_change_do_not_count() {
        let mut requests = Requests::default();
        requests.ask("a", 2);
        requests.ask("b", 2);
        let early = requests.turn().unwrap();
        requests.begin();
        assert_eq!(requests.turn(), None);
        assert!(!requests.end(&early, true));
        requests.again(&early);
        assert_eq!(requests.turn(), None);
        requests.ask("b", 2);
        let late = requests.turn().unwrap();
        assert!(requests.end(&late, true));
    }

    #[test]
    fn months_far_away_are_forgotten() {
        let known = |counts: &[usize], needed: &[usize]| -> Vec<(usize, bool)> {
            let months = counts.iter().enumerate();
            months
                .map(|(at, count)| (*count, needed.contains(&at)))
                .collect()
        };
        assert!(far(&known(&[10; 6], &[5]), 60).is_empty());
        assert_eq!(far(&known(&[10; 6], &[5]), 45), [0, 1]);
        assert_eq!(far(&known(&[10, 0, 10, 10, 10, 10], &[5]), 30), [0, 2]);
        // Two places: the timeline, and a photo that is open elsewhere.
        assert_eq!(far(&known(&[10; 7], &[0, 6]), 45), [3, 2, 4]);
        // What is needed stays however much it is; what is beside it goes.
        assert_eq!(far(&known(&[10, 10, 900, 10, 10], &[2]), 5), [0, 4, 1, 3]);
        assert!(far(&known(&[900, 900], &[0, 1]), 5).is_empty());
        assert_eq!(far(&known(&[10, 10], &[]), 10), [0]);
        let mut requests = Requests::default();
        requests.ask("a", 2);
        let first = requests.turn().unwrap();
        assert!(requests.end(&first, true));
        requests.ask("a", 2);
        assert_eq!(requests.turn(), None);
        requests.forget("a");
        requests.ask("a", 2);
        assert_eq!(requests.turn(), Some(first));
    }

    #[test]
    fn what_failed_or_is_not_ready_is_asked_for_again() {
        let mut requests = Requests::default();
        requests.ask("a", 2);
        let failed = requests.turn().unwrap();
        assert!(!requests.end(&failed, false));
        requests.ask("a", 2);
        let early = requests.turn().unwrap();
        assert!(requests.end(&early, true));
        requests.again(&early);
        assert_eq!(requests.turn().map(|it| it.wait), Some(4));
    }
}
