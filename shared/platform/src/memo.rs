//! What was worked out from a text, kept for the next time. Statements are put together anew for each request, out of few
//! texts; an instance that serves several requests need not read each of them again.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher as _},
    sync::{Arc, Mutex, PoisonError},
};

/// Most texts that are kept. Some statements are put together from what a request names, so there is no end of them.
const MOST: usize = 256;

/// Findings by text. A text is known by 64 bits of its hash, as PostgreSQL knows prepared statements by their names: to compare
/// some kilobytes takes longer than to hash them, and no client has a say in a text.
pub(crate) struct Memo<T>(Mutex<HashMap<u64, Arc<T>>>);

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Memo<T> {
    /// What `work` finds out about `text`, which it is asked the first time. It must depend on the text alone.
    pub fn of(&self, text: impl Hash, work: impl FnOnce() -> T) -> Arc<T> {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let key = hasher.finish();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(&key) {
            return Arc::clone(found);
        }
        let found = Arc::new(work());
        if known.len() == MOST {
            known.clear();
        }
        known.insert(key, Arc::clone(&found));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_once_for_each_text() {
        let memo = Memo::default();
        assert_eq!(*memo.of("a", || 1), 1);
        assert_eq!(*memo.of("a", || 2), 1);
        assert_eq!(*memo.of("b", || 2), 2);
    }

    #[test]
    fn it_does_not_grow_without_end() {
        let memo = Memo::default();
        for number in 0..=MOST {
            memo.of(number, || number);
        }
        let kept = memo.0.lock().unwrap().len();
        assert!(kept <= MOST, "{kept}");
        assert_eq!(*memo.of(0, || 7), 7);
    }
}
