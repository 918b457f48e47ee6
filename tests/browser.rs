//! The pages in real browsers: runs the stories of `tests/browser/` against the real binary.
//!
//! They need Node.js, Chromium, Firefox, WebKitGTK's driver with Xvfb, and `npm ci` in `tests/browser`. Where something of
//! that is missing, what needs it is skipped, and says so; with `BROWSER_TESTS=required` (as in `.ci/run`) it fails
//! instead. Everything else is in `tests/browser/run.mjs` and `webkit-story.mjs`, which also run by themselves, and the
//! first runs parts.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test is a shell of its own")]

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// A browser that may be installed.
struct Browser {
    /// What it is called, and the variable that says where it is.
    name: &'static str,
    variable: &'static str,
    programs: &'static [&'static str],
    /// What a person would have to do first.
    install: &'static str,
}

const CHROMIUM: Browser = Browser {
    name: "chromium",
    variable: "CHROMIUM",
    programs: &["chromium", "chromium-browser", "google-chrome"],
    install: "install Chromium (package chromium), or set CHROMIUM",
};
const FIREFOX: Browser = Browser {
    name: "firefox",
    variable: "FIREFOX",
    programs: &["firefox-esr", "firefox"],
    install: "install Firefox (package firefox-esr), or set FIREFOX",
};

/// What differs most between engines: conversations, the focus, popovers, previews, lines that break. `BROWSER=firefox
/// node run.mjs` runs all there are.
const IN_FIREFOX: [&str; 11] = [
    "a whole conversation",
    "reopened by writing again",
    "a reload in the middle",
    "needs no mouse",
    "a draft is looked at",
    "side by side",
    "everything has a shortcut",
    "writes from right to left",
    "scrolls in its own place",
    "in the hub when a line breaks",
    "the server is killed",
];

/// Browsers have the machine to themselves, one after the other.
static MACHINE: Mutex<()> = Mutex::new(());

fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

impl Browser {
    fn missing(&self) -> Option<&'static str> {
        let is_there =
            std::env::var_os(self.variable).is_some() || self.programs.iter().any(|name| is_there(name));
        (!is_there).then_some(self.install)
    }
}

fn stories() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser")
}

/// What a person would have to do before anything runs.
fn missing() -> Option<&'static str> {
    if !is_there("node") {
        Some("install Node.js (package nodejs)")
    } else if !stories().join("node_modules/playwright-core").exists() {
        Some("run `npm ci` in tests/browser")
    } else {
        None
    }
}

fn run(missing: Option<&str>, arguments: &[&str], browser: &str) {
    if let Some(what) = missing {
        assert!(std::env::var_os("BROWSER_TESTS").is_none(), "the browser tests are wanted, but: {what}");
        // Not `eprintln!`, which nobody would see of a test that passes.
        let said = format!("tests in {browser} skipped; to have them, {what}\n");
        io::stderr().write_all(said.as_bytes()).unwrap();
        return;
    }
    let _alone = MACHINE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut command = Command::new("node");
    command.args(arguments).current_dir(stories()).env("BROWSER", browser);
    command.env("DRAGOMAN", env!("CARGO_BIN_EXE_dragoman"));
    let status = command.stdin(Stdio::null()).status().unwrap();
    assert!(status.success(), "see what the stories say above");
}

#[test]
fn the_stories_in_a_real_browser() {
    run(missing().or_else(|| CHROMIUM.missing()), &["run.mjs"], CHROMIUM.name);
}

#[test]
fn the_main_stories_in_firefox() {
    let arguments: Vec<&str> = ["run.mjs"].into_iter().chain(IN_FIREFOX).collect();
    run(missing().or_else(|| FIREFOX.missing()), &arguments, FIREFOX.name);
}

#[test]
fn the_main_conversation_in_webkit() {
    let programs = ["WebKitWebDriver", "Xvfb"].into_iter().all(is_there);
    let install = (!programs)
        .then_some("install WebKitGTK's driver and a screen (packages webkit2gtk-driver and xvfb)");
    run(missing().or(install), &["webkit-story.mjs"], "webkit");
}
