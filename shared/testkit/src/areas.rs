//! The areas under test as each other's [`Areas`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use axum::{Router, body::Body};
use edge_http::Route;
use edge_platform::{
    Areas, HttpError, ObjectBody, ObjectError, Random, SentBody, native::SeededRandom,
};
use http::{Request, Response};
use http_body_util::BodyExt as _;

/// One router answers for all; whoever made it puts it in.
pub struct SameRouter {
    all: Mutex<Option<(Vec<Route>, Router)>>,
    random: Arc<dyn Random>,
}

impl SameRouter {
    /// Answers nobody until it is filled.
    pub fn new() -> Self {
        Self {
            all: Mutex::default(),
            random: Arc::new(SeededRandom::new(2)),
        }
    }

    fn all(&self) -> MutexGuard<'_, Option<(Vec<Route>, Router)>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the areas under test in, which hold it themselves: until what this gives is dropped.
    pub fn fill(self: Arc<Self>, table: Vec<Route>, router: Router) -> Filled {
        *self.all() = Some((table, router));
        Filled(self)
    }
}

/// Areas that know each other.
pub struct Filled(Arc<SameRouter>);

impl Drop for Filled {
    fn drop(&mut self) {
        *self.0.all() = None;
    }
}

#[async_trait]
impl Areas for SameRouter {
    async fn call(
        &self,
        area: &str,
        request: Request<SentBody>,
    ) -> Result<Response<ObjectBody>, HttpError> {
        let all = self.all().clone();
        let nobody = || HttpError::Unreachable(area.to_owned());
        let (table, router) = all.ok_or_else(nobody)?;
        let request = request.map(|body| match body {
            SentBody::Whole(bytes) => Body::from(bytes),
            SentBody::Stream(chunks) => Body::from_stream(chunks),
        });
        let response = edge_http::serve::handle(&table, router, &*self.random, request).await;
        let (parts, body) = response.into_parts();
        let body = body.collect().await;
        let bytes = body.map_err(|error| HttpError::Unreachable(error.to_string()))?;
        let chunk = Ok::<_, ObjectError>(bytes.to_bytes());
        let body = ObjectBody::Stream(Box::pin(futures::stream::iter([chunk])));
        Ok(Response::from_parts(parts, body))
    }
}
