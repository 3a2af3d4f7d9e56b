//! Does one thing with each of many, some at a time.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use anyhow::{Result, bail};

/// Runs `work` for each item on `jobs` threads; the first error ends it, once what is under way has ended.
pub fn each<T: Sync>(
    items: &[T],
    jobs: NonZero<usize>,
    work: impl Fn(&T) -> Result<()> + Sync,
) -> Result<()> {
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let worker = || {
        while !failed.load(Ordering::Relaxed) {
            let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) else {
                break;
            };
            if let Err(error) = work(item) {
                failed.store(true, Ordering::Relaxed);
                return Err(error);
            }
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs.get().min(items.len()))
            .map(|_| scope.spawn(worker))
            .collect();
        let mut result = Ok(());
        for worker in workers {
            match worker.join() {
                Ok(Err(error)) if result.is_ok() => result = Err(error),
                Ok(_) => {}
                Err(_) => bail!("a worker panicked"),
            }
        }
        result
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_done_once_and_an_error_ends_it() {
        let items: Vec<usize> = (0..100).collect();
        let jobs = NonZero::new(4).unwrap();
        let sum = AtomicUsize::new(0);
        let add = |item: &usize| {
            sum.fetch_add(*item, Ordering::Relaxed);
            Ok(())
        };
        each(&items, jobs, add).unwrap();
        assert_eq!(sum.load(Ordering::Relaxed), 4950);
        assert!(each(&items, jobs, |_| bail!("no")).is_err());
    }
}
