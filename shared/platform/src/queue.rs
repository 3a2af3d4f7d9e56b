//! The queue port. Table `job` is the truth; a message is only a wake-up that carries a job's id
//! (DESIGN section 3): losing or repeating one loses nothing and repeats nothing.

use async_trait::async_trait;

/// Who is to be woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consumer {
    /// The media function: metadata, thumbnails, thumbhash. Cloudflare binding `JOBS`.
    Media,
    /// The scheduler function: deletions and other background tasks. Cloudflare binding `TASKS`.
    Tasks,
    /// The function that compares the bucket with the database: integrity checks, libraries, backups. Cloudflare binding `STORAGE`.
    Storage,
    /// The function that finds faces and whose they are. Cloudflare binding `FACES`.
    Faces,
    /// The function that looks at pictures for searches by meaning. Cloudflare binding `CLIP`.
    Clip,
    /// The function that reads text in pictures. Cloudflare binding `OCR`.
    Ocr,
}

/// A wake-up for one job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wake {
    /// Who runs it.
    pub consumer: Consumer,
    /// Id of the row in table `job`.
    pub job_id: String,
}

/// The queue could not take a message. Never fatal: the sweeper finds the job.
#[derive(Debug, thiserror::Error)]
#[error("queue unavailable: {0}")]
pub struct QueueError(pub String);

/// Sends wake-ups.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Sends all wake-ups, in as few calls as the platform allows.
    async fn wake(&self, wakes: Vec<Wake>) -> Result<(), QueueError>;
}
