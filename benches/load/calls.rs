//! System calls a message, counted by strace in a short run of its own: a traced server is slow, but calls the same.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::contest::Unit;
use super::drive::Drive;
use super::process::{Process, found};

const SPAN: Duration = Duration::from_millis(400);

/// The calls, as `0.99 in  1.00 out  0.02 wait`; why not, if they cannot be counted.
pub(crate) fn count(server: &Process, drive: &mut Drive, unit: Unit) -> String {
    let Some(strace) = found("strace") else { return "no strace".to_owned() };
    let file = std::env::temp_dir().join(format!("dragoman-load-{}.calls", std::process::id()));
    let pid = server.pid().to_string();
    let mut command = Command::new(strace);
    command
        .args(["-f", "-c", "-o"])
        .arg(&file)
        .args(["-p", &pid])
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else { return "strace does not start".to_owned() };
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    if !said.any(|line| line.contains("attached")) {
        let _ = child.wait();
        return "strace may not attach".to_owned();
    }
    let before = unit.total(drive);
    drive.run(server, SPAN);
    let all = unit.total(drive) - before;
    let interrupted = Command::new("kill").args(["-s", "INT", &child.id().to_string()]).status();
    assert!(interrupted.is_ok_and(|status| status.success()));
    let _ = child.wait();
    let table = fs::read_to_string(&file).unwrap_or_default();
    let _ = fs::remove_file(&file);
    let kinds = by_kind(&table).into_iter();
    kinds
        .map(|(kind, calls)| format!("{:.2} {kind}", calls as f64 / all as f64))
        .collect::<Vec<_>>()
        .join("  ")
}

/// Calls by what they do; a kind that is not expected here has the name of the call.
fn by_kind(table: &str) -> BTreeMap<String, u64> {
    let mut kinds = BTreeMap::new();
    for line in table.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (Some(name), Some(calls)) =
            (words.last(), words.get(3).and_then(|word| word.parse::<u64>().ok()))
        else {
            continue;
        };
        let kind = match *name {
            "read" | "readv" | "recvfrom" | "recvmsg" => "in",
            "write" | "writev" | "sendto" | "sendmsg" => "out",
            "epoll_wait" | "epoll_pwait" | "epoll_pwait2" => "wait",
            "total" | "restart_syscall" => continue,
            other => other,
        };
        *kinds.entry(kind.to_owned()).or_default() += calls;
    }
    kinds
}
