//! A page as it is sent: its words in one language, its style and the table of words within, its scripts by the names under
//! which they are kept for ever. So it shows before anything else has come, and works one round trip later.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::bundle::file_of;
use super::sources::{SHEETS, content};

type Words = BTreeMap<String, String>;

/// The page, in the language of a table, with scripts that are in `folder`.
pub(super) fn document(source: &str, language: &str, table: &str, folder: &str) -> String {
    // A table that cannot be read leaves the places of words empty; a test reads all of them.
    let words: Words = serde_json::from_str(table).unwrap_or_default();
    let direction = if language == "ar" { " dir=\"rtl\"" } else { "" };
    let html = source.replacen("<html lang=\"en\">", &format!("<html lang=\"{language}\"{direction}>"), 1);
    let html = with_scripts(&with_sheets(&html), folder);
    let table = table.lines().map(str::trim).collect::<String>().replace('<', "\\u003c");
    let data = format!("<script type=\"application/json\" id=\"table\">{table}</script>\n</body>");
    let html = html.replacen("</body>", &data, 1);
    // What is copied later is given its words then.
    let (shown, copied) = html.split_at(html.find("<template").unwrap_or(html.len()));
    with_words(shown, &words) + copied
}

/// What its policy has to allow beside its own files: the hashes of what is within, scripts and sheets.
pub(super) fn hashes(document: &str) -> (String, String) {
    let of = |open, close| between(document, open, close).map(hash).collect::<String>();
    (of("<script>", "</script>"), of("<style>", "</style>"))
}

/// ` 'sha256-…'`
fn hash(text: &str) -> String {
    format!(" 'sha256-{}'", base64(&Sha256::digest(text)))
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | usize::from(three.get(at).copied().unwrap_or(0)));
        for at in 0..4 {
            let letter = char::from(LETTERS[bits >> (18 - 6 * at) & 63]);
            out.push(if at <= three.len() { letter } else { '=' });
        }
    }
    out
}

/// What stands between two texts, each time.
fn between<'t>(text: &'t str, open: &'t str, close: &'t str) -> impl Iterator<Item = &'t str> {
    text.split(open).skip(1).filter_map(move |rest| rest.split_once(close).map(|(inside, _)| inside))
}

/// Each sheet that is named stands where it was named, with the parts that are wanted of it.
fn with_sheets(html: &str) -> String {
    let mut lines = String::with_capacity(html.len() * 8);
    for line in html.lines() {
        match named(line, "<link rel=\"stylesheet\" href=\"") {
            Some(path) => {
                let parts = named(line, " data-parts=\"").unwrap_or_default();
                lines.push_str(&format!("<style>{}</style>", sheet(content(SHEETS, path), parts)));
            }
            None => lines.push_str(line),
        }
        lines.push('\n');
    }
    lines
}

/// A sheet without what only its readers need. Its comments are lines of their own; `/* part: desk */` says that what follows
/// is for pages that want this part, `/* part: all */` that it is for all again.
fn sheet(text: &str, parts: &str) -> String {
    let mut out = String::new();
    let mut is_wanted = true;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(part) = line.strip_prefix("/* part: ").and_then(|rest| rest.strip_suffix(" */")) {
            is_wanted = part == "all" || parts.split(' ').any(|wanted| wanted == part);
        } else if is_wanted && !line.starts_with("/*") {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// The script of a page, beside which what it imports is fetched at once.
fn with_scripts(html: &str, folder: &str) -> String {
    let open = "<script type=\"module\" src=\"/js/";
    let Some((before, (module, after))) =
        html.split_once(open).and_then(|(before, rest)| Some((before, rest.split_once(".js\"")?)))
    else {
        return html.to_owned();
    };
    let (core, file) = (file_of("text"), file_of(module));
    let preload = format!("<link rel=\"modulepreload\" href=\"{folder}{core}\">\n");
    let preload = if core == file { "" } else { &preload };
    format!("{before}{preload}<script type=\"module\" src=\"{folder}{file}\"{after}")
}

/// Words where elements name theirs, as `fill` in `text.js` does it.
fn with_words(html: &str, words: &Words) -> String {
    let mut out = String::with_capacity(html.len() * 2);
    let mut rest = html;
    while let Some(begin) = rest.find('<') {
        let end = rest[begin..].find('>').map_or(rest.len(), |end| begin + end);
        let tag = &rest[begin..end];
        out.push_str(&rest[..end]);
        let word = |attribute| named(tag, attribute).and_then(|key| words.get(key)).map(|word| escaped(word));
        for (attribute, becomes) in [(" data-label=\"", "aria-label"), (" data-hint=\"", "placeholder")] {
            if let Some(word) = word(attribute) {
                out.push_str(&format!(" {becomes}=\"{word}\""));
            }
        }
        rest = &rest[end..];
        if let Some(word) = word(" data-text=\"") {
            out.push('>');
            out.push_str(&word);
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

/// The value of an attribute.
fn named<'t>(tag: &'t str, attribute: &str) -> Option<&'t str> {
    tag.split_once(attribute)?.1.split('"').next()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::super::sources::{DOCUMENTS, TABLES, language_of};
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn words_stand_where_they_are_named() {
        let html =
            "<p data-text=\"a\"></p><input data-hint=\"b\" data-label=\"a\"><p data-text=\"none\"></p>";
        let words = [("a", "x < \"y\""), ("b", "z")].map(|(key, word)| (key.to_owned(), word.to_owned()));
        assert_eq!(
            with_words(html, &words.into()),
            "<p data-text=\"a\">x &lt; &quot;y&quot;</p>\
             <input data-hint=\"b\" data-label=\"a\" aria-label=\"x &lt; &quot;y&quot;\" placeholder=\"z\"><p data-text=\"none\"></p>"
        );
    }

    /// In every language, with all its words, and with nothing that its policy forbids.
    #[test]
    fn pages_are_whole() {
        for (path, source) in DOCUMENTS {
            for table in TABLES {
                let language = language_of(table);
                let page = document(source, language, table.1, "/folder");
                assert!(page.contains(&format!("<html lang=\"{language}\"")), "{path}");
                assert!(page.contains("<style>") && !page.contains("rel=\"stylesheet\""), "{path}");
                assert!(!page.contains("style=\"") && !page.contains("onclick="), "{path} has inline code");
                for src in between(&page, " src=\"", "\"") {
                    assert!(src.starts_with("/folder/js/"), "{path}: {src}");
                }
                let data = between(&page, "id=\"table\">", "</script>").next().unwrap();
                let words: Words = serde_json::from_str(data).unwrap();
                assert_eq!(words, serde_json::from_str::<Words>(table.1).unwrap(), "{path} in {language}");
                let shown = &page[..page.find("<template").unwrap_or(page.len())];
                assert!(!shown.contains("data-text=\"\"") && shown.contains("data-text=\""), "{path}");
                for text in between(shown, " data-text=\"", "/") {
                    assert!(!text.ends_with("\"><"), "{path} in {language}: {text}");
                }
            }
        }
    }

    #[test]
    fn a_page_has_the_parts_it_wants() {
        let text = "a {}\n/* part: desk */\n  b {}\n\n/* Why. */\nc {}\n/* part: all */\nd {}\n";
        assert_eq!(sheet(text, "chat desk"), "a {}\nb {}\nc {}\nd {}\n");
        assert_eq!(sheet(text, "chat"), "a {}\nd {}\n");
    }

    /// A line that only begins as a comment would take a rule with it.
    #[test]
    fn comments_of_sheets_are_lines() {
        for (path, text) in SHEETS {
            for line in text.lines().filter(|line| line.contains("/*") || line.contains("*/")) {
                assert!(line.trim().starts_with("/*") && line.trim().ends_with("*/"), "{path}: {line}");
            }
        }
    }
}
