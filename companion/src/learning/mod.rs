//! What networks see in a picture: vectors for searches by meaning, faces, text (docs/companion.md, "Networks"). The model lies in the
//! companion's folder; the preview is decoded in a process of its own ([`pixels`]), and the network runs in another one ([`looker`]), which
//! stays for the next job ([`pool`]).

mod cache;
mod files;
pub mod looker;
mod order;
pub mod pixels;
pub mod pool;

use std::path::{Path, PathBuf};
use std::time::Duration;

use edge_protocol::learning::{Found, Model, Seen};
use edge_protocol::wire::{Outcome, Task};
use serde::Serialize;

use crate::child::{self, Broken, Limits};
use crate::context::{Context, Product, Trouble, broken};
use crate::log;
use crate::spool::Spool;
use crate::talk::Talk;
use order::{Answer, Decoded, Kind, LOOK, Network, PIXELS, Preview, Question, Wanted};

/// How long a network may take for a picture, with all of its files to be read.
const TIME: Duration = Duration::from_mins(5);
/// How long a preview may take to be decoded.
const DECODING: Duration = Duration::from_mins(1);
/// Most text of an answer, bytes: five hundred faces take 3 MB, a thousand long lines as much.
const OUTPUT: usize = 8 << 20;
/// Most text of what decodes.
const SAID: usize = 64 << 10;
/// Most bytes of pixels: previews are shrunk to some 8 megapixels (`edge_preview`).
const PIXELS_MOST: u64 = 128 << 20;

/// What networks are asked for.
pub struct Asked<'a> {
    kind: Kind,
    model: &'a Model,
    wanted: Wanted,
}

impl Asked<'_> {
    /// What the network is known by that does it: another one when the model is.
    pub fn key(&self) -> String {
        let Model { name, version } = self.model;
        format!("{} {name} {version}", self.kind.name())
    }
}

/// What a task asks of networks; `None`: nothing.
pub fn asked(task: &Task) -> Option<Asked<'_>> {
    let (kind, model, wanted) = match task {
        Task::Vector { model } => (Kind::Vector, model, Wanted::default()),
        Task::Faces { model, least_score } => {
            let wanted = Wanted {
                least_score: *least_score,
                shorter: 0,
            };
            (Kind::Faces, model, wanted)
        }
        Task::Text {
            model,
            shorter,
            least_score,
        } => {
            let wanted = Wanted {
                least_score: *least_score,
                shorter: *shorter,
            };
            (Kind::Text, model, wanted)
        }
        _ => return None,
    };
    Some(Asked {
        kind,
        model,
        wanted,
    })
}

/// Has the model look at the preview of the job's picture.
pub fn run(context: &Context<'_>, spool: &Spool, asked: &Asked<'_>) -> Result<Product, Trouble> {
    let installed = cache::fetch(context, spool, (asked.kind, asked.model))?;
    let preview = spool.fetch_by(
        &|first, length| context.server.preview(context.lease, first, length),
        context.halt,
    )?;
    let (pixels, size) = decoded(context, spool, preview)?;
    let network = Network {
        kind: asked.kind,
        manifest: installed.manifest,
        folder: installed.folder.clone(),
        memory: context.memory,
    };
    let question = Question {
        pixels,
        size,
        wanted: asked.wanted,
    };
    let model = asked.model.clone();
    match looked(context, asked, &network, &question)? {
        Answer::Vector(vector) => {
            let outcome = Outcome::Seen(Seen { model, vector });
            Ok(Product::Made(Box::new(outcome)))
        }
        Answer::Faces(faces) => Ok(Product::Found(Found::Faces { model, size, faces })),
        Answer::Text(lines) => Ok(Product::Found(Found::Text { model, lines })),
        Answer::Refused(reason) => Err(Trouble::Final(reason)),
        Answer::Damaged(reason) => {
            context.networks.forget();
            cache::clear(&installed.folder, &installed.parts);
            Err(Trouble::Passing(reason))
        }
    }
}

/// Has a child decode a preview: the file with its pixels, and its width and height.
fn decoded(
    context: &Context<'_>,
    spool: &Spool,
    preview: PathBuf,
) -> Result<(PathBuf, (u32, u32)), Trouble> {
    let pixels = spool.path("pixels");
    let order = Preview {
        preview,
        pixels: pixels.clone(),
    };
    let limits = Limits {
        time: DECODING,
        memory: context.memory,
        output: SAID,
        file: Some(PIXELS_MOST),
    };
    let words = [PIXELS.to_owned(), text(&order)?];
    let said = child::run(&program()?, &words, limits, context.halt, None);
    let said = said.map_err(|error| broken("the preview", &error))?;
    let said = serde_json::from_slice(&said);
    match said.map_err(|error| Trouble::Final(format!("the preview: {error}")))? {
        Decoded::Written(width, height) => Ok((pixels, (width, height))),
        Decoded::Refused(reason) => Err(Trouble::Final(reason)),
    }
}

/// Has the network look that stayed, or one that is started for it.
fn looked(
    context: &Context<'_>,
    asked: &Asked<'_>,
    network: &Network,
    question: &Question,
) -> Result<Answer, Trouble> {
    let (program, words) = (program()?, [LOOK.to_owned(), text(network)?]);
    let line = text(question)?;
    let start = || -> Result<Talk, Broken> {
        log::say(&format!("starts a network for {}", asked.key()));
        start(&program, &words, context.memory)
    };
    let said = context.networks.ask(&start, &line, TIME, context.halt);
    let said = said.map_err(|error| broken("the network", &error))?;
    serde_json::from_slice(&said)
        .map_err(|error| Trouble::Final(format!("the network's answer: {error}")))
}

fn start(program: &Path, words: &[String], memory: u64) -> Result<Talk, Broken> {
    Talk::start(program, words, memory, OUTPUT)
}

/// This program.
fn program() -> Result<PathBuf, Trouble> {
    let program = std::env::current_exe();
    program.map_err(|error| Trouble::Passing(format!("the companion: {error}")))
}

/// An order as text, in one line. A folder whose name is no text cannot be named.
fn text(order: &impl Serialize) -> Result<String, Trouble> {
    let text = serde_json::to_string(order);
    text.map_err(|error| Trouble::Final(format!("the companion: {error}")))
}
