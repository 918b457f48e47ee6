//! Sources as the law reads them: no comments, no texts, no tests.

use std::fs;
use std::path::{Path, PathBuf};

/// One source file, by its path below a root.
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) lines: usize,
    /// Its code, as long as the file: what is none is blank.
    pub(crate) code: String,
}

impl Source {
    pub(crate) fn new(path: impl Into<PathBuf>, text: &str) -> Self {
        let path = path.into();
        let is_test = path.iter().any(|part| part == "tests.rs" || part == "tests");
        let mut code = without_words(text);
        if is_test {
            code.clear();
        } else {
            blank_tests(&mut code);
        }
        Self { path, lines: text.lines().count(), code: String::from_utf8(code).unwrap() }
    }

    /// The path of the module it is: `wire`, `http` for `wire/http.rs`; nothing for `lib.rs` and `main.rs`.
    pub(crate) fn module(&self) -> Vec<String> {
        let path = self.path.with_extension("");
        let mut parts: Vec<_> = path.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
        if ["mod", "lib", "main"].contains(&&**parts.last().unwrap()) {
            parts.pop();
        }
        parts
    }

    /// The module of the map it belongs to.
    pub(crate) fn room(&self) -> String {
        self.module().first().cloned().unwrap_or_default()
    }

    /// How people find a place in it.
    pub(crate) fn place(&self, at: usize) -> String {
        format!("src/{}:{}", self.path.display(), 1 + self.code[..at].matches('\n').count())
    }

    /// Where a text stands in its code, and is no part of a longer name.
    pub(crate) fn find<'a>(&'a self, text: &'a str) -> impl Iterator<Item = usize> + 'a {
        let begins_name = text.starts_with(is_name);
        let before = move |at: usize| begins_name && self.code[..at].ends_with(is_name);
        self.code.match_indices(text).map(|(at, _)| at).filter(move |at| !before(*at))
    }
}

pub(crate) fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Every source below `src`.
pub(crate) fn sources() -> Vec<Source> {
    let found = below("src");
    assert!(found.len() > 20, "the sources are somewhere else");
    found
}

/// Every source below a folder of the package, in order.
pub(crate) fn below(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found = Vec::new();
    collect(&root, &root, &mut found);
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(Source::new(path.strip_prefix(root).unwrap(), &fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Blanks comments, texts and characters, so that a brace is a brace.
fn without_words(text: &str) -> Vec<u8> {
    let text = text.as_bytes();
    let (mut code, mut at) = (text.to_vec(), 0);
    while at < text.len() {
        let end = at + words_at(&text[at..], at > 0 && is_name(char::from(text[at - 1])));
        code[at..end].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        at = end.max(at + 1);
    }
    code
}

/// How long the comment, text or character is that begins here; 0 where none does.
fn words_at(rest: &[u8], is_within_name: bool) -> usize {
    let until = |end: &[u8], from: usize| {
        let found = rest[from..].windows(end.len()).position(|window| window == end);
        found.map_or(rest.len(), |at| from + at + end.len())
    };
    match rest {
        [b'/', b'/', ..] => until(b"\n", 0) - 1,
        [b'/', b'*', ..] => until(b"*/", 2),
        [b'r', b'#', b'"', ..] if !is_within_name => until(b"\"#", 3),
        [b'r', b'"', ..] if !is_within_name => until(b"\"", 2),
        [b'"', ..] => quoted(rest),
        [b'\'', b'\\', _, ..] => until(b"'", 3),
        // Else it is a lifetime.
        [b'\'', _, b'\'', ..] => 3,
        _ => 0,
    }
}

fn quoted(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != b'"' {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

/// Blanks every item that is there in tests only.
fn blank_tests(code: &mut [u8]) {
    const MARK: &[u8] = b"#[cfg(test)]";
    while let Some(at) = code.windows(MARK.len()).position(|window| window == MARK) {
        let end = item_end(code, at);
        code[at..end].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
    }
}

/// Where the item ends that begins here: behind its semicolon or its last brace.
pub(crate) fn item_end(code: &[u8], from: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.iter().enumerate().skip(from) {
        match byte {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && matches!(byte, b';' | b'}') {
            return at + 1;
        }
    }
    code.len()
}

#[test]
fn only_code_is_read() {
    let text = "a(\"} // \\\" {\", '{', '\\''); // b\n/* c */ d::<'x>(r#\"\"{\"#) r\"\\\"; e\n#[cfg(test)]\nmod t { f }\ng";
    let source = Source::new("x/mod.rs", text);
    assert_eq!(source.code.len(), text.len());
    let words: Vec<_> = source.code.split_whitespace().collect();
    assert_eq!(words.join(" "), "a( , , ); d::<'x>( ) ; e g");
    assert_eq!(source.module(), ["x"]);
    assert_eq!(source.place(text.len() - 1), "src/x/mod.rs:5");
}
