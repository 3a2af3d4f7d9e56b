//! Restoring a backup in the maintenance mode, in which no job runs: the row of the state is worked on in turns, one worker at a time.
//!
//! A file that is damaged changes nothing: all of it is read first. What goes wrong later is undone: the backup that was made of what was
//! there is loaded in its place. In both cases the mode stays on and says what went wrong.

use edge_http::{
    App,
    backup::{self, Cursor, Restore, Stage},
    consumer::Failure,
    maintenance::Mode,
    serve::log,
};
use edge_platform::{DbError, Statement};
use edge_store::{
    backup::{self as store, CLEARED, RESTORE, Section},
    objects, system,
};
use serde_json::{Map, Value};

use super::{
    dump,
    read::{self, Line, Window},
};

/// How long a worker that shows no sign of life keeps others from going on, ms.
const LEASE: i64 = 5 * 60 * 1000;

/// Pause after something that may pass, ms.
const PAUSE: i64 = 30 * 1000;

/// Attempts in vain after which a restore fails.
const TRIES: u32 = 5;

/// Members of a dump that one turn reads.
const MEMBERS: usize = 8;

/// Statements of one turn that empty tables.
const CLEARS: usize = 60;

/// Rows that one statement writes, and bytes of them: D1 takes parameters of two megabytes.
const ROWS: usize = 400;
const BYTES: usize = 500_000;

/// Why a turn ended.
enum Trouble {
    /// Another worker goes on with it.
    Lost,
    /// May pass.
    Passing(String),
    /// Will not.
    Final(String),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Passing(error) | Failure::Waiting(error) => Self::Passing(error),
            Failure::Final(error) | Failure::Companion(error) => Self::Final(error),
        }
    }
}

impl From<DbError> for Trouble {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Busy(error) => Self::Passing(error),
            other => Self::Final(other.to_string()),
        }
    }
}

/// Goes on with the restore that there is: one turn. `None`: there is none, or somebody else works on it.
///
/// Errors: the database did not answer.
pub async fn go_on(app: &App) -> Result<Option<String>, DbError> {
    let Some(restore) = Restore::read(app).await? else {
        return Ok(None);
    };
    if restore.busy_until > app.now() {
        return Ok(None);
    }
    let mut work = Work {
        app,
        state: restore,
        is_ended: false,
    };
    let mut claimed = work.state.clone();
    (claimed.id, claimed.busy_until) = (app.uuid(), app.now() + LEASE);
    let went = match work.store(Vec::new(), claimed).await {
        Ok(()) => work.turn().await,
        Err(trouble) => Err(trouble),
    };
    let settled = match went {
        Ok(()) => work.release(0, 0).await,
        Err(Trouble::Passing(error)) if work.state.tries < TRIES => {
            log(&format!("restore, attempt {}: {error}", work.state.tries));
            let tries = work.state.tries + 1;
            drop(work.release(app.now() + PAUSE, tries).await);
            return Ok(None);
        }
        Err(Trouble::Passing(error) | Trouble::Final(error)) => work.fail(error).await,
        Err(Trouble::Lost) => Err(Trouble::Lost),
    };
    match settled {
        Ok(()) => Ok(Some(RESTORE.to_owned())),
        Err(Trouble::Lost) => Ok(None),
        Err(Trouble::Passing(error) | Trouble::Final(error)) => Err(DbError::Busy(error)),
    }
}

/// A turn of a restore.
struct Work<'a> {
    app: &'a App,
    /// As it is stored.
    state: Restore,
    is_ended: bool,
}

impl Work<'_> {
    /// Stores the next state with what was done. Errors: the state is another one, and nothing was done.
    async fn store(&mut self, mut done: Vec<Statement>, next: Restore) -> Result<(), Trouble> {
        done.push(store::swap(
            &self.state.text(),
            &next.text(),
            self.app.now(),
        ));
        let results = self.app.db().batch(done).await?;
        if results.last().is_none_or(|rows| rows.changed() == 0) {
            return Err(Trouble::Lost);
        }
        let is_further = self.state.progress() != next.progress();
        self.state = next;
        if is_further {
            Mode::tell(self.app).await;
        }
        Ok(())
    }

    async fn release(&mut self, busy_until: i64, tries: u32) -> Result<(), Trouble> {
        if self.is_ended {
            return Ok(());
        }
        let mut next = self.state.clone();
        (next.id, next.busy_until, next.tries) = (self.app.uuid(), busy_until, tries);
        self.store(Vec::new(), next).await
    }

    async fn turn(&mut self) -> Result<(), Trouble> {
        match self.state.stage {
            Stage::Check => self.check().await,
            Stage::Point => self.point().await,
            Stage::Clear => self.clear().await,
            Stage::Load => self.load().await,
            Stage::Finish => self.finish().await,
        }
    }

    /// Reads on without changing anything.
    async fn check(&mut self) -> Result<(), Trouble> {
        let mut next = self.state.clone();
        let mut window = Window::open(self.app, &next.file, next.cursor.offset).await?;
        next.size = window.size;
        let sections = store::sections();
        for _ in 0..MEMBERS {
            let Some(member) = window.next()? else {
                break;
            };
            for line in member.text.lines() {
                read::line(&mut next.cursor, &sections, line)?;
            }
        }
        next.cursor.offset = window.position();
        if next.cursor.offset == window.size {
            if !next.cursor.is_ended {
                let early = "The backup is damaged: it ends too early";
                return Err(Trouble::Final(early.to_owned()));
            }
            if next.cursor.admins == 0 {
                return Err(no_admin());
            }
            next.stage = Stage::Point;
            next.cursor = Cursor::default();
        }
        self.store(Vec::new(), next).await
    }

    /// Writes some of the backup of what is there.
    async fn point(&mut self) -> Result<(), Trouble> {
        let mut next = self.state.clone();
        let dump = match next.dump.take() {
            Some(dump) => dump,
            None => dump::begin(self.app, backup::RESTORE_POINT).await?,
        };
        let name = dump.name.clone();
        let kept = objects::keep(&backup::key(&name), self.app.now());
        next.dump = dump::go_on(self.app, dump).await?;
        if next.dump.is_none() {
            next.point = Some(name);
            next.stage = Stage::Clear;
        }
        self.store(vec![kept], next).await
    }

    /// Empties tables, those that point before those pointed to.
    async fn clear(&mut self) -> Result<(), Trouble> {
        let tables = store::tables();
        let own = tables.iter().rev();
        let all = CLEARED.iter().map(|(name, key)| (*name, key.to_vec()));
        let all: Vec<_> = all
            .chain(own.map(|table| (table.name, table.key.clone())))
            .collect();
        let held = self.state.text();
        let mut next = self.state.clone();
        for _ in 0..CLEARS {
            let Some((name, key)) = all.get(next.table) else {
                next.stage = Stage::Load;
                break;
            };
            let gone = self.app.db().run(store::clear(name, key, &held)).await?;
            if gone.changed() == 0 {
                next.table += 1;
            }
        }
        self.store(Vec::new(), next).await
    }

    /// Fills tables, a member of the file in each batch.
    async fn load(&mut self) -> Result<(), Trouble> {
        let mut window = Window::open(self.app, &self.state.file, self.state.cursor.offset).await?;
        let sections = store::sections();
        for _ in 0..MEMBERS {
            let Some(member) = window.next()? else {
                break;
            };
            let mut next = self.state.clone();
            next.size = window.size;
            let held = self.state.text();
            let statements = statements(&mut next.cursor, &sections, &member.text, &held)?;
            next.cursor.offset = window.position();
            if next.cursor.offset == window.size {
                next.stage = Stage::Finish;
            }
            next.id = self.app.uuid();
            next.busy_until = self.app.now() + LEASE;
            self.store(statements, next).await?;
        }
        Ok(())
    }

    /// The rows are there: the mode ends, or says why it was not the ones that were asked for.
    async fn finish(&mut self) -> Result<(), Trouble> {
        for repair in store::repairs() {
            self.app.db().run(repair).await?;
        }
        if let Some(failure) = self.state.failure.clone() {
            return self.end(&failure).await;
        }
        if store::admins(self.app.db()).await? == 0 {
            return Err(no_admin());
        }
        let end = vec![
            store::end(&self.state.text()),
            system::delete(system::key::MAINTENANCE_MODE),
        ];
        self.app.db().batch(end).await?;
        self.is_ended = true;
        Mode::announce(self.app, false).await;
        Ok(())
    }

    /// It went wrong. What was there is put back, if it is not there any more.
    async fn fail(&mut self, error: String) -> Result<(), Trouble> {
        log(&format!("restore of {}: {error}", self.state.file));
        if let Some(failure) = &self.state.failure {
            let both = format!("{failure}. What was there could not be put back: {error}");
            return self.end(&both).await;
        }
        let Some(point) = self.state.point.clone() else {
            return self.end(&error).await;
        };
        let mut next = self.state.clone();
        next.id = self.app.uuid();
        (next.file, next.failure) = (point, Some(error));
        (next.stage, next.table) = (Stage::Clear, 0);
        (next.cursor, next.size) = (Cursor::default(), 0);
        (next.busy_until, next.tries) = (0, 0);
        self.store(Vec::new(), next).await
    }

    /// Ends the restore; the mode stays on and says why.
    async fn end(&mut self, error: &str) -> Result<(), Trouble> {
        let mode = Mode::read(self.app).await;
        if let Some(mut mode) = mode.map_err(|error| Trouble::Passing(format!("{error:?}")))? {
            mode.error = Some(error.to_owned());
            let stored = mode.store(self.app).await;
            stored.map_err(|error| Trouble::Passing(format!("{error:?}")))?;
        }
        self.app.db().run(store::end(&self.state.text())).await?;
        self.is_ended = true;
        Mode::tell(self.app).await;
        Ok(())
    }
}

fn no_admin() -> Trouble {
    Trouble::Final("Server health check failed, no admin exists.".to_owned())
}

/// Statements that write the rows of a member.
fn statements(
    cursor: &mut Cursor,
    sections: &[Section],
    text: &str,
    held: &str,
) -> Result<Vec<Statement>, Failure> {
    let mut statements = Vec::new();
    let (mut rows, mut bytes) = (Vec::new(), 0);
    for line in text.lines() {
        // Only rows are arrays: what else comes ends the rows of this part.
        if !line.starts_with('[') {
            flush(cursor, sections, &mut rows, held, &mut statements)?;
            bytes = 0;
        }
        let Line::Row(values) = read::line(cursor, sections, line)? else {
            continue;
        };
        let names = cursor.columns.iter().cloned();
        rows.push(Value::Object(names.zip(values).collect::<Map<_, _>>()));
        bytes += line.len();
        if rows.len() >= ROWS || bytes >= BYTES {
            flush(cursor, sections, &mut rows, held, &mut statements)?;
            bytes = 0;
        }
    }
    flush(cursor, sections, &mut rows, held, &mut statements)?;
    Ok(statements)
}

/// Writes the rows so far, which are of the part that the cursor is in.
fn flush(
    cursor: &Cursor,
    sections: &[Section],
    rows: &mut Vec<Value>,
    held: &str,
    statements: &mut Vec<Statement>,
) -> Result<(), Failure> {
    let section = cursor.section.and_then(|index| sections.get(index));
    let Some(section) = section.filter(|_| !rows.is_empty()) else {
        return Ok(());
    };
    let columns = read::columns(cursor, sections)?;
    let rows = Value::from(std::mem::take(rows)).to_string();
    statements.push(store::insert(section, &columns, &rows, held));
    Ok(())
}
