//! Other buckets as the variable names them.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use async_trait::async_trait;

use super::{
    bucket::{Outward, SignedBucket},
    configured::Configured,
    store::{Buckets, Other},
};
use crate::{Clock, ObjectError, Variables};

/// The variable: a secret, because it holds keys.
pub const VARIABLE: &str = "external_buckets";

/// The buckets that [`VARIABLE`] names. It is read once: no instance lives to see it changed.
pub struct NamedBuckets {
    variables: Arc<dyn Variables>,
    clock: Arc<dyn Clock>,
    out: Arc<dyn Outward>,
    known: OnceLock<Result<BTreeMap<String, Configured>, String>>,
}

impl NamedBuckets {
    /// Those of these variables, reached by `out`.
    pub fn new(
        variables: Arc<dyn Variables>,
        clock: Arc<dyn Clock>,
        out: Arc<dyn Outward>,
    ) -> Self {
        Self {
            variables,
            clock,
            out,
            known: OnceLock::new(),
        }
    }

    /// What is written down of a bucket. Errors: the variable cannot be read.
    pub async fn configured(&self, name: &str) -> Result<Option<&Configured>, ObjectError> {
        if self.known.get().is_none() {
            let text = self.variables.get(VARIABLE).await;
            let parsed = text.map_or_else(|| Ok(BTreeMap::new()), |text| Configured::parse(&text));
            // Another request may have been quicker: it has read the same.
            self.known.get_or_init(|| parsed);
        }
        match self.known.get() {
            Some(Ok(all)) => Ok(all.get(name)),
            Some(Err(error)) => Err(wrong(error)),
            None => Ok(None),
        }
    }
}

fn wrong(error: &str) -> ObjectError {
    ObjectError::Unavailable(format!("variable {VARIABLE}: {error}"))
}

#[async_trait]
impl Buckets for NamedBuckets {
    async fn find(&self, name: &str) -> Result<Option<Other>, ObjectError> {
        let Some(found) = self.configured(name).await? else {
            return Ok(None);
        };
        let place = found
            .place()
            .map_err(|error| wrong(&format!("{name}: {error}")))?;
        let bucket = SignedBucket::new(place, self.clock.clone(), self.out.clone());
        Ok(Some(Other {
            store: Arc::new(bucket),
            prefix: found.prefix(),
        }))
    }
}
