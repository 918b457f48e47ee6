//! The rows of the goals table: who is driven how, and what is hoped for.

use std::path::{Path, PathBuf};

use super::contest::{Contestant, Effort, Unit, row};
use super::drive::Drive;
use super::people::{self, Kind, Writers};
use super::process::Process;
use super::talk::Tongue;

/// A relay to compare with: a program, and how it is started.
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
}

impl Peer {
    fn start(&self) -> Process {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        Process::start(&self.program, &arguments, &[])
    }
}

/// The raw echo, with one text of its own for every text of the row.
fn floor(connections: usize, depth: usize) -> Contestant {
    Contestant::new("raw echo", Process::raw("echo"), |drive, server| {
        people::alone(drive, server.address(), Tongue::Raw, connections, depth);
    })
}

fn dragoman(connect: impl FnOnce(&mut Drive, &Process)) -> Contestant {
    Contestant::new("dragoman", Process::dragoman(), connect)
}

/// Rooms of two: the chat, the floor with the same calls, and the peers.
pub(crate) fn chats(rooms: usize, depth: usize, writers: Writers, goal: f64, peers: &[Peer], effort: Effort) {
    let writing = rooms * if writers == Writers::Both { 2 } else { 1 };
    let load = |drive: &mut Drive, kind: Kind<'_>, server: &Process| {
        people::rooms(drive, kind, server.address(), rooms, writers, depth);
    };
    let mut all = vec![
        floor(writing, depth),
        Contestant::new("raw relay with acknowledgements", Process::raw("relay"), |drive, server| {
            load(drive, Kind::Raw, server);
        }),
        dragoman(|drive, server| load(drive, Kind::Chat("Ana"), server)),
    ];
    for peer in peers {
        all.push(Contestant::new(&peer.name, peer.start(), |drive, server| load(drive, Kind::Peer, server)));
    }
    let who = if writers == Writers::Both { "both write" } else { "the customer writes" };
    row(
        &format!("chat, {rooms} rooms, {who}, {depth} in flight each"),
        Some(goal),
        Unit::Message,
        &mut all,
        effort,
    );
}

/// A WebSocket that sends everything back.
pub(crate) fn echo(connections: usize, depth: usize, goal: f64, effort: Effort) {
    let mut all = [
        floor(connections, depth),
        dragoman(|drive, server| people::alone(drive, server.address(), Tongue::Echo, connections, depth)),
    ];
    let title = format!("WebSocket echo, {connections} connections, {depth} in flight each");
    row(&title, Some(goal), Unit::Message, &mut all, effort);
}

/// One writer, many readers; the floor has as many connections.
pub(crate) fn hub(readers: usize, depth: usize, goal: f64, effort: Effort) {
    let title = format!("hub, {readers} readers, {depth} in flight, for each delivery");
    let server = Process::dragoman();
    let mut drive = Drive::new();
    if let Err(status) = people::hub(&mut drive, server.address(), readers, depth) {
        println!("{title}: skipped, /ws?userId= answers {status}");
        return;
    }
    let mut all = [floor(readers, depth), Contestant::ready("dragoman", server, drive)];
    row(&title, Some(goal), Unit::Delivery, &mut all, effort);
}

/// The first page, again and again.
pub(crate) fn page(connections: usize, goal: f64, effort: Effort) {
    let mut all = [
        floor(connections, 1),
        dragoman(|drive, server| people::alone(drive, server.address(), Tongue::Get, connections, 1)),
    ];
    row(&format!("GET of a page, {connections} connections"), Some(goal), Unit::Message, &mut all, effort);
}

/// A peer by the path of its program, or one of ours by its name: `axum`, `axum-small`.
pub(crate) fn peer(named: &str) -> Peer {
    let arguments = match named {
        "axum" => vec![],
        "axum-small" => vec!["--small".to_owned()],
        path => return Peer { name: path.to_owned(), program: path.into(), arguments: vec![] },
    };
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = std::process::Command::new(cargo);
    build
        .args(["build", "--release", "--locked", "--quiet", "--manifest-path"])
        .arg(package.join("Cargo.toml"));
    assert!(build.status().unwrap().success(), "the peer does not build");
    Peer { name: named.to_owned(), program: package.join("target/release/axum-relay"), arguments }
}
