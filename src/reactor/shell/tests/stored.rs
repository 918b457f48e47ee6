//! What leaves, and what waits, when records of a turn are stored or cannot be.

use super::*;
use crate::vocabulary::{ClientNumber, Ended, Language, RoomId};

/// A directory of its own, gone with the test.
struct Place(std::path::PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let directory = std::env::temp_dir().join(format!("dragoman-shell-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&directory);
        std::fs::create_dir_all(&directory).unwrap();
        Self(directory)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    /// A shell with a store that can be taken away.
    fn shell(&self) -> Shell {
        std::fs::write(self.file("shop.db"), "").unwrap();
        std::fs::hard_link(self.file("shop.db"), self.file("aside")).unwrap();
        shell_with(&self.file("shop.db"))
    }

    fn take_away(&self) {
        std::fs::remove_file(self.file("shop.db")).unwrap();
    }

    fn put_back(&self) {
        std::fs::rename(self.file("aside"), self.file("shop.db")).unwrap();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn opened(room: u64) -> Record {
    let room = RoomId::from_number(room);
    Record::RoomOpened { room, customer: ClientNumber::from_number(1), at: 5 }
}

#[test]
fn the_past_is_told_right_after_boot() {
    let place = Place::new("past");
    let mut shell = shell_with(&place.file("shop.db"));
    until(&mut shell, |event| matches!(event, Event::Boot { .. }).then_some(()));
    shell.stage(&mut vec![Effect::Store(opened(1)), Effect::Store(opened(2))]);
    shell.commit();
    drop(shell);
    let mut shell = shell_with(&place.file("shop.db"));
    shell.stop();
    let mut told = Vec::new();
    until(&mut shell, |event| {
        told.push(match event {
            Event::Boot { .. } => "boot".to_owned(),
            Event::Restored { record: Record::RoomOpened { room, .. } } => format!("room {}", room.number()),
            Event::Shutdown => "shutdown".to_owned(),
            other => panic!("{other:?}"),
        });
        (*event == Event::Shutdown).then_some(())
    });
    assert_eq!(told, ["boot", "room 1", "room 2", "shutdown"]);
}

#[test]
fn nothing_leaves_before_what_it_speaks_of_is_stored() {
    let place = Place::new("down");
    let mut shell = place.shell();
    let mut peer = TcpStream::connect(shell.address()).unwrap();
    let conn = accepted(&mut shell);
    place.take_away();
    let call = HttpCall::get("test".to_owned(), Service::OLLAMA, "/", Millis(60_000));
    let spec = JobSpec::Http(call);
    shell.stage(&mut vec![
        Effect::Store(opened(1)),
        Effect::StartJob { job: JobId(1), spec },
        Effect::Send { conn, bytes: Bytes::from_static(b"ack") },
    ]);
    shell.commit();
    until(&mut shell, |event| match event {
        Event::StoreDown => Some(()),
        Event::JobDone { .. } => panic!("a job was started"),
        _ => None,
    });
    peer.set_nonblocking(true).unwrap();
    assert!(peer.read(&mut [0; 8]).is_err());
    // The core knows, and says nothing that is not stored: what it says to others leaves, whatever waits.
    let mut other = TcpStream::connect(shell.address()).unwrap();
    let stranger = accepted(&mut shell);
    shell.stage(&mut vec![
        Effect::Store(opened(2)),
        Effect::Send { conn: stranger, bytes: Bytes::from_static(b"503") },
        Effect::Send { conn, bytes: Bytes::from_static(b"503") },
    ]);
    shell.commit();
    let mut answer = [0; 3];
    other.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"503");
    assert!(peer.read(&mut [0; 8]).is_err());
    place.put_back();
    // The job may end in the turn in which the store is there again.
    let mut is_done = false;
    until(&mut shell, |event| {
        is_done |= matches!(event, Event::JobDone { .. });
        (*event == Event::StoreUp).then_some(())
    });
    peer.set_nonblocking(false).unwrap();
    let mut answer = [0; 6];
    peer.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"ack503");
    if !is_done {
        until(&mut shell, |event| matches!(event, Event::JobDone { .. }).then_some(()));
    }
}

/// What is said in a turn that cannot be stored is more than can be held.
#[test]
fn who_is_owed_too_much_is_dropped_and_the_others_get_theirs() {
    let place = Place::new("too-much");
    let mut shell = place.shell();
    let mut first_peer = TcpStream::connect(shell.address()).unwrap();
    let first = accepted(&mut shell);
    let mut second_peer = TcpStream::connect(shell.address()).unwrap();
    let second = accepted(&mut shell);
    place.take_away();
    shell.stage(&mut vec![
        Effect::Store(opened(1)),
        Effect::Send { conn: first, bytes: Bytes::from_static(b"ack") },
        Effect::Send { conn: second, bytes: Bytes::from(vec![b'x'; 16 * 1024 * 1024]) },
    ]);
    shell.commit();
    let mut told = Vec::new();
    until(&mut shell, |event| {
        told.extend(match event {
            Event::StoreDown => Some("down"),
            Event::Closed { conn, .. } if *conn == second => Some("closed"),
            _ => None,
        });
        (told.len() == 2).then_some(())
    });
    assert_eq!(told, ["down", "closed"]);
    let mut rest = Vec::new();
    let _ = second_peer.read_to_end(&mut rest);
    assert_eq!(rest.len(), 0, "unanswered, they will ask again");
    place.put_back();
    until(&mut shell, |event| (*event == Event::StoreUp).then_some(()));
    let mut answer = [0; 3];
    first_peer.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"ack");
}

#[test]
fn nothing_new_happens_while_no_more_records_can_wait() {
    let place = Place::new("full");
    let mut shell = place.shell();
    let mut peer = TcpStream::connect(shell.address()).unwrap();
    accepted(&mut shell);
    place.take_away();
    let long = "x".repeat(1024 * 1024);
    let written = |id| Record::TranslationEnded {
        room: RoomId::from_number(1),
        id,
        to: Language::ENGLISH,
        outcome: Ended::Written(long.as_str().into()),
    };
    shell.stage(&mut (1..=9).map(|id| Effect::Store(written(id))).collect());
    shell.commit();
    until(&mut shell, |event| (*event == Event::StoreDown).then_some(()));
    peer.write_all(b"hello").unwrap();
    let _newcomer = TcpStream::connect(shell.address()).unwrap();
    // Several attempts, then the store is there again.
    for _ in 0..3 {
        shell.wait(None).unwrap();
        while let Some(event) = shell.next_event(&mut [0; 64]) {
            let is_new = matches!(event, Event::Bytes { .. } | Event::Accepted { .. });
            assert!(!is_new, "{event:?}");
        }
        shell.commit();
    }
    place.put_back();
    let mut told = Vec::new();
    until(&mut shell, |event| {
        told.extend(match event {
            Event::Bytes { .. } => Some("bytes"),
            Event::Accepted { .. } => Some("accepted"),
            Event::StoreUp => Some("up"),
            _ => None,
        });
        (told.len() == 3).then_some(())
    });
    assert_eq!(told[0], "up", "{told:?}");
}

#[test]
fn a_store_that_cannot_be_used_is_an_error_with_its_name() {
    let place = Place::new("unusable");
    let file = place.file("shop.db");
    std::fs::write(&file, "a letter ".repeat(1000)).unwrap();
    let config = Config::read(|name| match name {
        "PORT" => Some("0".to_owned()),
        "STORE" => Some(file.clone()),
        _ => None,
    });
    let Err(error) = Shell::open(&config.unwrap(), &Keys::default(), None) else {
        panic!("a letter was taken for a store")
    };
    assert!(error.to_string().contains("shop.db is not a database"), "{error}");
}
