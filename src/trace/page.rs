//! Answers with a page, as a trace shows them: the head, then the page by its path, coding and source.
//!
//! What a compressor makes of a page is another version's tomorrow: neither its bytes nor their number is written. Hashes in
//! the head (its tag, what its policy allows) are those of the page, which is told behind it: they are not written twice.

use super::text::{fingerprint, quote};
use crate::wire::pages::Form;

const LENGTH: &str = "\r\nContent-Length: ";
const UNWRITTEN: &str = "…";

/// Appends an answer with one of our pages, or the head of one; `false`, and nothing, for all else.
pub(super) fn write(out: &mut String, bytes: &[u8]) -> bool {
    let Some((head, body, form)) = taken_apart(bytes) else { return false };
    let head = without_hashes(head, form);
    match head.split_once(LENGTH) {
        Some((before, behind)) if form.is_compressed() => {
            let behind = behind.trim_start_matches(|c: char| c.is_ascii_digit());
            quote(out, format!("{before}{LENGTH}{UNWRITTEN}{behind}").as_bytes());
        }
        _ => quote(out, head.as_bytes()),
    }
    if !body.is_empty() {
        out.push_str(" page ");
        out.push_str(form.path);
        out.push(' ');
        out.push_str(form.coding);
        out.push(' ');
        fingerprint(out, &form.source);
    }
    true
}

/// A head without what changes with every letter of the page.
fn without_hashes(head: &str, form: &Form) -> String {
    let mut parts = head.split("'sha256-");
    let mut out = parts.next().unwrap_or_default().replace(form.hash(), UNWRITTEN);
    for part in parts {
        out.push_str("'sha256-");
        out.push_str(UNWRITTEN);
        out.push_str(part.trim_start_matches(|c| c != '\''));
    }
    out
}

/// Head, body, and of which page; only if it is that page and says its length, or that somebody has it.
fn taken_apart(bytes: &[u8]) -> Option<(&str, &[u8], &'static Form)> {
    let is_known = bytes.starts_with(b"HTTP/1.1 304 ");
    if !is_known && !bytes.starts_with(b"HTTP/1.1 200 ") {
        return None;
    }
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let (head, body) = bytes.split_at(end);
    let head = str::from_utf8(head).ok()?;
    let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
    let form = Form::tagged(field("ETag: ")?)?;
    let is_its_length =
        || field("Content-Length: ").is_some_and(|length| length.parse() == Ok(form.body.len()));
    let is_it = if is_known { body.is_empty() } else { is_its_length() };
    (is_it && (body.is_empty() || body == form.body)).then_some((head, body, form))
}

#[cfg(test)]
mod tests {
    use crate::engine::Engine;
    use crate::trace::{Trace, update};
    use crate::vocabulary::{ConnId, Effect};
    use crate::wire::pages::Form;

    /// The line of the answer to a request.
    fn answer(request: &str) -> String {
        let events = format!("+0 >> boot unix_ms=1766000000000 seed=01\n+0 >> accepted 0.1 ::1\n{request}\n");
        let trace = Trace::parse(&events).unwrap();
        let text = update(&trace, Engine::new).unwrap();
        text.lines().last().unwrap().to_owned()
    }

    /// The form of a page, which must have been asked for.
    fn form_of(path: &str, coding: &str) -> &'static Form {
        Form::all().find(|form| form.path == path && form.coding == coding).unwrap()
    }

    #[test]
    fn no_trace_shows_what_a_compressor_did() {
        for coding in ["identity", "gzip"] {
            let line = answer(&format!("+0 >> http 0.1 GET /agent.html [Accept-Encoding: {coding}]"));
            let form = form_of("/agent.html", coding);
            let mut hash = String::new();
            super::fingerprint(&mut hash, &form.source);
            assert!(line.ends_with(&format!("\\r\\n\\r\\n\" page /agent.html {coding} {hash}")), "{line}");
            let length = if coding == "gzip" { "…".to_owned() } else { form.source.len().to_string() };
            assert!(line.contains(&format!("\\r\\nContent-Length: {length}\\r\\n")), "{line}");
            let head = answer(&format!("+0 >> http 0.1 HEAD /agent.html [Accept-Encoding: {coding}]"));
            assert_eq!(line.split_once(" page").unwrap().0, head);
        }
    }

    /// Or every change of a page would change each trace in which somebody asks for it.
    #[test]
    fn no_hash_stands_in_a_head() {
        for asks in ["GET /hub.html", "HEAD /hub.html", "GET /hub.html [If-None-Match: *]"] {
            let line = answer(&format!("+0 >> http 0.1 {asks}"));
            let head = line.split(" page ").next().unwrap();
            let form = form_of("/hub.html", "identity");
            assert!(head.contains("ETag: \\\"…\\\"") && !head.contains(form.hash()), "{line}");
            assert!(line.contains("style-src 'sha256-…' 'sha256-…';"), "{line}");
        }
    }

    /// What says to be a page and is none is shown as it is.
    #[test]
    fn what_is_no_page_is_shown_as_bytes() {
        let page = answer("+0 >> http 0.1 GET /agent.html");
        let form = form_of("/agent.html", "identity");
        let length = form.body.len();
        let body = "x".repeat(length);
        let bytes =
            format!("HTTP/1.1 200 OK\r\nETag: \"{}\"\r\nContent-Length: {length}\r\n\r\n{body}", form.hash());
        let mut line = String::new();
        let conn = ConnId { slot: 0, generation: 1 };
        crate::trace::write::effect(&mut line, &Effect::Send { conn, bytes: bytes.into() });
        assert!(page.contains(" page ") && !line.contains(" page "), "{line}");
    }
}
