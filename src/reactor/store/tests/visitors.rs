//! Rooms with a name, and the visitors in them.

use super::*;

const HALL: u64 = 0x0a11_0000_0000_0007;

fn guest(number: u64, name: &str) -> [Record; 2] {
    let claimed =
        Record::NameClaimed { client: number, user: name.to_lowercase().into(), verified: number == ANA };
    [client(number, "guest", name), claimed]
}

fn hall() -> Record {
    Record::NamedRoomOpened { room: HALL, name: "lobby".into(), at: AT }
}

fn turned() -> Record {
    Record::LogTurned { room: HALL }
}

fn said(id: u64, writer: u64, to: Option<u64>) -> Record {
    Record::MessageAppended {
        room: HALL,
        id,
        writer,
        addressee: to,
        name: Some("Somebody".into()),
        reference: None,
        text: format!("word number {id}").into(),
        language: Some(Language::ENGLISH),
        sure: true,
        at: AT + id,
    }
}

/// Two visitors; the log turns over with every two messages.
fn past(place: &Place) -> Vec<Record> {
    let mut facts = [guest(ANA, "Ana"), guest(BOB, "Bob")].concat();
    facts.push(hall());
    facts.extend([said(1, ANA, None), said(2, BOB, Some(ANA)), turned()]);
    facts.push(settled(HALL, 2, Ended::Done("two".into())));
    facts.extend([said(3, ANA, None), said(4, BOB, None), turned(), said(5, ANA, Some(BOB))]);
    let (mut store, _) = place.open();
    store.commit(NOW, &facts).unwrap();
    facts
}

fn ids(told: &[Record]) -> Vec<u64> {
    let id = |fact: &Record| if let Record::MessageAppended { id, .. } = fact { Some(*id) } else { None };
    told.iter().filter_map(id).collect()
}

#[test]
fn a_log_comes_back_as_far_as_it_may_reach() {
    let place = Place::new("visitors");
    let facts = past(&place);
    let told = place.open().1;
    assert_eq!(ids(&told), [3, 4, 5], "what is older than the turn before the last is history");
    for fact in facts.iter().filter(|fact| !matches!(fact, Record::LogTurned { .. })) {
        let is_history = facts.iter().position(|it| it == fact) < facts.iter().position(|it| *it == turned());
        let is_old = is_history && matches!(fact, Record::MessageAppended { .. });
        assert_eq!(told.contains(fact), !is_old, "{fact:?}");
    }
}

#[test]
fn a_turn_told_twice_is_one() {
    let place = Place::new("visitors-twice");
    let facts = past(&place);
    let (mut store, _) = place.open();
    store.next_fact = 1;
    store.commit(NOW, &facts).unwrap();
    drop(store);
    assert_eq!(ids(&place.open().1), [3, 4, 5]);
}

#[test]
fn old_words_of_an_open_room_are_deleted_and_its_log_is_not() {
    let place = Place::new("visitors-old");
    past(&place);
    let (mut store, _) = place.open();
    while store.delete_old(NOW, AT + 1000).unwrap() {}
    drop(store);
    assert_eq!(ids(&place.open().1), [3, 4, 5]);
    let Ok(text) = exported(&place, &Wanted::Room(format!("{HALL:016x}"))) else { panic!("no transcript") };
    assert!(!text.contains("word number 2") && text.contains("word number 3"), "{text}");
    assert!(text.contains("\"name\":\"lobby\"") && text.contains("\"to\":\"bob\""), "{text}");
    assert!(text.contains("\"from\":\"Somebody\""), "{text}");
}

#[test]
fn a_visitor_who_is_forgotten_leaves_empty_messages() {
    let place = Place::new("visitors-forgotten");
    past(&place);
    assert_eq!(forget(&place.file(""), &forget_token(BOB)).unwrap(), 3);
    assert!(!place.holds("word number 4") && !place.holds("word number 5") && place.holds("word number 3"));
    assert!(!place.holds("bob") && place.holds("ana"));
    let told = place.open().1;
    assert_eq!(ids(&told), [3, 4, 5], "the others keep their numbers");
    assert_eq!(forget(&place.file(""), &format!("{HALL:016x}")).unwrap(), 1);
    assert!(!place.holds("word number 3") && !place.holds("lobby"));
}
