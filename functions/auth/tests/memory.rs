//! What bodies cost that nobody should send: a program of its own, because it counts all memory that is taken.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(unsafe_code, reason = "an allocator is unsafe by its signature")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering},
};

use axum::body::Body;
use bytes::Bytes;
use edge_testkit::{Area, TestApp};
use futures::stream;

/// The system's allocator, counting.
struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: everything is handed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(held, Ordering::Relaxed);
        // SAFETY: as the caller promised us.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promised us.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

const MEGABYTE: usize = 1024 * 1024;

/// Ten megabytes in pieces of 16 KiB, made one after the other: `[0,0,…`, or whatever is repeated.
fn ten_megabytes(repeated: &'static str) -> Body {
    let piece = Bytes::from(repeated.repeat(16 * 1024 / repeated.len()));
    let first = Bytes::from_static(b"[");
    let pieces = (0..640).map(move |number| {
        let piece = if number == 0 { &first } else { &piece };
        Ok::<_, std::io::Error>(piece.clone())
    });
    Body::from_stream(stream::iter(pieces))
}

/// Status of the answer, and the memory that it took beyond what was held before (bytes).
async fn post(app: &TestApp, path: &str, token: &str, body: Body) -> (u16, usize) {
    let router = edge_http::serve::router(fn_auth::routes(), app.app.clone());
    let request = http::Request::post(path)
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {token}"));
    let request = request.body(body).unwrap();
    let before = HELD.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    let answer = edge_http::serve::handle(fn_auth::ROUTES, router, &*app.app.random, request).await;
    let taken = MOST.load(Ordering::Relaxed) - before;
    (answer.status().as_u16(), taken)
}

// One test, because all threads of the program are counted.
#[test]
fn a_body_costs_a_small_multiple_of_what_is_read_of_it() {
    edge_testkit::block_on(async {
        let areas = vec![Area::new(fn_auth::ROUTES, fn_auth::routes())];
        let app = TestApp::sqlite(areas).await;
        let alice = app.user("alice").await;
        let (login, change) = ("/api/auth/login", "/api/auth/change-password");
        // What is allocated once.
        post(&app, login, "", Body::from("{}")).await;
        post(&app, change, &alice.token, Body::from("{}")).await;

        for repeated in ["0,", "[", "\"a\":0,", "aaaaaaaa"] {
            let (status, taken) = post(&app, login, "", ten_megabytes(repeated)).await;
            assert!(matches!(status, 400 | 413), "{repeated}: {status}");
            assert!(taken < MEGABYTE, "{repeated}: login took {taken} bytes");

            let (status, taken) = post(&app, change, "nobody", ten_megabytes(repeated)).await;
            assert_eq!(status, 401, "{repeated}");
            assert!(
                taken < MEGABYTE,
                "{repeated}: a stranger took {taken} bytes"
            );

            let body = ten_megabytes(repeated);
            let (status, taken) = post(&app, change, &alice.token, body).await;
            assert!(matches!(status, 400 | 413), "{repeated}: {status}");
            assert!(taken < 3 * MEGABYTE, "{repeated}: took {taken} bytes");
        }
    });
}
