//! The export by which Spin's Redis trigger hands over messages (`spin:redis/inbound-redis`). The SDK's own macro
//! is no help here: it wants the SDK in every crate that uses it.

#[doc(hidden)]
pub mod bindings {
    //! Generated from wit/; the types are those of the SDK.
    #![allow(missing_docs, clippy::pedantic, reason = "generated")]

    edge_platform::spin::spin_sdk::wit_bindgen::generate!({
        path: "wit",
        world: "edge:subscriber/subscriber",
        runtime_path: "edge_platform::spin::spin_sdk::wit_bindgen::rt",
        with: { "spin:redis/redis@3.0.0": edge_platform::spin::spin_sdk::redis::wit::redis },
        pub_export_macro: true,
    });
}

pub use bindings::{export, exports::spin::redis::inbound_redis::Guest};
pub use edge_platform::spin::spin_sdk::redis::Error;
