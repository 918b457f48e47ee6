//! The variables of hand-written traces: tokens and ids that a core made up, by names that people can read.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::Value;

use super::frame::Frame;
use crate::vocabulary::{ConnId, Effect};

/// Whether a variable may be called that.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_name_char)
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// What was sent to the connections that variables are taken from, and the variables.
#[derive(Debug, Default)]
pub(super) struct Variables {
    sent: BTreeMap<ConnId, Vec<Bytes>>,
    values: BTreeMap<String, String>,
}

impl Variables {
    /// Listens to these connections only: a trace without `let` pays nothing.
    pub(super) fn new(connections: impl Iterator<Item = ConnId>) -> Self {
        Self { sent: connections.map(|conn| (conn, Vec::new())).collect(), values: BTreeMap::new() }
    }

    /// Notes what is sent.
    pub(super) fn listen(&mut self, effects: &[Effect]) {
        if self.sent.is_empty() {
            return;
        }
        for effect in effects {
            if let Effect::Send { conn, bytes } = effect
                && let Some(sent) = self.sent.get_mut(conn)
            {
                sent.push(bytes.clone());
            }
        }
    }

    /// Takes a field of the last JSON that was sent to a connection and has it.
    ///
    /// # Errors
    /// There is none, or its value is not plain enough to stand anywhere in a line.
    pub(super) fn assign(&mut self, name: &str, conn: ConnId, field: &str) -> Result<(), String> {
        let sent = self.sent.get(&conn).into_iter().flatten().rev();
        let value = sent.filter_map(|bytes| field_of(bytes, field)).next();
        let value = value.ok_or_else(|| format!("nothing sent to {conn} has a field {field}"))?;
        if value.is_empty()
            || !value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\')
        {
            return Err(format!("{value:?} holds more than plain letters, digits and signs"));
        }
        self.values.insert(name.to_owned(), value);
        Ok(())
    }

    /// The text with the variables in it replaced. A `$` in front of anything else is just that.
    pub(super) fn replace<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.values.is_empty() || !text.contains('$') {
            return Cow::Borrowed(text);
        }
        let mut parts = text.split('$');
        let mut replaced = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find(|c| !is_name_char(c)).unwrap_or(part.len());
            if let Some(value) = self.values.get(&part[..end]) {
                replaced.push_str(value);
                replaced.push_str(&part[end..]);
            } else {
                replaced.push('$');
                replaced.push_str(part);
            }
        }
        Cow::Owned(replaced)
    }
}

/// A string or number in the JSON of a response or a frame.
fn field_of(bytes: &[u8], path: &str) -> Option<String> {
    let json = match Frame::of_server(bytes) {
        Some(Frame::Text(text)) => serde_json::from_slice(&text),
        Some(_) => return None,
        None => {
            let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
            serde_json::from_slice(&bytes[head + 4..])
        }
    };
    let json: Value = json.ok()?;
    match path.split('.').try_fold(&json, |value, name| value.get(name))? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONN: ConnId = ConnId { slot: 0, generation: 1 };

    fn after(sent: &[&'static str]) -> Variables {
        let mut variables = Variables::new([CONN].into_iter());
        let effects: Vec<_> = sent
            .iter()
            .map(|text| Effect::Send { conn: CONN, bytes: Bytes::from_static(text.as_bytes()) })
            .collect();
        variables.listen(&effects);
        variables
    }

    #[test]
    fn a_field_is_taken_from_the_last_json_that_has_it() {
        let mut variables = after(&[
            "HTTP/1.1 200 OK\r\n\r\n{\"token\":\"old\"}",
            "HTTP/1.1 200 OK\r\n\r\n{\"token\":\"new\",\"room\":{\"id\":7}}",
            "\u{1}\u{2}",
            "HTTP/1.1 200 OK\r\n\r\n{\"ok\":true}",
        ]);
        assert_eq!(variables.assign("a", CONN, "token"), Ok(()));
        assert_eq!(variables.assign("b", CONN, "room.id"), Ok(()));
        assert!(variables.assign("c", CONN, "nothing").is_err());
        assert!(variables.assign("c", CONN, "ok").is_err());
        assert_eq!(variables.replace("x$a/$b, $ab $c $ $"), "xnew/7, $ab $c $ $");
    }

    #[test]
    fn a_frame_will_do_too() {
        let mut variables = Variables::new([CONN].into_iter());
        let bytes = Bytes::from_static(b"\x81\x09{\"id\":12}");
        variables.listen(&[Effect::Send { conn: CONN, bytes }]);
        assert_eq!(variables.assign("id", CONN, "id"), Ok(()));
        assert_eq!(variables.replace("$id"), "12");
    }

    #[test]
    fn a_value_must_be_plain() {
        let mut variables = after(&["\r\n\r\n{\"a\":\"x y\",\"b\":\"\\\"\",\"c\":\"\"}"]);
        for field in ["a", "b", "c"] {
            assert!(variables.assign("v", CONN, field).is_err(), "{field}");
        }
        assert_eq!(variables.replace("$v"), "$v");
    }
}
