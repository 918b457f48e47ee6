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
