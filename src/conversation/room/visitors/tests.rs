//! What the traces of a door cannot see: which steps there are, and what is wanted of whom.

use std::sync::Arc;

use super::*;
use crate::conversation::{Draft, Ended, Opening, Role, RoomId, Shown, Step};
use crate::vocabulary::{ConnId, Millis};

const SOON: Millis = Millis(8000);

fn key(bits: u64) -> ClientKey {
    ClientKey::from_bits(bits)
}

fn room() -> Room {
    let mut room = Room::new(RoomId::from_number(7), 0);
    room.open_to_visitors();
    room
}

fn visit(room: &mut Room, who: u32, language: Option<&str>, after: u64) -> usize {
    let language = language.and_then(Language::parse);
    let conn = ConnId { slot: who, generation: 1 };
    let opening = Opening {
        conn,
        client: key(u64::from(who)),
        language,
        after,
        updates: false,
        takes_pending: false,
        originals: false,
    };
    room.open(opening, SOON).unwrap()
}

fn say(room: &mut Room, writer: u32, addressee: Option<u32>) -> u64 {
    let draft = Draft {
        writer: key(u64::from(writer)),
        addressee: addressee.map(|who| key(u64::from(who))),
        role: Role::Guest,
        from: "Somebody".into(),
        reference: None,
        text: Arc::from("Good morning"),
        language: Language::parse("en"),
        language_is_sure: true,
        has_words: true,
        at_unix_ms: 0,
    };
    let id = room.log.last_id() + 1;
    room.append(id, draft);
    room.attach(id, None, SOON);
    id
}

fn read(room: &mut Room, place: usize) -> Vec<Step> {
    std::iter::from_fn(|| room.next_step(place)).collect()
}

#[test]
fn a_language_is_wanted_once_and_as_long_as_somebody_reads_it() {
    let mut room = room();
    for who in 1..=3 {
        visit(&mut room, who, Some("pt"), 0);
    }
    say(&mut room, 9, None);
    assert_eq!(room.wants.len(), 1, "however many read it");
    assert_eq!(room.close_reader(0), Some(ConnId { slot: 3, generation: 1 }), "it has moved to this place");
    assert_eq!(room.close_reader(1), None);
    assert_eq!(room.take_unwanted().0, []);
    assert_eq!(room.close_reader(0), None);
    assert_eq!(room.take_unwanted().0, [Language::parse("pt").unwrap()]);
    assert!(room.wants.is_empty());
    room.check_invariants();
}

/// Trap: whoever came once and has gone has everything translated for nobody.
#[test]
fn the_language_of_who_has_gone_is_wanted_of_nothing_that_is_said_later() {
    let mut room = room();
    let [pt, de] = ["pt", "de"].map(|code| Language::parse(code).unwrap());
    visit(&mut room, 1, Some("pt"), 0);
    visit(&mut room, 2, Some("de"), 0);
    visit(&mut room, 3, Some("pt"), 0);
    let first = say(&mut room, 9, None);
    assert_eq!(room.wants, [(first, pt), (first, de)]);
    room.close_reader(0);
    let second = say(&mut room, 9, None);
    assert_eq!(room.wants, [(first, pt), (first, de), (second, pt), (second, de)], "one still reads it");
    room.close_reader(0);
    assert_eq!(room.take_unwanted().0, [pt], "nobody reads it any more");
    assert_eq!(room.wants, [(first, de), (second, de)]);
    let third = say(&mut room, 9, None);
    assert_eq!(room.wants, [(first, de), (second, de), (third, de)]);
    assert_eq!(room.next_deadline(), Some(SOON), "the other's are still waited for");
    let private = say(&mut room, 9, Some(3));
    assert!(!room.wants.iter().any(|(id, _)| *id == private), "nor what is for them alone");
    room.close_reader(0);
    assert_eq!((room.take_unwanted().0, room.wants.len()), (vec![de], 0));
    assert_eq!(room.next_deadline(), None);
    say(&mut room, 9, None);
    assert!(room.wants.is_empty(), "nobody is here");
    room.check_invariants();
    // Who comes back reads on from where they were, in their language.
    visit(&mut room, 1, Some("pt"), third);
    assert!(room.wants.iter().all(|(id, to)| *id > third && *to == pt) && !room.wants.is_empty());
    room.check_invariants();
}

#[test]
fn what_is_for_one_is_stepped_over_by_the_others() {
    let mut room = room();
    let (one, other) = (visit(&mut room, 1, None, 0), visit(&mut room, 2, Some("pt"), 0));
    let id = say(&mut room, 1, Some(1));
    assert!(room.wants.is_empty(), "nobody who may read it reads another language");
    assert_eq!(read(&mut room, one), [Step::Message(id, Shown::Plain)]);
    assert_eq!(read(&mut room, other), []);
    let public = say(&mut room, 1, None);
    room.apply_ended(
        public,
        Language::parse("pt").unwrap(),
        Ended::Done { text: "Bom dia".into(), engine: None },
    );
    assert_eq!(
        read(&mut room, other),
        [Step::Message(public, Shown::Translated { text: "Bom dia".into(), engine: None })]
    );
}

#[test]
fn a_reader_who_falls_off_the_log_is_told_once_and_goes_on() {
    let mut room = room();
    let slow = visit(&mut room, 1, None, 0);
    for _ in 0..5 {
        say(&mut room, 2, None);
    }
    assert_eq!(room.trim(2, usize::MAX).len(), 3);
    let late = visit(&mut room, 3, None, 2);
    let rest = [4, 5].map(|id| Step::Message(id, Shown::Untranslated));
    let expected = |from| [&[Step::Gap { from, to: 3 }], &rest[..]].concat();
    assert_eq!(read(&mut room, slow), expected(1));
    assert_eq!(read(&mut room, late), expected(3));
    assert_eq!(read(&mut room, slow), []);
    room.check_invariants();
}

#[test]
fn a_log_that_comes_back_goes_on_with_its_numbers() {
    let mut room = room();
    let draft = |text: &str| Draft {
        writer: key(1),
        addressee: None,
        role: Role::Guest,
        from: "Somebody".into(),
        reference: None,
        text: text.into(),
        language: None,
        language_is_sure: false,
        has_words: false,
        at_unix_ms: 0,
    };
    room.append(4711, draft("one"));
    room.append(4712, draft("two"));
    assert_eq!((room.log.first_id(), room.log.last_id()), (4711, 4712));
    room.unsay(key(1));
    let place = visit(&mut room, 2, None, 0);
    assert_eq!(read(&mut room, place), [Step::Gap { from: 1, to: 4710 }], "what was taken back is not shown");
    room.check_invariants();
}

#[test]
fn what_is_unsaid_is_translated_no_more() {
    let mut room = room();
    let pt = Language::parse("pt").unwrap();
    visit(&mut room, 2, Some("pt"), 0);
    let asked = say(&mut room, 1, None);
    room.wants.clear();
    let waits = say(&mut room, 1, None);
    room.unsay(key(1));
    assert_eq!(room.take_unwanted(), (vec![], vec![(asked, pt), (waits, pt)]));
    assert!(room.wants.is_empty() && room.next_deadline().is_none());
    room.check_invariants();
}
