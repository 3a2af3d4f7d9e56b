//! JSON bodies and query strings of operations that take much: `<operation> <path rest>\n<body>`; never a 5xx.
#![no_main]

use edge_testkit::{Area, NewUser, TestApp};
use libfuzzer_sys::fuzz_target;

const OPERATIONS: [(&str, &str); 8] = [
    ("PUT", "/api/assets"),
    ("PUT", "/api/assets/metadata"),
    ("POST", "/api/assets/bulk-upload-check"),
    ("POST", "/api/assets/jobs"),
    ("POST", "/api/albums"),
    ("GET", "/api/albums"),
    ("PUT", "/api/users/me"),
    ("PUT", "/api/users/me/preferences"),
];

struct World {
    runtime: tokio::runtime::Runtime,
    app: TestApp,
    user: NewUser,
}

thread_local! {
    static WORLD: World = {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let areas = vec![
            Area::new(fn_asset_metadata::ROUTES, fn_asset_metadata::routes()),
            Area::new(fn_assets::ROUTES, fn_assets::routes()),
            Area::new(fn_albums::ROUTES, fn_albums::routes()),
            Area::new(fn_users::ROUTES, fn_users::routes()),
        ];
        let app = runtime.block_on(TestApp::sqlite(areas));
        let user = runtime.block_on(app.user("fuzz"));
        World { runtime, app, user }
    };
}

fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else {
        return;
    };
    let (method, path) = OPERATIONS[usize::from(*first) % OPERATIONS.len()];
    // Only what a URL may hold; the rest never reaches a handler.
    let is_query = |byte: &&u8| byte.is_ascii_alphanumeric() || b"=&%+-._".contains(byte);
    let query = rest.iter().take_while(is_query).count();
    let (query, body) = rest.split_at(query);
    let path = format!("{path}?{}", String::from_utf8_lossy(query));
    let body = body.strip_prefix(b"\n").unwrap_or(body).to_vec();
    WORLD.with(|world| {
        let method = method.parse().expect("a method");
        let request = world.app.request(method, &path).user(&world.user);
        let reply = world
            .runtime
            .block_on(request.body("application/json", body).send());
        assert!(reply.status < 500, "{} {}", reply.status, path);
    });
});
