//! Every rule of the reader, each vector fed whole, byte by byte, and cut in two at every place.

use super::*;

mod fuzz;
mod refused;

pub(super) const LIMITS: Limits = Limits { head_bytes: 16 * 1024, head_fields: 64, body_bytes: 4096 };

/// The steps that tell something, and what the reader was in the middle of at the end.
pub(super) type Told = (Vec<Step>, Progress);

/// Feeds pieces one after the other, and checks what holds after each of them.
pub(super) fn feed<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, limits: &Limits) -> Told {
    let mut reader = RequestReader::new();
    let mut told = Vec::new();
    for piece in pieces {
        let mut input = piece;
        loop {
            match reader.step(&mut input, limits) {
                Step::NeedMore => break,
                step => told.push(step),
            }
        }
        assert!(input.is_empty(), "asked for more with input left");
        assert!(reader.held_bytes() <= 2 * limits.head_bytes + limits.body_bytes, "holds too much");
    }
    assert!(reader.progress() != Progress::Idle || reader.held_bytes() == 0);
    (told, reader.progress())
}

/// What the bytes give, having made sure that cuts change nothing.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Told {
    let whole = feed([bytes], limits);
    assert_eq!(feed(bytes.chunks(1), limits), whole, "byte by byte");
    // Every cut of a long vector would be quadratic; an odd stride still meets every state.
    let stride = if bytes.len() < 2000 { 1 } else { bytes.len() / 97 };
    for cut in (0..bytes.len()).step_by(stride) {
        let (front, back) = bytes.split_at(cut);
        assert_eq!(feed([front, back], limits), whole, "cut at {cut}");
    }
    whole
}

/// All requests of some bytes that are all in order.
fn requests(bytes: impl AsRef<[u8]>) -> Vec<Request> {
    let (told, progress) = read(bytes.as_ref(), &LIMITS);
    assert_eq!(progress, Progress::Idle);
    let requests = told.into_iter().filter_map(|step| match step {
        Step::Request(request) => Some(request),
        Step::SendContinue => None,
        other => panic!("{other:?}"),
    });
    requests.collect()
}

/// The only request of some bytes that are in order.
fn request(bytes: impl AsRef<[u8]>) -> Request {
    let mut all = requests(bytes);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[test]
fn a_plain_get() {
    let get = request("GET /rooms/7?after=3&x HTTP/1.1\r\nHost: localhost:8080\r\nAccept: */*\r\n\r\n");
    assert_eq!((get.method, get.version, get.path.as_str()), (Method::Get, Version::Http11, "/rooms/7"));
    assert_eq!(get.query.as_deref(), Some("after=3&x"));
    assert_eq!(get.host(), Some("localhost:8080"));
    assert!(get.keep_alive && get.body.is_empty());
}

#[test]
fn every_known_method_passes_through() {
    for name in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
        let request = request(format!("{name} / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"));
        assert_eq!(request.method.as_str(), name);
    }
}

#[test]
fn requests_in_one_packet_come_one_by_one() {
    let paths = requests(
        "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi\
         POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n\
         GET /3 HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    let paths: Vec<_> =
        paths.iter().map(|request| (request.path.as_str(), request.body.as_slice())).collect();
    assert_eq!(paths, [("/1", &b"hi"[..]), ("/2", b"hi"), ("/3", b"")]);
}

#[test]
fn what_follows_an_upgrade_stays_in_the_input() {
    let mut input = &b"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\n\
        Upgrade: WebSocket\r\n\r\n\x81\x80"[..];
    let mut reader = RequestReader::new();
    let Step::Request(request) = reader.step(&mut input, &LIMITS) else { panic!("no request") };
    assert!(request.has_token("connection", "upgrade") && request.has_token("UPGRADE", "websocket"));
    assert_eq!(input, b"\x81\x80");
}

#[test]
fn fields_are_found_whatever_their_case() {
    let request = request(
        b"GET / HTTP/1.1\r\nhOST:a\r\nX-A: \t one two \t\r\nX-Empty:\r\nx-a: three\r\nX-B: \xff\r\nX-B: \xc3\xa9\r\n\
          Connection: a , TE\r\nConnection: b\r\n\r\n",
    );
    assert_eq!(request.header("x-A"), Some("one two"));
    assert_eq!(request.header("x-empty"), Some(""));
    assert_eq!(request.headers("X-A").collect::<Vec<_>>(), ["one two", "three"]);
    assert_eq!((request.header("x-b"), request.header("x-c")), (None, None));
    assert_eq!(request.headers("x-b").collect::<Vec<_>>(), ["é"]);
    assert!(request.has_token("connection", "te") && request.has_token("connection", "b"));
    assert!(!request.has_token("connection", "close") && !request.has_token("connection", "a , te"));
}

/// httparse, which splits the section, must not be stricter than the scan before it.
#[test]
fn every_byte_that_a_field_may_have_passes() {
    let name: String = (0..128_u8).filter(|&byte| is_token_byte(byte)).map(char::from).collect();
    let value: Vec<u8> = (0..=255).filter(|&byte| is_value_byte(byte)).collect();
    let mut bytes = format!("GET / HTTP/1.1\r\nHost: a\r\n{name}: x\r\nX: |").into_bytes();
    bytes.extend_from_slice(&value);
    bytes.extend_from_slice(b"|\r\n\r\n");
    let request = request(bytes);
    assert_eq!(request.header(&name), Some("x"));
    assert_eq!(request.fields().values("x").next().unwrap().len(), value.len() + 2);
}

#[test]
fn query_parameters_are_decoded() {
    let request =
        request("GET /?a=1+2%2B3&a=4&%62=%C3%A9&c&=d&bad=%zz&utf=%ff&e=f=g HTTP/1.1\r\nHost: a\r\n\r\n");
    let param = |name| request.query_param(name);
    assert_eq!(param("a").as_deref(), Some("1 2+3"));
    assert_eq!(param("b").as_deref(), Some("é"));
    assert_eq!((param("c").as_deref(), param("").as_deref()), (Some(""), Some("d")));
    assert_eq!(param("e").as_deref(), Some("f=g"));
    assert_eq!((param("bad"), param("utf"), param("missing")), (None, None, None));
}

#[test]
fn a_target_may_be_absolute_and_its_authority_wins() {
    for (target, host, path, query) in [
        ("http://shop.example/a?b", "shop.example", "/a", Some("b")),
        ("HTTPS://shop.example:444", "shop.example:444", "/", None),
        ("http://[::1]:8080?b=http://c/", "[::1]:8080", "/", Some("b=http://c/")),
        ("/http://b/", "a", "/http://b/", None),
        ("//b/c", "a", "//b/c", None),
    ] {
        let request = request(format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert_eq!(
            (request.host(), request.path.as_str(), request.query.as_deref()),
            (Some(host), path, query)
        );
    }
    assert_eq!(request("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").path, "*");
}

#[test]
fn hosts_that_are_valid() {
    for host in ["a", "a.example", "a_b:", "127.0.0.1:80", "[::1]", "[2001:db8::1]:65535"] {
        assert_eq!(request(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")).host(), Some(host));
    }
    assert_eq!(request("GET / HTTP/1.0\r\n\r\n").host(), None);
}

#[test]
fn connections_stay_open_by_version_and_wish() {
    for (version, wish, keep_alive) in [
        ("1.1", "", true),
        ("1.1", "Connection: Close\r\n", false),
        ("1.1", "Connection: x, close\r\nConnection: keep-alive\r\n", false),
        ("1.0", "", false),
        ("1.0", "Connection: Keep-Alive\r\n", true),
        ("1.0", "Connection: keep-alive, close\r\n", false),
        ("1.2", "", true),
    ] {
        let request = request(format!("GET / HTTP/{version}\r\nHost: a\r\n{wish}\r\n"));
        assert_eq!(request.keep_alive, keep_alive, "{version} {wish}");
    }
}

#[test]
fn a_later_minor_version_is_taken_for_the_last_known() {
    assert_eq!(request("GET / HTTP/1.9\r\nHost: a\r\n\r\n").version, Version::Http11);
    assert_eq!(request("GET / HTTP/1.0\r\n\r\n").version, Version::Http10);
}

#[test]
fn a_few_empty_lines_before_a_request_are_skipped() {
    assert_eq!(
        requests("\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
            .len(),
        2
    );
}

#[test]
fn a_body_by_its_length() {
    for method in ["POST", "PUT", "PATCH", "GET", "DELETE"] {
        let request =
            request(format!("{method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 0005\r\n\r\n\r\n\0é"));
        assert_eq!(request.body, "\r\n\0é".as_bytes());
    }
    assert_eq!(request("POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\nx").body, b"x");
    let most = "x".repeat(LIMITS.body_bytes);
    let request = request(format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4096\r\n\r\n{most}"));
    assert_eq!(request.body, most.as_bytes());
}

#[test]
fn a_body_in_chunks() {
    let chunked =
        |body: &str| format!("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n{body}");
    for (body, decoded) in [
        ("0\r\n\r\n", ""),
        ("000000000000000A\r\n0123456789\r\n0000000000000000\r\n\r\n", "0123456789"),
        ("1\r\na\r\n2\r\n\r\n\r\n00\r\n\r\n", "a\r\n"),
        ("1;x\r\na\r\n1 \t; y = \"z;\\\"\" ;w=v\r\na\r\n0;last\r\n\r\n", "aa"),
        ("1\r\na\r\n0\r\nX-Checksum: 7\r\nContent-Length: 9\r\n\r\n", "a"),
    ] {
        assert_eq!(request(chunked(body)).body, decoded.as_bytes(), "{body}");
    }
    let most = "x".repeat(LIMITS.body_bytes);
    assert_eq!(request(chunked(&format!("1000\r\n{most}\r\n0\r\n\r\n"))).body, most.as_bytes());
}

#[test]
fn a_client_that_waits_is_told_to_go_on() {
    let told = |version: &str, fields: &str, body: &str| {
        let bytes = format!("POST / HTTP/{version}\r\nHost: a\r\n{fields}\r\n{body}");
        read(bytes.as_bytes(), &LIMITS).0
    };
    let waits = "Expect: 100-Continue\r\nContent-Length: 2\r\n";
    assert_eq!(told("1.1", waits, ""), [Step::SendContinue]);
    assert!(matches!(told("1.1", waits, "hi")[..], [Step::SendContinue, Step::Request(_)]));
    assert!(matches!(
        told("1.1", "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")[..],
        [Step::SendContinue, Step::Request(_)]
    ));
    assert!(matches!(
        told("1.1", "Expect: 100-continue\r\nContent-Length: 0\r\n", "")[..],
        [Step::Request(_)]
    ));
    assert!(matches!(told("1.0", waits, "hi")[..], [Step::Request(_)]));
}

#[test]
fn progress_says_what_is_going_on() {
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n";
    for (bytes, progress) in [
        (String::new(), Progress::Idle),
        ("\r\n\r".to_owned(), Progress::Idle),
        ("P".to_owned(), Progress::Head),
        ("POST / HTTP/1.1\r\n".to_owned(), Progress::Head),
        (head[..head.len() - 1].to_owned(), Progress::Head),
        (head.to_owned(), Progress::Body),
        (format!("{head}h"), Progress::Body),
        (format!("{head}hi"), Progress::Idle),
        (format!("{head}hiG"), Progress::Head),
        ("?bad".to_owned(), Progress::Idle),
    ] {
        assert_eq!(read(bytes.as_bytes(), &LIMITS).1, progress, "{bytes:?}");
    }
}

#[test]
fn a_reader_is_small() {
    assert!(size_of::<RequestReader>() <= 16);
    assert!(size_of::<Request>() <= 192);
}

/// Were any byte looked at again for each that follows it, this would take hours.
#[test]
fn a_long_head_byte_by_byte_takes_linear_time() {
    let limits = Limits { head_bytes: 2 << 20, ..LIMITS };
    let head = format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(1 << 20));
    assert!(matches!(feed(head.as_bytes().chunks(1), &limits).0[..], [Step::Request(_)]));
}

#[test]
fn limits_come_from_the_configuration() {
    let limits = Limits::from(&Config::defaults());
    assert_eq!((limits.head_bytes, limits.head_fields, limits.body_bytes), (16384, 64, 65536));
    assert!(limits.head_bytes > MAX_TARGET_BYTES + MAX_METHOD_BYTES && limits.head_fields <= MAX_FIELDS);
}
