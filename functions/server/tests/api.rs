//! The server area over HTTP.

use edge_testkit::{Area, TestApp, on_each_database};

fn areas() -> Vec<Area> {
    vec![Area::new(fn_server::ROUTES, fn_server::routes())]
}

on_each_database! {
    async fn unknown_routes_get_the_contract_error(app: TestApp) {
        let reply = app.get("/api/server/nothing").send().await.expect(404);
        assert_eq!(reply.message(), "Cannot GET /api/server/nothing");
        assert!(!reply.header("x-correlation-id").is_empty());
    }
}
