use std::fs;
use std::path::PathBuf;

use super::*;
use crate::vocabulary::{Audience, ClientNumber, Reason, Role, RoomId};

const ROOM: u64 = 7;
const CLIENT: ClientNumber = ClientNumber::from_number(1);

/// A place of its own for a store, gone with the test.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("dragoman-keeper-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        Self(directory)
    }

    fn open(&self) -> (Keeper, Vec<Record>) {
        self.open_with("0")
    }

    /// By somebody who says whether the clock is right.
    fn open_with(&self, trust_clock: &str) -> (Keeper, Vec<Record>) {
        let path = self.0.join("shop.db").display().to_string();
        let lookup = |name: &str| match name {
            "STORE" => Some(path.clone()),
            "TRUST_CLOCK" => Some(trust_clock.to_owned()),
            _ => None,
        };
        Keeper::open(&Config::read(lookup).unwrap()).unwrap()
    }

    /// Moves the file away, or back.
    fn hide(&self, hidden: bool) {
        let (from, to) = if hidden { ("shop.db", "aside") } else { ("aside", "shop.db") };
        fs::rename(self.0.join(from), self.0.join(to)).unwrap();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn opened(room: u64) -> Record {
    Record::RoomOpened { room: RoomId::from_number(room), customer: CLIENT, at: 5 }
}

#[test]
fn what_fails_waits_in_order_and_is_tried_less_and_less_often() {
    let place = Place::new("order");
    let (mut keeper, past) = place.open();
    assert_eq!(past, []);
    assert_eq!(keeper.commit(Millis(0)), Kept::Now);
    keeper.keep(opened(ROOM));
    assert_eq!(keeper.commit(Millis(0)), Kept::Now);
    place.hide(true);
    keeper.keep(opened(ROOM + 1));
    assert_eq!(keeper.commit(Millis(1_000)), Kept::Down);
    assert_eq!(keeper.next_deadline(), Some(Millis(1_100)));
    // Too early to try, with and without something new.
    keeper.keep(opened(ROOM + 2));
    assert_eq!(keeper.commit(Millis(1_050)), Kept::Waiting);
    assert_eq!(keeper.commit(Millis(1_060)), Kept::Waiting);
    assert_eq!(keeper.commit(Millis(1_100)), Kept::Waiting);
    assert_eq!(keeper.next_deadline(), Some(Millis(1_300)));
    for at in [1_300, 2_000, 4_000, 8_000, 20_000, 40_000] {
        assert_eq!(keeper.commit(Millis(at)), Kept::Waiting);
    }
    assert_eq!(keeper.next_deadline(), Some(Millis(45_000)));
    place.hide(false);
    keeper.keep(opened(ROOM + 3));
    assert_eq!(keeper.commit(Millis(45_000)), Kept::Again);
    assert_eq!(keeper.commit(Millis(45_001)), Kept::Now);
    drop(keeper);
    assert_eq!(place.open().1, (0..4).map(|more| opened(ROOM + more)).collect::<Vec<_>>());
}

#[test]
fn what_may_wait_is_bounded() {
    let place = Place::new("full");
    let (mut keeper, _) = place.open();
    place.hide(true);
    let message = |id| Record::MessageAppended {
        room: RoomId::from_number(ROOM),
        id,
        writer: CLIENT,
        role: Role::Customer,
        audience: Audience::Everybody,
        name: None,
        reference: None,
        text: "x".repeat(1024 * 1024).into(),
        language: None,
        sure: false,
        at: 5,
    };
    for id in 0..8 {
        keeper.keep(message(id));
        keeper.commit(Millis(0));
        assert_eq!(keeper.is_full(), id == 7, "{id}");
    }
    place.hide(false);
    assert_eq!(keeper.commit(Millis(100)), Kept::Again);
    assert!(!keeper.is_full());
}

#[test]
fn old_chats_are_looked_for_at_the_start_and_every_hour() {
    let place = Place::new("clean");
    let (mut keeper, _) = place.open_with("1");
    assert_eq!(keeper.next_deadline(), Some(Millis(0)));
    for room in 0..30 {
        keeper.keep(opened(room));
        keeper.keep(Record::RoomClosed { room: RoomId::from_number(room), reason: Reason::Closed, at: 10 });
    }
    assert_eq!(keeper.commit(Millis(0)), Kept::Now);
    assert_eq!(keeper.next_deadline(), Some(Millis(100)));
    for at in [100, 200, 300, 400, 500, 600] {
        assert_eq!(keeper.commit(Millis(at)), Kept::Now);
    }
    // The thread that moves the log may still be at it.
    let mut now = Millis(600);
    while keeper.next_deadline() == Some(now + LOG_PAUSE) {
        now = now + LOG_PAUSE;
        assert_eq!(keeper.commit(now), Kept::Now);
    }
    assert_eq!(keeper.next_deadline(), Some(now + CLEANING_PAUSE));
}

/// Trap: a clock that is ahead for the first seconds after a start makes everything old.
#[test]
fn nothing_is_deleted_by_age_on_the_first_day_unless_somebody_says_so() {
    let place = Place::new("clock");
    let (mut keeper, _) = place.open();
    for (room, at) in [(1, 10), (2, 10 + 40 * DAY_MS)] {
        keeper.keep(opened(room));
        keeper.keep(Record::RoomClosed { room: RoomId::from_number(room), reason: Reason::Closed, at });
    }
    keeper.commit(Millis(0));
    assert_eq!(kept(&keeper), 2, "not now");
    drop(keeper);
    // By the clock of today all of it is many years old; by what was stored last, one chat is.
    let (mut keeper, _) = place.open();
    assert_eq!(keeper.store.as_ref().and_then(|store| store.newest), Some(10 + 40 * DAY_MS));
    keeper.commit(Millis(DAY_MS - 1));
    assert_eq!(kept(&keeper), 2, "nor on the first day");
    let mut now = Millis(DAY_MS - 1) + CLEANING_PAUSE;
    keeper.commit(now);
    assert_eq!(kept(&keeper), 1, "then what is old even so");
    while now < Millis(28 * DAY_MS) {
        now = now + CLEANING_PAUSE;
        keeper.commit(now);
    }
    assert_eq!(kept(&keeper), 1, "time that has passed counts from there");
    keeper.commit(Millis(30 * DAY_MS));
    assert_eq!(kept(&keeper), 0, "all of it");
}

#[test]
fn who_says_that_the_clock_is_right_has_old_chats_deleted_at_once() {
    let place = Place::new("trust");
    let (mut keeper, _) = place.open_with("1");
    keeper.keep(opened(1));
    keeper.keep(Record::RoomClosed { room: RoomId::from_number(1), reason: Reason::Closed, at: 10 });
    assert_eq!(keeper.commit(Millis(0)), Kept::Now);
    assert_eq!(kept(&keeper), 0);
}

/// Chats in the store.
fn kept(keeper: &Keeper) -> usize {
    keeper.store.as_ref().map_or(0, Store::chats)
}

#[test]
fn no_more_time_has_passed_than_since_what_was_stored_last() {
    let day = DAY_MS;
    for (newest, unix_ms, now, believed) in [
        (None, 40 * day, Millis(day), Some(40 * day)),
        (Some(39 * day), 40 * day, Millis(day - 1), None),
        (Some(39 * day), 40 * day, Millis(day), Some(40 * day)),
        // Behind, it deletes too little, which harms nobody.
        (Some(50 * day), 40 * day, Millis(day), Some(40 * day)),
        // Off for long, or ahead: nobody can tell.
        (Some(10 * day), 40 * day, Millis(day), Some(12 * day)),
        (Some(10 * day), 49 * day, Millis(10 * day), Some(21 * day)),
        // It was ahead at the start, and is right since.
        (Some(10 * day), 11 * day, Millis(day), Some(11 * day)),
    ] {
        assert_eq!(careful_clock(newest, unix_ms, now), believed, "{newest:?} {unix_ms} {now:?}");
    }
    assert!(is_clock_near(None, 40 * day) && is_clock_near(Some(39 * day), 40 * day));
    assert!(is_clock_near(Some(50 * day), 40 * day) && !is_clock_near(Some(38 * day), 40 * day));
}

#[test]
fn what_could_not_be_stored_is_tried_once_more_at_the_end() {
    let place = Place::new("end");
    let (mut keeper, _) = place.open();
    place.hide(true);
    keeper.keep(opened(ROOM));
    assert_eq!(keeper.commit(Millis(0)), Kept::Down);
    place.hide(false);
    keeper.close(Millis(100));
    drop(keeper);
    assert_eq!(place.open().1, [opened(ROOM)]);
}

#[test]
fn without_a_store_everything_counts_as_kept() {
    let config = Config::read(|name| (name == "STORE").then(|| ":memory:".to_owned())).unwrap();
    let (mut keeper, past) = Keeper::open(&config).unwrap();
    keeper.keep(opened(ROOM));
    assert_eq!((keeper.commit(Millis(0)), past), (Kept::Now, Vec::new()));
    assert_eq!(keeper.next_deadline(), None);
}
