//! What the tests on real sockets share: the server as a process, and clients that may misbehave.

pub(crate) mod desk;
pub(crate) mod engines;
pub(crate) mod http;
pub(crate) mod ollama;
pub(crate) mod process;
pub(crate) mod websocket;

use std::io::{self, Write as _};
use std::path::PathBuf;

/// A program that is no part of this house; none where it is not installed, which is said, or fails where
/// `OUTSIDE_TESTS` is set.
pub(crate) fn outside(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let found = places.map(|folder| folder.join(name)).find(|file| file.is_file());
    if found.is_none() {
        assert!(
            std::env::var_os("OUTSIDE_TESTS").is_none(),
            "these tests are wanted, but {name} is not installed"
        );
        // Not `eprintln!`, which nobody would see of a test that passes.
        let said = format!("a test is skipped; to have it, install {name}\n");
        io::stderr().write_all(said.as_bytes()).unwrap();
    }
    found
}
