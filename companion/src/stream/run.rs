//! Serving a session: one ffmpeg at a time writes segments into a folder, which are sent as they become complete.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use edge_protocol::stream::{INIT, VARIANTS, piece_name};
use edge_protocol::wire::Wanted;

use super::Session;
use super::arguments::Job;
use super::originals::Original;
use super::rules::{Act, Place, decide};
use crate::child::{Background, Bounds};
use crate::context::{Trouble, broken};
use crate::log;
use crate::server::CallError;
use crate::spool::Spool;
use crate::transcode::config::Config;
use crate::transcode::device::Device;

/// How often it is looked for segments and wishes.
const LOOK: Duration = Duration::from_millis(10);
/// Tries of sending a segment; the pause before each doubles.
const TRIES: u32 = 5;

/// An ffmpeg at work.
struct Run {
    place: Place,
    /// The segment that is sent next.
    next: i64,
    folder: PathBuf,
    tool: Background,
}

/// What becomes of a session.
struct Server<'a> {
    session: &'a Session<'a>,
    config: Config,
    spool: Spool,
    original: Arc<Original>,
    /// What may still be tried; the last one is in use.
    devices: Vec<Device>,
    sent: HashSet<(u8, i32)>,
    run: Option<Run>,
    runs: u32,
    /// The wish at which ffmpeg ended without what was wanted.
    fruitless: Option<i64>,
}

/// Serves a session until it ends, and says why it did.
pub fn serve(session: &Session<'_>) -> Trouble {
    match Server::prepare(session).and_then(|mut server| server.work()) {
        Err(trouble) => trouble,
        Ok(never) => match never {},
    }
}

impl<'a> Server<'a> {
    fn prepare(session: &'a Session<'a>) -> Result<Self, Trouble> {
        let stream = session.stream;
        let config = Config::read(&stream.config)
            .map_err(|error| Trouble::Final(format!("the configuration of ffmpeg: {error}")))?;
        let (server, work) = (session.means.server, &session.means.options.work);
        let spool = Spool::new(work).map_err(|error| disk(&error))?;
        let read = |first, length| server.stream_original(stream, first, length);
        let original = session.means.originals.get(work, &read, session.halt)?;
        let mut devices = Device::of(&config);
        devices.reverse();
        Ok(Self {
            session,
            config,
            spool,
            original,
            devices,
            sent: HashSet::new(),
            run: None,
            runs: 0,
            fruitless: None,
        })
    }

    fn work(&mut self) -> Result<std::convert::Infallible, Trouble> {
        loop {
            if self.session.halt.is_set() {
                return Err(Trouble::Halted);
            }
            let wanted = self.session.wanted.get();
            self.act(&wanted)?;
            if !self.step(&wanted)? {
                thread::sleep(LOOK);
            }
        }
    }

    fn act(&mut self, wanted: &Wanted) -> Result<(), Trouble> {
        let place = self.run.as_ref().map(|run| run.place);
        let act = decide(place, wanted, self.is_sent(wanted));
        match (act, &mut self.run) {
            (Act::Start(variant, segment), _) => self.start(variant, segment)?,
            (Act::Stop, Some(run)) => run.tool.stop(true),
            (Act::Continue, Some(run)) => run.tool.stop(false),
            _ => {}
        }
        Ok(())
    }

    /// Whether the viewer has what he waits for, or will not get it.
    fn is_sent(&self, wanted: &Wanted) -> bool {
        let piece = wanted.variant.zip(i32::try_from(wanted.segment).ok());
        self.fruitless == Some(wanted.change)
            || piece.is_some_and(|piece| self.sent.contains(&piece))
    }

    fn start(&mut self, variant: u8, segment: i64) -> Result<(), Trouble> {
        // Killed before its folder goes.
        let before = self.run.take().map(|run| run.folder.clone());
        drop(before.map(fs::remove_dir_all));
        self.runs += 1;
        let folder = self.spool.path(&format!("run-{}", self.runs));
        fs::create_dir(&folder).map_err(|error| disk(&error))?;
        let stream = self.session.stream;
        let of_table = VARIANTS.get(usize::from(variant));
        let variant_of =
            *of_table.ok_or_else(|| Trouble::Final(format!("there is no variant {variant}")))?;
        let job = Job {
            config: &self.config,
            facts: &stream.facts,
            timing: &stream.timing,
            variant: variant_of,
            device: self.devices.last().copied().unwrap_or(Device::SOFTWARE),
            maps_tones: self.session.means.tools.maps_tones,
        };
        let words = job.arguments(self.original.path(), &folder, segment);
        let bounds = job.device.bounds(Bounds {
            memory: self.session.means.options.memory,
            ..Bounds::default()
        });
        let tool = Background::start(&self.session.means.tools.ffmpeg, &words, bounds)
            .map_err(|error| broken("ffmpeg", &error))?;
        let place = Place {
            variant,
            start: segment,
            completed: segment - 1,
        };
        self.run = Some(Run {
            place,
            next: segment,
            folder,
            tool,
        });
        Ok(())
    }

    /// Sends a segment that is complete, or notes that ffmpeg has ended; false: there is nothing to do.
    fn step(&mut self, wanted: &Wanted) -> Result<bool, Trouble> {
        let Some(run) = &mut self.run else {
            return Ok(false);
        };
        // What it wrote last is looked for after its end.
        let ended = run.tool.has_ended();
        while run.folder.join(name(run.place.completed + 1)).exists() {
            run.place.completed += 1;
        }
        if run.next <= run.place.completed {
            self.send()?;
            return Ok(true);
        }
        match ended {
            Ok(false) => return Ok(false),
            Ok(true) => {
                self.run = None;
                if !self.is_sent(wanted) {
                    self.fruitless = Some(wanted.change);
                }
            }
            Err(error) if run.place.completed < run.place.start && self.devices.len() > 1 => {
                let (variant, start) = (run.place.variant, run.place.start);
                let device = self.devices.pop();
                log::say(&format!(
                    "stream {}: {} does not do: {error}",
                    self.session.stream.session,
                    device.unwrap_or(Device::SOFTWARE)
                ));
                self.start(variant, start)?;
            }
            Err(error) => return Err(broken("ffmpeg", &error)),
        }
        Ok(true)
    }

    fn send(&mut self) -> Result<(), Trouble> {
        let Some(run) = &mut self.run else {
            return Ok(());
        };
        let number = i32::try_from(run.next).unwrap_or(i32::MAX);
        let (variant, folder) = (run.place.variant, run.folder.clone());
        run.next += 1;
        for piece in [INIT, number] {
            if !self.sent.contains(&(variant, piece)) {
                send(
                    self.session,
                    (variant, piece),
                    &folder.join(piece_name(piece)),
                )?;
                self.sent.insert((variant, piece));
            }
        }
        fs::remove_file(folder.join(piece_name(number))).map_err(|error| disk(&error))
    }
}

fn name(number: i64) -> String {
    piece_name(i32::try_from(number).unwrap_or(i32::MAX))
}

fn disk(error: &std::io::Error) -> Trouble {
    Trouble::Passing(format!("the companion's disk: {error}"))
}

fn send(session: &Session<'_>, piece: (u8, i32), file: &Path) -> Result<(), Trouble> {
    let bytes = fs::read(file).map_err(|error| disk(&error))?;
    let mut pause = Duration::from_millis(200);
    for _ in 1..TRIES {
        match session.means.server.segment(session.stream, piece, &bytes) {
            Ok(wanted) => {
                session.wanted.hear(wanted);
                return Ok(());
            }
            Err(CallError::Passing(_)) if !session.halt.is_set() => thread::sleep(pause),
            Err(CallError::Lost) => {
                session
                    .halt
                    .lost
                    .store(true, std::sync::atomic::Ordering::Relaxed);
                return Err(Trouble::Halted);
            }
            Err(error) => return Err(error.into()),
        }
        pause *= 2;
    }
    let wanted = session
        .means
        .server
        .segment(session.stream, piece, &bytes)?;
    session.wanted.hear(wanted);
    Ok(())
}
