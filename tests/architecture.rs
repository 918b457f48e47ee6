//! The rules that keep the core pure and the map true, held against the text of `src/`.
//!
//! * Nothing outside `reactor` and `main` names a socket, a thread, a file or the clock.
//! * A module imports only from those above it in the map, which is the order of `pub mod` in `lib.rs`; those without an
//!   empty line between them stand side by side, in alphabetical order, and import from each other without a circle.
//! * A door names no other door, and only the table names any.
//! * No file is too long to be read at one go.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "this test reads files and shall panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const LINES_MAX: usize = 550;

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

/// One source file, by its path below `src/`.
struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    /// The module of the map it belongs to: `wire` for `wire/http.rs`.
    fn module(&self) -> String {
        let first = self.path.iter().next().unwrap().to_str().unwrap();
        first.trim_end_matches(".rs").to_owned()
    }

    /// Lines of code: no comments, and nothing from the tests at the end on.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let all = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        let own =
            all.take_while(|(_, line)| line.trim() != "#[cfg(test)]" || self.path.ends_with("tests.rs"));
        own.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    fn is_test(&self) -> bool {
        self.path.iter().any(|part| part == "tests.rs" || part == "tests")
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    collect(&root, &root, &mut found);
    assert!(found.len() > 20, "the sources are somewhere else");
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push(Source { path: path.strip_prefix(root).unwrap().to_owned(), text });
        }
    }
}

/// The map: each module with its level, from the top.
fn levels() -> BTreeMap<String, usize> {
    let lib = sources().into_iter().find(|source| source.path.ends_with("lib.rs")).unwrap();
    let mut levels = BTreeMap::new();
    let mut level = 0;
    for line in lib.text.lines() {
        if line.trim().is_empty() {
            level += 1;
        } else if let Some(name) = line.strip_prefix("pub mod ") {
            levels.insert(name.trim_end_matches(';').to_owned(), level);
        }
    }
    assert!(levels.contains_key("engine") && levels["vocabulary"] < levels["engine"], "{levels:?}");
    levels
}

/// The modules a line names with `crate::`.
fn imports(line: &str) -> impl Iterator<Item = &str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    line.match_indices("crate::").filter_map(move |(at, prefix)| {
        let rest = &line[at + prefix.len()..];
        let name = &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())];
        // Not a part of another name, as in `my_crate::`.
        (!line[..at].ends_with(is_name)).then_some(name)
    })
}

fn assert_none(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

#[test]
fn only_the_shell_names_the_world() {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| !["reactor", "main"].contains(&&*source.module())) {
        for (number, line) in source.code().filter(|_| !source.is_test()) {
            if let Some(name) = WORLD.iter().find(|name| line.contains(**name)) {
                found.push(format!("src/{}:{number} names {name}", source.path.display()));
            }
        }
    }
    assert_none("only reactor and main may name sockets, threads, files and clocks", &found);
}

#[test]
fn a_module_imports_only_from_those_above_it() {
    let levels = levels();
    let mut found = Vec::new();
    let mut beside: BTreeMap<(String, String), String> = BTreeMap::new();
    for source in sources().iter().filter(|source| levels.contains_key(&source.module())) {
        let module = source.module();
        for (number, line) in source.code() {
            let place = format!("src/{}:{number}", source.path.display());
            for import in imports(line).filter(|import| *import != module) {
                match levels.get(import) {
                    Some(level) if *level < levels[&module] => {}
                    Some(level) if *level == levels[&module] => {
                        beside.insert((module.clone(), import.to_owned()), place.clone());
                    }
                    Some(_) => found.push(format!("{place} imports {import}, which stands below {module}")),
                    None => found.push(format!("{place} imports {import}, which is not in the map")),
                }
            }
        }
    }
    for ((one, other), place) in &beside {
        if beside.contains_key(&(other.clone(), one.clone())) {
            found.push(format!("{place}: {one} and {other} import from each other"));
        }
    }
    assert_none("imports go upwards only", &found);
}

/// Folders and files that are a door each: what the table names.
fn doors() -> Vec<String> {
    let table = sources().into_iter().find(|source| source.path.ends_with("doors/table.rs")).unwrap();
    let used = table.code().filter_map(|(_, line)| line.strip_prefix("use super::")?.split_once("::"));
    let doors: Vec<_> = used.map(|(door, _)| door.to_owned()).collect();
    assert!(doors.len() > 2, "{doors:?}");
    doors
}

#[test]
fn a_door_is_named_by_itself_and_the_table_alone() {
    let doors = doors();
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| !source.path.ends_with("doors/table.rs")) {
        let own = source.path.strip_prefix("doors").ok().and_then(|path| path.iter().next()?.to_str());
        for door in doors.iter().filter(|door| own.map(|own| own.trim_end_matches(".rs")) != Some(door)) {
            let names = |line: &str| {
                let is_beside =
                    source.path.starts_with("doors") && line.contains(&format!("super::{door}::"));
                line.contains(&format!("doors::{door}")) || is_beside
            };
            let lines = source.code().filter(|(_, line)| names(line));
            found.extend(
                lines.map(|(number, _)| format!("src/{}:{number} names {door}", source.path.display())),
            );
        }
    }
    assert_none("no door is named but in the table", &found);
}

#[test]
fn every_module_is_in_the_map() {
    let levels = levels();
    let known = |module: &str| levels.contains_key(module) || ["lib", "main"].contains(&module);
    let found: Vec<_> = sources().iter().map(Source::module).filter(|module| !known(module)).collect();
    assert_none("not in the map of lib.rs", &found);
}

#[test]
fn no_file_is_too_long() {
    let long = |source: &Source| source.text.lines().count() > LINES_MAX;
    let found: Vec<_> = sources()
        .iter()
        .filter(|source| long(source))
        .map(|source| format!("src/{}: {} lines", source.path.display(), source.text.lines().count()))
        .collect();
    assert_none("look for the second thing the file is doing", &found);
}
