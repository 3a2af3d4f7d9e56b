//! Area `realtime`: the channel to the devices of users (api/realtime.md, docs/realtime.md).

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod channel;
mod handlers;
mod news;
#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
mod open;
mod polling;

edge_http::area! {
    "realtime";
    #[hidden] GET "/socket.io" => handlers::connect as pollSocket;
    #[hidden] POST "/socket.io" => polling::send as sendToSocket;
}
