//! `POST /api/assets` with any body: never a 5xx.
#![no_main]

use edge_testkit::{Area, NewUser, TestApp};
use libfuzzer_sys::fuzz_target;

/// As the seeds have it.
const CONTENT_TYPE: &str = "multipart/form-data; boundary=b";

struct World {
    runtime: tokio::runtime::Runtime,
    app: TestApp,
    user: NewUser,
}

thread_local! {
    static WORLD: World = {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let areas = vec![Area::new(fn_assets::ROUTES, fn_assets::routes())];
        let app = runtime.block_on(TestApp::sqlite(areas));
        let user = runtime.block_on(app.user("fuzz"));
        World { runtime, app, user }
    };
}

fuzz_target!(|data: &[u8]| {
    WORLD.with(|world| {
        let request = world.app.post("/api/assets").user(&world.user);
        let reply = world
            .runtime
            .block_on(request.body(CONTENT_TYPE, data.to_vec()).send());
        assert!(reply.status < 500, "{}", reply.status);
    });
});
