//! Renditions of a picture, made by a decoder in a process of its own ([`crate::decoder`]), and sent to the server.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use edge_protocol::wire::{Colors, Edits, Look, Rendition, WHOLE_OUTPUT, parse_output};

use crate::child::{self, Limits};
use crate::context::{Context, Trouble, broken};
use crate::order::{Answer, DECODE, Next, Order};
use crate::spool::Spool;

/// How long decoding and encoding may take.
const TIME: Duration = Duration::from_mins(5);
/// Most text of an answer, bytes.
const OUTPUT: usize = 64 << 10;

/// What is to be made of which picture.
pub struct Wanted<'a> {
    /// What to make, largest first.
    pub renditions: &'a [Rendition],
    /// EXIF orientation; `None`: the picture is upright.
    pub orientation: Option<u8>,
    /// What decides on their colours.
    pub colors: &'a Colors,
    /// The file that a tool made the picture from, if it is not read as it was uploaded.
    pub original: Option<&'a Path>,
    /// Pixels that the shorter side of a JPEG inside a raw file has at least.
    pub least: u32,
    /// What is done to it before.
    pub edits: &'a Edits,
    /// Whether the server gets what is made; else it is only told how it looks.
    pub is_sent: bool,
}

/// What became of it.
pub enum Made {
    /// Renditions, which the server has.
    Sent {
        /// How the asset looks; its size is that of the picture upright.
        look: Look,
        /// Width and height after the edits, pixels.
        shown: (u32, u32),
        /// 128 bits by which copies are found, hexadecimal.
        seen: Option<String>,
    },
    /// Nothing, and who may do better.
    Refused(String, Next),
}

/// Makes the wanted renditions of the picture in the file `input`, and sends them if they are to be sent.
pub fn make(
    context: &Context<'_>,
    spool: &Spool,
    input: PathBuf,
    wanted: &Wanted<'_>,
) -> Result<Made, Trouble> {
    let folder = spool.folder("made").map_err(|error| disk(&error))?;
    let order = Order {
        input,
        original: wanted.original.map(Path::to_owned),
        folder: folder.clone(),
        wanted: wanted.renditions.to_vec(),
        orientation: wanted.orientation,
        colors: wanted.colors.clone(),
        least: wanted.least,
        edits: wanted.edits.clone(),
        memory: context.memory,
    };
    match decoded(context, &order)? {
        Answer::Refused { reason, next } => Ok(Made::Refused(reason, next)),
        Answer::Made {
            mut outputs,
            thumbhash,
            upright: (width, height),
            shown,
            damage,
            seen,
        } => {
            if !wanted.is_sent {
                outputs.clear();
            }
            for name in &outputs {
                send(context, &folder, name)?;
            }
            let look = Look {
                outputs,
                thumbhash,
                width,
                height,
                damage,
            };
            Ok(Made::Sent { look, shown, seen })
        }
    }
}

/// Has a child decode.
fn decoded(context: &Context<'_>, order: &Order) -> Result<Answer, Trouble> {
    let program = std::env::current_exe();
    let program = program.map_err(|error| Trouble::Passing(format!("the companion: {error}")))?;
    // A folder whose name is no text cannot be named.
    let text = serde_json::to_string(order);
    let text = text.map_err(|error| Trouble::Final(format!("the companion: {error}")))?;
    let limits = Limits {
        time: TIME,
        memory: context.memory,
        output: OUTPUT,
        file: Some(WHOLE_OUTPUT as u64),
    };
    let words = [DECODE.to_owned(), text];
    let said = child::run(&program, &words, limits, context.halt, None);
    let said = said.map_err(|error| broken("the decoder", &error))?;
    serde_json::from_slice(&said)
        .map_err(|error| Trouble::Final(format!("the decoder's answer: {error}")))
}

fn send(context: &Context<'_>, folder: &Path, name: &str) -> Result<(), Trouble> {
    let unknown = || Trouble::Final(format!("the decoder made {name}"));
    let (_, format) = parse_output(name).ok_or_else(unknown)?;
    let bytes = fs::read(folder.join(name)).map_err(|error| disk(&error))?;
    if context.halt.is_set() {
        return Err(Trouble::Halted);
    }
    let (server, mime) = (context.server, format.mime_type());
    Ok(server.output(context.lease, name, mime, &bytes)?)
}

fn disk(error: &std::io::Error) -> Trouble {
    Trouble::Passing(format!("the companion's disk: {error}"))
}
