//! What a network sees in a picture, for searches by meaning (docs/companion.md, "Networks"). The model lies in the companion's folder; the
//! preview is decoded, and the network run, in a process of its own ([`looker`]).

mod cache;
pub mod looker;
mod order;

use std::time::Duration;

use edge_protocol::learning::{Model, Seen};
use edge_protocol::wire::Outcome;

use crate::child::{self, Limits};
use crate::context::{Context, Trouble, broken};
use crate::spool::Spool;
use order::{Answer, LOOK, Order};

/// How long a network may take for a picture, with all of its files to be read.
const TIME: Duration = Duration::from_mins(5);
/// Most text of an answer, bytes: that of a vector is a third of it.
const OUTPUT: usize = 64 << 10;

/// Has the model look at the preview of the job's picture.
pub fn run(context: &Context<'_>, spool: &Spool, model: &Model) -> Result<Outcome, Trouble> {
    let installed = cache::fetch(context, spool, model)?;
    let preview = spool.fetch_by(
        &|first, length| context.server.preview(context.lease, first, length),
        context.halt,
    )?;
    let order = Order {
        preview,
        manifest: installed.manifest,
        folder: installed.folder.clone(),
    };
    match looked(context, &order)? {
        Answer::Seen(vector) => Ok(Outcome::Seen(Seen {
            model: model.clone(),
            vector,
        })),
        Answer::Refused(reason) => Err(Trouble::Final(reason)),
        Answer::Damaged(reason) => {
            cache::clear(&installed.folder, &installed.part);
            Err(Trouble::Passing(reason))
        }
    }
}

/// Has a child look.
fn looked(context: &Context<'_>, order: &Order) -> Result<Answer, Trouble> {
    let program = std::env::current_exe();
    let program = program.map_err(|error| Trouble::Passing(format!("the companion: {error}")))?;
    // A folder whose name is no text cannot be named.
    let text = serde_json::to_string(order);
    let text = text.map_err(|error| Trouble::Final(format!("the companion: {error}")))?;
    let limits = Limits {
        time: TIME,
        memory: context.memory,
        output: OUTPUT,
        file: None,
    };
    let words = [LOOK.to_owned(), text];
    let said = child::run(&program, &words, limits, context.halt, None);
    let said = said.map_err(|error| broken("the network", &error))?;
    serde_json::from_slice(&said)
        .map_err(|error| Trouble::Final(format!("the network's answer: {error}")))
}
