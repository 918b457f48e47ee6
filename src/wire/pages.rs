//! The pages, embedded in the binary: what is under `static/`, with the headers that keep them safe.
//!
//! Each is compressed once in the life of the process and lies ready in two forms, plain and gzip. A tag is the hash of
//! the source in both, with `-gz` behind it for gzip: compressed bytes may differ from one version of the compressor to
//! the next, and no tag and no trace shows it. Traces name a page by [`Form::tagged`].

use std::io::Write as _;
use std::sync::LazyLock;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::http::{Method, Request, Response};

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
pub struct Pages(&'static [Page]);

static PAGES: LazyLock<Vec<Page>> = LazyLock::new(|| SOURCES.iter().map(Page::new).collect());

struct Page {
    content_type: &'static str,
    plain: Form,
    gzip: Form,
}

/// A page as it is sent with one content coding.
pub struct Form {
    /// Of the page.
    pub path: &'static str,
    /// What the page is made from.
    pub source: &'static [u8],
    /// `identity` or `gzip`, as in `Accept-Encoding`.
    pub coding: &'static str,
    /// What is sent.
    pub body: Bytes,
    /// The value of `ETag`, with its quotes.
    tag: String,
}

impl Pages {
    /// Takes the pages out of the binary.
    pub fn new() -> Self {
        Self(&PAGES)
    }

    /// Answers a request for a page; `None` if there is none of that name.
    pub fn answer(&self, request: &Request) -> Option<Response> {
        let path = if request.path == "/" { "/index.html" } else { &request.path };
        let page = self.0.iter().find(|page| page.plain.path == path)?;
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
    fn new(&(path, content_type, source): &Source) -> Self {
        let hash = Sha256::digest(source);
        let hash = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
        let form = |coding, tag, body| Form { path, source, coding, body, tag };
        Self {
            content_type,
            plain: form("identity", format!("\"{hash}\""), Bytes::from_static(source)),
            gzip: form("gzip", format!("\"{hash}-gz\""), compressed(source)),
        }
    }

    fn answer(&'static self, request: &Request) -> Response {
        let form = if takes_gzip(request) { &self.gzip } else { &self.plain };
        // Both forms are the same page: who has either has it.
        let is_ours = |tags| names(tags, &self.plain.tag) || names(tags, &self.gzip.tag);
        let response = if request.headers("If-None-Match").any(is_ours) {
            Response::new(304)
        } else {
            form.response(self.content_type)
        };
        response
            .header("ETag", form.tag.as_str())
            .header("Vary", "Accept-Encoding")
            .header("Cache-Control", "no-cache")
            .header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
            .header("X-Content-Type-Options", "nosniff")
            .header("Referrer-Policy", "no-referrer")
    }
}

impl Form {
    fn response(&self, content_type: &'static str) -> Response {
        let response = Response::new(200).body(content_type, self.body.clone());
        if self.is_compressed() { response.header("Content-Encoding", self.coding) } else { response }
    }

    /// Whether its bytes are the work of a compressor, so that even their number says nothing.
    pub fn is_compressed(&self) -> bool {
        self.coding != "identity"
    }

    /// The form with this `ETag`, as it stands in the field.
    pub fn tagged(tag: &str) -> Option<&'static Self> {
        PAGES.iter().flat_map(|page| [&page.plain, &page.gzip]).find(|form| form.tag == tag)
    }
}

/// Deterministic within one build: the header has neither a name nor a time.
fn compressed(source: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Memory takes whatever is written to it.
    let written = encoder.write_all(source).and_then(|()| encoder.finish());
    Bytes::from(written.unwrap_or_default())
}

/// Whether a client takes gzip (RFC 9110, section 12.5.3): by its name, else by the asterisk for what has none there.
fn takes_gzip(request: &Request) -> bool {
    let mut takes_any = false;
    for member in request.members("Accept-Encoding") {
        let mut parts = member.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        let coding = parts.next().unwrap_or_default();
        let takes = !parts.any(is_weight_of_zero);
        if coding.eq_ignore_ascii_case(b"gzip") {
            return takes;
        }
        takes_any |= takes && coding == b"*";
    }
    takes_any
}

/// `q=0`, `q=0.0` and so on: "not acceptable".
fn is_weight_of_zero(parameter: &[u8]) -> bool {
    matches!(parameter, [b'q' | b'Q', b'=', b'0', rest @ ..] if rest.iter().all(|byte| matches!(byte, b'.' | b'0')))
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

    /// Else a trace would take one for the other.
    #[test]
    fn no_two_pages_have_a_tag() {
        for form in PAGES.iter().flat_map(|page| [&page.plain, &page.gzip]) {
            let tagged = Form::tagged(&form.tag).unwrap();
            assert_eq!((tagged.path, tagged.coding), (form.path, form.coding));
        }
        assert!(Form::tagged("\"\"").is_none());
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
