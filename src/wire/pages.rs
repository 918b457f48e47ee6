//! The pages, embedded in the binary: what is under `static/`, with the headers that keep them safe.
//!
//! Each is compressed once in the life of the process and lies ready in two forms, plain and gzip. A tag is the hash of
//! the source in both, with `-gz` behind it for gzip: compressed bytes may differ from one version of the compressor to
//! the next, and no tag and no trace shows it. Traces name a page by [`Form::tagged`].

use std::sync::LazyLock;

use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress};
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
    page!("/js/front.js", JS),
    page!("/js/hub.js", JS),
    page!("/js/log.js", JS),
    page!("/js/notify.js", JS),
    page!("/js/preview.js", JS),
    page!("/js/room.js", JS),
    page!("/js/search.js", JS),
    page!("/js/session.js", JS),
    page!("/js/stretch.js", JS),
    page!("/js/strip.js", JS),
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

/// Of every answer with a page, 304 included.
const FIELDS: [(&str, &str); 5] = [
    ("Vary", "Accept-Encoding"),
    ("Cache-Control", "no-cache"),
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
];

/// All pages, ready to be sent.
pub struct Pages(&'static [Page]);

static PAGES: LazyLock<Vec<Page>> = LazyLock::new(|| {
    SOURCES.iter().zip(compressed()).map(|(source, gzip)| Page::new(source, gzip)).collect()
});

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
    fn new(&(path, content_type, source): &Source, gzip: Bytes) -> Self {
        let hash = Sha256::digest(source);
        let hash = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
        let form = |coding, tag, body| Form { path, source, coding, body, tag };
        Self {
            content_type,
            plain: form("identity", format!("\"{hash}\""), Bytes::from_static(source)),
            gzip: form("gzip", format!("\"{hash}-gz\""), gzip),
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
        response.header("ETag", form.tag.as_str()).constant_headers(&FIELDS)
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

/// All sources in gzip. One compressor does it and all it makes lies together, in memory asked for before that of the
/// compressor: so the system gets back the third of a mebibyte this is.
fn compressed() -> Vec<Bytes> {
    let most = SOURCES.iter().map(|(_, _, source)| source.len() + HEAD.len() + 64).sum();
    let (mut out, mut ends) = (Vec::with_capacity(most), Vec::with_capacity(SOURCES.len()));
    let mut deflate = Compress::new(Compression::best(), false);
    for (_, _, source) in SOURCES {
        write_gzip(&mut out, source, &mut deflate);
        ends.push(out.len());
    }
    drop(deflate);
    out.shrink_to_fit();
    let out = Bytes::from(out);
    let mut begin = 0;
    ends.into_iter().map(|end| out.slice(std::mem::replace(&mut begin, end)..end)).collect()
}

const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];

/// One member (RFC 1952), without a name or a time: the same in every run of one build.
fn write_gzip(out: &mut Vec<u8>, source: &[u8], deflate: &mut Compress) {
    let mut crc = Crc::new();
    crc.update(source);
    deflate.reset();
    out.extend_from_slice(&HEAD);
    // No page grows, and a lack of memory is all that could be wrong.
    let done = deflate.compress_vec(source, out, FlushCompress::Finish);
    debug_assert!(matches!(done, Ok(flate2::Status::StreamEnd)), "{done:?}");
    out.extend_from_slice(&crc.sum().to_le_bytes());
    out.extend_from_slice(&crc.amount().to_le_bytes());
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
