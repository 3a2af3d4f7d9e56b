//! The files themselves, and what is being sent: what signals cannot hold. It goes with the frame of the one who is signed in.
use std::cell::RefCell;
use std::collections::VecDeque;

use edge_web_core::page::Target;
use web_sys::{File, XmlHttpRequest};

/// A file, and where it belongs.
pub struct Job {
    /// Its place in the list.
    pub number: usize,
    /// Itself.
    pub file: File,
    /// Where it belongs.
    pub target: Target,
}

thread_local! {
    /// The files that wait.
    pub static FILES: RefCell<VecDeque<Job>> = const { RefCell::new(VecDeque::new()) };
    /// Those that failed and may be tried again.
    pub static FAILED: RefCell<Vec<Job>> = const { RefCell::new(Vec::new()) };
    /// What is being sent.
    pub static REQUESTS: RefCell<Vec<XmlHttpRequest>> = const { RefCell::new(Vec::new()) };
}

/// Forgets all files and breaks off what is being sent: whoever signs in next has another account.
pub fn forget() {
    FILES.with_borrow_mut(VecDeque::clear);
    FAILED.with_borrow_mut(Vec::clear);
    for request in REQUESTS.take() {
        // Where it is over nothing is broken off; no request refuses.
        drop(request.abort());
    }
}
