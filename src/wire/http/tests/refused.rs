//! What the reader refuses, and how.

use super::*;

/// Makes sure that the bytes are refused with this status and word, after nothing else.
#[track_caller]
fn refused(bytes: impl AsRef<[u8]>, status: u16, code: &str) {
    let (told, progress) = read(bytes.as_ref(), &LIMITS);
    let text = String::from_utf8_lossy(bytes.as_ref());
    let text: String = text.chars().take(200).collect();
    let [Step::Refuse(refusal)] = told[..] else { panic!("{text:?}: {told:?}") };
    assert_eq!((refusal.status, refusal.code), (status, code), "{text:?}");
    assert_eq!(progress, Progress::Idle);
}

#[track_caller]
fn line_refused(line: &str, status: u16, code: &str) {
    refused(format!("{line}\r\nHost: a\r\n\r\n"), status, code);
}

#[track_caller]
fn fields_refused(fields: &str, status: u16, code: &str) {
    refused(format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n"), status, code);
}

#[test]
fn request_lines() {
    for line in [
        "GET  / HTTP/1.1",
        " GET / HTTP/1.1",
        "\tGET / HTTP/1.1",
        "GET / HTTP/1.1 ",
        "GET /  HTTP/1.1",
        "GET / a HTTP/1.1",
        "GET\t/ HTTP/1.1",
        "GET /\t HTTP/1.1",
        "GET /\0 HTTP/1.1",
        "GET /\x7f HTTP/1.1",
        "GE(T / HTTP/1.1",
        "GÉT / HTTP/1.1",
        "GET",
        "GET ",
        "GET / ",
        "GET / HTTP/1.",
        "GET / HTTP/1.10",
        "GET / http/1.1",
        "GET / HTTP/1,1",
        "GET / HTTP/a.1",
        "GET / HTCPCP/1",
        "GET / HTTP/1.\u{661}",
    ] {
        line_refused(line, 400, "bad_request_line");
    }
}

#[test]
fn targets() {
    for line in [
        "GET * HTTP/1.1",
        "GET a HTTP/1.1",
        "GET a.example:80 HTTP/1.1",
        "GET ?a HTTP/1.1",
        "GET /a#b HTTP/1.1",
        "GET /é HTTP/1.1",
        "GET ftp://a/ HTTP/1.1",
        "GET http:///b HTTP/1.1",
        "GET http:// HTTP/1.1",
        "GET http://user@a/ HTTP/1.1",
        "GET http://a:b/ HTTP/1.1",
        "GET http:a HTTP/1.1",
        "OPTIONS ** HTTP/1.1",
    ] {
        line_refused(line, 400, "bad_target");
    }
}

#[test]
fn long_targets() {
    let target = |bytes: usize| format!("/{}", "x".repeat(bytes - 1));
    line_refused(&format!("GET {} HTTP/1.1", target(MAX_TARGET_BYTES + 1)), 414, "target_too_long");
    let (told, _) = read(format!("GET {} HTTP/1.0\r\n\r\n", target(MAX_TARGET_BYTES)).as_bytes(), &LIMITS);
    assert!(matches!(told[..], [Step::Request(_)]));
}

#[test]
fn methods() {
    for line in ["get / HTTP/1.1", "BREW / HTTP/1.1", "CONNECT a:80 HTTP/1.1", "PROPFIND / HTTP/1.1"] {
        line_refused(line, 501, "method_unknown");
    }
    refused("X".repeat(MAX_METHOD_BYTES + 1), 501, "method_unknown");
}

#[test]
fn versions() {
    for line in ["GET / HTTP/0.9", "GET / HTTP/2.0", "GET / HTTP/9.9", "BREW / HTTP/3.0"] {
        line_refused(line, 505, "version_not_supported");
    }
    refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "version_not_supported");
    // RFC 9112, section 3: without a version it is no request line.
    for line in ["GET /", "GET HTTP/1.1", "GET"] {
        line_refused(line, 400, "bad_request_line");
    }
    refused("GET /\r\n", 400, "bad_request_line");
}

#[test]
fn tls_gets_a_hint() {
    let hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    refused(hello, 400, "tls_on_plain_port");
    let told = read(hello, &LIMITS).0;
    let [Step::Refuse(refusal)] = &told[..] else { panic!("{told:?}") };
    assert!(refusal.message.contains("http://"));
}

#[test]
fn line_endings() {
    for bytes in [
        "\n",
        "\r\r\n",
        "\rGET / HTTP/1.1\r\n",
        "GET /\nHost: a\n\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\rHost: a\r\r",
        "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\rGET",
        "GET / HTTP/1.1\r\nHost\n\r\n",
    ] {
        refused(bytes, 400, "bad_line_ending");
    }
}

#[test]
fn empty_lines() {
    refused("\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_request_line");
}

#[test]
fn field_names() {
    for fields in ["X : y", "X\t: y", ": y", "X", "X y: z", "X(: y", "é: y", "X\0: y", "\0", "\x0b: y"] {
        fields_refused(fields, 400, "bad_field_name");
    }
}

#[test]
fn field_values() {
    for byte in (0..0x20).chain([0x7f]).filter(|byte| !b"\t\r\n".contains(byte)) {
        let field = format!("X: a{}b", char::from(byte));
        fields_refused(&field, 400, "bad_field_value");
    }
}

#[test]
fn folded_fields() {
    fields_refused("X: a\r\n b", 400, "folded_field");
    fields_refused("X: a\r\n\tb: c", 400, "folded_field");
    refused("GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400, "folded_field");
}

#[test]
fn large_heads() {
    let head = |padding: usize| {
        format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(padding)).into_bytes()
    };
    let most = LIMITS.head_bytes - head(0).len();
    assert!(matches!(read(&head(most), &LIMITS).0[..], [Step::Request(_)]));
    refused(head(most + 1), 431, "head_too_large");
    let tight = Limits { head_bytes: 10, ..LIMITS };
    assert!(matches!(
        read(b"GET /aaaaaaaaaaaa", &tight).0[..],
        [Step::Refuse(Refusal { status: 431, code: "head_too_large", .. })]
    ));
}

#[test]
fn many_fields() {
    let head = |fields: usize| format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(fields - 1));
    assert!(matches!(read(head(64).as_bytes(), &LIMITS).0[..], [Step::Request(_)]));
    refused(head(65), 431, "too_many_fields");
    let loose = Limits { head_fields: usize::MAX, ..LIMITS };
    assert!(matches!(read(head(MAX_FIELDS).as_bytes(), &loose).0[..], [Step::Request(_)]));
    assert!(matches!(read(head(MAX_FIELDS + 1).as_bytes(), &loose).0[..], [Step::Refuse(_)]));
}

#[test]
fn hosts() {
    refused("GET / HTTP/1.1\r\n\r\n", 400, "bad_host");
    refused("GET http://a/ HTTP/1.1\r\nX: y\r\n\r\n", 400, "bad_host");
    refused("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400, "bad_host");
    fields_refused("host: a", 400, "bad_host");
    for host in [
        "",
        "a b",
        "a/b",
        "u@a",
        "a:80:80",
        "a:x",
        "a:65536",
        "a:+1",
        ":80",
        "::1",
        "[::1",
        "[::1]x",
        "[]",
        "[::g]",
        "[127.0.0.1]",
        "a%41",
        "é",
    ] {
        refused(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"), 400, "bad_host");
    }
}

#[test]
fn content_lengths() {
    for value in ["", "+1", "-1", "1,1", "1, 1", "0x1", "1 1", "a", "1.", "18446744073709551616", "\u{661}"] {
        fields_refused(&format!("Content-Length: {value}"), 400, "bad_content_length");
    }
    fields_refused("Content-Length: 1\r\nContent-Length: 1", 400, "bad_content_length");
    fields_refused("Content-Length: 0\r\nTransfer-Encoding: chunked", 400, "bad_content_length");
    refused("GET / HTTP/1.0\r\nContent-Length: 1, 1\r\n\r\nx", 400, "bad_content_length");
}

#[test]
fn missing_lengths() {
    for method in ["POST", "PUT", "PATCH"] {
        line_refused(&format!("{method} / HTTP/1.1"), 411, "length_required");
        line_refused(&format!("{method} / HTTP/1.0"), 411, "length_required");
    }
}

#[test]
fn large_bodies() {
    fields_refused("Content-Length: 4097", 413, "body_too_large");
    fields_refused("Content-Length: 18446744073709551615\r\nExpect: 100-continue", 413, "body_too_large");
    refused("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 4097\r\n\r\n", 413, "body_too_large");
}

#[test]
fn transfer_encodings() {
    for value in ["gzip", "gzip, chunked", "identity", "xchunked", "chunked2", "gzip;level=9, chunked"] {
        fields_refused(&format!("Transfer-Encoding: {value}"), 501, "transfer_coding_unknown");
    }
    for value in [
        "",
        "chunked, chunked",
        "chunked, gzip",
        "chunked,",
        ",chunked",
        "chunked;a=b",
        "chun ked",
        "\"chunked\"",
        "chunked\r\nTransfer-Encoding: chunked",
        "chunked\r\nTransfer-Encoding: gzip",
        "é",
        ";",
    ] {
        fields_refused(&format!("Transfer-Encoding: {value}"), 400, "bad_transfer_encoding");
    }
    refused("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "bad_transfer_encoding");
}

#[test]
fn expectations() {
    for value in ["", "200-ok", "100-continue, x", "100-continue\r\nExpect: y", "100-continue;q=1"] {
        fields_refused(&format!("Content-Length: 1\r\nExpect: {value}"), 417, "expectation_failed");
    }
}

#[track_caller]
fn chunks_refused(body: &str, status: u16, code: &str) {
    refused(format!("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{body}"), status, code);
}

#[test]
fn chunks() {
    for body in [
        "\r\n",
        "g\r\n",
        "+1\r\n",
        "-1\r\n",
        "0x1\r\n",
        " 1\r\n",
        "1 \r\n",
        "1\n",
        "1\ra",
        ";\r\n",
        "1 1\r\n",
        "00000000000000001\r\n",
        "FFFFFFFFFFFFFFFFF\r\n",
        "1\r\nab",
        "1\r\na\n",
        "1\r\na\r0",
        "1\r\na\r\n\r\n",
        "1;a\n",
        "1;a\rb",
        "1;\0\r\n",
        "1;\x7f\r\n",
        "1;\r\n",
        "1;;a\r\n",
        "1;a[=b\r\n",
        "1;a=\r\n",
        "1;a=b c\r\n",
        "1;a=\"b\r\n",
        "1;a=\"b\\\r\n",
        "1;a=\"b\"c\r\n",
        "1;a \r\n",
        "1;a=b \r\n",
        "1;=b\r\n",
        "é",
    ] {
        chunks_refused(body, 400, "bad_chunk");
    }
    chunks_refused(&format!("1;{}", "x".repeat(MAX_EXTENSION_BYTES)), 400, "bad_chunk");
    chunks_refused(&"1;xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\na\r\n".repeat(33), 400, "bad_chunk");
    chunks_refused(&format!("1{}", " ".repeat(MAX_EXTENSION_BYTES + 1)), 400, "bad_chunk");
}

#[test]
fn large_chunked_bodies() {
    chunks_refused("1001\r\n", 413, "body_too_large");
    chunks_refused("FFFFFFFFFFFFFFFF\r\n", 413, "body_too_large");
    chunks_refused(&format!("1000\r\n{}\r\n1\r\n", "x".repeat(0x1000)), 413, "body_too_large");
}

#[test]
fn trailers() {
    chunks_refused("0\r\nX : y\r\n\r\n", 400, "bad_field_name");
    chunks_refused("0\r\n X: y\r\n\r\n", 400, "folded_field");
    chunks_refused("0\r\nX: \0\r\n\r\n", 400, "bad_field_value");
    chunks_refused("0\r\nX: y\n\r\n", 400, "bad_line_ending");
    chunks_refused("0\r\n\n", 400, "bad_line_ending");
    chunks_refused(&format!("0\r\n{}\r\n", "X: y\r\n".repeat(65)), 431, "too_many_fields");
    chunks_refused(&format!("0\r\nX: {}\r\n\r\n", "x".repeat(LIMITS.head_bytes)), 431, "head_too_large");
}

#[test]
fn the_answer_to_head_is_told_to_have_no_body() {
    for (bytes, to_head) in [
        ("HEAD / HTTP/1.1\r\n\r\n", true),
        ("HEAD / HTTP/1.1\r\nX : y\r\n\r\n", true),
        ("HEAD a HTTP/1.1\r\n", true),
        ("HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx", true),
        ("GET / HTTP/1.1\r\n\r\n", false),
    ] {
        let told = read(bytes.as_bytes(), &LIMITS).0;
        assert!(matches!(told[..], [Step::Refuse(refusal)] if refusal.to_head == to_head), "{bytes:?}");
    }
}

#[test]
fn nothing_is_read_behind_a_refusal() {
    refused("GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_host");
}
