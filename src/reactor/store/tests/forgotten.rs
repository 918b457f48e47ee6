//! What somebody wants gone is gone.

use super::*;

#[test]
fn what_is_forgotten_leaves_no_trace() {
    let place = Place::new("forget");
    let (mut store, _) = place.open();
    store.commit(NOW, &conversation()).unwrap();
    // Enough of it that pages are split and merged, in several checkpoints.
    for id in 4..800 {
        let secret = format!("segredo número {id} {}", "muito ".repeat(usize::try_from(id % 90).unwrap()));
        store.commit(NOW, &[message(ROOM, id, &secret), message(other(id % 7 * 9), id, "Nada")]).unwrap();
    }
    let name = ROOM.to_string();
    let busy = forget(&place.file(""), &name).unwrap_err().to_string();
    assert!(busy.contains("is in use by a running Dragoman; set AGENT_KEY"), "{busy}");
    drop(store);
    assert!(place.holds("segredo"));
    assert_eq!(forget(&place.file(""), &name).unwrap(), 1);
    for text in ["segredo", "Onde está", "parcel"] {
        assert!(!place.holds(text), "{text}");
    }
    assert!(place.holds("Nada"));
    assert!(matches!(forget(&place.file(""), &name), Err(StoreError::NotFound { .. })));
}

#[test]
fn a_running_store_erases_between_what_it_keeps() {
    let place = Place::new("erase");
    let (mut store, _) = place.open();
    store.commit(NOW, &conversation()).unwrap();
    store
        .commit(
            NOW,
            &[opened(other(1)), Record::ChatErased { room: ROOM }, message(other(1), 1, "Outra vez")],
        )
        .unwrap();
    for text in ["Onde está", "parcel"] {
        assert!(!place.holds(text), "{text}");
    }
    assert!(place.holds("Outra vez"));
    store
        .commit(
            NOW,
            &[
                Record::ChatErased { room: ROOM },
                Record::CustomerErased { client: ClientNumber::from_number(7) },
            ],
        )
        .unwrap();
}

#[test]
fn a_customer_is_forgotten_by_their_token() {
    let place = Place::new("forget-token");
    let (mut store, _) = place.open();
    store.commit(NOW, &conversation()).unwrap();
    store.commit(NOW, &[opened(other(1)), message(other(1), 1, "Outra vez")]).unwrap();
    drop(store);
    // An agent's token is not taken: what they said belongs to customers' chats.
    assert!(forget(&place.file(""), &forget_token(BOB)).is_err());
    assert_eq!(forget(&place.file(""), &forget_token(ANA)).unwrap(), 2);
    assert!(!place.holds("Ana") && !place.holds("Outra vez"));
    assert_eq!(place.open().1, [client(BOB, Role::Agent, "Bob")]);
}

/// A chat of a customer of its own: everything that is kept of both.
fn chat(number: u64, at: u64) -> Vec<Record> {
    let (room, customer) = (other(number), ClientNumber::from_number(ANA.number() + number));
    let mark = if number.is_multiple_of(2) { "geheim" } else { "harmlos" };
    let mut records = vec![client(customer, Role::Customer, &format!("{mark} Name {number}"))];
    records.push(Record::RoomOpened { room, customer, at });
    for id in 1..=20 {
        let text =
            format!("{mark} {number} {}", "wort ".repeat(usize::try_from((id * number) % 60).unwrap()));
        let mut said = message(room, id, &text);
        if let Record::MessageAppended { writer, at: said_at, .. } = &mut said {
            (*writer, *said_at) = (customer, at);
        }
        records.push(said);
        records.push(ended(room, id, Ended::Done { text: text.to_uppercase().into(), engine: None }));
    }
    records.extend([
        closed(room, at + 1),
        Record::RoomForgotten { room },
        Record::ClientEnded { client: customer },
    ]);
    records
}

#[test]
fn what_is_too_old_leaves_nothing_of_anybody() {
    let place = Place::new("aged");
    let (mut store, _) = place.open();
    // Those to be deleted stand between others.
    for number in 1..=120 {
        let at = if number % 2 == 0 { AT } else { 2 * AT };
        store.commit(NOW, &chat(number, at)).unwrap();
    }
    let holds = |text: &str| place.holds(text) || place.holds(&text.to_uppercase());
    assert!(holds("geheim"), "before");
    assert!(holds("harmlos"), "before");
    while store.delete_old(NOW, AT + 2).unwrap() != Left::Nothing {}
    assert!(!holds("geheim"), "names, texts and translations are gone from every file");
    assert!(holds("harmlos"));
    let people: i64 =
        store.connection.query_row("SELECT count(*) FROM people", [], |row| row.get(0)).unwrap();
    assert_eq!(people, 60);
}

/// Whoever was in chats that a file of an earlier version had forgotten, or that were forgotten while no server ran.
#[test]
fn tokens_of_forgotten_chats_do_not_come_back() {
    let place = Place::new("tokens");
    let (mut store, _) = place.open();
    let mut records = conversation();
    records.push(closed(ROOM, AT + 9));
    store.commit(NOW, &records).unwrap();
    drop(store);
    let (store, records) = place.open_since(AT + 10);
    assert_eq!(records, [client(BOB, Role::Agent, "Bob")], "the agent alone is known");
    let valid = "SELECT count(*) FROM people WHERE role = 'customer' AND token_is_valid";
    let valid: i64 = store.connection.query_row(valid, [], |row| row.get(0)).unwrap();
    assert_eq!(valid, 0);
}
