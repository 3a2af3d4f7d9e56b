//! How long a webhook is waited for (api/workflows.md section 4).
#![allow(clippy::unwrap_used, reason = "a test that panics fails")]

use std::{
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use edge_platform::{Http, HttpError, Limits, native::HttpClient};
use edge_testkit::{TestApp, on_each_database};
use http::{Request, Response};
use serde_json::json;

use crate::workflows::{archive, areas, came, error, state, step, workflow};

/// The usual client, which remembers how long it was to wait, and waits a tenth of a second.
#[derive(Default)]
struct Hasty(HttpClient, Mutex<Vec<Limits>>);

#[async_trait::async_trait]
impl Http for Hasty {
    async fn fetch(
        &self,
        request: Request<Bytes>,
        limits: Limits,
    ) -> Result<Response<Bytes>, HttpError> {
        self.1.lock().unwrap().push(limits);
        let timeout = Duration::from_millis(100);
        self.0.fetch(request, Limits { timeout, ..limits }).await
    }
}

on_each_database! {
    async fn a_server_that_does_not_answer_is_waited_for_ten_seconds(app: TestApp) {
        let mut app = app;
        let client = Arc::new(Hasty::default());
        app.app = app.app.clone().with_http(client.clone());
        app.variables.set("webhook_private_addresses", "true");
        let alice = app.user("alice").await;
        // The system takes the connection; nobody reads from it.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let hook = json!({ "url": format!("http://{}/hook", silent.local_addr().unwrap()) });
        workflow(&app, &alice, &[step("webhook", &hook), archive()]).await;
        let asset = app.asset(&alice).insert().await;
        came(&app, &asset).await;
        assert_eq!(error(&app).await, "step 1 (immich-plugin-core#webhook): no answer within 100ms");
        assert_eq!(state(&app, &asset).await, "timeline 0", "what comes after it is not done");
        let limits = client.1.lock().unwrap().clone();
        let limits: Vec<_> = limits.iter().map(|limits| (limits.timeout.as_secs(), limits.bytes)).collect();
        assert_eq!(limits, [(10, 65_536)], "and it is not asked again");
    }
}
