//! What a module imports: every path that begins with `crate`, `super` or `self`, and every `use` of a module below it,
//! followed through re-exports to the module that has it.

use std::collections::{BTreeMap, BTreeSet};

use super::sources::{Source, is_name};

/// A module by its path: `["wire", "http"]`.
pub(crate) type Module = Vec<String>;

/// One import.
pub(crate) struct Import {
    pub(crate) from: Module,
    /// The module it leads to, with what it has passed through followed.
    pub(crate) to: Module,
    pub(crate) place: String,
}

/// Every import of these sources.
pub(crate) fn imports(sources: &[Source]) -> Vec<Import> {
    let modules: BTreeSet<Module> = sources.iter().map(Source::module).collect();
    let written: Vec<_> = sources.iter().flat_map(|source| written(source, &modules)).collect();
    let mut names = BTreeMap::new();
    for path in written.iter().filter(|path| path.is_use) {
        if let Some(name) = path.to.last() {
            let name = path.alias.as_ref().unwrap_or(name);
            names.insert((path.from.clone(), name.clone()), path.to.clone());
        }
    }
    let import = |path: Path| {
        let to = follow(&path.to, &modules, &names, 0);
        Import { from: path.from, to, place: path.place }
    };
    written.into_iter().map(import).collect()
}

/// The module a path leads to.
fn follow(
    path: &[String],
    modules: &BTreeSet<Module>,
    names: &BTreeMap<(Module, String), Module>,
    depth: usize,
) -> Module {
    let mut module = Module::new();
    for part in path {
        module.push(part.clone());
        if !modules.contains(&module) {
            module.pop();
            let leads = names.get(&(module.clone(), part.clone())).filter(|to| depth < 8 && **to != path);
            return leads.map_or(module, |to| follow(to, modules, names, depth + 1));
        }
    }
    module
}

/// A path as it is written, from the root on.
struct Path {
    from: Module,
    to: Module,
    alias: Option<String>,
    is_use: bool,
    place: String,
}

fn written(source: &Source, modules: &BTreeSet<Module>) -> Vec<Path> {
    let from = source.module();
    let mut found = Vec::new();
    let mut add = |at: usize, base: Module, is_use: bool| {
        let mut leaves = Vec::new();
        tree(&mut &source.code[at..], base, &mut leaves);
        found.extend(leaves.into_iter().map(|(to, alias)| {
            let (from, place) = (from.clone(), source.place(at));
            Path { from, to, alias, is_use, place }
        }));
    };
    for (word, levels) in [("crate::", from.len()), ("self::", 0), ("super::", 1)] {
        for at in source.find(word) {
            // Behind another part it is a part of that path.
            if source.code[..at].ends_with("::") {
                continue;
            }
            let is_use = source.code[..at].trim_end().ends_with("use");
            add(at + word.len(), from[..from.len().saturating_sub(levels)].to_vec(), is_use);
        }
    }
    for at in source.find("use ").map(|at| at + "use ".len()) {
        let name: String = source.code[at..].chars().take_while(|c| is_name(*c)).collect();
        if modules.contains(&[&from[..], &[name]].concat()) {
            add(at, from.clone(), true);
        }
    }
    found
}

/// Reads a path or a tree of them: what it leads to, and under which name if that is another.
fn tree(rest: &mut &str, base: Module, leaves: &mut Vec<(Module, Option<String>)>) {
    let mut path = base;
    loop {
        *rest = rest.trim_start();
        if let Some(inside) = rest.strip_prefix('{') {
            *rest = inside;
            loop {
                tree(rest, path.clone(), leaves);
                *rest = rest.trim_start();
                let Some(next) = rest.strip_prefix(',') else { break };
                *rest = next;
            }
            *rest = rest.strip_prefix('}').unwrap_or(rest);
            return;
        }
        let name = &rest[..rest.find(|c| !is_name(c)).unwrap_or(rest.len())];
        *rest = &rest[name.len()..];
        match name {
            "" => break,
            "self" => {}
            "super" => drop(path.pop()),
            _ => path.push(name.to_owned()),
        }
        let Some(behind) = rest.strip_prefix("::") else { break };
        *rest = behind;
    }
    *rest = rest.strip_prefix('*').unwrap_or(rest);
    let alias = rest.strip_prefix(" as ").map(|behind| {
        let name = &behind[..behind.find(|c| !is_name(c)).unwrap_or(behind.len())];
        *rest = &behind[name.len()..];
        name.to_owned()
    });
    leaves.push((path, alias));
}

#[test]
fn paths_are_followed() {
    let sources = [
        Source::new("lib.rs", "pub mod a; pub mod b;"),
        Source::new("a/mod.rs", "mod x;\nmod y;\npub use x::{One, Two as Three};\npub use crate::b::Four;"),
        Source::new("a/x.rs", "use super::y; y::go(super::super::b::F::<crate::b::G>::new())"),
        Source::new("a/y.rs", "use super::{Here, Three, x::{self, One}};\nuse crate::a::Four;"),
        Source::new("b.rs", "pub(in super::super) struct Four;"),
    ];
    let mut found: Vec<_> = imports(&sources)
        .iter()
        .map(|import| format!("{} > {}", import.from.join("::"), import.to.join("::")))
        .collect();
    found.sort();
    let expected = [
        "a > a::x",
        "a > a::x",
        "a > b",
        "a::x > a::y",
        "a::x > b",
        "a::x > b",
        "a::y > a",
        "a::y > a::x",
        "a::y > a::x",
        "a::y > a::x",
        "a::y > b",
        "b > ",
    ];
    assert_eq!(found, expected);
}
