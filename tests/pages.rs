//! Pages as the engine answers them, without a word about what stands in them.

use std::net::Ipv4Addr;

use dragoman::config::Config;
use dragoman::engine::Engine;
use dragoman::event::{ConnId, Effect, Event, Millis};

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
