use super::*;
use crate::arena::Key;

fn draft(writer: ClientKey) -> Draft {
    Draft {
        writer,
        role: Role::Customer,
        from: "Ana".into(),
        written_on: None,
        reference: None,
        text: "Preciso de ajuda".into(),
        language: Language::parse("pt"),
        language_is_sure: true,
        has_words: true,
        at_unix_ms: 0,
    }
}

#[test]
fn a_service_that_comes_and_goes_adds_nothing_to_the_log() {
    let (customer, agent) = (Key::from_bits(1), Key::from_bits(2));
    let english = Language::ENGLISH;
    let mut room = Room::new(RoomId(1));
    room.join(customer, Role::Customer, Language::parse("pt"), Millis::ZERO);
    room.join(agent, Role::Agent, Some(english), Millis::ZERO);
    let id = room.append(draft(customer), Millis(8000));
    room.settle(id, english, Settled::Failed { again: true });
    let before = room.log.len();
    for _ in 0..100 {
        room.want_failed_again();
        room.wants.clear();
        room.settle(id, english, Settled::Failed { again: true });
    }
    assert_eq!(room.log.len(), before);
    room.want_failed_again();
    room.wants.clear();
    room.settle(id, english, Settled::Done("I need help".into()));
    assert_eq!(room.log.len(), before + 1, "a translation that comes after all is an entry");
    room.check_invariants();
}

#[test]
fn what_a_broken_connection_was_sent_may_never_have_arrived() {
    let (customer, agent) = (Key::from_bits(1), Key::from_bits(2));
    let mut room = Room::new(RoomId(1));
    room.join(customer, Role::Customer, None, Millis::ZERO);
    room.join(agent, Role::Agent, None, Millis::ZERO);
    for (slot, client) in [(0, customer), (1, agent)] {
        let conn = ConnId { slot, generation: 1 };
        let opening = Opening { conn, client, after: 0, updates: false, takes_pending: false };
        room.open(opening, Millis::ZERO);
    }
    for _ in 0..3 {
        room.append(draft(customer), Millis(8000));
    }
    while room.next_step(0).is_some() || room.next_step(1).is_some() {}
    room.close_reader(ConnId { slot: 1, generation: 1 });
    assert!(!room.make_room(1, room.text_bytes()), "the agent may come back and ask for all of it");
    let conn = ConnId { slot: 2, generation: 1 };
    room.open(Opening { conn, client: agent, after: 2, updates: false, takes_pending: false }, Millis::ZERO);
    assert!(room.make_room(1, room.text_bytes()), "two have arrived");
    assert_eq!(room.log.first_id(), 2);
    room.check_invariants();
}
