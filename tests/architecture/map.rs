//! Who may import whom. The map is the order of `pub mod` in `lib.rs`: those without an empty line between them stand side
//! by side, in alphabetical order.

use std::collections::{BTreeMap, BTreeSet};

use super::assert_only;
use super::imports::{Import, Module, imports};
use super::sources::{Source, sources};

/// What a module may use of another: these parts, and nothing else of it.
const ONLY: [(&str, &str, &[&str]); 3] =
    [("translate", "wire", &["date", "json"]), ("conversation", "wire", &[]), ("desk", "wire", &[])];

/// Imports between the parts of one module that close a circle; to be turned round.
const CIRCLES: [&str; 3] =
    ["conversation: timers > room", "doors: status > dispatch", "engine: connection > later"];

/// The map: each module with its level, from the top.
fn levels() -> BTreeMap<String, usize> {
    let lib = sources().into_iter().find(|source| source.path.ends_with("lib.rs")).unwrap();
    let mut levels = BTreeMap::new();
    let mut level = 0;
    for line in lib.code.lines() {
        if line.trim().is_empty() {
            level += 1;
        } else if let Some(name) = line.strip_prefix("pub mod ") {
            levels.insert(name.trim_end_matches(';').to_owned(), level);
        }
    }
    assert!(levels.contains_key("engine") && levels["vocabulary"] < levels["engine"], "{levels:?}");
    levels
}

#[test]
fn every_module_is_in_the_map() {
    let levels = levels();
    let is_known = |room: &str| room.is_empty() || levels.contains_key(room);
    let unknown = sources().into_iter().map(|source| source.room()).filter(|room| !is_known(room));
    let unknown: Vec<_> = unknown.map(|room| (room.clone(), room)).collect();
    assert_only(&[], "not in the map of lib.rs", &unknown);
}

#[test]
fn a_module_imports_only_from_those_above_it() {
    let levels = levels();
    let mut found = Vec::new();
    for import in imports(&sources()).iter().filter(|import| !import.from.is_empty()) {
        let (Some(from), Some(to)) = (import.from.first(), import.to.first()) else { continue };
        if from != to && levels[to] > levels[from] {
            found.push((String::new(), format!("{}: {to} stands below {from}", import.place)));
        }
    }
    assert_only(&[], "imports go upwards only", &found);
}

#[test]
fn of_some_modules_only_a_part_is_for_all() {
    let mut found = Vec::new();
    for import in imports(&sources()) {
        for (from, to, parts) in ONLY {
            let is_both = |module: &Module, name: &str| module.first().is_some_and(|first| first == name);
            let part = import.to.get(1).map_or("", |part| part);
            if is_both(&import.from, from) && is_both(&import.to, to) && !parts.contains(&part) {
                let words = format!("{}: of {to} {from} may use {parts:?} and nothing else", import.place);
                found.push((String::new(), words));
            }
        }
    }
    assert_only(&[], "more is used of a module than is meant for those who use it", &found);
}

/// Folders and files that are a door each: what the table names.
fn doors(all: &[Import]) -> BTreeSet<Module> {
    let own = |import: &&Import| import.from == ["doors", "table"] && import.to.len() > 1;
    let doors: BTreeSet<_> = all.iter().filter(own).map(|import| import.to[..2].to_vec()).collect();
    assert!(doors.len() > 2, "{doors:?}");
    doors
}

#[test]
fn a_door_is_named_by_itself_and_the_table_alone() {
    let all = imports(&sources());
    let doors = doors(&all);
    let mut found = Vec::new();
    for import in all.iter().filter(|import| import.from != ["doors", "table"]) {
        let door = import.to.get(..2).filter(|to| doors.contains(*to) && import.from.get(..2) != Some(to));
        if let Some(door) = door {
            found.push((String::new(), format!("{} names {}", import.place, door.join("::"))));
        }
    }
    assert_only(&[], "no door is named but in the table", &found);
}

#[test]
fn imports_inside_a_module_have_no_circle() {
    assert_only(
        &CIRCLES,
        "whoever is imported must not import back, whatever lies between",
        &circles(&sources()),
    );
}

/// Imports between parts of one module from which another way leads back. That a module names its own parts, and they what
/// it has for all of them, is no circle.
fn circles(sources: &[Source]) -> Vec<(String, String)> {
    let mut edges: BTreeMap<Module, BTreeMap<(String, String), String>> = BTreeMap::new();
    for import in imports(sources) {
        let same = import.from.iter().zip(&import.to).take_while(|(from, to)| from == to).count();
        if let (Some(from), Some(to)) = (import.from.get(same), import.to.get(same)) {
            let beside = edges.entry(import.from[..same].to_vec()).or_default();
            beside.entry((from.clone(), to.clone())).or_insert(import.place);
        }
    }
    let mut found = Vec::new();
    for (module, all) in edges {
        let name = |(from, to): &(String, String)| format!("{}: {from} > {to}", module.join("::"));
        let is_known = |edge: &(String, String)| CIRCLES.contains(&&*name(edge));
        let mut rest = all.clone();
        rest.retain(|edge, _| !is_known(edge));
        // What is known has closed its circle already, so the others of it are none.
        let closes =
            |edge: &(String, String)| leads(if is_known(edge) { &all } else { &rest }, &edge.1, &edge.0);
        let closing = all.iter().filter(|(edge, _)| closes(edge));
        found.extend(closing.map(|(edge, place)| (name(edge), format!("{} ({place})", name(edge)))));
    }
    found
}

/// Whether imports lead from one part to another.
fn leads(edges: &BTreeMap<(String, String), String>, from: &str, to: &str) -> bool {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(part) = open.pop() {
        if part == to {
            return true;
        }
        if seen.insert(part) {
            open.extend(edges.keys().filter(|(it, _)| it == part).map(|(_, next)| next.as_str()));
        }
    }
    false
}

#[test]
fn a_circle_is_found() {
    let lib = "pub mod m;";
    let of = |texts: [&str; 3]| {
        let parts = ["m/a.rs", "m/b.rs", "m/c.rs"].into_iter().zip(texts);
        let mut sources: Vec<_> = parts.map(|(path, text)| Source::new(path, text)).collect();
        sources.push(Source::new("m/mod.rs", "pub use a::A; pub struct M;"));
        sources.push(Source::new("lib.rs", lib));
        circles(&sources).into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(of(["use super::M;", "use super::A;", "use super::b;"]), [""; 0]);
    let round = ["m: a > c", "m: b > a", "m: c > b"];
    assert_eq!(of(["use crate::m::c;", "use super::A;", "use super::b;"]), round);
}
