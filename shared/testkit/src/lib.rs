//! For tests only: TestApp, users of every kind, builders.

pub mod postgres;
