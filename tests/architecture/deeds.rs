//! What is done in one place only, as far as the text shows it.

use super::assert_only;
use super::sources::{Source, sources};

/// What only the shell may name.
const WORLD: [&str; 12] = [
    "mio::",
    "ureq::",
    "rusqlite::",
    "signal_hook",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "std::thread",
    "std::fs",
    "Instant::now",
    "SystemTime::now",
    "std::env::var",
];

/// What only the drain does.
const DRAIN: [&str; 8] = [
    ".take_mark(",
    ".next_behind(",
    ".take_wanted_anew(",
    ".expire_deadlines(",
    ".expire_typing(",
    ".next_notice(",
    ".next_step(",
    "Asker::Message(key, id), to, from",
];

/// Who asks for a translation: the drain, those whose words are in no log, and the way they go.
const ASKERS: [&str; 4] = ["drain", "context", "preview", "last_words"];

/// What a record says of a room, a message, a client or their language, and survives with it.
const SURVIVES: [&str; 8] =
    ["status", "speech", "language", "members", "role", "token", "customer_name", "log"];

/// Whether it is a part of the core that acts: neither the shell nor the trace, which tell what was done.
fn acts(source: &Source) -> bool {
    !["", "trace", "reactor"].contains(&&*source.room())
}

#[test]
fn only_the_shell_names_the_world() {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| !["reactor", ""].contains(&&*source.room())) {
        for name in WORLD {
            let places = source.find(name).map(|at| format!("{} names {name}", source.place(at)));
            found.extend(places.map(|words| (String::new(), words)));
        }
    }
    assert_only(&[], "only reactor and main may name sockets, threads, files and clocks", &found);
}

#[test]
fn records_leave_in_one_place() {
    let all = sources();
    let places: Vec<_> = all
        .iter()
        .filter(|source| acts(source))
        .flat_map(|source| source.find("Effect::Store").map(|at| source.place(at)))
        .collect();
    assert_eq!(places.len(), 1, "one place has everything stored, and it is not: {places:#?}");
    assert!(places[0].starts_with("src/conversation/"), "{places:?}");
}

#[test]
fn only_the_drain_drains() {
    let mut found = Vec::new();
    for source in
        sources().iter().filter(|source| acts(source) && source.module() != ["conversation", "drain"])
    {
        for deed in DRAIN {
            let places = source.find(deed).map(|at| format!("{} has {deed}", source.place(at)));
            found.extend(places.map(|words| (String::new(), words)));
        }
    }
    assert_only(&[], "what follows from an event follows in conversation/drain.rs", &found);
}

#[test]
fn a_translation_is_asked_for_by_those_who_show_it() {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| acts(source) && source.room() != "translate") {
        let module = source.module();
        if !ASKERS.contains(&module.last().map_or("", String::as_str)) {
            let places = source.find(".ask(").map(|at| format!("{} asks", source.place(at)));
            found.extend(places.map(|words| (String::new(), words)));
        }
    }
    assert_only(&[], "messages are asked for by the drain, other words by their asker", &found);
    let drain = sources().into_iter().find(|source| source.path.ends_with("conversation/drain.rs")).unwrap();
    assert_eq!(drain.find(".ask(").count(), 1, "messages are asked for in one place");
}

#[test]
fn what_survives_is_assigned_by_the_conversation() {
    let mut found = Vec::new();
    let is_outside = |source: &&Source| ["desk", "doors", "engine"].contains(&&*source.room());
    for source in sources().iter().filter(is_outside) {
        for field in SURVIVES {
            let assigned = format!(".{field} = ");
            for at in source.find(&assigned) {
                let whose = source.code[..at].rsplit(|c: char| c.is_whitespace()).next().unwrap();
                // Its own, not one of the conversation's.
                if !whose.starts_with("self") {
                    let words = format!("{} assigns {whose}.{field}", source.place(at));
                    found.push((format!("{} {field}", source.module().join("::")), words));
                }
            }
        }
    }
    assert_only(&[], "only the conversation assigns what survives", &found);
}
