//! The pages, made of what lies in the binary, with the headers that keep them safe.
//!
//! | what | by which name | kept by browsers |
//! |---|---|---|
//! | a page, in the language that is asked for | `/customer.html` | as long as its tag is the same: asked each time |
//! | a script, a table of words | `/0123456789abcdef/js/core.js`: the hash of all there is | for ever |
//!
//! A name with another hash is one of another version, from which a page was opened that is still in use: it gets what there
//! is now, to be kept by nobody.
//!
//! `sources` has the files, `bundle` makes scripts of them and `document` pages. Each is made when it is first asked for, in
//! two forms, plain and gzip. A tag is the hash of the plain form in both, with `-gz` behind it for gzip: compressed bytes
//! may differ from one version of the compressor to the next, and no tag and no trace shows it. Traces name a page by
//! [`Form::tagged`].

use std::sync::{LazyLock, OnceLock};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::http::{Method, Request, Response};
use gzip::gzip;
use sources::{DOCUMENTS, SCRIPTS, SHEETS, Source, TABLES, language_of};

mod bundle;
mod document;
mod gzip;
mod sources;

const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json";
const JS: &str = "text/javascript; charset=utf-8";

/// Of every answer with a page or what belongs to it, 304 included.
const FIELDS: [(&str, &str); 2] = [("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer")];

const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// All pages, and what belongs to them.
pub struct Pages(&'static All);

static ALL: LazyLock<All> = LazyLock::new(All::new);

struct All {
    /// Where scripts and tables are: a slash, and the hash of everything.
    folder: String,
    files: Vec<File>,
}

/// Something that can be asked for by one path, in one language.
struct File {
    path: &'static str,
    /// That of a page; scripts and tables have none.
    language: Option<&'static str>,
    content: Content,
    made: OnceLock<Made>,
}

enum Content {
    Document { source: &'static str, table: &'static str },
    Script(String),
    Table(&'static str),
}

struct Made {
    /// What a page may load and run; nothing for what belongs to pages.
    policy: Option<String>,
    plain: Form,
    gzip: Form,
}

/// A page, or what belongs to one, as it is sent with one content coding.
pub struct Form {
    /// Without the folder of this version.
    pub path: &'static str,
    /// Before it was coded.
    pub source: Bytes,
    /// `identity` or `gzip`, as in `Accept-Encoding`.
    pub coding: &'static str,
    pub body: Bytes,
    /// The value of `ETag`, with its quotes.
    tag: String,
}

impl Pages {
    /// Takes the pages out of the binary.
    pub fn new() -> Self {
        Self(&ALL)
    }

    /// Answers a request for a page or what belongs to one; `None` if there is none of that name.
    pub fn answer(&self, request: &Request) -> Option<Response> {
        let path = if request.path == "/" { "/index.html" } else { &request.path };
        let (folder, path) = in_folder(path).map_or((None, path), |(folder, path)| (Some(folder), path));
        let of_path = self.0.files.iter().filter(|file| file.path == path);
        let mut named = of_path.filter(|file| file.language.is_some() == folder.is_none()).peekable();
        named.peek()?;
        if !matches!(request.method, Method::Get | Method::Head) {
            let response = match request.method {
                Method::Options => Response::new(204),
                _ => Response::error(405, "method_not_allowed", "pages are read with GET"),
            };
            return Some(response.header("Allow", "GET, HEAD, OPTIONS"));
        }
        let wanted = wanted_language(request);
        let file = named.find(|file| file.language.is_none_or(|language| language == wanted))?;
        let cache = match folder {
            None => "no-cache",
            Some(folder) if folder == self.0.folder => FOR_EVER,
            Some(_) => "no-store",
        };
        Some(file.answer(request, &self.0.folder).header("Cache-Control", cache))
    }
}

impl Default for Pages {
    fn default() -> Self {
        Self::new()
    }
}

impl All {
    fn new() -> Self {
        let mut hash = Sha256::new();
        for (path, content) in [DOCUMENTS, SHEETS, SCRIPTS, TABLES].concat() {
            hash.update(path);
            hash.update([0]);
            hash.update(content);
            hash.update([0]);
        }
        Self { folder: format!("/{}", hex(&hash.finalize())), files: files() }
    }
}

fn files() -> Vec<File> {
    let file = |path, language, content| File { path, language, content, made: OnceLock::new() };
    let mut files = Vec::new();
    for &(path, source) in DOCUMENTS {
        files.extend(TABLES.iter().map(|table| {
            let content = Content::Document { source, table: table.1 };
            file(path, Some(language_of(table)), content)
        }));
    }
    files.extend(bundle::scripts().into_iter().map(|(path, text)| file(path, None, Content::Script(text))));
    files.extend(TABLES.iter().map(|&(path, text)| file(path, None, Content::Table(text))));
    files
}

impl File {
    fn made(&'static self, folder: &str) -> &'static Made {
        self.made.get_or_init(|| {
            let plain = match &self.content {
                Content::Document { source, table } => {
                    document::document(source, self.language.unwrap_or_default(), table, folder).into()
                }
                Content::Script(text) => Bytes::from_static(text.as_bytes()),
                Content::Table(text) => Bytes::from_static(text.as_bytes()),
            };
            let policy = self.language.and_then(|_| str::from_utf8(&plain).ok()).map(policy);
            let hash = hex(&Sha256::digest(&plain));
            let form = |coding, tag, body| Form { path: self.path, source: plain.clone(), coding, body, tag };
            Made {
                policy,
                gzip: form("gzip", format!("\"{hash}-gz\""), gzip(&plain).into()),
                plain: form("identity", format!("\"{hash}\""), plain.clone()),
            }
        })
    }

    fn answer(&'static self, request: &Request, folder: &str) -> Response {
        let made = self.made(folder);
        let form = if takes_gzip(request) { &made.gzip } else { &made.plain };
        // Both forms are the same page: who has either has it.
        let is_ours = |tags| names(tags, &made.plain.tag) || names(tags, &made.gzip.tag);
        let response = if request.headers("If-None-Match").any(is_ours) {
            Response::new(304)
        } else {
            form.response(self.content_type())
        };
        let response = response.header("ETag", form.tag.as_str()).constant_headers(&FIELDS);
        let Some((policy, language)) = made.policy.as_deref().zip(self.language) else {
            return response.header("Vary", "Accept-Encoding");
        };
        let response = response.header("Vary", "Accept-Encoding, Accept-Language");
        response.header("Content-Language", language).header("Content-Security-Policy", policy)
    }

    const fn content_type(&self) -> &'static str {
        match self.content {
            Content::Document { .. } => HTML,
            Content::Script(_) => JS,
            Content::Table(_) => JSON,
        }
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

    /// The hash in its tag.
    pub fn hash(&self) -> &str {
        self.tag.trim_matches('"').trim_end_matches("-gz")
    }

    /// The form with this `ETag`, as it stands in the field, if it was ever asked for.
    pub fn tagged(tag: &str) -> Option<&'static Self> {
        Self::all().find(|form| form.tag == tag)
    }

    /// All that were ever asked for.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        let made = ALL.files.iter().filter_map(|file| file.made.get());
        made.flat_map(|made| [&made.plain, &made.gzip])
    }
}

/// Nothing from anywhere else, nothing inline but what came with the page, no frames around it, no form that leaves it.
fn policy(document: &str) -> String {
    let (scripts, sheets) = document::hashes(document);
    format!(
        "default-src 'none'; script-src 'self'{scripts}; style-src{sheets}; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// The first eight bytes.
fn hex(hash: &[u8]) -> String {
    hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The folder of a version, and the path within.
fn in_folder(path: &str) -> Option<(&str, &str)> {
    let (folder, rest) = path.split_at_checked(17)?;
    let is_hash = folder[1..].bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (is_hash && rest.starts_with('/')).then_some((folder, rest))
}

/// The language among those there are words in that is wanted most (RFC 9110, section 12.5.4), by its first subtag.
fn wanted_language(request: &Request) -> &'static str {
    let is_it = |code: &str, table: &&Source| code.eq_ignore_ascii_case(language_of(table));
    let mut best = (0, language_of(&TABLES[0]));
    for member in request.members("Accept-Language") {
        let Ok(member) = str::from_utf8(member) else { continue };
        let (range, weight) = member.split_once(';').unwrap_or((member, ""));
        let code = range.trim().split('-').next().unwrap_or_default();
        let Some(table) = TABLES.iter().find(|table| is_it(code, table)) else { continue };
        if thousandths(weight) > best.0 {
            best = (thousandths(weight), language_of(table));
        }
    }
    best.1
}

/// `q=0.8` is 800; without a weight, or with one that is none, 1000.
fn thousandths(weight: &str) -> u32 {
    let Some(value) = weight.trim().strip_prefix("q=").or_else(|| weight.trim().strip_prefix("Q=")) else {
        return 1000;
    };
    let mut digits = value.bytes().filter(u8::is_ascii_digit).map(|digit| u32::from(digit - b'0'));
    let whole = digits.next().unwrap_or(1).min(1) * 1000;
    let part: u32 = [100, 10, 1].iter().zip(digits).map(|(place, digit)| place * digit).sum();
    (whole + part).min(1000)
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
    fn no_two_forms_have_a_tag() {
        for file in &ALL.files {
            let made = file.made(&ALL.folder);
            for form in [&made.plain, &made.gzip] {
                let tagged = Form::tagged(&form.tag).unwrap();
                assert_eq!(
                    (tagged.path, tagged.coding, &tagged.source),
                    (form.path, form.coding, &form.source)
                );
            }
        }
        assert!(Form::tagged("\"\"").is_none());
    }

    /// A file in `static/` that nobody serves is a page that does not work.
    #[test]
    fn every_file_is_known() {
        fn count(folder: &str) -> usize {
            let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            entries.map(|path| if path.is_dir() { count(path.to_str().unwrap()) } else { 1 }).sum()
        }
        let known = DOCUMENTS.len() + SHEETS.len() + SCRIPTS.len() + TABLES.len();
        assert_eq!(count(concat!(env!("CARGO_MANIFEST_DIR"), "/static")), known);
    }

    #[test]
    fn weights_are_read() {
        for (weight, value) in [
            ("", 1000),
            (" q=0.8", 800),
            ("q=0", 0),
            ("Q=0.05", 50),
            ("q=1.000", 1000),
            ("q=9", 1000),
            ("q=x", 1000),
        ] {
            assert_eq!(thousandths(weight), value, "{weight}");
        }
    }
}
