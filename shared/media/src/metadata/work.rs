//! A budget of work for reading one file: structures of untrusted files may repeat, point at each
//! other or unpack to thousands of times their size, and a Worker's clock stands still meanwhile.

/// Steps for one file. A step is a byte that is copied or unpacked, or a comparison; ordinary
/// photos take below 200,000, and all of them end within a second in wasm.
pub const MAX_STEPS: usize = 48 << 20;

/// How much of the budget was used.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Work {
    steps: usize,
}

impl Work {
    /// Takes steps out of the budget; `false`, and nothing taken, when it has fewer left.
    /// The caller then leaves out the block that it was going to read.
    pub fn spend(&mut self, steps: usize) -> bool {
        let steps = self.steps.saturating_add(steps);
        let is_enough = steps <= MAX_STEPS;
        if is_enough {
            self.steps = steps;
        }
        is_enough
    }

    /// Steps taken so far.
    pub fn steps(&self) -> usize {
        self.steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_never_overdrawn() {
        let mut work = Work::default();
        assert!(work.spend(MAX_STEPS - 1));
        assert!(!work.spend(2) && !work.spend(usize::MAX));
        assert!(work.spend(1) && !work.spend(1));
        assert_eq!(work.steps(), MAX_STEPS);
    }
}
