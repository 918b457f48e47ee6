//! Rounds of load and `kill -9`: whatever was acknowledged or seen is there afterwards, once and in order.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::dice::Dice;
use super::person::Person;
use super::place::{Place, health};
use crate::support::desk::{seat, word};
use crate::support::http::{self, Http, request};
use crate::support::process::{Server, signal};
use crate::support::websocket::WebSocket;

/// Chats under load at a time.
const PAIRS: usize = 3;
/// Rounds, if `ROUNDS` does not say otherwise.
const ROUNDS: u64 = 8;
/// Acknowledgements after which a round may end.
const ACKS: (u64, u64) = (1, 600);
/// Messages somebody has under way, at most.
const UNDER_WAY: u64 = 12;
/// Chats somebody else starts in a round, at most.
const STARTS: usize = 24;

struct Pair {
    customer: Person,
    agent: Person,
}

/// What one round was like.
struct Round {
    acknowledged: u64,
    /// Written and not acknowledged when it ended.
    open: usize,
    /// Of those, how many turned out to be stored.
    stored: usize,
    started: usize,
    messages: u64,
    restart: Duration,
}

/// When the server dies: told by whoever hears the acknowledgement that is the last straw.
struct Fuse {
    acknowledged: AtomicU64,
    limit: u64,
    pid: u32,
}

impl Fuse {
    fn note(&self) {
        if self.acknowledged.fetch_add(1, Ordering::Relaxed) + 1 == self.limit {
            signal(self.pid, "KILL");
        }
    }
}

#[test]
fn what_was_acknowledged_or_seen_survives_kill_9() {
    rounds("kill-normal", "normal", number("ROUNDS", ROUNDS), number("SEED", 1));
}

#[test]
fn and_so_it_does_when_every_turn_waits_for_the_disk() {
    rounds("kill-full", "full", number("ROUNDS", ROUNDS).div_ceil(4), number("SEED", 2));
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn rounds(name: &str, sync: &str, rounds: u64, seed: u64) {
    let place = Place::new(name);
    let variables = [("STORE_SYNC", sync), ("MAX_TOKENS", "1000000"), ("LOG", "warn,dragoman::reactor=info")];
    let mut dice = Dice::new(seed);
    let mut server = place.server(&variables);
    let mut pairs: Vec<Pair> = (0..PAIRS).map(|_| pair(server.address())).collect();
    println!(
        "STORE_SYNC={sync}\nround  acknowledged  open  of these stored  chats started  messages  restart"
    );
    for round in 1..=rounds {
        let (told, before) = (under_load(server, &mut pairs, &mut dice), Instant::now());
        server = place.server(&variables);
        let round_was = Round { restart: before.elapsed(), ..audit(&server, &mut pairs, told) };
        println!(
            "{round:>5} {:>13} {:>5} {:>16} {:>14} {:>9} {:>5} ms",
            round_was.acknowledged,
            round_was.open,
            round_was.stored,
            round_was.started,
            round_was.messages,
            round_was.restart.as_millis()
        );
        let changed = dice.below(2 * PAIRS);
        if changed < PAIRS {
            replace(server.address(), &mut pairs[changed]);
        }
    }
    assert_eq!(server.stop().code, Some(0));
}

fn pair(server: SocketAddr) -> Pair {
    let customer = Person::customer(server, "en", "Good morning, I have a question about my order.");
    let agent = Person::agent(server, "en", &customer.room);
    Pair { customer, agent }
}

/// The customer has heard enough, and another one comes. The old room stays closed for good.
fn replace(server: SocketAddr, old: &mut Pair) {
    end(server, &old.customer.token, &old.customer.room);
    for person in [&mut old.customer, &mut old.agent] {
        person.hang_up();
    }
    *old = pair(server);
}

fn end(server: SocketAddr, token: &str, room: &str) {
    let ended = http::post(server, "/end-chat", Some(token), &json!({ "room_id": room }));
    assert_eq!(ended.status, 200, "{ended:?}");
}

// ---- the load ----

/// Everybody writes until the server is killed. Gives how many acknowledgements came, and who started a chat.
fn under_load(server: Server, pairs: &mut [Pair], dice: &mut Dice) -> (u64, Vec<(String, String)>) {
    let limit = dice.between(ACKS.0, ACKS.1);
    let fuse = Fuse { acknowledged: AtomicU64::new(0), limit, pid: server.pid() };
    let address = server.address();
    for person in people(pairs) {
        person.connect(address);
    }
    let started = thread::scope(|scope| {
        let starting = scope.spawn(|| start_chats(address));
        for person in people(pairs) {
            let under_way = usize::try_from(dice.between(1, UNDER_WAY)).unwrap();
            let fuse = &fuse;
            scope.spawn(move || talk(person, fuse, under_way));
        }
        starting.join().unwrap()
    });
    assert_eq!(server.end().code, None, "it was killed, and did not end by itself");
    (fuse.acknowledged.into_inner(), started)
}

fn people(pairs: &mut [Pair]) -> impl Iterator<Item = &mut Person> {
    pairs.iter_mut().flat_map(|pair| [&mut pair.customer, &mut pair.agent])
}

fn talk(person: &mut Person, fuse: &Fuse, under_way: usize) {
    loop {
        while person.under_way() < under_way {
            person.write();
        }
        let Some(event) = person.listen() else { break };
        assert_ne!(event["type"], "error", "{event}");
        if event["type"] == "ack" {
            fuse.note();
        }
    }
    person.hang_up();
}

/// Starts chats one after the other; gives token and room of those that were answered.
fn start_chats(server: SocketAddr) -> Vec<(String, String)> {
    let call = json!({ "name": "Rui", "content": "Is anybody there?", "language": "en" });
    let bytes = request("POST", "/start-chat", None, Some(&call));
    let start = || {
        let mut http = Http::try_connect(server)?;
        http.stream.write_all(&bytes).ok()?;
        // The body is the only thing in a response that ends like this.
        while http.ahead.last() != Some(&b'}') {
            http.fill().ok().filter(|more| *more)?;
        }
        let response = http.response();
        Some((word(&response, "token"), word(&response, "room_id")))
    };
    std::iter::from_fn(start).take(STARTS).collect()
}

// ---- the reckoning ----

/// After the restart: all that was told is true, and goes on being so.
fn audit(server: &Server, pairs: &mut [Pair], told: (u64, Vec<(String, String)>)) -> Round {
    let (acknowledged, started) = told;
    let address = server.address();
    assert_eq!(health(address), "up");
    let (mut open, mut stored, mut messages) = (0, 0, 0);
    for pair in pairs {
        let (customer, agent) = (&mut pair.customer, &mut pair.agent);
        open += customer.under_way() + agent.under_way();
        let before = customer.recovered + agent.recovered;
        for person in [&mut *customer, &mut *agent] {
            person.connect(address);
            person.settle();
        }
        // The last word: whoever has heard it has heard everything.
        let last = customer.write();
        customer.settle();
        let length = customer.id_of(&last);
        assert_eq!(length, 1 + (customer.acknowledged() + agent.acknowledged()) as u64, "none twice");
        for person in [&mut *customer, &mut *agent] {
            person.listen_up_to(length);
            person.audit(address, length);
            person.hang_up();
        }
        stored += customer.recovered + agent.recovered - before;
        messages += length;
    }
    for (token, room) in &started {
        let mut socket = WebSocket::open(address, &seat(token, room));
        assert_eq!(socket.event_of("message")["content"], "Is anybody there?");
        end(address, token, room);
    }
    Round { acknowledged, open, stored, started: started.len(), messages, restart: Duration::ZERO }
}
