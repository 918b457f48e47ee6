//! What is too long to be read at one go. Look for the second thing it is doing.

use super::assert_only;
use super::sources::{Source, below, is_name, item_end};

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;

/// Files that are longer; to be split.
const LONG_FILES: [&str; 1] = ["tests/server/websocket.rs"];

/// Functions that are longer; to be split.
const LONG_FUNCTIONS: [&str; 1] = ["tests/server/websocket.rs texts"];

#[test]
fn no_file_is_too_long() {
    let mut found = Vec::new();
    for root in ["src", "tests", "benches"] {
        for source in below(root).iter().filter(|source| source.lines > FILE_LINES_MAX) {
            let name = format!("{root}/{}", source.path.display());
            found.push((name.clone(), format!("{name} has {} lines", source.lines)));
        }
    }
    assert_only(&LONG_FILES, "a file has 500 lines at most", &found);
}

#[test]
fn no_function_is_too_long() {
    let mut found = Vec::new();
    for root in ["src", "tests", "benches"] {
        for source in below(root) {
            let long = functions(&source).filter(|(_, lines)| *lines > FUNCTION_LINES_MAX);
            found.extend(long.map(|(name, lines)| {
                let name = format!("{root}/{} {name}", source.path.display());
                (name.clone(), format!("{name} has {lines} lines"))
            }));
        }
    }
    assert_only(&LONG_FUNCTIONS, "a function has 70 lines at most", &found);
}

/// Every function with its length, from its name to its last brace.
fn functions(source: &Source) -> impl Iterator<Item = (&str, usize)> {
    source.find("fn ").map(|at| {
        let end = item_end(source.code.as_bytes(), at);
        let item = &source.code[at..end];
        let name = &item["fn ".len()..];
        (&name[..name.find(|c| !is_name(c)).unwrap_or(name.len())], item.lines().count())
    })
}

#[test]
fn a_function_is_measured() {
    let text =
        "impl X {\n    fn a(&self);\n    fn b(\n        c: [u8; 3],\n    ) {\n        { '}' }\n    }\n}\n";
    let source = Source::new("x.rs", text);
    assert_eq!(functions(&source).collect::<Vec<_>>(), [("a", 1), ("b", 5)]);
}
