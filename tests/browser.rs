//! The pages in a real browser: runs the stories of `tests/browser/` against the real binary.
//!
//! They need Node.js, Chromium and `npm ci` in `tests/browser`. Where something of that is missing they are skipped, and
//! say so; with `BROWSER_TESTS=required` (as in `.ci/run`) they fail instead. Everything else is in
//! `tests/browser/run.mjs`, which also runs by itself, and runs parts.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test is a shell of its own")]

use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

const CHROMIUM: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

fn runs(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// What a person would have to do first.
fn missing(stories: &Path) -> Option<&'static str> {
    if !runs("node") {
        Some("install Node.js (package nodejs)")
    } else if std::env::var_os("CHROMIUM").is_none() && !CHROMIUM.into_iter().any(runs) {
        Some("install Chromium (package chromium), or set CHROMIUM")
    } else if !stories.join("node_modules/playwright-core").exists() {
        Some("run `npm ci` in tests/browser")
    } else {
        None
    }
}

#[test]
fn the_stories_in_a_real_browser() {
    let stories = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    if let Some(what) = missing(&stories) {
        assert!(std::env::var_os("BROWSER_TESTS").is_none(), "the browser tests are wanted, but: {what}");
        // Not `eprintln!`, which nobody would see of a test that passes.
        writeln!(io::stderr(), "browser tests skipped; to have them, {what}").unwrap();
        return;
    }
    let mut command = Command::new("node");
    command.arg("run.mjs").current_dir(stories).env("DRAGOMAN", env!("CARGO_BIN_EXE_dragoman"));
    let status = command.stdin(Stdio::null()).status().unwrap();
    assert!(status.success(), "see what the stories say above");
}
