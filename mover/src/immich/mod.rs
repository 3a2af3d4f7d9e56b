//! From a server, user by user, through its public API alone.

mod albums;
mod assets;
mod details;
mod people;
mod rest;
mod users;

use anyhow::Result;

use crate::client::Server;
use crate::options::Options;
use crate::report::{self, Report};
use crate::state::State;
use crate::target::Target;

/// What the steps of a move share.
struct Move<'a> {
    options: &'a Options,
    state: &'a State,
    report: &'a Report,
    users: users::Users,
}

/// A user of both servers.
struct Pair {
    /// Address at the source.
    email: String,
    /// Id at the source.
    id: String,
    /// The source, asked as this user.
    from: Server,
    /// The target, asked as this user. `None`: the account would be made, were this no dry run.
    to: Option<Target>,
}

/// Moves everything that the options name.
pub fn run(
    options: &Options,
    from: &Server,
    to: &Server,
    state: &State,
    report: &Report,
) -> Result<()> {
    let (users, pairs) = users::prepare(options, from, to, state, report)?;
    let this = Move {
        options,
        state,
        report,
        users,
    };
    let moved = this.run(&pairs);
    users::log_out(&pairs);
    moved
}

impl Move<'_> {
    fn run(&self, pairs: &[Pair]) -> Result<()> {
        for pair in pairs {
            report::say(&format!("==> {}", pair.email));
            self.move_assets(pair)?;
        }
        if self.options.dry_run {
            return self.count_the_rest(pairs);
        }
        for (pair, to) in with_target(pairs) {
            self.move_people(pair, to)?;
            self.move_tags(pair, to)?;
            self.move_details(pair, to)?;
            self.move_stacks(pair, to)?;
        }
        // Albums before what others put into them, and before their links.
        for (pair, to) in with_target(pairs) {
            self.move_albums(pair, to)?;
        }
        for (pair, to) in with_target(pairs) {
            self.contribute(pair, to)?;
            self.move_links(pair, to)?;
            self.move_partners(pair, to)?;
        }
        for (pair, to) in with_target(pairs) {
            self.set_covers(pair, to)?;
            self.hide_partners(pair, to)?;
            // Last: what is in the trash is refused elsewhere.
            self.move_trash(pair, to)?;
        }
        Ok(())
    }
}

fn with_target(pairs: &[Pair]) -> impl Iterator<Item = (&Pair, &Target)> {
    pairs
        .iter()
        .filter_map(|pair| Some((pair, pair.to.as_ref()?)))
}
