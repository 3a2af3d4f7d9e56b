//! For tests only: [`TestApp`], users of every kind, builders.
//!
//! An area's `tests/api.rs` names its areas and writes stories; each runs on SQLite and PostgreSQL:
//!
//! ```ignore
//! use edge_testkit::{Area, TestApp, on_each_database};
//!
//! fn areas() -> Vec<Area> {
//!     vec![Area::new(fn_albums::ROUTES, fn_albums::routes())]
//! }
//!
//! on_each_database! {
//!     async fn owner_sees_the_album(app: TestApp) {
//!         let alice = app.user("alice").await;
//!         app.get("/api/albums").user(&alice).send().await.expect(200);
//!     }
//! }
//! ```
#![allow(
    clippy::missing_panics_doc,
    clippy::expect_used,
    reason = "everything here panics: that is how a test fails"
)]

mod app;
mod areas;
mod builders;
mod counting;
mod endpoint;
pub mod library;
pub mod license;
mod mail_server;
mod ml_server;
pub mod postgres;
mod record;
mod request;
mod sync_rules;

pub use app::{Area, TestApp};
pub use builders::{AssetBuilder, NewUser, PASSWORD};
pub use endpoint::Endpoint;
pub use mail_server::{MAIL_LOGIN, MailServer};
pub use ml_server::{Hasty, MlServer};
pub use request::{Reply, Request};

/// Runs a test's future on a runtime of its own.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(future),
        Err(error) => panic!("no runtime for the test: {error}"),
    }
}

/// Makes two tests of each story: `<story>::sqlite` and `<story>::postgres`. The file must have a
/// function `areas() -> Vec<Area>`.
#[macro_export]
macro_rules! on_each_database {
    ($($stories:tt)*) => {
        $crate::stories! { [sqlite postgres] $($stories)* }
    };
}

/// As [`on_each_database!`], with a third test of each story for searches by meaning: `<story>::pgvector`
/// ([`TestApp::pgvector`]).
#[macro_export]
macro_rules! on_each_database_and_pgvector {
    ($($stories:tt)*) => {
        $crate::stories! { [sqlite postgres pgvector] $($stories)* }
    };
}

/// What the two above make: a module for each story with a test for each of these databases.
#[doc(hidden)]
#[macro_export]
macro_rules! stories {
    ($databases:tt $( $(#[$meta:meta])* async fn $name:ident($app:ident: TestApp) $body:block )*) => {
        $(
            $(#[$meta])*
            mod $name {
                #[allow(unused_imports, reason = "stories differ in what they need")]
                use super::*;

                $crate::tests_of_story! { $databases }

                async fn story($app: TestApp) $body
            }
        )*
    };
}

/// The tests of one story.
#[doc(hidden)]
#[macro_export]
macro_rules! tests_of_story {
    ([$($database:ident)*]) => {
        $(
            #[test]
            fn $database() {
                $crate::block_on(async { story(TestApp::$database(areas()).await).await });
            }
        )*
    };
}
