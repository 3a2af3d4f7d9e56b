//! Area `legacy`: clients of the generation 2.7 (docs/generations.md). Their requests come here, are put into today's words, answered by
//! the functions that answer everybody, and the answers are put back into the words of then. No other function knows of it.
//!
//! `enter` is the way in, `call` a request on its way, `asked` what is changed in requests, `old` what is changed in
//! answers, `pages` answers that are changed page by page, `removed` the operations that exist no longer.

mod area;
mod areas;
mod asked;
mod call;
mod enter;
mod form;
mod old;
mod pages;
mod removed;
mod upload;

edge_http::routes! {
    "legacy";
    #[hidden] GET "/assets/device/{deviceId}" => removed::devices::of_device as getAllUserAssetsByDeviceId;
    #[hidden] POST "/assets/exist" => removed::devices::exist as checkExistingAssets;
    #[hidden] GET "/assets/random" => removed::small::random as getRandom;
    #[hidden] PUT "/assets/{id}/original" => removed::replace::replace as replaceAsset;
    #[hidden] GET "/plugins/triggers" => removed::small::triggers as getPluginTriggers;
    #[hidden] GET "/server/theme" => removed::small::theme as getTheme;
    #[hidden] POST "/sync/full-sync" => removed::sync::full as getFullSyncForUser;
    #[hidden] POST "/sync/delta-sync" => removed::sync::delta as getDeltaSync;
}

pub use enter::entrances;

edge_http::entry_points! { ROUTES, among, entrances }
