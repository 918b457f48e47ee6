//! Rooms with a name, and the visitors in them.

use super::*;

const HALL: RoomId = RoomId::from_number(0x0a11_0000_0000_0007);

fn guest(number: ClientNumber, name: &str) -> [Record; 2] {
    let claimed =
        Record::NameClaimed { client: number, user: name.to_lowercase().into(), verified: number == ANA };
    [client(number, Role::Guest, name), claimed]
}

fn hub_room() -> Record {
    Record::NamedRoomOpened { room: HALL, name: "lobby".into(), at: AT }
}

fn turned() -> Record {
    Record::LogTurned { room: HALL }
}

fn said(id: u64, writer: ClientNumber, to: Option<ClientNumber>) -> Record {
    Record::MessageAppended {
        room: HALL,
        id,
        writer,
        role: Role::Guest,
        audience: to.into(),
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
    let mut records = [guest(ANA, "Ana"), guest(BOB, "Bob")].concat();
    records.push(hub_room());
    records.extend([said(1, ANA, None), said(2, BOB, Some(ANA)), turned()]);
    records.push(ended(HALL, 2, Ended::Done { text: "two".into(), engine: None }));
    records.extend([said(3, ANA, None), said(4, BOB, None), turned(), said(5, ANA, Some(BOB))]);
    let (mut store, _) = place.open();
    store.commit(NOW, &records).unwrap();
    records
}

fn ids(told: &[Record]) -> Vec<u64> {
    let id = |record: &Record| if let Record::MessageAppended { id, .. } = record { Some(*id) } else { None };
    told.iter().filter_map(id).collect()
}

#[test]
fn a_log_comes_back_as_far_as_it_may_reach() {
    let place = Place::new("visitors");
    let records = past(&place);
    let told = place.open().1;
    assert_eq!(ids(&told), [3, 4, 5], "what is older than the turn before the last is history");
    for record in records.iter().filter(|record| !matches!(record, Record::LogTurned { .. })) {
        let is_history =
            records.iter().position(|it| it == record) < records.iter().position(|it| *it == turned());
        let is_old = is_history && matches!(record, Record::MessageAppended { .. });
        assert_eq!(told.contains(record), !is_old, "{record:?}");
    }
}

#[test]
fn a_message_has_the_role_of_its_writer_also_when_they_are_gone() {
    let place = Place::new("visitors-roles");
    let of_bob = |role| Record::MessageAppended {
        room: HALL,
        id: 1,
        writer: BOB,
        role,
        audience: Audience::Everybody,
        name: None,
        reference: None,
        text: "Good morning".into(),
        language: None,
        sure: false,
        at: AT,
    };
    let (mut store, _) = place.open();
    store.commit(NOW, &[client(BOB, Role::Agent, "Bob"), hub_room(), of_bob(Role::Agent)]).unwrap();
    drop(store);
    assert_eq!(place.open().1.last(), Some(&of_bob(Role::Agent)));
    // Who was in no chat is gone with their token.
    let (mut store, _) = place.open();
    store.commit(NOW, &[Record::ClientEnded { client: BOB }]).unwrap();
    drop(store);
    assert_eq!(place.open().1.last(), Some(&of_bob(Role::Guest)));
}

#[test]
fn a_turn_told_twice_is_one() {
    let place = Place::new("visitors-twice");
    let records = past(&place);
    let (mut store, _) = place.open();
    store.next_place = 1;
    store.commit(NOW, &records).unwrap();
    drop(store);
    assert_eq!(ids(&place.open().1), [3, 4, 5]);
}

#[test]
fn old_words_of_an_open_room_are_deleted_and_its_log_is_not() {
    let place = Place::new("visitors-old");
    past(&place);
    let (mut store, _) = place.open();
    while store.delete_old(NOW, AT + 1000).unwrap() == Left::Chats {}
    drop(store);
    assert_eq!(ids(&place.open().1), [3, 4, 5]);
    let Ok(text) = exported(&place, &Wanted::Room(HALL.to_string())) else { panic!("no transcript") };
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
    assert_eq!(forget(&place.file(""), &HALL.to_string()).unwrap(), 1);
    assert!(!place.holds("word number 3") && !place.holds("lobby"));
}
