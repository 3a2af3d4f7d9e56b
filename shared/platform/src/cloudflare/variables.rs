//! Variables and secrets of a Worker.

use async_trait::async_trait;
use worker::{Env, send::SendWrapper};

use super::binding;
use crate::Variables;

/// The variables of a Worker, whose names are in capitals.
pub struct WorkersVariables(SendWrapper<Env>);

impl WorkersVariables {
    /// Those of this Worker.
    pub fn new(env: &Env) -> Self {
        Self(SendWrapper::new(env.clone()))
    }
}

#[async_trait]
impl Variables for WorkersVariables {
    async fn get(&self, name: &str) -> Option<String> {
        let value = binding(&self.0, &name.to_uppercase())?.as_string();
        value.filter(|value| !value.is_empty())
    }
}
