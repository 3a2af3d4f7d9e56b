//! The scheduler: its jobs and its minute, and several workers at once.

mod jobs;
mod memories;
mod workers;
mod workflows;
