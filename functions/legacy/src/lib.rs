//! Area `legacy`: clients of the generation 2.7 (docs/generations.md). Their requests come here, are put into today's words, answered by
//! the functions that answer everybody, and the answers are put back into the words of then. No other function knows of it.
//!
//! `enter` is the way in, `pass` the way of what exists still, `call` a request on its way, `asked` what is changed in requests, `old`
//! what is changed in answers, `pages` answers that are changed page by page, `removed` the operations that exist no longer, `older`
//! addresses of before 2.7.

mod area;
mod areas;
mod asked;
mod call;
mod enter;
mod form;
mod old;
mod older;
mod pages;
mod pass;
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
    #[hidden] GET "/album" => older::ask as getAllAlbums;
    #[hidden] POST "/album" => older::ask as createAlbum;
    #[hidden] PUT "/album/{id}/assets" => older::add as addAssetsToAlbum;
    #[hidden] POST "/asset/bulk-upload-check" => older::ask as checkBulkUpload;
    #[hidden] GET "/asset/statistics" => older::ask as getAssetStatistics;
    #[hidden] POST "/asset/upload" => older::ask as uploadAsset;
    #[hidden] GET "/server-info/media-types" => older::ask as getSupportedMediaTypes;
    #[hidden] GET "/server-info/ping" => older::ask as pingServer;
    #[hidden] GET "/server-info/version" => older::ask as getServerVersion;
    #[hidden] GET "/user/me" => older::ask as getMyUser;
}

pub use enter::entrances;

edge_http::entry_points! { ROUTES, among, entrances }
