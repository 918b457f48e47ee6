//! Pages as the engine answers them, without a word about what stands in them.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use dragoman::config::Config;
use dragoman::engine::Engine;
use dragoman::vocabulary::{ConnId, Effect, Event, Millis};

const PAGES: [&str; 5] = ["/", "/index.html", "/customer.html", "/agent.html", "/hub.html"];

/// The answer to a request: head and body.
fn ask(method: &str, path: &str, field: &str) -> (String, String) {
    let mut engine = Engine::new(Config::defaults());
    let mut effects = Vec::new();
    let conn = ConnId { slot: 0, generation: 1 };
    let peer = Ipv4Addr::LOCALHOST.into();
    let request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{field}\r\n");
    engine.handle(Millis::ZERO, Event::Accepted { conn, peer }, &mut effects);
    engine.handle(Millis::ZERO, Event::Bytes { conn, bytes: request.as_bytes() }, &mut effects);
    let [Effect::Send { bytes, .. }] = &effects[..] else { panic!("one answer, not {effects:?}") };
    let text = String::from_utf8(bytes.to_vec()).expect("pages are UTF-8");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head ends");
    (head.to_owned(), body.to_owned())
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

#[test]
fn who_has_the_page_is_told_so_and_not_sent_it_again() {
    for path in PAGES {
        let (head, _) = ask("GET", path, "");
        let tag = field(&head, "ETag");
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag}");
        for known in [tag, "*", &format!("W/{tag}"), &format!("\"other\", {tag}")] {
            let (head, body) = ask("GET", path, &format!("If-None-Match: {known}\r\n"));
            assert!(head.starts_with("HTTP/1.1 304 Not Modified\r\n"), "{head}");
            assert_eq!(field(&head, "ETag"), tag);
            assert_eq!(body, "");
        }
        let (head, _) = ask("GET", path, "If-None-Match: \"other\"\r\n");
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    }
}

#[test]
fn the_head_of_a_page_is_that_of_the_page() {
    for path in PAGES {
        let (head, body) = ask("HEAD", path, "");
        assert_eq!((head, body), (ask("GET", path, "").0, String::new()));
    }
}

/// The most JavaScript a page may be made of, as it is sent.
const MOST_SCRIPT_BYTES: usize = 30_000;

/// What comes after `begin` in a text, up to `end`, each time.
fn between<'t>(text: &'t str, begin: &'t str, end: char) -> impl Iterator<Item = &'t str> {
    text.split(begin).skip(1).filter_map(move |rest| rest.split(end).next())
}

/// What an ordinary chat does without; pages fetch it when somebody asks for it.
const ON_DEMAND: [&str; 5] = ["canned.js", "notify.js", "preview.js", "search.js", "transcript.js"];

/// All scripts of a page, those it fetches later included, as far as an ordinary chat needs them.
fn scripts_of(page: &str) -> Vec<String> {
    let (_, html) = ask("GET", page, "");
    let mut found: Vec<String> = between(&html, "src=\"", '"').map(str::to_owned).collect();
    let mut next = 0;
    while let Some(path) = found.get(next).cloned() {
        let (head, script) = ask("GET", &path, "");
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{page} needs {path}: {head}");
        let imported = between(&script, "from './", '\'').chain(between(&script, "import('./", '\''));
        for name in imported.filter(|name| !ON_DEMAND.contains(name)) {
            let module = format!("/js/{name}");
            if !found.contains(&module) {
                found.push(module);
            }
        }
        next += 1;
    }
    found
}

#[test]
fn pages_are_light() {
    for page in PAGES {
        let sizes = scripts_of(page).into_iter().map(|path| (ask("GET", &path, "").1.len(), path));
        let sizes: Vec<_> = sizes.collect();
        let all: usize = sizes.iter().map(|(size, _)| size).sum();
        println!("{page}: {all} bytes of JavaScript, {sizes:?}");
        assert!(all < MOST_SCRIPT_BYTES, "{page} has {all} bytes of JavaScript: {sizes:?}");
    }
}

type Words = BTreeMap<String, String>;

const LANGUAGES: [&str; 7] = ["ar", "de", "en", "es", "fr", "ja", "pt"];

fn words_in(language: &str) -> Words {
    let (_, json) = ask("GET", &format!("/text/{language}.json"), "");
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
        for path in scripts_of(page) {
            let (_, script) = ask("GET", &path, "");
            let calls = script.match_indices("t('");
            let calls = calls.filter(|(at, _)| !script[..*at].ends_with(char::is_alphanumeric));
            for key in calls.filter_map(|(at, call)| script[at + call.len()..].split('\'').next()) {
                assert!(english.contains_key(key), "{path} wants {key}");
            }
        }
    }
}
