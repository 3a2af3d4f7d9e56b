//! The scheduler: its jobs and its minute, and several workers at once.

mod jobs;
mod mails;
mod memories;
mod releases;
mod workers;
mod workflows;
