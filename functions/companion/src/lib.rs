//! Area `companion`: native programs lease jobs that do not fit an isolate, and move their bytes (docs/companion.md). None of it is
//! in the OpenAPI document.

mod edits;
mod handlers;
mod learning;
mod pictures;
mod streams;
mod tasks;

edge_http::area! {
    "companion";
    #[hidden] GET "/companion" => handlers::list as getCompanions;
    #[hidden] DELETE "/companion/{id}" => handlers::revoke as revokeCompanion;
    #[hidden] POST "/companion/lease" => handlers::lease as leaseCompanionJob;
    #[hidden] POST "/companion/jobs/{id}/renew" => handlers::renew as renewCompanionJob;
    #[hidden] POST "/companion/jobs/{id}/finish" => handlers::finish as finishCompanionJob;
    #[hidden] POST "/companion/jobs/{id}/fail" => handlers::fail as failCompanionJob;
    #[hidden] POST "/companion/jobs/{id}/release" => handlers::release as releaseCompanionJob;
    #[hidden] GET "/companion/jobs/{id}/original" => handlers::original as readCompanionOriginal;
    #[hidden] GET "/companion/jobs/{id}/preview" => learning::preview as readCompanionPreview;
    #[hidden] GET "/companion/jobs/{id}/model" => learning::file as readCompanionModel;
    #[hidden] PUT "/companion/jobs/{id}/outputs/{name}" => handlers::output as writeCompanionOutput;
    #[hidden] POST "/companion/jobs/{id}/video" => handlers::start_video as startCompanionVideo;
    #[hidden] PUT "/companion/jobs/{id}/video/{upload}/{number}" => handlers::video_part as writeCompanionVideoPart;
    #[hidden] POST "/companion/streams" => streams::next as nextCompanionStream;
    #[hidden] POST "/companion/streams/{id}/wanted" => streams::wanted as readCompanionStream;
    #[hidden] GET "/companion/streams/{id}/original" => streams::original as readCompanionStreamOriginal;
    #[hidden] PUT "/companion/streams/{id}/{variant}/{name}" => streams::segment as writeCompanionSegment;
    #[hidden] POST "/companion/streams/{id}/fail" => streams::fail as failCompanionStream;
    #[hidden] POST "/companion/streams/{id}/release" => streams::release as releaseCompanionStream;
}
