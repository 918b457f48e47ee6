//! Percent-encoding (RFC 3986, 2.1) and the encoding of forms, which is nearly the same.

/// The text with every `%41` turned into `A`; `None` if an escape is cut short or not hexadecimal, or if the result
/// would not be UTF-8.
///
/// Decode after splitting, never before: `%2F` is no slash that parts segments. The result may hold any character, NUL
/// and line ends too. To decode twice is a mistake.
pub fn percent_decode(text: &str) -> Option<String> {
    decode(text, false)
}

/// As [`percent_decode`], and `+` is a blank: as browsers write a query (WHATWG URL, 5.1).
pub(super) fn form_decode(text: &str) -> Option<String> {
    decode(text, true)
}

fn decode(text: &str, plus_is_blank: bool) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex_digit(bytes.next()?)? << 4 | hex_digit(bytes.next()?)?,
            b'+' if plus_is_blank => b' ',
            _ => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

const fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_become_what_they_stand_for() {
        assert_eq!(percent_decode("a%20b%2fc+d").as_deref(), Some("a b/c+d"));
        assert_eq!(percent_decode("%C3%A9t%c3%a9").as_deref(), Some("été"));
        assert_eq!(percent_decode("").as_deref(), Some(""));
        assert_eq!(form_decode("a+b%2Bc").as_deref(), Some("a b+c"));
    }

    #[test]
    fn bad_escapes_are_none() {
        for text in ["%", "%4", "a%4", "%g1", "%1g", "%+1", "%%41", "%FF", "%C3", "%ED%A0%80"] {
            assert_eq!(percent_decode(text), None, "{text}");
        }
    }
}
