//! A budget of work for one job: a Worker's clock stands still while it computes, so nothing that reads untrusted files can
//! go by the time it takes.
//!
//! What runs long says beforehand how many steps it is going to take. A job that has not enough left fails at once with its
//! reason and is not tried again: the same file would take as long the next time.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::consumer::Failure;

/// Steps of one job: a step is a byte that is read, or a quarter of a pixel that is decoded or encoded. A picture of 2^28 pixels would
/// fit once (decoders refuse it before that); an ordinary one of 12 megapixels takes a twentieth. At 5 to 20 ns a step that is less than
/// half a minute of CPU time.
pub const JOB: u64 = 1_500_000_000;

/// Steps of a pixel that is decoded or encoded.
const PIXEL: u64 = 4;

/// What a job has left.
#[derive(Debug)]
pub struct Budget {
    left: AtomicU64,
}

impl Default for Budget {
    /// That of one job ([`JOB`]).
    fn default() -> Self {
        Self::new(JOB)
    }
}

impl Budget {
    /// A budget of so many steps.
    pub fn new(steps: u64) -> Self {
        Self {
            left: AtomicU64::new(steps),
        }
    }

    /// Takes steps for `what` is going to be done. Errors: fewer are left; the job fails.
    pub fn spend(&self, steps: u64, what: &str) -> Result<(), Failure> {
        let take = |left: u64| left.checked_sub(steps);
        let taken = self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        taken.map(drop).map_err(|left| {
            Failure::Final(format!(
                "the job used up its budget of work: {what} takes {steps} steps, {left} are left"
            ))
        })
    }

    /// The same for pixels.
    pub fn spend_pixels(&self, width: u32, height: u32, what: &str) -> Result<(), Failure> {
        let pixels = u64::from(width) * u64::from(height);
        self.spend(pixels.saturating_mul(PIXEL), what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_not_spent_and_says_so() {
        let budget = Budget::new(100);
        assert_eq!(budget.spend(60, "reading"), Ok(()));
        let Err(Failure::Final(reason)) = budget.spend_pixels(100, 1, "decoding") else {
            panic!("more than there is");
        };
        assert_eq!(
            reason,
            "the job used up its budget of work: decoding takes 400 steps, 40 are left"
        );
        assert_eq!(budget.spend_pixels(10, 1, "a smaller one"), Ok(()));
        assert!(budget.spend_pixels(u32::MAX, u32::MAX, "all").is_err());
    }

    #[test]
    fn the_largest_picture_that_is_decoded_fits_once() {
        let budget = Budget::default();
        assert_eq!(budget.spend(64 << 20, "reading"), Ok(()));
        assert_eq!(budget.spend_pixels(1 << 14, 1 << 14, "decoding"), Ok(()));
        assert!(
            budget
                .spend_pixels(1 << 14, 1 << 14, "decoding again")
                .is_err()
        );
    }
}
