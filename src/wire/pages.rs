//! The pages, embedded in the binary: what is under `static/`, with the headers that keep them safe.

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::http::{Method, Request, Response};

mod slim;

use slim::slim;

/// Path, content type, content.
type Source = (&'static str, &'static str, &'static [u8]);

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JSON: &str = "application/json";
const JS: &str = "text/javascript; charset=utf-8";

macro_rules! page {
    ($path:literal, $kind:expr) => {
        ($path, $kind, include_bytes!(concat!("../../static", $path)))
    };
}

const SOURCES: &[Source] = &[
    page!("/index.html", HTML),
    page!("/customer.html", HTML),
    page!("/agent.html", HTML),
    page!("/hub.html", HTML),
    page!("/style.css", CSS),
    page!("/hub.css", CSS),
    page!("/js/agent.js", JS),
    page!("/js/api.js", JS),
    page!("/js/canned.js", JS),
    page!("/js/chat.js", JS),
    page!("/js/connection.js", JS),
    page!("/js/customer.js", JS),
    page!("/js/desk.js", JS),
    page!("/js/dom.js", JS),
    page!("/js/lobby.js", JS),
    page!("/js/hub.js", JS),
    page!("/js/log.js", JS),
    page!("/js/notify.js", JS),
    page!("/js/preview.js", JS),
    page!("/js/room.js", JS),
    page!("/js/search.js", JS),
    page!("/js/session.js", JS),
    page!("/js/text.js", JS),
    page!("/js/transcript.js", JS),
    page!("/text/ar.json", JSON),
    page!("/text/de.json", JSON),
    page!("/text/en.json", JSON),
    page!("/text/es.json", JSON),
    page!("/text/fr.json", JSON),
    page!("/text/ja.json", JSON),
    page!("/text/pt.json", JSON),
];

/// Nothing from anywhere else, nothing inline, no frames around us, no form that leaves the page.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// All pages, ready to be sent.
pub struct Pages(Vec<Page>);

struct Page {
    path: &'static str,
    content_type: &'static str,
    content: Bytes,
    etag: String,
}

impl Pages {
    /// Takes the pages out of the binary.
    pub fn new() -> Self {
        Self(SOURCES.iter().map(Page::new).collect())
    }

    /// Answers a request for a page; `None` if there is none of that name.
    pub fn answer(&self, request: &Request) -> Option<Response> {
        let path = if request.path == "/" { "/index.html" } else { &request.path };
        let page = self.0.iter().find(|page| page.path == path)?;
        if !matches!(request.method, Method::Get | Method::Head) {
            let response = match request.method {
                Method::Options => Response::new(204),
                _ => Response::error(405, "method_not_allowed", "pages are read with GET"),
            };
            return Some(response.header("Allow", "GET, HEAD, OPTIONS"));
        }
        Some(page.answer(request))
    }
}

impl Default for Pages {
    fn default() -> Self {
        Self::new()
    }
}

impl Page {
    fn new(&(path, content_type, content): &Source) -> Self {
        let content = match std::str::from_utf8(content) {
            Ok(source) if content_type == JS => Bytes::from(slim(source)),
            _ => Bytes::from_static(content),
        };
        let hash = Sha256::digest(&content);
        let etag = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
        Self { path, content_type, content, etag: format!("\"{etag}\"") }
    }

    fn answer(&self, request: &Request) -> Response {
        let known = request.headers("If-None-Match").any(|tags| names(tags, &self.etag));
        let response = if known {
            Response::new(304)
        } else {
            Response::new(200).body(self.content_type, self.content.clone())
        };
        response
            .header("ETag", self.etag.clone())
            .header("Cache-Control", "no-cache")
            .header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
            .header("X-Content-Type-Options", "nosniff")
            .header("Referrer-Policy", "no-referrer")
    }
}

/// Whether a list of entity tags names this one, by the weak comparison (RFC 9110, section 13.1.2).
fn names(tags: &str, etag: &str) -> bool {
    tags.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entity_tags_are_compared_weakly() {
        assert!(names("\"a\", W/\"b\"", "\"b\""));
        assert!(names("*", "\"b\""));
        assert!(!names("\"ab\"", "\"b\""));
    }

    /// Nothing but blanks and comments is taken away: what is left stands in the source, in the same order.
    #[test]
    fn scripts_stay_what_they_are() {
        for (path, _, content) in SOURCES.iter().filter(|(_, kind, _)| *kind == JS) {
            let source = std::str::from_utf8(content).unwrap();
            let slimmed = slim(source);
            assert_eq!(slim(&slimmed), slimmed, "{path}");
            let mut left = source.chars();
            let missing =
                slimmed.chars().filter(|c| !c.is_whitespace()).find(|c| !left.any(|other| other == *c));
            assert_eq!(missing, None, "{path}");
            for quote in ['`', '{', '}', '(', ')'] {
                let code = source.lines().filter(|line| !line.trim().starts_with(['/', '*']));
                let count = |text: &str| text.matches(quote).count();
                let before: usize =
                    code.map(|line| count(line.split(" // ").next().unwrap_or_default())).sum();
                assert_eq!(count(&slimmed), before, "{path}: {quote}");
            }
        }
    }

    /// A file in `static/` that nobody serves is a page that does not work.
    #[test]
    fn every_file_is_served() {
        fn count(folder: &str) -> usize {
            let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            entries.map(|path| if path.is_dir() { count(path.to_str().unwrap()) } else { 1 }).sum()
        }
        assert_eq!(count(concat!(env!("CARGO_MANIFEST_DIR"), "/static")), SOURCES.len());
    }

    #[test]
    fn no_page_needs_what_its_policy_forbids() {
        for (path, kind, content) in SOURCES.iter().filter(|(_, kind, _)| *kind == HTML) {
            let text = std::str::from_utf8(content).unwrap();
            assert!(!text.contains("style=\""), "{path} ({kind}) has an inline style");
            assert!(!text.contains("<style"), "{path} has an inline style sheet");
            assert!(!text.contains("onclick="), "{path} has an inline handler");
            let scripts = text.matches("<script").count();
            let sourced = text.matches("<script type=\"module\" src=\"/").count();
            assert_eq!(scripts, sourced, "{path} has an inline script");
        }
    }
}
