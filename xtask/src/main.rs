//! `cargo xtask`: setup, dev, build, test, bench, deploy.
fn main() {}
