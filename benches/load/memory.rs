//! Memory: of the process at its start, and of a connection that does nothing, before and after it has spoken.

use super::drive::Drive;
use super::people::{Caller, Kind, Writers, rooms};
use super::process::Process;
use super::talk::Tongue;

/// Prints the rows of memory, with so many connections.
pub(crate) fn table(connections: usize) {
    println!("\n{:<44} {:>6} {:>10}", format!("memory, {connections} connections"), "goal", "measured");
    let binary = std::fs::metadata(env!("CARGO_BIN_EXE_dragoman")).unwrap().len();
    line("binary, MiB", 5.0, binary as f64 / 1024.0 / 1024.0);
    let server = Process::dragoman();
    line("at start, MiB resident", 4.0, server.resident_kib() as f64 / 1024.0);
    echo(&server, connections);
    drop(server);
    chat(connections);
}

fn line(title: &str, goal: f64, measured: f64) {
    println!("  {title:<42} {goal:>6.2} {measured:>10.2}");
}

fn echo(server: &Process, connections: usize) {
    let before = server.resident_kib();
    let mut drive = Drive::new();
    for number in 0..connections {
        let mut caller = Caller::connect(server.address(), number);
        caller.upgrade("/echo").unwrap();
        let place = drive.add(caller.into_stream(), Tongue::Echo);
        drive.lane(place, &[place], false, 1);
    }
    let each = |now: u64| (now - before) as f64 / connections as f64;
    line("on /echo, KiB each", 1.25, each(server.resident_kib()));
    drive.speak_once();
    line("the same after each has spoken", 1.25, each(server.resident_kib()));
}

fn chat(connections: usize) {
    let server = Process::dragoman();
    let before = server.resident_kib();
    let mut drive = Drive::new();
    rooms(&mut drive, Kind::Chat("Ana"), server.address(), connections / 2, Writers::Both, 1);
    let each = |text: u64| {
        let kib = (server.resident_kib() - before) as f64 - text as f64 / 1024.0;
        kib / connections as f64
    };
    line("in a chat, joined, KiB each", 2.0, each(text_bytes(&server)));
    drive.speak_once();
    line("the same after each has spoken", 2.0, each(text_bytes(&server)));
}

/// Memory of all logs, as the server accounts for it.
fn text_bytes(server: &Process) -> u64 {
    let (status, page) =
        Caller::connect(server.address(), 0).call("GET /metrics HTTP/1.1\r\nHost: localhost", "");
    assert_eq!(status, 200);
    let page = String::from_utf8(page).unwrap();
    let line = page.lines().find_map(|line| line.strip_prefix("dragoman_text_bytes ")).unwrap();
    line.parse().unwrap()
}
