//! What answers the requests to a [`TestApp`], for tests that put a server on a socket.

use std::sync::Arc;

use axum::{Router, body::Body};
use edge_http::{App, Route};

use crate::TestApp;

/// Answers requests; clones share everything.
#[derive(Clone)]
pub struct Endpoint {
    table: Arc<[Route]>,
    router: Router,
    app: App,
}

impl TestApp {
    /// What answers the requests to this app.
    pub fn endpoint(&self) -> Endpoint {
        Endpoint {
            table: self.table.clone().into(),
            router: self.router.clone(),
            app: self.app.clone(),
        }
    }
}

impl Endpoint {
    /// Answers one request.
    pub async fn answer(self, request: http::Request<Body>) -> http::Response<Body> {
        let Self { table, router, app } = self;
        edge_http::serve::handle(&table, router, &*app.random, request).await
    }
}
