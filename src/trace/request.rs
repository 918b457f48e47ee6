//! HTTP requests in shorthand, for people who write traces by hand: one line says what the request is about, and the
//! rest of the head is filled in. Recorded traces show the bytes themselves.

use super::text::{nothing_behind, unquote, word};

/// What every client sends that has nothing special to say.
const HOST: (&str, &str) = ("Host", "localhost");
/// The handshake of RFC 6455 with the key of its example; the key is no secret and proves nothing.
const HANDSHAKE: [(&str, &str); 4] = [
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
];

/// `POST /start-chat [Accept-Language: pt] {"name":"Ana"}`: method, target, fields in brackets, and the body to the end
/// of the line, as it stands or quoted.
pub(super) fn http(text: &str) -> Result<Vec<u8>, String> {
    let (method, rest) = word(text);
    let (target, rest) = word(rest);
    if method.is_empty() || target.is_empty() {
        return Err("expected a method and a target, as in GET /health".to_owned());
    }
    let (fields, rest) = fields(rest);
    let body = if rest.starts_with('"') {
        let (body, rest) = unquote(rest)?;
        nothing_behind(rest)?;
        body
    } else {
        rest.as_bytes().to_vec()
    };
    let length = body.len().to_string();
    let mut defaults = vec![HOST];
    if !body.is_empty() {
        defaults.push(("Content-Type", "application/json"));
    }
    if !body.is_empty() || method == "POST" {
        defaults.push(("Content-Length", &length));
    }
    let mut bytes = head(method, target, &defaults, &fields);
    bytes.extend(body);
    Ok(bytes)
}

/// `/ws?token=… [Origin: https://shop.example]`: the handshake of a WebSocket.
pub(super) fn upgrade(text: &str) -> Result<Vec<u8>, String> {
    let (target, rest) = word(text);
    if target.is_empty() {
        return Err("expected a target, as in /ws?token=…".to_owned());
    }
    let (fields, rest) = fields(rest);
    nothing_behind(rest)?;
    let mut defaults = vec![HOST];
    defaults.extend(HANDSHAKE);
    Ok(head("GET", target, &defaults, &fields))
}

/// The fields in brackets, and what follows them.
fn fields(mut text: &str) -> (Vec<(&str, &str)>, &str) {
    let mut fields = Vec::new();
    while let Some((field, rest)) = field(text) {
        fields.push(field);
        text = rest;
    }
    (fields, text)
}

/// One field in brackets. Not every bracket opens one: a body may be a JSON array.
fn field(text: &str) -> Option<((&str, &str), &str)> {
    let inside = text.strip_prefix('[')?;
    let (name, behind_name) = inside.split_once(':')?;
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return None;
    }
    // A bracket inside the value, as of an IPv6 address, has no blank behind it.
    let end = behind_name.find("] ").or_else(|| behind_name.ends_with(']').then(|| behind_name.len() - 1))?;
    Some(((name, behind_name[..end].trim()), behind_name[end + 1..].trim_start()))
}

/// The head, with each default that is not given otherwise.
fn head(method: &str, target: &str, defaults: &[(&str, &str)], given: &[(&str, &str)]) -> Vec<u8> {
    let mut head = format!("{method} {target} HTTP/1.1\r\n");
    let missing =
        defaults.iter().filter(|(name, _)| !given.iter().any(|field| field.0.eq_ignore_ascii_case(name)));
    for (name, value) in missing.chain(given) {
        head.extend([name, ": ", value, "\r\n"]);
    }
    head.push_str("\r\n");
    head.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(bytes: Result<Vec<u8>, String>) -> String {
        String::from_utf8(bytes.unwrap()).unwrap()
    }

    #[test]
    fn a_request_is_filled_in() {
        assert_eq!(
            written(http("POST /start-chat [Accept-Language: pt] [X: a: b] {\"name\":\"Olá\"}")),
            "POST /start-chat HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\
             Accept-Language: pt\r\nX: a: b\r\n\r\n{\"name\":\"Olá\"}"
        );
        assert_eq!(written(http("GET /health")), "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(
            written(http("POST /leave [Host: [::1]]")),
            "POST /leave HTTP/1.1\r\nContent-Length: 0\r\nHost: [::1]\r\n\r\n"
        );
    }

    #[test]
    fn a_body_may_be_an_array_or_quoted() {
        assert!(written(http("POST /x [1,2]")).ends_with("Content-Length: 5\r\n\r\n[1,2]"));
        assert!(written(http("POST /x [{\"a\":1}]")).ends_with("\r\n\r\n[{\"a\":1}]"));
        assert!(written(http("POST /x \"a\\r\\n\"")).ends_with("Content-Length: 3\r\n\r\na\r\n"));
        assert!(http("POST /x \"a\" b").is_err());
        assert!(http("POST").is_err());
    }

    #[test]
    fn a_handshake_is_filled_in() {
        let bytes =
            written(upgrade("/ws?token=t [origin: https://shop.example] [Sec-WebSocket-Version: 12]"));
        assert!(bytes.starts_with("GET /ws?token=t HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"));
        assert!(bytes.ends_with("origin: https://shop.example\r\nSec-WebSocket-Version: 12\r\n\r\n"));
        assert_eq!(bytes.matches("Version").count(), 1);
        assert!(upgrade("/ws and more").is_err());
    }
}
