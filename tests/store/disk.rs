//! The disk is full, the file is gone or is another one: nothing is acknowledged that is not kept, and it mends itself.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::person::{Person, text_of};
use super::place::{Place, health, kill, until_health};
use crate::support::desk::seat;
use crate::support::http;
use crate::support::process::Server;
use crate::support::websocket::WebSocket;

// ---- people ----

/// A chat under observation, and a bystander to whom nothing is owed.
struct People {
    customer: Person,
    agent: Person,
    bystander: Person,
}

impl People {
    fn come(server: SocketAddr) -> Self {
        let customer = Person::customer(server, "en", "Good morning");
        let agent = Person::agent(server, "en", &customer.room);
        let bystander = Person::customer(server, "en", "Good evening");
        let mut people = Self { customer, agent, bystander };
        people.connect(server);
        for person in people.all() {
            (0..10).for_each(|_| drop(person.write()));
            person.settle();
        }
        people
    }

    fn all(&mut self) -> [&mut Person; 3] {
        [&mut self.customer, &mut self.agent, &mut self.bystander]
    }

    fn connect(&mut self, server: SocketAddr) {
        for person in self.all() {
            person.connect(server);
        }
    }

    /// The customer writes until that cannot be stored.
    fn write_until_down(&mut self, server: &Server) {
        loop {
            self.customer.write();
            let is_down = server.until_some("acknowledged, or known to be down", |server| {
                // In this order: down, and still unacknowledged after that was said.
                let is_down = health(server.address()) == "down";
                self.customer.take_what_is_there();
                (is_down || self.customer.under_way() == 0).then_some(is_down)
            });
            if is_down {
                break;
            }
        }
        assert_eq!(self.customer.under_way(), 1, "nothing is acknowledged that is not kept");
    }

    /// Changes are refused; everything else goes on. Says no if it has recovered before all was looked at: SQLite moves
    /// what is in its log to where it belongs, and has room again for a little.
    fn find_it_down(&mut self, server: &Server) -> bool {
        let address = server.address();
        let reference = self.bystander.write();
        let answer = self.bystander.listen_for(&["error", "ack"]);
        if answer["type"] == "ack" {
            return false;
        }
        assert_eq!((&answer["code"], &answer["ref"]), (&json!("store_down"), &json!(reference)));
        let call = json!({ "name": "Rui", "content": "Hello", "language": "en" });
        let answer = http::post(address, "/start-chat", None, &call);
        if answer.status == 200 {
            return false;
        }
        assert_eq!((answer.status, answer.code().as_str()), (503, "store_down"));
        assert!(answer.header("Retry-After").is_some());
        assert_eq!(http::get(address, "/rooms").status, 200);
        server.metric("dragoman_store_up") == 0
    }

    /// All is well again: what waited is acknowledged on the same connections, and what was refused is taken.
    fn go_on(&mut self, server: &Server) {
        until_health(server, "up");
        assert_eq!(server.metric("dragoman_store_up"), 1);
        self.customer.settle();
        self.bystander.connect(server.address());
        for person in self.all() {
            person.write();
            person.settle();
        }
    }

    /// The server dies and comes back.
    fn are_served_again(&mut self, server: &Server) {
        let address = server.address();
        self.connect(address);
        let last = self.customer.write();
        self.customer.settle();
        let length = self.customer.id_of(&last);
        assert_eq!(
            length,
            1 + (self.customer.acknowledged() + self.agent.acknowledged()) as u64,
            "none twice"
        );
        for person in [&mut self.customer, &mut self.agent] {
            person.listen_up_to(length);
            person.audit(address, length);
        }
        self.bystander.audit(address, 1 + self.bystander.acknowledged() as u64);
    }
}

// ---- a full disk ----

/// A file system of a few megabytes, gone when the test is over.
struct Small<'a>(&'a Path);

impl<'a> Small<'a> {
    /// None if this user may not mount anything.
    fn mount(directory: &'a Path) -> Option<Self> {
        let arguments = ["-t", "tmpfs", "-o", "size=3m", "tmpfs"];
        let mounted = Command::new("mount").args(arguments).arg(directory).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self(directory))
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

/// Takes all the space that is left.
fn fill(path: &Path) {
    let mut ballast = File::create(path).unwrap();
    while ballast.write_all(&[0; 4096]).is_ok() {}
}

/// No space is left, and it has shown.
fn fill_up(place: &Place, people: &mut People, server: &mut Server) {
    fill(&place.file("ballast"));
    people.write_until_down(server);
    server.hear("is full; make room on it");
}

fn make_room(place: &Place, people: &mut People, server: &Server) {
    fs::remove_file(place.file("ballast")).unwrap();
    people.go_on(server);
}

#[test]
fn a_full_disk_loses_nothing_and_mends_itself() {
    let place = Place::new("full");
    let Some(_small) = Small::mount(place.directory()) else {
        return println!("skipped: this user may not mount a file system");
    };
    let mut server = place.server(&[]);
    let mut people = People::come(server.address());
    for _ in 0..3 {
        fill_up(&place, &mut people, &mut server);
        while !people.find_it_down(&server) {
            make_room(&place, &mut people, &server);
            fill_up(&place, &mut people, &mut server);
        }
        make_room(&place, &mut people, &server);
        kill(server);
        server = place.server(&[]);
        people.are_served_again(&server);
    }
}

#[test]
fn who_dies_on_a_full_disk_has_acknowledged_nothing_that_is_gone() {
    let place = Place::new("full-death");
    let Some(_small) = Small::mount(place.directory()) else {
        return println!("skipped: this user may not mount a file system");
    };
    let server = place.server(&[]);
    let mut people = People::come(server.address());
    fill(&place.file("ballast"));
    people.write_until_down(&server);
    kill(server);
    fs::remove_file(place.file("ballast")).unwrap();
    let server = place.server(&[]);
    people.are_served_again(&server);
}

/// How large a file of a process may get, in bytes.
fn limit_files(server: &Server, bytes: &str) {
    let pid = server.pid().to_string();
    let limit = format!("--fsize={bytes}:unlimited");
    let status = Command::new("prlimit").args(["--pid", &pid, &limit]).status().unwrap();
    assert!(status.success(), "prlimit {limit}");
}

#[test]
fn a_file_that_may_not_grow_is_a_full_disk() {
    let place = Place::new("fsize");
    let mut server = place.server(&[]);
    let mut people = People::come(server.address());
    limit_files(&server, "200000");
    people.write_until_down(&server);
    server.hear("it may not grow (`ulimit -f`)");
    limit_files(&server, "unlimited");
    people.go_on(&server);
}

// ---- another file under the same name ----

/// Something happens to the file; it is noticed, the file is put back, and all goes on.
fn with_the_file_away(name: &str, take_away: impl FnOnce(&Path)) {
    let place = Place::new(name);
    let server = place.server(&[]);
    let mut people = People::come(server.address());
    let (store, spare) = (place.file("chats.db"), place.file("spare.db"));
    fs::hard_link(&store, &spare).unwrap();
    take_away(&store);
    people.write_until_down(&server);
    assert!(people.find_it_down(&server));
    fs::rename(&spare, &store).unwrap();
    people.go_on(&server);
    kill(server);
    let server = place.server(&[]);
    people.are_served_again(&server);
}

#[test]
fn a_deleted_file_is_noticed() {
    with_the_file_away("deleted", |store| fs::remove_file(store).unwrap());
}

#[test]
fn a_replaced_file_is_noticed() {
    with_the_file_away("replaced", |store| {
        fs::remove_file(store).unwrap();
        fs::write(store, "another one").unwrap();
    });
}

#[test]
fn a_deleted_log_is_noticed() {
    let place = Place::new("wal");
    let mut server = place.server(&[]);
    let mut people = People::come(server.address());
    fs::remove_file(place.file("chats.db-wal")).unwrap();
    people.write_until_down(&server);
    assert!(people.find_it_down(&server));
    server.hear("was deleted or replaced while it was in use");
}

/// What waits in memory may die with the process, so another connection must not be told of it either.
#[test]
fn what_is_not_stored_is_told_on_no_other_connection() {
    let place = Place::new("untold");
    let server = place.server(&[]);
    let mut people = People::come(server.address());
    fs::remove_file(place.store()).unwrap();
    people.write_until_down(&server);
    for person in [&people.customer, &people.agent] {
        // The one whose fate is open is customer-11; both sides know 21 messages.
        let mut other =
            WebSocket::open(server.address(), &format!("{}&after=21", seat(&person.token, &person.room)));
        other.write(&text_of("customer-11"), "customer-11");
        // Not even how things stand: the first event is the refusal.
        let event = other.event();
        assert_eq!((&event["type"], &event["code"]), (&json!("error"), &json!("store_down")), "{event}");
    }
}
