//! The real binary on a real file: what was acknowledged or seen survives whatever happens to the process and its disk.
//!
//! `ROUNDS=100 cargo test --release --test store -- --nocapture` kills it a hundred times under load and prints a table.
//! Nothing sleeps: every wait is for something that must happen, however long a slow machine takes for it.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test is a shell of its own: it has threads, files and a clock, and what cannot go on shall panic"
)]

#[path = "store/closing.rs"]
mod closing;
#[path = "simulation/dice.rs"]
#[expect(dead_code, reason = "shared with the simulation")]
mod dice;
#[path = "store/disk.rs"]
mod disk;
#[path = "store/files.rs"]
mod files;
#[path = "store/kill.rs"]
mod kill;
#[path = "store/person.rs"]
mod person;
#[path = "store/place.rs"]
mod place;

#[allow(dead_code, reason = "shared with other tests")]
mod support;
