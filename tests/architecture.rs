//! The law of the house, held against the text of its sources.
//!
//! * `map`: who may import whom, down to the second segment of a path, without circles, inside a module either.
//! * `deeds`: what only one place does: the world, the store, asking, advancing, assigning what survives.
//! * `size`: what is too long to be read at one go.
//!
//! What breaks the law today and is on its way out stands in a list beside its rule. The lists only shrink: an entry that
//! is not needed any more fails as well. How a source is read is in `sources`, what it imports in `imports`.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "this test reads files and shall panic")]

#[path = "architecture/deeds.rs"]
mod deeds;
#[path = "architecture/imports.rs"]
mod imports;
#[path = "architecture/map.rs"]
mod map;
#[path = "architecture/size.rs"]
mod size;
#[path = "architecture/sources.rs"]
mod sources;

/// Holds what was found against the list of what is known: nothing new, and nothing that is gone.
fn assert_only(known: &[&str], what: &str, found: &[(String, String)]) {
    let new = found.iter().filter(|(name, _)| !known.contains(&name.as_str()));
    let new: Vec<&str> = new.map(|(_, words)| words.as_str()).collect();
    assert!(new.is_empty(), "{what}:\n  {}", new.join("\n  "));
    let gone: Vec<_> = known.iter().filter(|name| !found.iter().any(|(it, _)| it == *name)).collect();
    assert!(gone.is_empty(), "mended, so take it off the list of what breaks the law: {gone:?}");
}
