//! Counts instructions: runs this program once more under callgrind and adds up those of its own code.

use std::fs;
use std::process::{Command, Stdio};

/// Whether valgrind is installed and works.
pub(crate) fn is_there() -> bool {
    let tried =
        Command::new("valgrind").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

/// Of a whole run of a scenario, with its preparation.
pub(crate) fn instructions(scenario: &str, times: u32) -> u64 {
    let own = std::env::current_exe().unwrap();
    let file = std::env::temp_dir().join(format!("dragoman-guard-{}.callgrind", std::process::id()));
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--compress-strings=no", "--compress-pos=no"])
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(&own)
        .args(["--run", scenario, &times.to_string()])
        // The same environment everywhere: it lies on the stack, and moves what lies above it.
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let profile = fs::read_to_string(&file).unwrap();
    let _ = fs::remove_file(&file);
    own_instructions(&profile, own.to_str().unwrap())
}

/// Adds up the lines of one object. The line behind `calls=` says what was called from there has taken, and is counted
/// where that stands itself.
fn own_instructions(profile: &str, object: &str) -> u64 {
    let (mut sum, mut is_ours, mut is_called) = (0, false, false);
    for line in profile.lines() {
        if let Some(name) = line.strip_prefix("ob=") {
            is_ours = name == object;
        } else if line.starts_with("calls=") {
            is_called = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            let cost = line.split(' ').nth(1).and_then(|cost| cost.parse::<u64>().ok());
            if is_ours && !is_called {
                sum += cost.unwrap_or_default();
            }
            is_called = false;
        }
    }
    sum
}
