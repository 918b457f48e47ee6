//! Pages as the engine answers them, without a word about what stands in them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::net::Ipv4Addr;

use dragoman::config::Config;
use dragoman::engine::Engine;
use dragoman::vocabulary::{ConnId, Effect, Event, Millis};
use flate2::read::GzDecoder;

const PAGES: [&str; 5] = ["/", "/index.html", "/customer.html", "/agent.html", "/hub.html"];

/// The answer to a request, as text: head and body.
fn ask(method: &str, path: &str, field: &str) -> (String, String) {
    let (head, body) = ask_for_bytes(method, path, field);
    (head, String::from_utf8(body).expect("pages are UTF-8"))
}

/// The answer to a request: head and body.
fn ask_for_bytes(method: &str, path: &str, field: &str) -> (String, Vec<u8>) {
    let mut engine = Engine::new(Config::defaults());
    let mut effects = Vec::new();
    let conn = ConnId { slot: 0, generation: 1 };
    let peer = Ipv4Addr::LOCALHOST.into();
    let request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{field}\r\n");
    engine.handle(Millis::ZERO, Event::Accepted { conn, peer }, &mut effects);
    engine.handle(Millis::ZERO, Event::Bytes { conn, bytes: request.as_bytes() }, &mut effects);
    let [Effect::Send { bytes, .. }] = &effects[..] else { panic!("one answer, not {effects:?}") };
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head ends");
    (String::from_utf8(bytes[..end].to_vec()).expect("heads are text"), bytes[end + 4..].to_vec())
}

fn field<'h>(head: &'h str, name: &str) -> &'h str {
    let found = head.lines().filter_map(|line| line.split_once(": ")).find(|(field, _)| *field == name);
    found.map_or_else(|| panic!("no {name} in {head}"), |(_, value)| value)
}

#[test]
fn a_page_comes_with_a_policy_and_a_tag() {
    for path in PAGES {
        let (head, body) = ask("GET", path, "");
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert_eq!(field(&head, "Content-Type"), "text/html; charset=utf-8");
        assert_eq!(field(&head, "Content-Length"), body.len().to_string());
        assert_eq!(field(&head, "X-Content-Type-Options"), "nosniff");
        let policy = field(&head, "Content-Security-Policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"), "{policy}");
        assert!(!policy.contains("unsafe-inline"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    }
}

/// The tag of the same page in gzip.
fn zipped(tag: &str) -> String {
    let hash = tag.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')).expect("a tag is quoted");
    format!("\"{hash}-gz\"")
}

/// What somebody says of codings, and whether it allows gzip.
const ACCEPTED: [(&str, bool); 16] = [
    ("gzip", true),
    ("GZip", true),
    ("gzip, deflate, br, zstd", true),
    ("br;q=1.0,gzip;q=0.001", true),
    ("*", true),
    ("identity;q=0, *", true),
    ("identity\r\nAccept-Encoding: gzip", true),
    ("", false),
    ("identity", false),
    ("br, deflate", false),
    ("gzipped", false),
    ("gzip;q=0", false),
    ("gzip ; Q=0.000", false),
    ("gzip;q=0, *", false),
    ("*, gzip;q=0", false),
    ("*;q=0", false),
];

#[test]
fn who_takes_gzip_gets_the_same_page_in_it() {
    for path in PAGES {
        let (plain_head, plain) = ask("GET", path, "");
        assert_eq!(field(&plain_head, "Vary"), "Accept-Encoding, Accept-Language");
        assert!(!plain_head.contains("Content-Encoding"), "{plain_head}");
        for (accepted, takes) in ACCEPTED {
            let (head, body) = ask_for_bytes("GET", path, &format!("Accept-Encoding: {accepted}\r\n"));
            if !takes {
                assert_eq!((head, body), (plain_head.clone(), plain.clone().into_bytes()), "{accepted}");
                continue;
            }
            assert_eq!(field(&head, "Content-Encoding"), "gzip", "{accepted}");
            assert_eq!(field(&head, "Vary"), "Accept-Encoding, Accept-Language");
            assert_eq!(field(&head, "Content-Type"), field(&plain_head, "Content-Type"));
            assert_eq!(field(&head, "Content-Length"), body.len().to_string());
            assert_eq!(field(&head, "ETag"), zipped(field(&plain_head, "ETag")));
            let mut unpacked = String::new();
            GzDecoder::new(&body[..]).read_to_string(&mut unpacked).expect("gzip");
            assert_eq!(unpacked, plain);
            assert!(body.len() < plain.len() / 2, "{path}: {} of {}", body.len(), plain.len());
        }
    }
}

#[test]
fn who_has_the_page_is_told_so_and_not_sent_it_again() {
    for path in PAGES {
        let (head, _) = ask("GET", path, "");
        let tag = field(&head, "ETag");
        let zipped = &zipped(tag);
        for known in [tag, zipped, "*", &format!("W/{zipped}"), &format!("\"other\", {tag}")] {
            for (accepted, wanted) in [("identity", tag), ("gzip", zipped)] {
                let fields = format!("If-None-Match: {known}\r\nAccept-Encoding: {accepted}\r\n");
                let (head, body) = ask("GET", path, &fields);
                assert!(head.starts_with("HTTP/1.1 304 Not Modified\r\n"), "{head}");
                assert_eq!(
                    (field(&head, "ETag"), field(&head, "Vary")),
                    (wanted, "Accept-Encoding, Accept-Language")
                );
                assert!(!head.contains("Content-Length") && !head.contains("Content-Encoding"), "{head}");
                assert_eq!(body, "");
            }
        }
        let (head, _) = ask("GET", path, "If-None-Match: \"other\"\r\n");
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    }
}

#[test]
fn the_head_of_a_page_is_that_of_the_page() {
    for (path, accepted) in PAGES.iter().flat_map(|path| [(path, "identity"), (path, "gzip")]) {
        let field = format!("Accept-Encoding: {accepted}\r\n");
        let (head, body) = ask("HEAD", path, &field);
        assert_eq!((head, body), (ask_for_bytes("GET", path, &field).0, String::new()));
    }
}

/// What comes after `begin` in a text, up to `end`, each time.
fn between<'t>(text: &'t str, begin: &'t str, end: char) -> impl Iterator<Item = &'t str> {
    text.split(begin).skip(1).filter_map(move |rest| rest.split(end).next())
}

/// What an ordinary chat does without; pages fetch it when somebody asks for it.
const ON_DEMAND: [&str; 5] = ["canned.js", "notify.js", "preview.js", "search.js", "transcript.js"];

/// Where the scripts and tables of this version are.
fn folder() -> String {
    let (_, html) = ask("GET", "/customer.html", "");
    let script = between(&html, " src=\"", '"').next().expect("a page has a script");
    script.split_once("/js/").expect("in a folder").0.to_owned()
}

/// All scripts of a page, without those it fetches on demand.
fn scripts_of(page: &str) -> Vec<String> {
    let (_, html) = ask("GET", page, "");
    let mut found: Vec<String> = between(&html, " src=\"", '"').map(str::to_owned).collect();
    let mut next = 0;
    while let Some(path) = found.get(next).cloned() {
        let (head, script) = ask("GET", &path, "");
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{page} needs {path}: {head}");
        for name in between(&script, " from './", '\'').chain(between(&script, "import('./", '\'')) {
            let module = format!("{}/js/{name}", folder());
            let (head, _) = ask("GET", &module, "");
            assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{path} needs {module}: {head}");
            if !found.contains(&module) && !ON_DEMAND.contains(&name) {
                found.push(module);
            }
        }
        next += 1;
    }
    found
}

/// The first load of the customer's page, and of any other: requests, and bytes in gzip with all heads.
const CUSTOMER_MAX: (usize, usize) = (6, 32 * 1024);
const OTHERS_MAX: (usize, usize) = (6, 48 * 1024);

#[test]
fn the_first_load_is_light() {
    for (page, language) in PAGES.iter().flat_map(|page| LANGUAGES.map(|language| (*page, language))) {
        let paths = [vec![page.to_owned(), "/health".to_owned()], scripts_of(page)].concat();
        let fields = format!("Accept-Encoding: gzip\r\nAccept-Language: {language}\r\n");
        let bytes = |path: &String| {
            let (head, body) = ask_for_bytes("GET", path, &fields);
            head.len() + 4 + body.len()
        };
        let sizes: Vec<_> = paths.iter().map(bytes).collect();
        let sum: usize = sizes.iter().sum();
        println!("{page} in {language}: {sum} bytes, {sizes:?}");
        let (most_requests, most) = if page == "/customer.html" { CUSTOMER_MAX } else { OTHERS_MAX };
        assert!(sum < most && paths.len() <= most_requests, "{page} in {language}: {sum} bytes, {paths:?}");
    }
}

#[test]
fn what_belongs_to_a_page_is_kept_for_ever() {
    let folder = folder();
    for path in scripts_of("/agent.html").into_iter().chain([format!("{folder}/text/pt.json")]) {
        let (head, body) = ask("GET", &path, "");
        assert_eq!(field(&head, "Cache-Control"), "public, max-age=31536000, immutable", "{path}");
        assert_eq!(field(&head, "Vary"), "Accept-Encoding");
        // A page of another version is still in use somewhere: it gets what there is, and keeps it not.
        let (head, same) = ask("GET", &path.replace(&folder, "/0123456789abcdef"), "");
        assert_eq!((field(&head, "Cache-Control"), same), ("no-store", body));
        // Without a version there is none.
        let (head, _) = ask("GET", path.strip_prefix(&folder).expect("in the folder"), "");
        assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
    }
    for page in PAGES {
        assert_eq!(field(&ask("GET", page, "").0, "Cache-Control"), "no-cache");
        assert!(ask("GET", &format!("{folder}{page}"), "").0.starts_with("HTTP/1.1 404 "));
    }
}

/// What somebody says of languages, and what the page is in.
const WANTED: [(&str, &str); 9] = [
    ("pt-BR,pt;q=0.9,en;q=0.8", "pt"),
    ("sv-SE, DE;q=0.5, en;q=0.4", "de"),
    ("en;q=0.3, ja;q=0.7", "ja"),
    ("fr;q=0, es;q=0.001", "es"),
    ("sv", "en"),
    ("*", "en"),
    ("", "en"),
    (";;q=,,", "en"),
    ("ar\r\nAccept-Language: de", "ar"),
];

#[test]
fn a_page_comes_in_the_language_that_is_asked_for() {
    for (wanted, language) in WANTED {
        let (head, body) = ask("GET", "/customer.html", &format!("Accept-Language: {wanted}\r\n"));
        assert_eq!(field(&head, "Content-Language"), language, "{wanted}");
        assert!(body.contains(&format!("<html lang=\"{language}\"")), "{wanted}");
        assert_eq!(body.contains("<html lang=\"ar\" dir=\"rtl\">"), language == "ar", "{wanted}");
        let title = &words_in(language)["start.title"];
        assert!(body.contains(&format!("<h1 data-text=\"start.title\">{title}</h1>")), "{wanted}");
        let (_, same) = ask("GET", "/customer.html", &format!("Accept-Language: {language}\r\n"));
        assert_eq!(body, same);
    }
}

/// Such a rule is asked anew of every message for each that comes: a chat of thousands stands still.
#[test]
fn no_rule_looks_along_the_siblings_of_siblings() {
    for sheet in ["style.css", "hub.css"] {
        let css = std::fs::read_to_string(format!("static/{sheet}")).expect("a sheet");
        for has in between(&css, ":has(", '{') {
            let inside = has.split(')').next().unwrap_or_default();
            assert!(!inside.contains(['~', '+']) && !inside.contains("nth"), "{sheet}: :has({has}");
        }
    }
}

type Words = BTreeMap<String, String>;

const LANGUAGES: [&str; 7] = ["ar", "de", "en", "es", "fr", "ja", "pt"];

fn words_in(language: &str) -> Words {
    let (_, json) = ask("GET", &format!("{}/text/{language}.json", folder()), "");
    serde_json::from_str(&json).unwrap_or_else(|error| panic!("{language}.json: {error}"))
}

/// A key and the plural form it is for (<https://www.unicode.org/reports/tr35/>, part 3, section 5).
fn form_of(key: &str) -> (&str, Option<&str>) {
    match key.rsplit_once('.') {
        Some((base, form @ ("zero" | "one" | "two" | "few" | "many" | "other"))) => (base, Some(form)),
        _ => (key, None),
    }
}

/// The names in braces.
fn places(words: &str) -> BTreeSet<&str> {
    between(words, "{", '}').collect()
}

#[test]
fn every_language_has_all_the_words() {
    let english = words_in("en");
    let keys = |words: &Words| words.keys().map(|key| form_of(key).0.to_owned()).collect::<BTreeSet<_>>();
    for language in LANGUAGES {
        let words = words_in(language);
        let (theirs, ours) = (keys(&words), keys(&english));
        assert_eq!(
            theirs.difference(&ours).collect::<Vec<_>>(),
            Vec::<&String>::new(),
            "{language} alone has"
        );
        assert_eq!(ours.difference(&theirs).collect::<Vec<_>>(), Vec::<&String>::new(), "{language} lacks");
        for (key, text) in &words {
            let (base, form) = form_of(key);
            let general = if form.is_some() { format!("{base}.other") } else { key.clone() };
            assert!(words.contains_key(&general), "{language}: {key} has no general form");
            let (here, there) = (places(text), places(&english[&general]));
            // "One customer waits" needs no number.
            let exact = matches!(form, None | Some("few" | "many" | "other"));
            assert!(here.is_subset(&there) && (!exact || here == there), "{language}: {key} has {here:?}");
            assert!(!text.trim().is_empty(), "{language}: {key} is empty");
        }
    }
}

#[test]
fn pages_name_no_words_that_do_not_exist() {
    let english = words_in("en");
    for page in PAGES {
        let (_, html) = ask("GET", page, "");
        for attribute in ["data-text=\"", "data-label=\"", "data-hint=\""] {
            for key in between(&html, attribute, '"') {
                assert!(english.contains_key(key), "{page} wants {key}");
            }
        }
    }
    for entry in std::fs::read_dir("static/js").expect("scripts") {
        let path = entry.expect("a script").path();
        let script = std::fs::read_to_string(&path).expect("a script");
        let calls = script.match_indices("t('");
        let calls = calls.filter(|(at, _)| !script[..*at].ends_with(char::is_alphanumeric));
        for key in calls.filter_map(|(at, call)| script[at + call.len()..].split('\'').next()) {
            assert!(english.contains_key(key), "{} wants {key}", path.display());
        }
    }
}
