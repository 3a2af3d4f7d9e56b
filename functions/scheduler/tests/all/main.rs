//! The scheduler: its jobs and its minute, and several workers at once.

mod changed;
mod jobs;
mod mails;
mod memories;
mod releases;
mod webhooks;
mod workers;
mod workflows;
