//! A database that counts its round trips.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use edge_platform::{Database, DbError, Dialect, Rows, Statement};

/// Passes everything on and counts.
pub struct Counting {
    inner: Arc<dyn Database>,
    count: Arc<AtomicUsize>,
}

impl Counting {
    /// Counts the round trips to `inner` in `count`.
    pub fn new(inner: Arc<dyn Database>, count: Arc<AtomicUsize>) -> Self {
        Self { inner, count }
    }
}

#[async_trait]
impl Database for Counting {
    fn dialect(&self) -> Dialect {
        self.inner.dialect()
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Rows>, DbError> {
        self.count.fetch_add(1, Ordering::Relaxed);
        // D1 refuses more; so must the databases of the tests.
        if let Some(statement) = statements
            .iter()
            .find(|statement| statement.params.len() > 100)
        {
            return Err(DbError::Other(format!(
                "more than 100 parameters: {}",
                statement.sql
            )));
        }
        self.inner.batch(statements).await
    }
}
