//! Bodies that the platform streams from the object store without touching our memory.

use std::sync::{Arc, Mutex};

use edge_platform::NativeBody;

/// A response body of the platform's own kind, on its way from the handler to the entry glue.
#[derive(Clone)]
pub struct Native(Arc<Mutex<Option<NativeBody>>>);

impl Native {
    /// Wraps the body, so that it can travel in the extensions of a response.
    pub fn new(body: NativeBody) -> Self {
        Self(Arc::new(Mutex::new(Some(body))))
    }

    /// The body, once.
    pub fn take(&self) -> Option<NativeBody> {
        self.0.lock().ok()?.take()
    }
}
