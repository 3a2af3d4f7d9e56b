//! How far a dump or a restore came. A restore's state is a row of `system_metadata`, and the row is what its workers hold on to.

use edge_platform::{Consumer, DbError, Wake};
use edge_store::{backup, system};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{App, Result};

/// A dump on its way into the bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dump {
    /// Name of the backup.
    pub name: String,
    /// The upload in parts.
    pub upload: String,
    /// Entity tags of its parts so far.
    pub tags: Vec<String>,
    /// The part of the dump that comes next.
    pub section: usize,
    /// The key of its last row that is written; `None`: it begins.
    pub after: Option<Vec<Value>>,
    /// Rows written.
    pub rows: i64,
    /// Turns so far. What is too short for a part of the upload waits in an object that is named by it.
    pub turn: u32,
}

/// Where a reader of a dump stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// Bytes of the file that are done.
    pub offset: u64,
    /// The header was there.
    pub has_header: bool,
    /// The part of the dump that it is in.
    pub section: Option<usize>,
    /// The columns of its rows.
    pub columns: Vec<String>,
    /// Rows so far.
    pub rows: i64,
    /// Administrators among them.
    pub admins: i64,
    /// The end was there.
    pub is_ended: bool,
}

/// What a restore does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Reads the whole file: nothing is changed for one that is damaged.
    Check,
    /// Makes a backup of what is there.
    Point,
    /// Empties the tables.
    Clear,
    /// Fills them.
    Load,
    /// Puts right what pages of a dump do not agree about, and ends the mode.
    Finish,
}

/// A restore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restore {
    /// Makes each state another one.
    pub id: String,
    /// Name of the backup that is read.
    pub file: String,
    /// How large it is, in bytes; 0: not known yet.
    pub size: u64,
    /// What is done now.
    pub stage: Stage,
    /// Where the reader stands.
    pub cursor: Cursor,
    /// Which table is emptied next.
    pub table: usize,
    /// The backup of what was there, on its way.
    pub dump: Option<Dump>,
    /// Its name, when it is complete.
    pub point: Option<String>,
    /// Why it failed: what was there is put back.
    pub failure: Option<String>,
    /// Until when somebody works on it, epoch ms; 0: nobody does.
    pub busy_until: i64,
    /// Attempts in vain since something went well.
    pub tries: u32,
}

impl Restore {
    /// Begins to restore a backup, unless one is being restored. One round trip.
    pub async fn begin(app: &App, file: &str) -> Result<()> {
        let restore = Self {
            id: app.uuid(),
            file: file.to_owned(),
            size: 0,
            stage: Stage::Check,
            cursor: Cursor::default(),
            table: 0,
            dump: None,
            point: None,
            failure: None,
            busy_until: 0,
            tries: 0,
        };
        app.db()
            .run(backup::begin(&restore.text(), app.now()))
            .await?;
        app.wake(vec![Self::wake()]).await;
        Ok(())
    }

    /// Wakes a worker to go on with it: no job is its own.
    pub fn wake() -> Wake {
        Wake {
            consumer: Consumer::Storage,
            job_id: backup::RESTORE.to_owned(),
        }
    }

    /// Wakes a worker when nobody works on the one that there is: its worker was lost. One round trip.
    pub async fn resume(app: &App) -> core::result::Result<Option<Wake>, DbError> {
        let restore = Self::read(app).await?;
        let lost = restore.filter(|restore| restore.busy_until <= app.now());
        Ok(lost.map(|_| Self::wake()))
    }

    /// The one that is going on. One round trip.
    pub async fn read(app: &App) -> core::result::Result<Option<Self>, DbError> {
        let stored = system::find(app.db(), backup::RESTORE).await?;
        Ok(stored.and_then(Self::of))
    }

    /// The one that a row's value tells of.
    pub fn of(stored: Value) -> Option<Self> {
        serde_json::from_value(stored).ok()
    }

    /// The row's value.
    pub fn text(&self) -> String {
        serde_json::to_value(self)
            .unwrap_or_else(|_| json!({}))
            .to_string()
    }

    /// What is done, in the words of the contract, and how much of it, from 0 to 1 (api/admin.md section 3).
    #[expect(clippy::cast_precision_loss, reason = "a share, about")]
    pub fn progress(&self) -> (&'static str, f64) {
        let share = self.cursor.offset as f64 / self.size.max(1) as f64;
        match (self.stage, &self.failure) {
            (_, Some(_)) => ("rollback", share),
            (Stage::Check, _) => ("ready", 0.0),
            (Stage::Point, _) => ("backup", 0.05),
            (Stage::Clear | Stage::Load, _) => ("restore", 0.8_f64.mul_add(share, 0.1)),
            (Stage::Finish, _) => ("migrations", 0.9),
        }
    }
}
