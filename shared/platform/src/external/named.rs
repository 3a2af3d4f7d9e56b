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

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use http::{Request, Response};

    use super::*;
    use crate::{FixedVariables, HttpError, ObjectBody, native::FixedClock};

    struct Nowhere;

    #[async_trait]
    impl Outward for Nowhere {
        async fn send(&self, _: Request<()>) -> Result<Response<ObjectBody>, HttpError> {
            Err(HttpError::Unreachable("refused".to_owned()))
        }
    }

    fn told(text: &str) -> NamedBuckets {
        let variables = FixedVariables::default();
        variables.set(VARIABLE, text);
        let clock = Arc::new(FixedClock::new(0));
        NamedBuckets::new(Arc::new(variables), clock, Arc::new(Nowhere))
    }

    #[tokio::test]
    async fn buckets_are_found_by_their_names() {
        let buckets = told(
            r#"{"nas": {"endpoint": "https://a", "bucket": "b", "prefix": "c", "keyId": "d", "secret": "e"}, "half": {"bucket": "b"}}"#,
        );
        let nas = buckets.find("nas").await.unwrap().unwrap();
        assert_eq!(nas.prefix, "c/");
        let error = nas.store.head("c/a.jpg").await.err();
        assert!(matches!(error, Some(ObjectError::Unavailable(_))));
        assert!(buckets.find("other").await.unwrap().is_none());
        let half = buckets.find("half").await.err().unwrap().to_string();
        assert!(
            half.ends_with("variable external_buckets: half: endpoint is missing"),
            "{half}"
        );
    }

    /// Otherwise files would be taken for gone that nobody has looked for.
    #[tokio::test]
    async fn a_variable_that_cannot_be_read_is_an_error_for_each_name() {
        assert!(told("").find("nas").await.unwrap().is_none());
        let broken = told("{");
        for name in ["nas", "other"] {
            let error = broken.find(name).await.err();
            assert!(matches!(error, Some(ObjectError::Unavailable(_))));
        }
    }
}
