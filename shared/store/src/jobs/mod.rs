//! Tables `job` and `queue_state`: background work (DESIGN section 3, docs/jobs.md).
//!
//! The row is the truth; a queue message is only a wake-up that carries its id. Who writes something
//! that needs work afterwards puts [`insert`] into the same batch and sends [`NewJob::wake`] when the
//! batch has succeeded.
//!
//! | payload | kinds |
//! |---|---|
//! | `{"id": assetId, "source": "upload"}` | `AssetExtractMetadata`, `AssetGenerateThumbnails`, `SidecarCheck`; other sources: `copy`, `notify`, `sidecar-write`, or none |
//! | `{"id": assetId}` | `AssetEditThumbnailGeneration`; `"isRest": true`, as of `AssetGenerateThumbnails`: the companion's, after a picture that stands for it |
//! | `{"id": assetId}` | `AssetDetectFaces`, `Ocr` |
//! | `{"id": userId}` | `FacialRecognition`: the faces of this user that wait for a person |
//! | `{"force": true, "group": id}` | `FacialRecognitionQueueAll` of one cluster group |
//! | `{"nightly": true}` | `FacialRecognitionQueueAll`, as the night stores it |
//! | `{"id": assetId, "deleteOnDisk": true}` | `AssetDelete` |
//! | `{"id": userId, "force": true}` | `UserDelete` |
//! | `{"id": userId}` | `AssetEmptyTrash` |
//! | `{"force": false}` | all `…QueueAll`; a page that follows: `"after": assetId` |
//! | `{}` | `UserSyncUsage`; a step that follows: `{"after": assetId, "usage": {userId: [before, sum]}}` |
//! | `{"id": userId, "password": text}` | `NotifyUserSignup`; the password is not kept when the job is given up |
//! | `{"id": albumId, "recipientId": userId, "senderId": userId}` | `NotifyAlbumInvite` |
//! | `{"id": albumId, "recipientId": userId}` | `NotifyAlbumUpdate` |
//! | `{"workflowId": id, "assetId": id}` | `WorkflowAssetTrigger`; a run that goes on: `"from": position` |
//! | `"waited": n`, beside the others | any kind that waited for something that ends by itself ([`wait`]) |
//! | `{}` | `FileDelete` (works off table `object_deletion`) and the nightly tasks |

pub mod cleanup;
pub mod companion;
mod kinds;
pub mod many;
pub(crate) mod new;
pub mod portraits;
pub mod queues;
mod run;
mod sweep;
pub mod triggers;
mod turns;

pub use kinds::{SEEN, is_for_companions, is_seen, queue_of};
pub use new::{NewJob, insert, insert_for_asset};
pub use run::{
    ATTEMPTS, Job, LEASE, Next, claim, claim_next, fail, finish, finish_with, hand_over, keep,
    next, retry, wait,
};
pub use sweep::{DEATHS, QUARANTINE, due, has_room, sweep};
