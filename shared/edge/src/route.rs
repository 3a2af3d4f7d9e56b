//! The route table: one list per area feeds the router, the gateway map, spin.toml and the coverage page.

use axum::response::IntoResponse;

use crate::{Error, Response};

/// One operation of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// HTTP method in capitals.
    pub method: &'static str,
    /// `/api`, or empty for the two routes outside it.
    pub prefix: &'static str,
    /// Path below the prefix, with `{name}` parameters.
    pub path: &'static str,
    /// Operation id of the contract, e.g. `getAllAlbums`.
    pub operation: &'static str,
    /// True for routes that the OpenAPI document does not list (api/features.md, "Hidden routes").
    pub hidden: bool,
    /// False while the operation answers 501.
    pub built: bool,
}

/// Handler of operations that are not built yet: 501 with the contract's error body.
pub async fn unbuilt() -> Response {
    Error::NotImplemented.into_response()
}

/// Whether a handler named so in a route table is a real one.
#[doc(hidden)]
pub const fn is_built(handler: &str) -> bool {
    let (name, unbuilt) = (handler.as_bytes(), b"unbuilt");
    if name.len() != unbuilt.len() {
        return true;
    }
    let mut at = 0;
    while at < name.len() {
        if name[at] != unbuilt[at] {
            return true;
        }
        at += 1;
    }
    false
}

/// Declares an area: its name and its route table.
///
/// ```ignore
/// edge_http::area! {
///     "albums";
///     GET   "/albums"      => handlers::list   as getAllAlbums;
///     PATCH "/albums/{id}" => handlers::update as updateAlbumInfo;
///     #[hidden] PATCH "/tags/{id}" => unbuilt  as updateTag;
///     #[root] GET "/custom.css" => handlers::custom_css as getCustomCss;
/// }
/// ```
///
/// `hidden` routes are not in the OpenAPI document; `root` routes are not below `/api` either.
/// Gives `AREA`, `ROUTES`, `routes()` and the platform's entry points.
#[macro_export]
macro_rules! area {
    ($name:literal; $($table:tt)*) => {
        $crate::routes! { $name; $($table)* }
        $crate::entry_points! { ROUTES, alone, routes }
    };
}

/// The platforms' entry points of a function whose router `$routes` makes; `$table` lists its operations. It is `alone`, or `among`
/// the functions that answer clients, and may ask them.
#[doc(hidden)]
#[macro_export]
macro_rules! entry_points {
    ($table:expr, $areas:ident, $routes:path) => {
        #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
        #[worker::event(fetch)]
        async fn fetch(
            request: worker::Request,
            env: worker::Env,
            context: worker::Context,
        ) -> worker::Result<worker::Response> {
            $crate::cloudflare::serve(
                $table,
                $routes,
                $crate::cloudflare::$areas,
                request,
                env,
                context,
            )
            .await
        }

        $crate::spin_service!(|request| $crate::spin::serve(
            $table,
            $routes,
            $crate::spin::$areas,
            request
        ));
    };
}

/// Declares that a function reads originals, which may lie in other buckets (docs/libraries.md). On Workers the others have no code for that:
/// it weighs 25 KB.
#[macro_export]
macro_rules! reads_originals {
    () => {
        #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
        #[worker::event(start)]
        fn start() {
            $crate::cloudflare::reach_other_buckets();
        }
    };
}

/// The table of [`area!`] without entry points, for a function that does something around its routes: gives `AREA`, `ROUTES` and
/// `routes()`.
#[macro_export]
macro_rules! routes {
    ($name:literal; $( $(#[$flag:ident])? $method:ident $path:literal => $handler:path as $operation:ident; )*) => {
        /// Name of this area: its folder, its Worker, its component.
        pub const AREA: &str = $name;

        /// Every operation of this area.
        pub const ROUTES: &[$crate::Route] = &[$( $crate::Route {
            method: stringify!($method),
            prefix: $crate::routes!(@prefix $($flag)?),
            path: $path,
            operation: stringify!($operation),
            hidden: $crate::routes!(@hidden $($flag)?),
            built: $crate::route::is_built(stringify!($handler)),
        }, )*];

        /// The router of this area; paths start with `/api`.
        pub fn routes() -> $crate::reexport::axum::Router<$crate::App> {
            #[allow(unused_imports, reason = "only areas with unbuilt operations use it")]
            use $crate::unbuilt;
            use $crate::reexport::axum::routing::{MethodFilter, on};
            $crate::reexport::axum::Router::new()
                $( .route($crate::routes!(@path $path $($flag)?), on(MethodFilter::$method, $handler)) )*
        }
    };
    (@hidden $flag:ident) => { true };
    (@hidden) => { false };
    (@prefix root) => { "" };
    (@prefix $($flag:ident)?) => { "/api" };
    (@path $path:literal root) => { $path };
    (@path $path:literal $($flag:ident)?) => { concat!("/api", $path) };
}

/// Declares the entry point of a component: what answers a request of the host.
#[doc(hidden)]
#[macro_export]
macro_rules! spin_service {
    (|$request:ident| $answer:expr) => {
        #[cfg(target_os = "wasi")]
        mod spin_component {
            use super::*;
            use $crate::reexport::wasip3;

            struct Component;
            wasip3::http::service::export!(Component);

            impl wasip3::exports::http::handler::Guest for Component {
                async fn handle(
                    $request: wasip3::http::types::Request,
                ) -> Result<wasip3::http::types::Response, wasip3::http::types::ErrorCode> {
                    $answer.await
                }
            }
        }
    };
}

/// Declares what takes a message of the Redis trigger, beside [`spin_service!`] in the same component.
#[doc(hidden)]
#[macro_export]
macro_rules! spin_subscriber {
    (|$message:ident| $taken:expr) => {
        #[cfg(target_os = "wasi")]
        mod spin_subscriber {
            use super::*;
            use $crate::spin_subscriber::{Error, Guest};

            struct Subscriber;
            $crate::spin_subscriber::export!(Subscriber with_types_in $crate::spin_subscriber::bindings);

            impl Guest for Subscriber {
                async fn handle_message($message: Vec<u8>) -> Result<(), Error> {
                    $taken.await
                }
            }
        }
    };
}
