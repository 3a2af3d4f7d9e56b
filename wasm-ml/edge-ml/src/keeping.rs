//! An engine whose networks stay loaded, for a process that lives longer than one picture and has room for them.
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Error;
use crate::engine::{Draft, Engine, Fact, Model};

/// What a network takes beside its weights: how it is to be run.
const BESIDE: u64 = 4 << 20;

/// Another engine, of whose networks those stay loaded that were used last, as many as the room holds.
pub struct Keeping<E> {
    engine: E,
    room: u64,
    kept: Mutex<VecDeque<Kept>>,
}

/// A network that is ready.
struct Kept {
    key: String,
    facts: Vec<Fact>,
    model: Arc<dyn Model>,
    bytes: u64,
}

impl<E> Keeping<E> {
    /// Keeps networks of `engine` in `room` bytes.
    pub fn new(engine: E, room: u64) -> Self {
        Self {
            engine,
            room,
            kept: Mutex::default(),
        }
    }

    fn all(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<E: Engine> Engine for Keeping<E> {
    fn open(&self, graph: &[u8]) -> Result<Box<dyn Draft>, Error> {
        self.engine.open(graph)
    }

    fn kept(&self, key: &str, facts: &[Fact]) -> Option<Arc<dyn Model>> {
        let mut all = self.all();
        let is_it = |kept: &Kept| kept.key == key && kept.facts == facts;
        let found = all.iter().position(is_it)?;
        // Used last, and so the last to go.
        let found = all.remove(found)?;
        let model = found.model.clone();
        all.push_back(found);
        Some(model)
    }

    fn keep(&self, key: &str, facts: &[Fact], model: &Arc<dyn Model>, bytes: u64) {
        let bytes = bytes.saturating_add(BESIDE);
        if bytes > self.room {
            return;
        }
        let mut all = self.all();
        let mut taken: u64 = all.iter().map(|kept| kept.bytes).sum();
        while taken.saturating_add(bytes) > self.room {
            let Some(gone) = all.pop_front() else { break };
            taken -= gone.bytes;
        }
        all.push_back(Kept {
            key: key.to_owned(),
            facts: facts.to_vec(),
            model: model.clone(),
            bytes,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Tensor;
    use crate::tensor::Kind;

    struct Nothing;

    impl Engine for Nothing {
        fn open(&self, _graph: &[u8]) -> Result<Box<dyn Draft>, Error> {
            Err(Error::Graph("none".into()))
        }
    }

    impl Model for Nothing {
        fn run(&self, _inputs: &[&Tensor]) -> Result<Vec<Tensor>, Error> {
            Ok(Vec::new())
        }
    }

    fn facts(side: usize) -> Vec<Fact> {
        vec![Fact {
            name: "pixels".into(),
            kind: Kind::F32,
            shape: vec![side],
        }]
    }

    #[test]
    fn what_was_used_last_stays_within_the_room() {
        let engine = Keeping::new(Nothing, 3 * (BESIDE + 10));
        let model: Arc<dyn Model> = Arc::new(Nothing);
        for key in ["a", "b", "c"] {
            engine.keep(key, &facts(1), &model, 10);
        }
        assert!(engine.kept("a", &facts(1)).is_some());
        assert!(
            engine.kept("a", &facts(2)).is_none(),
            "another shape is another plan"
        );
        engine.keep("d", &facts(1), &model, 10);
        let is_kept = |key: &str| engine.kept(key, &facts(1)).is_some();
        assert_eq!(["a", "b", "c", "d"].map(is_kept), [true, false, true, true]);
        engine.keep("e", &facts(1), &model, u64::MAX);
        assert!(engine.kept("e", &facts(1)).is_none());
        assert!(is_kept("d"), "what has no room pushes nobody out");
        assert!(engine.open(&[]).is_err());
    }
}
