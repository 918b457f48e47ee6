//! The server next to the kernel's own price, over real sockets: the table of goals, as measured.
//!
//! The release binary and a raw server are children on one core; the load generator, one thread, has the other. Every
//! row drives both by turns with the same load and divides the time they were on a processor. Without a store: what that
//! costs is measured by the bench `store`.
//!
//! ```text
//! cargo bench --bench load                          the table, some minutes
//! cargo bench --bench load -- --quick               every row for a moment: does it run, is nothing lost
//! cargo bench --bench load -- --peer axum           with another relay beside it (a name, or a program), repeatable
//! cargo bench --bench load -- --only chat           rows whose name begins so: chat, echo, hub, page, memory
//! cargo bench --bench load -- --flood pings         what a flood does to others: pings, fragments, json, rooms or all
//! ```
//!
//! A program given as a peer listens on a port of its choice, says `http://ADDRESS/` on standard error, joins two who
//! open `/ws?room=N`, tells each `{"type":"room_joined"}`, and answers `{"content":…}` with `{"type":"ack"}` to the writer
//! and `{"type":"message","content":…}` to the other.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a bench is a shell of its own: it has threads, files and a clock, and what cannot go on shall panic"
)]

use std::time::Duration;

use contest::Effort;
use people::Writers;
use rows::Peer;

mod alone;
mod calls;
mod contest;
mod drive;
mod flood;
mod memory;
mod people;
mod process;
mod raw;
mod rows;
#[path = "../support/mod.rs"]
mod support;
mod talk;

const FULL: Effort = Effort { span: Duration::from_millis(500), repetitions: 9, counts_calls: true };
const QUICK: Effort = Effort { span: Duration::from_millis(50), repetitions: 1, counts_calls: false };

/// Connections in the rows of memory.
const IDLE: usize = 10_000;
const IDLE_QUICK: usize = 200;

/// What was asked for.
struct Asked {
    effort: Effort,
    idle: usize,
    only: Option<String>,
    peers: Vec<Peer>,
    flood: Option<String>,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut asked = Asked { effort: FULL, idle: IDLE, only: None, peers: Vec::new(), flood: None };
    while let Some(argument) = arguments.next() {
        match &*argument {
            "--raw" => raw::serve(&arguments.next().unwrap_or_default()),
            "--flooder" => {
                let [kind, server] = [0, 1].map(|_| arguments.next().unwrap_or_default());
                return flood::flood(&kind, server.parse().expect("an address"));
            }
            "--flood" => asked.flood = arguments.next(),
            "--quick" => (asked.effort, asked.idle) = (QUICK, IDLE_QUICK),
            "--only" => asked.only = arguments.next(),
            "--peer" => asked.peers.push(rows::peer(&arguments.next().expect("--peer needs a name"))),
            // Cargo says that this is a bench.
            "--bench" => {}
            other => panic!("what is {other}? --quick, --only ROWS, --peer NAME, --flood KIND"),
        }
    }
    process::pin_self();
    match asked.flood.as_deref() {
        Some("all") => flood::KINDS.into_iter().for_each(flood::run),
        Some(kind) => flood::run(kind),
        None => table(&asked),
    }
}

fn table(asked: &Asked) {
    let Asked { effort, peers, .. } = asked;
    let wanted = |name: &str| asked.only.as_ref().is_none_or(|only| name.starts_with(&**only));
    contest::print_head();
    if wanted("chat") {
        rows::chats(32, 1, Writers::Both, 1.25, peers, *effort);
        rows::chats(32, 1, Writers::One, 1.25, peers, *effort);
        rows::chats(32, 16, Writers::Both, 3.5, peers, *effort);
        rows::chats(32, 16, Writers::One, 3.5, peers, *effort);
        rows::chats(500, 1, Writers::Both, 1.3, peers, *effort);
        rows::chats(500, 2, Writers::One, 1.3, peers, *effort);
    }
    if wanted("echo") {
        for connections in [64, 1000] {
            rows::echo(connections, 1, 1.1, *effort);
            rows::echo(connections, 16, 1.3, *effort);
        }
    }
    if wanted("hub") {
        for readers in [100, 1000] {
            rows::hub(readers, 1, 0.75, *effort);
            rows::hub(readers, 16, 0.75, *effort);
        }
    }
    if wanted("page") {
        rows::page(64, 1.15, *effort);
    }
    if wanted("memory") {
        memory::table(asked.idle);
        alone::table();
    }
}
