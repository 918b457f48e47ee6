//! The file itself: one server at a time, readers beside it, and nobody else's to read.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::person::{Person, text_of};
use super::place::Place;
use crate::support::process::run;

#[test]
fn a_second_server_is_refused_by_whatever_name_it_calls_the_file() {
    let place = Place::new("second");
    let server = place.server(&[]);
    let other_name = place.file("other.db");
    symlink(place.store(), &other_name).unwrap();
    for store in [place.store().as_str(), other_name.to_str().unwrap()] {
        let refused = run(&[], &[("STORE", store)]);
        let said = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert!(
            said.contains("chats.db is in use by another running Dragoman; stop that one, or set STORE"),
            "{said}"
        );
    }
    assert_eq!(server.stop().code, Some(0));
    assert_eq!(place.server(&[]).stop().code, Some(0), "afterwards it is free");
}

/// A chat that somebody has still to read is not cut short for it.
#[test]
fn less_memory_than_the_chats_need_is_refused_by_the_name_of_the_setting() {
    let place = Place::new("memory");
    let server = place.server(&[]);
    let text = "Where is it? ".repeat(100);
    let mut joana = Person::customer(server.address(), "en", &text);
    assert_eq!(server.stop().code, Some(0));
    let store = place.store();
    let settings =
        [("STORE", &*store), ("MAX_TEXT_BYTES", "1KiB"), ("MAX_ROOM_TEXT_BYTES", "1KiB"), ("PORT", "0")];
    let refused = run(&[], &settings);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("MAX_TEXT_BYTES is 1024, and the open chats in the store need"), "{said}");
    let server = place.server(&[]);
    joana.connect(server.address());
    joana.audit(server.address(), 1);
}

#[test]
fn export_reads_beside_a_running_server() {
    let place = Place::new("export");
    let server = place.server(&[]);
    let mut joana = Person::customer(server.address(), "en", "Good morning");
    let mut sam = Person::agent(server.address(), "en", &joana.room);
    for person in [&mut joana, &mut sam] {
        person.connect(server.address());
        (0..5).for_each(|_| drop(person.write()));
        person.settle();
    }
    let exported = place.export();
    assert_eq!(exported.len(), 1);
    assert_eq!(
        (&exported[0]["room"], &exported[0]["customer"]),
        (&joana.room.clone().into(), &"Joana".into())
    );
    let lines = exported[0]["messages"].as_array().unwrap();
    assert_eq!(lines.len(), 11);
    for (number, line) in (1..).zip(&lines[1..6]) {
        assert_eq!(
            (&line["role"], &line["text"]),
            (&"customer".into(), &text_of(&format!("customer-{number}")).into())
        );
    }
    let output = run(&["export", &joana.room], &[("STORE", &place.store())]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap(), exported[0]);
    sam.write();
    sam.settle();
    sam.audit(server.address(), 12);
}

#[test]
fn files_are_readable_by_their_owner_alone() {
    let place = Place::new("mode");
    fs::write(place.store(), "").unwrap();
    fs::set_permissions(place.store(), fs::Permissions::from_mode(0o644)).unwrap();
    let server = place.server(&[]);
    let mut joana = Person::customer(server.address(), "en", "Good morning");
    joana.connect(server.address());
    joana.write();
    joana.settle();
    let files: Vec<_> = fs::read_dir(place.directory()).unwrap().map(Result::unwrap).collect();
    assert!(files.len() >= 4, "the database, its log, its index, the lock: {files:?}");
    for file in files {
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", file.file_name());
    }
}
