//! Networks that stay loaded between jobs: a process each ([`super::looker`]), which the next job for the same network goes on with.
//!
//! Each may have as much memory as a tool. So networks that nobody uses and jobs at work are together no more than jobs may be at a time:
//! what was not used for longest goes when others begin. A network that was idle for five minutes ends by itself; so does one whose starter,
//! a thread that does jobs, ends.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::child::{Broken, Halt};
use crate::talk::Talk;

/// The networks of a companion.
pub struct Networks {
    most: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Networks that nobody uses, by their keys, the one that was used last at the end.
    idle: VecDeque<(String, Talk)>,
    /// Jobs at work.
    running: usize,
}

impl State {
    /// Ends what there is no room for.
    fn trim(&mut self, most: usize) {
        self.idle.retain_mut(|(_, network)| network.is_there());
        let room = most.saturating_sub(self.running);
        let extra = self.idle.len().saturating_sub(room);
        self.idle.drain(..extra);
    }
}

/// A job at work, and the network that it uses, if it uses one.
pub struct Turn<'a> {
    networks: &'a Networks,
    key: Option<String>,
    held: Mutex<Option<Talk>>,
}

impl Networks {
    /// None yet; `most` jobs are done at a time.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A job begins that uses the network with this key, or none.
    pub fn turn(&self, key: Option<String>) -> Turn<'_> {
        let mut state = self.state();
        state.running += 1;
        let is_its = |(kept, _): &(String, Talk)| Some(kept) == key.as_ref();
        let found = state.idle.iter().position(is_its);
        let held = found.and_then(|at| state.idle.remove(at));
        state.trim(self.most);
        drop(state);
        Turn {
            networks: self,
            key,
            held: Mutex::new(held.map(|(_, network)| network)),
        }
    }
}

impl Turn<'_> {
    fn held(&self) -> MutexGuard<'_, Option<Talk>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the network answers; `start` starts one. One that has worked before and breaks is started anew: it may have ended a moment ago,
    /// and pictures before may have taken what memory it has.
    pub fn ask(
        &self,
        start: &dyn Fn() -> Result<Talk, Broken>,
        line: &str,
        time: Duration,
        halt: &Halt,
    ) -> Result<Vec<u8>, Broken> {
        let mut held = self.held();
        if let Some(mut network) = held.take() {
            match network.ask(line, time, halt) {
                Ok(said) => {
                    *held = Some(network);
                    return Ok(said);
                }
                Err(error @ (Broken::Halted | Broken::TimedOut(_))) => return Err(error),
                Err(_) => drop(network),
            }
        }
        let mut network = start()?;
        let said = network.ask(line, time, halt)?;
        *held = Some(network);
        Ok(said)
    }

    /// Ends the network: what it has loaded is of no use.
    pub fn forget(&self) {
        *self.held() = None;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let held = self.held().take();
        let mut state = self.networks.state();
        state.running = state.running.saturating_sub(1);
        if let (Some(key), Some(network)) = (self.key.take(), held) {
            state.idle.push_back((key, network));
        }
        state.trim(self.networks.most);
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// How long a shell may take to answer.
    const TIME: Duration = Duration::from_secs(30);

    /// Something that answers each line with what it is and how often it was asked, and ends when it hears "end".
    fn shell(started: &AtomicUsize) -> Result<Talk, Broken> {
        let nth = started.fetch_add(1, Ordering::Relaxed);
        let script = format!(
            "n=0; while read -r line; do [ \"$line\" = end ] && exit 3; n=$((n+1)); echo {nth} $n; done"
        );
        let mut command = Command::new("sh");
        command.args(["-c", &script]);
        Talk::of(&mut command, 100)
    }

    struct World {
        networks: Networks,
        started: AtomicUsize,
    }

    impl World {
        fn new(most: usize) -> Self {
            Self {
                networks: Networks::new(most),
                started: AtomicUsize::new(0),
            }
        }

        /// What a job hears that asks the network with this key.
        fn ask(&self, key: &str, line: &str) -> Result<String, Broken> {
            let turn = self.networks.turn(Some(key.to_owned()));
            let start = || shell(&self.started);
            let said = turn.ask(&start, line, TIME, &Halt::default())?;
            Ok(String::from_utf8(said).unwrap().trim().to_owned())
        }
    }

    #[test]
    fn the_next_job_goes_on_with_the_same_network() {
        let world = World::new(2);
        assert_eq!(world.ask("a", "look").unwrap(), "0 1");
        assert_eq!(world.ask("a", "look").unwrap(), "0 2");
        assert_eq!(world.ask("b", "look").unwrap(), "1 1");
        assert_eq!(world.ask("a", "look").unwrap(), "0 3");
        // A third one has no room beside both: the one that was not used for longest goes.
        assert_eq!(world.ask("c", "look").unwrap(), "2 1");
        assert_eq!(world.ask("a", "look").unwrap(), "0 4");
        assert_eq!(world.ask("b", "look").unwrap(), "3 1");
    }

    #[test]
    fn jobs_without_networks_take_the_room_of_idle_ones() {
        let world = World::new(1);
        assert_eq!(world.ask("a", "look").unwrap(), "0 1");
        drop(world.networks.turn(None));
        assert_eq!(world.ask("a", "look").unwrap(), "1 1");
    }

    #[test]
    fn one_that_breaks_is_started_anew_once() {
        let world = World::new(1);
        assert_eq!(world.ask("a", "look").unwrap(), "0 1");
        // The one that has worked ends, and so does the new one.
        assert!(matches!(world.ask("a", "end"), Err(Broken::Refused(_))));
        assert_eq!(world.ask("a", "look").unwrap(), "2 1");
        let turn = world.networks.turn(Some("a".to_owned()));
        turn.forget();
        drop(turn);
        assert_eq!(world.ask("a", "look").unwrap(), "3 1");
    }

    #[test]
    fn a_lost_job_ends_its_network() {
        let world = World::new(1);
        let turn = world.networks.turn(Some("a".to_owned()));
        let halt = Halt::default();
        halt.lost.store(true, Ordering::Relaxed);
        let silent = || {
            let mut command = Command::new("sh");
            command.args(["-c", "exec sleep 60"]);
            Talk::of(&mut command, 100)
        };
        let said = turn.ask(&silent, "look", TIME, &halt);
        assert!(matches!(said, Err(Broken::Halted)));
        assert!(turn.held().is_none());
    }
}
