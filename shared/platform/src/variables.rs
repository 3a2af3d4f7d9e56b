//! The variables port: what whoever runs an installation tells it beside the configuration that administrators edit.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

/// Reads variables. Names are those of spin.toml, e.g. `immich_build`; a Worker has them in capitals.
#[async_trait]
pub trait Variables: Send + Sync {
    /// The value of a variable; `None` when it is not set or empty.
    async fn get(&self, name: &str) -> Option<String>;
}

/// Variables in memory.
#[derive(Debug, Default)]
pub struct FixedVariables(Mutex<BTreeMap<String, String>>);

impl FixedVariables {
    /// Sets one.
    pub fn set(&self, name: &str, value: &str) {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        map.insert(name.to_owned(), value.to_owned());
    }
}

#[async_trait]
impl Variables for FixedVariables {
    async fn get(&self, name: &str) -> Option<String> {
        let map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        map.get(name).filter(|value| !value.is_empty()).cloned()
    }
}
